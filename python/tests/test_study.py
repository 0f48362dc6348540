"""Studies and trials in Python."""

import threading
from html import unescape

import pytest

import jobs
from conftest import SETTINGS, SPACE, train


@pytest.fixture
def study(tmp_path):
    with jobs.Study(SPACE, folder=tmp_path, **SETTINGS) as study:
        yield study


def finish(study):
    for trial in study:
        train(trial)


def test_a_study_uses_its_budget_and_recommends_a_full_run(study):
    finish(study)
    assert 880 < study.spent <= study.total_steps == 900
    best = study.best
    assert best.trained_in_full and abs(best.configuration["mixture"]["maths"] - 0.3) < 0.2
    assert best.peft["lora_alpha"] == 32 and best.metrics["train_loss"] < 2
    with pytest.raises(jobs.NoResult, match="the budget is used"):
        study.ask()
    assert study.extend(runs=1) >= 100
    assert study.ask().stop > 0


def test_a_trial_says_when_to_stop(study):
    trial = study.ask()
    assert (trial.start, trial.stop, trial.full_steps, trial["lora_alpha"]) == (0, 20, 100, 32)
    assert set(trial) == set(SPACE) and trial.checkpoint.is_dir()
    trial.report(10, 1.5)
    assert not trial.should_stop()
    with pytest.raises(jobs.InvalidInput, match="run 0 is at step 10 of 20"):
        study.tell(trial)
    trial.report(20, 1.4)
    assert trial.should_stop() and study.tell(trial) == 20
    with pytest.raises(jobs.InvalidInput, match="run 0 is not pending"):
        study.tell(trial)


def test_an_interrupted_trial_is_offered_again(tmp_path):
    study = jobs.Study(SPACE, folder=tmp_path, **SETTINGS)
    with pytest.raises(KeyboardInterrupt):
        for trial in study:
            first = trial
            raise KeyboardInterrupt
    study.close()
    with jobs.Study(SPACE, folder=tmp_path, **SETTINGS) as study:
        again = next(iter(study))
        assert (again.number, again.configuration) == (first.number, first.configuration)


def test_a_context_manager_tells_its_trial(study):
    with study.ask() as trial:
        train(trial)
    assert study.runs[0]["status"] == "paused" and study.runs[0]["curve"][0][0] == 10


def test_nan_and_infinity_are_divergence(study):
    for value in (float("nan"), float("inf")):
        with study.ask() as trial:
            trial.report(10, value)
            assert trial.should_stop()
    assert [run["diverged_at"] for run in study.runs] == [10, 10]


def test_a_study_has_one_owner_and_keeps_its_settings(tmp_path, study):
    with pytest.raises(jobs.StudyInUse):
        jobs.Study.open(tmp_path)
    with study.ask() as trial:
        train(trial)
    study.close()
    with pytest.raises(jobs.JobsError, match="seed 7"):
        jobs.Study(SPACE, folder=tmp_path, **{**SETTINGS, "seed": 8})
    assert "seed = 7" in (tmp_path / "study.toml").read_text(), "the file is as before"
    with pytest.raises(jobs.InvalidInput, match="the study is closed"):
        study.ask()


def test_a_withdrawn_run_gives_its_steps_back(study):
    with study.ask() as trial:
        train(trial)
    assert (study.forget(trial), study.spent) == (20, 0)


def test_other_threads_run_while_a_study_thinks(study):
    ticks, done = [], threading.Event()

    def tick():
        while not done.wait(0.001):
            ticks.append(1)

    other = threading.Thread(target=tick)
    other.start()
    finish(study)
    done.set()
    other.join()
    assert len(ticks) > 10


def test_a_notebook_shows_the_report(tmp_path, study):
    assert "0 of 900 steps" in study._repr_html_()
    finish(study)
    page = study.report(tmp_path / "report.html")
    assert page == (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page in unescape(study._repr_html_())


def test_a_study_is_a_table(study):
    pytest.importorskip("pandas")
    finish(study)
    table = study.to_dataframe()
    assert len(table) == len(study.runs)
    assert {"run", "value", "lora_rank", "mixture.maths", "mixture.code"} <= set(table.columns)


@pytest.mark.parametrize("value", [object(), {"a": 1}])
def test_a_value_that_is_no_dimension_is_named(tmp_path, value):
    with pytest.raises(TypeError, match="expected a number, a string, a boolean or a dimension"):
        jobs.Study({"x": value}, folder=tmp_path, **SETTINGS)
