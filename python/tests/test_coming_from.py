"""The programs of docs/coming-from.md run, each where its package is installed."""

import inspect
import os
import re
from pathlib import Path

import pytest

ROOT = Path(os.environ.get("JOBS_REPOSITORY", Path(__file__).resolve().parents[2]))
PAGE = ROOT / "docs/coming-from.md"
PROGRAMS = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S) if PAGE.exists() else []


def train(config, report):
    assert abs(sum(config["mixture"].values()) - 1) < 1e-9
    for step in range(getattr(config, "start", 0) + 10, 101, 10):
        loss = (config["mixture"]["maths"] - 0.3) ** 2 + 0.001 * abs(config["lora_rank"] - 16) + config["rate"] + 1 / step
        if report(step, loss):
            return


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.split("\n")[0].split()[1])
def test_a_program_runs(program, tmp_path, monkeypatch):
    for package in re.findall(r"^(?:import|from) (\w+)", program, re.M):
        pytest.importorskip(package)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RAY_AIR_NEW_OUTPUT", "0")
    # a module of its own, since Ray sends functions to other processes
    exec(compile(inspect.getsource(train) + program, str(PAGE), "exec"), {"__name__": "__main__"})


def test_the_page_is_there():
    if not PAGE.exists():
        pytest.skip(f"there is no {PAGE}; name the repository in JOBS_REPOSITORY")
    assert len(PROGRAMS) == 5
    lines = [sum(1 for line in program.splitlines() if line.strip()) for program in PROGRAMS]
    jobs_alone, optuna, with_optuna, ax, ray = lines
    row = f"| {jobs_alone} | {optuna}, or {with_optuna} with JoBS | {ax} | {ray} |"
    assert row in PAGE.read_text(encoding="utf-8"), f"the row of lines is {row}"
