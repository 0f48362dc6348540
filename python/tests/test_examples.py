"""The examples, with a tiny model and twelve steps a run."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import jobs

ROOT = Path(os.environ.get("JOBS_REPOSITORY", Path(__file__).resolve().parents[2]))
EXAMPLES, MODEL = ROOT / "python/examples", ROOT / "crates/cli/tests/python/tiny_model.py"


def run(example, folder, row):
    if not EXAMPLES.is_dir():
        pytest.skip(f"there is no {EXAMPLES}; name the repository in JOBS_REPOSITORY")
    subprocess.run([sys.executable, MODEL, folder / "model"], check=True, capture_output=True)
    (folder / "data").mkdir()
    for name in ("maths", "code", "eval"):
        (folder / f"data/{name}.jsonl").write_text("".join(json.dumps(row(name, i)) + "\n" for i in range(20)))
    offline = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    environment = {**os.environ, **offline, "MODEL": "model", "FULL": "12", "EVERY": "2", "HF_HOME": str(folder / "cache")}
    done = subprocess.run([sys.executable, EXAMPLES / example], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    with jobs.Study.open(folder / "study") as study:
        resumed = [r for r in study.runs if r["step"] == 12 and r["curve"][0][0] == 2]
        assert study.best.trained_in_full and study.best.peft["r"] >= 1
        assert resumed and all([step for step, _ in r["curve"]] == [2, 4, 6, 8, 10, 12] for r in resumed)


def lines(example):
    return len([line for line in (EXAMPLES / example).read_text().splitlines() if line.strip()])


def test_transformers_and_peft(tmp_path):
    pytest.importorskip("transformers"), pytest.importorskip("peft")
    run("transformers_peft.py", tmp_path, lambda name, i: {"text": f"{name} {i}"})
    assert lines("transformers_peft.py") <= 40


def test_trl(tmp_path):
    pytest.importorskip("trl"), pytest.importorskip("datasets")
    run("trl_sft.py", tmp_path, lambda name, i: {"prompt": f"{name} {i}=", "completion": str(i)})
    assert lines("trl_sft.py") <= 30
