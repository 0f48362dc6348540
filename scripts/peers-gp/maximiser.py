"""Maximisers on the same posteriors: ours against BoTorch's optimize_acqf_mixed_alternating with the reference's 20 restarts and
1,024 raw samples.

Random posteriors come from our program with the point it found. The model is rebuilt in GPyTorch, where both points are valued. BoTorch
is told the same space: shares sum to 1, integers and booleans by their values, at least one module on.
"""

import csv
import json
import random
import subprocess
import time
import warnings

import numpy as np
import torch
from botorch.acquisition.analytic import LogExpectedImprovement, UpperConfidenceBound
from botorch.optim import optimize_acqf_mixed_alternating

from same_model import model

COLUMNS = [
    "case", "mixing", "n", "rule", "ours", "botorch", "difference", "not_below", "same_posterior_error", "botorch_sum_error",
    "ours_cpu_s", "botorch_cpu_s",
]
TOLERANCE = 1e-6


def search_space(coordinates):
    """Bounds, discrete values and constraints in BoTorch's words."""
    kinds = [c["kind"] for c in coordinates]
    bounds = torch.stack([torch.zeros(len(kinds)), torch.ones(len(kinds))])
    discrete = {i: [0.0, 1.0] for i, k in enumerate(kinds) if k == "boolean"}
    for i, c in enumerate(coordinates):
        if c["kind"] == "integer":
            span = c["high"] - c["low"]
            discrete[i] = [v / span for v in range(span + 1)]
    shares = torch.tensor([i for i, k in enumerate(kinds) if k == "share"])
    modules = torch.tensor([i for i, c in enumerate(coordinates) if c["name"].startswith("lora_") and c["name"].endswith("_proj")])
    equal = [(shares, torch.ones(len(shares)), 1.0)]
    at_least = [(modules, torch.ones(len(modules)), 1.0)]
    return bounds, discrete, shares, equal, at_least


def acquisition(case, gp):
    """BoTorch's rule and a function that takes its values to the units of the outcomes."""
    scale, shift = case["scale"], case["shift"]
    if case["rule"] == "ucb":
        return UpperConfidenceBound(gp, beta=case["beta"], maximize=False), lambda v: scale * v - shift
    best = (case["incumbent"] - shift) / scale
    return LogExpectedImprovement(gp, best_f=best, maximize=False), lambda v: v + np.log(scale)


def repaired(x, shares):
    """Shares that sum to 1 exactly, for the solver leaves a little."""
    x = x.clone()
    part = x[shares].clamp(min=0.0)
    x[shares] = part / part.sum()
    return x


def compare(case, space):
    bounds, discrete, shares, equal, at_least = space
    gp, _ = model(case)
    gp.eval()
    rule, to_units = acquisition(case, gp)
    value = lambda x: to_units(float(rule(x.reshape(1, 1, -1))))
    torch.manual_seed(case["case"])
    random.seed(case["case"])
    clock = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found, _ = optimize_acqf_mixed_alternating(
            rule, bounds, discrete_dims=discrete, raw_samples=1024, num_restarts=20,
            equality_constraints=equal, inequality_constraints=at_least,
        )
    cpu = time.process_time() - clock
    with torch.no_grad():
        found = found[0]
        theirs = value(repaired(found, shares))
        ours = value(torch.tensor(case["found"]))
    return {
        "case": case["case"],
        "mixing": case["mixing"],
        "n": case["n"],
        "rule": case["rule"],
        "ours": ours,
        "botorch": theirs,
        "difference": ours - theirs,
        "not_below": int(ours >= theirs - TOLERANCE),
        "same_posterior_error": abs(ours - case["value"]),
        "botorch_sum_error": abs(float(found[shares].sum()) - 1.0),
        "ours_cpu_s": case["cpu"],
        "botorch_cpu_s": cpu,
    }


def run(options, out):
    """Writes maximiser.csv, row by row; rows of an earlier, interrupted run of the same command are kept."""
    kept, path = {}, options.work / "maximiser.csv"
    if path.exists():
        with open(path) as file:
            kept = {int(row["case"]): row for row in csv.DictReader(file)}
    lines = subprocess.run([options.ours, "cases", str(options.cases)], capture_output=True, text=True, check=True).stdout.splitlines()
    space = search_space(json.loads(lines[0])["coordinates"])
    rows = []
    with open(path, "w", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        for line in lines[1:]:
            case = json.loads(line)
            row = kept.get(case["case"])
            # a kept row is of this program's answer only if the answer is the same
            if row is None or abs(float(row["ours"]) - case["value"]) > 1e-9 * (1 + abs(case["value"])):
                row = compare(case, space)
                row = {k: f"{v:.12g}" if isinstance(v, float) else v for k, v in row.items()}
            rows.append(row)
            table.writerow(row)
            file.flush()
            print(f"case {row['case']:>3} n {row['n']:>3} {row['rule']:6} ours - BoTorch's {float(row['difference']):+.2e} "
                  f"({float(row['botorch_cpu_s']):.1f} s against {float(row['ours_cpu_s']):.3f} s)", flush=True)
    (out / "maximiser.csv").write_bytes(path.read_bytes())
    path.unlink()
    good = sum(int(r["not_below"]) for r in rows)
    ratio = np.median([float(r["botorch_cpu_s"]) / float(r["ours_cpu_s"]) for r in rows])
    print(f"maximiser: ours not below BoTorch's by more than {TOLERANCE} in {good} of {len(rows)}; median ratio of times {ratio:.0f}")
    return ["maximiser.csv"]
