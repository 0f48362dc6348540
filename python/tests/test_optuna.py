"""JoBS as a sampler and pruner of Optuna."""

import pytest

import jobs
from conftest import SETTINGS, SPACE

optuna = pytest.importorskip("optuna")

import jobs.optuna as jo  # noqa: E402

optuna.logging.set_verbosity(optuna.logging.WARNING)


def loss(share, rank, step):
    return 1 + (share - 0.3) ** 2 + 0.01 * abs(rank - 16) + (1 + share) / step


def objective(trial):
    share = jo.suggest_simplex(trial, "mixture", ["maths", "code"])["maths"]
    rank, _ = trial.suggest_int("lora_rank", 1, 64, log=True), trial.suggest_categorical("lora_q_proj", [False, True])
    for step in range(10, 101, 10):
        trial.report(loss(share, rank, step), step)
        if trial.should_prune():
            raise optuna.TrialPruned
    return loss(share, rank, 100)


def sampler(folder, **changes):
    return jo.JobsSampler(SPACE, folder=folder, **{**SETTINGS, "eval_every": 10, **changes})


def test_a_study_of_optuna_is_the_study_of_jobs(tmp_path):
    study = optuna.create_study(sampler=sampler(tmp_path / "optuna"), pruner=jo.JobsPruner())
    study.optimize(objective)
    with jobs.Study(SPACE, folder=tmp_path / "jobs", eval_every=10, **SETTINGS) as alone:
        for trial in alone:
            for step in range(trial.start + 10, trial.stop + 1, 10):
                trial.report(step, loss(trial["mixture"]["maths"], trial["lora_rank"], step))
        assert [t.params["lora_rank"] for t in study.trials][:6] == [r["configuration"]["lora_rank"] for r in alone.runs][:6]
        study.sampler.study.close()
        journals = [(tmp_path / name / "runs/journal").read_bytes() for name in ("optuna", "jobs")]
        assert journals[0] == journals[1]
    full = [t for t in study.trials if t.state == optuna.trial.TrialState.COMPLETE]
    pruned = [t for t in study.trials if t.state == optuna.trial.TrialState.PRUNED]
    assert full and pruned and len(full) + len(pruned) == len(study.trials)
    assert all(t.last_step == 100 for t in full)
    with pytest.raises(jobs.InvalidInput, match="the study is closed"):
        study.optimize(objective, n_trials=1)
    assert study.trials[-1].state == optuna.trial.TrialState.FAIL


def test_an_interrupted_study_continues(tmp_path):
    study = optuna.create_study(sampler=sampler(tmp_path))
    study.pruner = study.sampler.pruner
    study.optimize(objective, n_trials=2)
    study.sampler.study.close()
    again = optuna.create_study(sampler=sampler(tmp_path), pruner=jo.JobsPruner())
    again.optimize(objective, n_trials=1)
    assert len(again.sampler.study.runs) >= 3 and len(again.trials) == 1


def test_a_trial_that_fails_has_diverged(tmp_path):
    def fails(trial):
        assert jo.run_of(trial).start == 0 and jo.run_of(trial).checkpoint.is_dir()
        raise RuntimeError("out of memory")

    study = optuna.create_study(sampler=sampler(tmp_path))
    study.optimize(fails, n_trials=1, catch=(RuntimeError,))
    assert study.sampler.study.runs[0]["diverged_at"] == 1


def test_scores_are_maximised(tmp_path):
    study = optuna.create_study(direction="maximize", sampler=sampler(tmp_path), pruner=jo.JobsPruner())

    def score(trial):
        share = jo.suggest_simplex(trial, "mixture", ["maths", "code"])["maths"]
        for step in range(10, 101, 10):
            trial.report(-((share - 0.8) ** 2), step)
            if trial.should_prune():
                raise optuna.TrialPruned
        return -((share - 0.8) ** 2)

    study.optimize(score)
    assert abs(study.sampler.study.best.configuration["mixture"]["maths"] - 0.8) < 0.2


def test_what_does_not_fit_is_named(tmp_path):
    study = optuna.create_study(sampler=sampler(tmp_path / "a"))
    with pytest.raises(jobs.InvalidInput, match="'learning_rate' in .* but the sampler's space has mixture.maths"):
        study.optimize(lambda trial: trial.suggest_float("learning_rate", 0, 1), n_trials=1)
    assert study.sampler.study.spent == 0, "an error of the objective is no result"
    two = optuna.create_study(directions=["minimize", "minimize"], sampler=sampler(tmp_path / "b"))
    with pytest.raises(jobs.InvalidInput, match="2 objectives, expected one"):
        two.optimize(lambda trial: (0, 0), n_trials=1)
    with pytest.raises(jobs.InvalidInput, match="TPESampler, expected JobsSampler"):
        jo.run_of(optuna.create_study(sampler=optuna.samplers.TPESampler()).ask())


def test_shares_of_other_samplers_sum_to_one():
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    shares = jo.suggest_simplex(study.ask(), "mixture", ["a", "b", "c"])
    assert sum(shares.values()) == pytest.approx(1)
