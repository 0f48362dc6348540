"""A study is the same from Python and from the program: the same file, the same journal, the same suggestions."""

import json
import shutil

import pytest

import jobs
from conftest import SETTINGS, SPACE, train


def by_hand(program, folder):
    """Trains a study to its end with `jobs ask` and `jobs tell`."""
    while True:
        asked = program(folder, "ask", "--json")
        if asked.returncode == 6:
            return
        request = json.loads(asked.stdout)[0]
        extra = {"dataset_weights": {}, "peft": None, "peft_undetermined": {}}
        trial = jobs.Trial(None, {**request, **extra})
        train(trial)
        told = program(folder, "tell", str(trial.number), input=trial._text())
        assert told.returncode == 0, told.stderr


def test_the_journal_is_that_of_the_program_to_the_last_byte(tmp_path, program):
    with jobs.Study(SPACE, folder=tmp_path / "python", **SETTINGS) as study:
        for trial in study:
            train(trial)
        best = study.best
    (tmp_path / "program").mkdir()
    shutil.copy(tmp_path / "python/study.toml", tmp_path / "program/study.toml")
    by_hand(program, tmp_path / "program")
    journals = [(tmp_path / name / "runs/journal").read_bytes() for name in ("python", "program")]
    assert journals[0] == journals[1]
    assert json.loads(program(tmp_path / "python", "best", "--json").stdout)["run"] == best.run


def test_each_continues_what_the_other_began(tmp_path, program):
    with jobs.Study(SPACE, folder=tmp_path, **SETTINGS) as study:
        train(trial := study.ask())
        study.tell(trial)
        shown = json.loads(program(tmp_path, "status", "--json").stdout)
        assert (shown["runs"], shown["spent"]) == (1, 20)
        assert program(tmp_path, "ask").returncode == 4, "the study is in use"
    asked = json.loads(program(tmp_path, "ask", "--json").stdout)[0]
    with jobs.Study.open(tmp_path) as study:
        assert [t.number for t in study.pending()] == [asked["run"]]
        assert study.pending()[0].configuration == asked["configuration"]


def test_errors_have_the_words_of_the_program(tmp_path, program):
    with pytest.raises(jobs.InvalidInput) as refused:
        jobs.Study(SPACE, folder=tmp_path, method="jbos", **SETTINGS)
    assert not (tmp_path / "study.toml").exists(), "a refused study leaves no file"
    with jobs.Study(SPACE, folder=tmp_path, **SETTINGS):
        pass
    text = (tmp_path / "study.toml").read_text().replace('name = "jobs"', 'name = "jbos"')
    (tmp_path / "study.toml").write_text(text)
    said = program(tmp_path, "status").stderr
    assert "did you mean `jobs`?" in said
    assert str(refused.value).split("study.toml:")[1] == said.split("study.toml:")[1].rstrip("\n")
