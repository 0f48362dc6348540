"""Maximisers on the same posteriors: ours and BoTorch's optimize_acqf_mixed_alternating with the reference's 20 restarts and
1,024 raw samples.

Random posteriors come from our program with the point it found. The model is rebuilt in GPyTorch, which evaluates both points. BoTorch
gets the same space: shares sum to 1, integers and booleans by their values, at least one module on.
"""

import csv
import hashlib
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
    """Bounds, discrete values and constraints in BoTorch's form."""
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
    """BoTorch's acquisition function and a function that converts its values to the units of the outcomes."""
    scale, shift = case["scale"], case["shift"]
    if case["rule"] == "ucb":
        return UpperConfidenceBound(gp, beta=case["beta"], maximize=False), lambda v: scale * v - shift
    best = (case["incumbent"] - shift) / scale
    return LogExpectedImprovement(gp, best_f=best, maximize=False), lambda v: v + np.log(scale)


def repaired(x, shares):
    """Shares scaled to sum to 1 exactly; the solver leaves a small error."""
    x = x.clone()
    part = x[shares].clamp(min=0.0)
    x[shares] = part / part.sum()
    return x


def posterior(case):
    """Hash of everything that BoTorch's result depends on."""
    keys = ["case", "rule", "beta", "incumbent", "shift", "scale", "kernel", "log_noise", "mean", "x", "y"]
    return hashlib.sha256(json.dumps([case[k] for k in keys]).encode()).hexdigest()


def by_botorch(case, space, rule, value):
    """BoTorch's result: its value, the error of the sum of its shares, and its CPU time."""
    bounds, discrete, shares, equal, at_least = space
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
    found = found[0].detach()
    return {"value": value(repaired(found, shares)), "sum_error": abs(float(found[shares].sum()) - 1.0), "cpu": cpu}


def compare(case, space, theirs):
    gp, _ = model(case)
    gp.eval()
    rule, to_units = acquisition(case, gp)

    def value(x):
        with torch.no_grad():
            return to_units(float(rule(x.reshape(1, 1, -1))))

    theirs = theirs or by_botorch(case, space, rule, value)
    ours = value(torch.tensor(case["found"]))
    row = {
        "case": case["case"],
        "mixing": case["mixing"],
        "n": case["n"],
        "rule": case["rule"],
        "ours": ours,
        "botorch": theirs["value"],
        "difference": ours - theirs["value"],
        "not_below": int(ours >= theirs["value"] - TOLERANCE),
        "same_posterior_error": abs(ours - case["value"]),
        "botorch_sum_error": theirs["sum_error"],
        "ours_cpu_s": case["cpu"],
        "botorch_cpu_s": theirs["cpu"],
    }
    return row, theirs


def run(options, out):
    """Writes maximiser.csv. BoTorch's results take minutes to hours in total and are cached in the work folder, so an interrupted run
    resumes and a change to our maximiser alone reuses them."""
    kept = options.work / "botorch-found"
    kept.mkdir(exist_ok=True)
    lines = subprocess.run([options.ours, "cases", str(options.cases)], capture_output=True, text=True, check=True).stdout.splitlines()
    space = search_space(json.loads(lines[0])["coordinates"])
    rows = []
    for line in lines[1:]:
        case = json.loads(line)
        path = kept / f"{posterior(case)}.json"
        row, theirs = compare(case, space, json.loads(path.read_text()) if path.exists() else None)
        path.write_text(json.dumps(theirs))
        rows.append(row)
        print(f"case {row['case']:>3} n {row['n']:>3} {row['rule']:6} ours - BoTorch's {row['difference']:+.2e} "
              f"({row['botorch_cpu_s']:.1f} s against {row['ours_cpu_s']:.3f} s)", flush=True)
    with open(out / "maximiser.csv", "w", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows({k: f"{v:.12g}" if isinstance(v, float) else v for k, v in row.items()} for row in rows)
    good = sum(r["not_below"] for r in rows)
    ratio = np.median([r["botorch_cpu_s"] / r["ours_cpu_s"] for r in rows])
    print(f"maximiser: ours not below BoTorch's by more than {TOLERANCE} in {good} of {len(rows)}; median ratio of times {ratio:.0f}")
    return ["maximiser.csv"]
