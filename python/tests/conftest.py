"""A small study, and the program to compare with."""

import os
import subprocess
from pathlib import Path

import pytest

import jobs

ROOT = Path(__file__).resolve().parents[2]
SPACE = {
    "mixture": jobs.simplex("maths", "code"),
    "lora_rank": jobs.integer(1, 64, log=True),
    "lora_q_proj": jobs.boolean(),
    "lora_alpha": 32,
}
SETTINGS = {"total_steps": 900, "full_steps": 100, "early_steps": 20, "seed": 7}


def train(trial):
    """A made-up curve, reported every ten steps."""
    share, rank = trial["mixture"]["maths"], trial["lora_rank"]
    bottom = 1 + (share - 0.3) ** 2 + 0.01 * abs(rank - 16)
    for step in range(trial.start + 10, trial.stop + 1, 10):
        trial.report(step, bottom + (1 + share) / step, train_loss=bottom)
        if trial.should_stop():
            break


@pytest.fixture
def program():
    """Runs the program `jobs` in a folder; skipped where it was not built."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    path = Path(os.environ.get("JOBS_PROGRAM", target / "debug/jobs"))
    if not path.exists():
        pytest.skip(f"there is no program at {path}: cargo build --bin jobs, or set JOBS_PROGRAM")

    def run(folder, *arguments, **options):
        return subprocess.run([path, *arguments], cwd=folder, text=True, capture_output=True, **options)

    return run
