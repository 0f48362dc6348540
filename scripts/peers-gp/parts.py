"""Times the parts of our engine with criterion: runs `cargo bench --workspace --profile dev --bench gp` and collects medians with 95 %
intervals from its files. Wall time, so other load on the machine shows."""

import json
import os
import pathlib
import shutil
import subprocess

import tables

COMMAND = ["cargo", "bench", "--workspace", "--profile", "dev", "--bench", "gp", "--locked"]
# seconds per part and size, enough for ten samples
BRIEF = ["--", "--warm-up-time", "1", "--measurement-time", "2"]


def run(options, out):
    """Writes parts.csv, seconds by part and number of observations."""
    folder = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", "target")) / "criterion" / "gp"
    # figures of earlier runs must not mix with new ones
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run(COMMAND + BRIEF, check=True)
    rows = []
    for path in folder.glob("*/*/new/estimates.json"):
        median = json.loads(path.read_text())["median"]
        interval = median["confidence_interval"]
        nanoseconds = [median["point_estimate"], interval["lower_bound"], interval["upper_bound"]]
        part, n = path.parts[-4], int(path.parts[-3])
        rows.append({"part": part, "n": n} | dict(zip(["median_s", "low_s", "high_s"], [1e-9 * v for v in nanoseconds], strict=True)))
    if not rows:
        raise FileNotFoundError(f"no estimates.json under {folder}, where criterion should have left one for each part and size")
    rows.sort(key=lambda row: (row["part"], row["n"]))
    tables.write(out / "parts.csv", rows, digits=4)
    for row in rows:
        print(f"{row['part']:26} n {row['n']:>4} {row['median_s']:.3g} s")
    return ["parts.csv"]
