"""Fitted likelihoods: ours against GPyTorch's (botorch.fit, L-BFGS-B) for the same model and priors on each recorded table."""

import csv
import json
import subprocess
import time
import warnings

import numpy as np
from botorch.fit import fit_gpytorch_mll
from gpytorch.mlls import ExactMarginalLogLikelihood

from same_model import log_likelihood, log_prior, model

COLUMNS = [
    "table", "kernel", "n", "ours_per_datum", "gpytorch_per_datum", "difference",
    "ours_posterior", "gpytorch_posterior", "same_formula_error", "ours_cpu_s", "gpytorch_cpu_s",
]


def starts(case, ours):
    """Where GPyTorch starts: at the modes of the priors, as ours does first, and where ours ended."""
    p = case["priors"]
    mode = lambda prior, shift=0.0: prior["location"] + shift - prior["spread"] ** 2
    modes = []
    for factor in case["kernel"]["factors"]:
        d = len(factor["columns"])
        modes += [mode(p["length_scale"], 0.5 * np.log(d))] * d
    terms = len(case["kernel"]["terms"])
    modes += [mode(p["weight"], -np.log(terms))] * terms
    return [(modes, max(mode(p["noise"]), np.log(1.01 * case["noise_floor"])), 0.0), ours]


def compare(case):
    gp, set_to = model(case, case["priors"], case["noise_floor"])
    # a hair inside the bounds, where GPyTorch's parameters are finite
    noise = max(case["log_noise"], np.log(1.0001 * case["noise_floor"]))
    ended = (np.clip(case["kernel"]["parameters"], np.log(0.0200001), np.log(999.0)).tolist(), noise, case["mean"])
    set_to(*ended)
    same = log_likelihood(gp)
    best = None
    clock = time.process_time()
    for start in starts(case, ended):
        set_to(*start)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fit_gpytorch_mll(ExactMarginalLogLikelihood(gp.likelihood, gp))
        found = (log_likelihood(gp) + log_prior(gp), log_likelihood(gp))
        best = found if best is None or found[0] > best[0] else best
    cpu = time.process_time() - clock
    # our posterior by their formulas, so that constants agree
    set_to(*ended)
    ours = log_likelihood(gp) + log_prior(gp)
    n = case["n"]
    return {
        "table": case["table"],
        "kernel": case["spec"],
        "n": n,
        "ours_per_datum": case["likelihood"] / n,
        "gpytorch_per_datum": best[1] / n,
        "difference": (case["likelihood"] - best[1]) / n,
        "ours_posterior": ours / n,
        "gpytorch_posterior": best[0] / n,
        "same_formula_error": abs(same - case["likelihood"]) / n,
        "ours_cpu_s": case["cpu"],
        "gpytorch_cpu_s": cpu,
    }


def run(options, out):
    """Writes likelihood.csv; returns the names of files written."""
    if not options.runs:
        print("likelihood: skipped, for want of --runs DIR with recorded run tables")
        return []
    lines = subprocess.run([options.ours, "likelihood", options.runs], capture_output=True, text=True, check=True).stdout
    with open(out / "likelihood.csv", "w", newline="") as file:
        rows = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        rows.writeheader()
        worst = np.inf
        for line in lines.splitlines():
            row = compare(json.loads(line))
            worst = min(worst, row["difference"])
            rows.writerow({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.items()})
            file.flush()
            print(f"{row['table']:32} {row['kernel']:20} ours - GPyTorch's {row['difference']:+.5f} nats per datum", flush=True)
    print(f"likelihood: worst difference {worst:+.5f} nats per datum")
    return ["likelihood.csv"]
