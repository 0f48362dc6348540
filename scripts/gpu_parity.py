"""Compares short fine-tuning runs on a device with the same runs on the CPU in f32.

usage: python3 scripts/gpu_parity.py --out DIR [--device cuda|wgpu] [--model FOLDER] [--steps N] [--precision f32|bf16]

Needs `cargo build --workspace --features trainer/cuda` (or `trainer/wgpu`) first; scripts/gpu-check does both. Writes manifest.json and
parity.csv with the largest difference of a loss; the exit status is 1 if one exceeds its tolerance.
"""

import argparse
import csv
import pathlib
import subprocess
import sys

import manifest

TRAINER = "target/debug/trainer"
SETTINGS = """
batch = 8
micro_batch = 4
sequence = 64
evaluate_every = 5
validation_examples = 16
precision = "{precision}"
recompute = {recompute}
[[domain]]
name = "reverse"
[[domain]]
name = "sort"
"""
# name, precision, whether the backward pass recomputes activations, tolerance of a loss
RUNS = [("f32", "f32", "false", 1e-3), ("f32, recomputed", "f32", "true", 1e-3), ("bf16", "bf16", "false", 0.1), ("bf16, recomputed", "bf16", "true", 0.1)]


def losses(options, device, precision, recompute):
    """Training and validation losses of one run, a row per evaluation."""
    folder = options.out / f"{device}-{precision}-{recompute}".replace(":", "-")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "settings.toml").write_text(SETTINGS.format(precision=precision, recompute=recompute))
    words = ["train", "--fresh", "--settings", folder / "settings.toml", "--model", options.model, "--device", device, "--steps", options.steps, "--out", folder]
    done = subprocess.run([TRAINER, *map(str, words)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"gpu_parity: the run on {device} failed: {done.stderr.strip()}")
    rows = list(csv.reader(open(folder / "evaluations.csv")))[1:]
    return [[float(cell) for cell in row if cell] for row in rows]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--model", default="built-in")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--precision", choices=["f32", "bf16"], help="one precision only")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()
    record = manifest.start({"seeds": [0], "device": options.device, "model": options.model, "steps": options.steps, "settings": SETTINGS})
    cpu = losses(options, "cpu", "f32", "false")
    table, wrong = [], []
    for name, precision, recompute, allowed in RUNS:
        if options.precision not in (None, precision):
            continue
        found = losses(options, options.device, precision, recompute)
        if [len(row) for row in found] != [len(row) for row in cpu]:
            sys.exit(f"gpu_parity: {name}: {len(found)} evaluations, {len(cpu)} on the CPU")
        largest = max(abs(a - b) for x, y in zip(found, cpu) for a, b in zip(x, y))
        print(f"{name}: largest difference of a loss {largest:.2e} (allowed {allowed})")
        table.append({"run": name, "largest_difference": f"{largest:.3e}", "allowed": allowed})
        if not largest <= allowed:
            wrong.append(name)
    with open(options.out / "parity.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, table[0])
        writer.writeheader()
        writer.writerows(table)
    record.write(options.out, ["parity.csv"])
    if wrong:
        sys.exit(f"gpu_parity: losses on {options.device} differ from those on the CPU: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
