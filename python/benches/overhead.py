"""Milliseconds per trial that samplers of Optuna and JobsSampler add: python overhead.py [TRIALS]. Needs optuna; GPSampler also torch and scipy."""

import importlib.util
import platform
import sys
import tempfile
import time

import jobs
import jobs.optuna
import optuna

PARTS = ["maths", "code", "chat", "law"]
SPACE = {"mixture": jobs.simplex(*PARTS), "lora_rank": jobs.integer(1, 64, log=True), "rate": jobs.real(1e-5, 1e-3, log=True)}


def objective(trial):
    shares = jobs.optuna.suggest_simplex(trial, "mixture", PARTS)
    rank, rate = trial.suggest_int("lora_rank", 1, 64, log=True), trial.suggest_float("rate", 1e-5, 1e-3, log=True)
    bottom = (shares["maths"] - 0.3) ** 2 + abs(rank - 16) / 100 + abs(rate - 1e-4)
    for step in (20, 40, 60, 80, 100):
        trial.report(bottom + 1 / step, step)
        if trial.should_prune():
            raise optuna.TrialPruned
    return bottom


def timed(sampler, pruner, trials):
    study = optuna.create_study(sampler=sampler, pruner=pruner)
    began, marks = time.perf_counter(), []
    study.optimize(objective, n_trials=trials, callbacks=[lambda *_: marks.append(time.perf_counter())])
    last = marks[-trials // 5 - 1]
    return 1e3 * (marks[-1] - began) / len(marks), 1e3 * (marks[-1] - last) / (trials // 5)


def main(trials):
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    names = ["RandomSampler", "TPESampler"] + ["GPSampler"] * all(map(importlib.util.find_spec, ("torch", "scipy")))
    samplers = [(name, getattr(optuna.samplers, name)(seed=0), optuna.pruners.MedianPruner()) for name in names]
    for method in ("jobs", "random"):
        settings = {"total_steps": 100 * trials, "full_steps": 100, "eval_every": 20, "early_steps": 20, "method": method}
        sampler = jobs.optuna.JobsSampler(SPACE, folder=tempfile.mkdtemp(), **settings)
        samplers.append((f"JobsSampler, method {method}", sampler, sampler.pruner))
    print(f"Optuna {optuna.__version__}, {trials} trials, {platform.processor() or platform.machine()}")
    for name, sampler, pruner in samplers:
        mean, late = timed(sampler, pruner, trials)
        print(f"{name:28} {mean:8.1f} ms per trial, {late:8.1f} ms in the last fifth", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
