"""Runs of Optuna and W&B as prior runs."""

import json

import pytest

import jobs
import jobs.prior as prior
from conftest import SETTINGS, SPACE


@pytest.fixture
def study_file(tmp_path):
    jobs.Study(SPACE, folder=tmp_path, **SETTINGS).close()
    return tmp_path / "study.toml"


def imported(program, folder):
    done = program(folder, "import", "table", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_an_export_of_a_sweep_is_imported(tmp_path, study_file, program):
    columns = "Name,config.mixture.maths,config.mixture.code,config.lora_rank,config.lora_q_proj,_step,summary.eval_loss"
    rows = ["one,3,1,8,true,100,1.5", "two,0.5,0.5,16,false,50,1.7", "three,1,0,,true,100,1.2", "four,1,0,4,true,100,"]
    (tmp_path / "sweep.csv").write_text("\n".join([columns, *rows]) + "\n")
    written = prior.from_wandb(tmp_path / "sweep.csv", study_file, tmp_path / "table")
    assert written.runs == 2 and written.left_out == ["three: it has no lora_rank", "four: it has no value"]
    told = imported(program, tmp_path)
    assert (told["imported"], told["imported_early"], told["outside_the_space"]) == (1, 1, [])
    with jobs.Study.open(tmp_path) as study:
        assert study.spent == 0
        assert study.runs[0]["configuration"]["mixture"] == {"maths": 0.75, "code": 0.25}


def test_a_column_that_is_missing_is_named(tmp_path, study_file):
    (tmp_path / "sweep.csv").write_text("Name,loss\none,1\n")
    with pytest.raises(jobs.InvalidInput, match="has no column 'eval_loss'; it has Name, loss"):
        prior.from_wandb(tmp_path / "sweep.csv", study_file, tmp_path / "table")
    (tmp_path / "sweep.csv").write_text("Name,eval_loss\none,1\n")
    with pytest.raises(jobs.InvalidInput, match="no run can be used: one: it has no mixture.maths"):
        prior.from_wandb(tmp_path / "sweep.csv", study_file, tmp_path / "table")


def test_a_storage_of_optuna_is_imported(tmp_path, study_file, program):
    optuna = pytest.importorskip("optuna")
    import jobs.optuna as jo

    storage = f"sqlite:///{tmp_path}/optuna.db"
    study = optuna.create_study(study_name="old", storage=storage, sampler=optuna.samplers.RandomSampler(seed=1))

    def objective(trial):
        jo.suggest_simplex(trial, "mixture", ["maths", "code"])
        trial.suggest_int("lora_rank", 1, 64, log=True)
        trial.suggest_categorical("lora_q_proj", [False, True])
        if trial.number > 2:
            raise RuntimeError("out of memory")
        for step in (50, 100):
            trial.report(1 / step, step)
            if trial.number == 0:
                raise optuna.TrialPruned
        return 0.01

    study.optimize(objective, n_trials=4, catch=(RuntimeError,))
    assert prior._main(["optuna", str(study_file), storage, "old", str(tmp_path / "table")]) is None
    told = imported(program, tmp_path)
    assert (told["imported"], told["imported_early"]) == (2, 1)
    assert "usage: python -m jobs.prior" in prior._main(["optuna"])
