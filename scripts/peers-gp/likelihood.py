"""Fitted likelihoods on each recorded table: ours and GPyTorch's (botorch.fit, L-BFGS-B) for the same model and priors, and Optuna's for
its own kernel and priors (own_models.py compares the programs on Optuna's model)."""

import csv
import json
import subprocess
import time
import warnings

import numpy as np
import torch
from botorch.fit import fit_gpytorch_mll
from gpytorch.mlls import ExactMarginalLogLikelihood

import peers_models as peers
from same_model import log_likelihood, log_prior, model

COLUMNS = [
    "table", "kernel", "n", "ours_per_datum", "gpytorch_per_datum", "difference",
    "ours_posterior", "gpytorch_posterior", "same_formula_error", "ours_cpu_s", "gpytorch_cpu_s",
    "optuna_per_datum", "optuna_cpu_s", "ours_held_out", "optuna_held_out",
]


def starts(case, ours):
    """Start points of GPyTorch: the modes of the priors, which are also our first start, and our optimum."""
    p = case["priors"]
    mode = lambda prior, shift=0.0: prior["location"] + shift - prior["spread"] ** 2
    modes = []
    for factor in case["kernel"]["factors"]:
        d = len(factor["columns"])
        modes += [mode(p["length_scale"], 0.5 * np.log(d))] * d
    terms = len(case["kernel"]["terms"])
    modes += [mode(p["weight"], -np.log(terms))] * terms
    return [(modes, max(mode(p["noise"]), np.log(1.01 * case["noise_floor"])), 0.0), ours]


def optuna_fit(case, rows):
    """Optuna's GPSampler's model of some rows, with its own coordinates, kernel, priors and scaling of outcomes (mean 0, variance 1,
    divisor n): the model, and the mean and standard deviation removed."""
    x, y = peers.optuna_coordinates(case["coordinates"], case["x"])[rows], np.array(case["y"])[rows]
    fitted = peers.optuna_fit(x, (y - y.mean()) / y.std(), peers.optuna_is_categorical(case["coordinates"]))
    return fitted, y.mean(), y.std()


def optuna(case):
    """Optuna's log marginal likelihood and held-out log density per datum, in units of our standardised outcomes, and the processor
    time of the fit to all rows."""
    x, y, n = peers.optuna_coordinates(case["coordinates"], case["x"]), np.array(case["y"]), case["n"]
    clock = time.process_time()
    fitted, _, sd = optuna_fit(case, np.arange(n))
    cpu = time.process_time() - clock
    held_out = 0.0
    likelihood = peers.optuna_likelihood(fitted) / n - np.log(sd)
    for fold in range(case["folds"]):
        inside = np.arange(n) % case["folds"] == fold
        model, mean, sd = optuna_fit(case, ~inside)
        with torch.no_grad():
            means, variances = model.posterior(torch.from_numpy(x[inside]))
            variance = sd**2 * (variances + model.noise_var).numpy()
        residual = y[inside] - mean - sd * means.numpy()
        held_out -= 0.5 * np.sum(residual**2 / variance + np.log(2 * np.pi * variance))
    return likelihood, held_out / n, cpu


def compare(case):
    gp, set_to = model(case, case["priors"], case["noise_floor"])
    # slightly inside the bounds, where GPyTorch's parameters are finite
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
    # our posterior by their formulas, so constants agree
    set_to(*ended)
    ours = log_likelihood(gp) + log_prior(gp)
    n = case["n"]
    of_optuna, optuna_held_out, optuna_cpu = optuna(case)
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
        "optuna_per_datum": of_optuna,
        "optuna_cpu_s": optuna_cpu,
        "ours_held_out": case["held_out"],
        "optuna_held_out": optuna_held_out,
    }


def run(options, out):
    """Writes likelihood.csv; returns the names of files written."""
    if not options.runs:
        print("likelihood: SKIPPED, needs --runs DIR with recorded run tables")
        return []
    lines = subprocess.run([options.ours, "likelihood", options.runs], capture_output=True, text=True, check=True).stdout
    with open(out / "likelihood.csv", "w", newline="") as file:
        rows = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        rows.writeheader()
        worst, slower, above, ahead = np.inf, [], [], []
        for line in lines.splitlines():
            row = compare(json.loads(line))
            worst = min(worst, row["difference"])
            slower.append(row["gpytorch_cpu_s"] / row["ours_cpu_s"])
            if row["kernel"] == "default":
                above.append(row["ours_per_datum"] - row["optuna_per_datum"])
                ahead.append(row["ours_held_out"] - row["optuna_held_out"])
            rows.writerow({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.items()})
            file.flush()
            print(f"{row['table']:32} {row['kernel']:20} ours - GPyTorch's {row['difference']:+.5f} nats per datum", flush=True)
    print(f"likelihood: worst difference {worst:+.5f} nats per datum, GPyTorch takes {np.median(slower):.1f} times as long (median)")
    for what, gaps in [("likelihood", above), ("held-out density", ahead)]:
        print(f"{what}, ours - Optuna's over {len(gaps)} tables: {min(gaps):+.3f} to {max(gaps):+.3f}, median {np.median(gaps):+.3f}, above in {sum(g > 0 for g in gaps)}")
    return ["likelihood.csv"]
