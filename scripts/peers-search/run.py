#!/usr/bin/env python3
"""Runs Optuna's TPE and GP samplers and BoTorch's UCB on our emulators, through `experiments ask-tell`.

usage: scripts/bench-peers search [OPTION ...]      options: --help

Each sampler gets exactly C full runs per task and seed and writes rows with the columns of fig5.csv, comparable with our tpe, bo-logei
and bo-ucb. Optuna gets the mixture in the form its documentation recommends for a simplex: one u in (0, 1) per part, with shares -ln u
divided by their sum (a flat Dirichlet). BoTorch gets the encoded point, with the constraint that shares sum to 1; its suggestion is
rounded to a valid configuration.
"""
import argparse
import csv
import json
import math
import pathlib
import subprocess
import tomllib
import warnings

import manifest
import numpy as np

warnings.filterwarnings("ignore")


class Emulator:
    def __init__(self, program, task):
        command = [program, "ask-tell", "--task", task]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        hello = json.loads(self.process.stdout.readline())
        self.full_steps, self.optimum = hello["full_steps"], hello["optimum"]
        self.dimensions = tomllib.loads(hello["space"])["dimension"]

    def run(self, point, seed):
        self.process.stdin.write(json.dumps({"point": point, "seed": seed}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise SystemExit(f"the emulator refused {point}: {answer['error']}")
        return answer["value"], answer["oracle"]

    def modules(self):
        return [d["name"] for d in self.dimensions if d["name"].startswith("lora_") and d["name"].endswith("_proj")]


def repaired(emulator, point):
    """Switches the first module on if all are off."""
    modules = emulator.modules()
    if modules and not any(point[m] for m in modules):
        point[modules[0]] = True
    return point


def optuna_search(kind, emulator, budget, seed):
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    samplers = {
        "optuna-tpe": lambda: optuna.samplers.TPESampler(seed=seed, multivariate=True),
        "optuna-gp": lambda: optuna.samplers.GPSampler(seed=seed, deterministic_objective=False),
    }
    study = optuna.create_study(sampler=samplers[kind]())
    for i in range(budget):
        trial = study.ask()
        point = {}
        for d in emulator.dimensions:
            name, kind_of = d["name"], d["kind"]
            if kind_of == "simplex":
                draws = [-math.log(trial.suggest_float(f"{name}.{p}", 1e-6, 1.0)) + 1e-9 for p in d["parts"]]
                point[name] = {p: v / sum(draws) for p, v in zip(d["parts"], draws)}
            elif kind_of == "real":
                point[name] = trial.suggest_float(name, d["low"], d["high"], log=d.get("log", False))
            elif kind_of == "integer":
                point[name] = trial.suggest_int(name, d["low"], d["high"], log=d.get("log", False))
            elif kind_of == "boolean":
                point[name] = trial.suggest_categorical(name, [False, True])
            else:
                point[name] = trial.suggest_categorical(name, d["choices"])
        value, oracle = emulator.run(repaired(emulator, point), 1000 * seed + i)
        study.tell(trial, value)
        yield value, oracle


def botorch_search(emulator, budget, seed, beta=9.0):
    import torch
    from botorch.acquisition import UpperConfidenceBound
    from botorch.fit import fit_gpytorch_mll
    from botorch.models import SingleTaskGP
    from botorch.models.transforms import Standardize
    from botorch.optim import optimize_acqf
    from gpytorch.mlls import ExactMarginalLogLikelihood

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    width = sum(len(d["parts"]) if d["kind"] == "simplex" else 1 for d in emulator.dimensions)

    def decode(x):
        point, at = {}, 0
        for d in emulator.dimensions:
            if d["kind"] == "simplex":
                shares = np.clip(x[at : at + len(d["parts"])], 0, None)
                shares = shares / shares.sum()
                point[d["name"]] = dict(zip(d["parts"], shares.tolist()))
                at += len(d["parts"])
                continue
            u = float(np.clip(x[at], 0, 1))
            if d["kind"] == "boolean":
                point[d["name"]] = u >= 0.5
            elif d["kind"] == "integer":
                point[d["name"]] = int(round(d["low"] + u * (d["high"] - d["low"])))
            else:
                point[d["name"]] = d["low"] + u * (d["high"] - d["low"])
            at += 1
        return repaired(emulator, point)

    def encode(point):
        x = []
        for d in emulator.dimensions:
            v = point[d["name"]]
            if d["kind"] == "simplex":
                x += [v[p] for p in d["parts"]]
            elif d["kind"] == "boolean":
                x.append(float(v))
            else:
                x.append((v - d["low"]) / (d["high"] - d["low"]))
        return x

    def draw():
        x = rng.random(width)
        at = 0
        for d in emulator.dimensions:
            if d["kind"] == "simplex":
                n = len(d["parts"])
                x[at : at + n] = rng.dirichlet(np.ones(n))
                at += n
            else:
                at += 1
        return x

    simplex, at = None, 0
    for d in emulator.dimensions:
        if d["kind"] == "simplex":
            n = len(d["parts"])
            simplex = (torch.arange(at, at + n), torch.ones(n, dtype=torch.double), 1.0)
            at += n
        else:
            at += 1
    xs, ys = [], []
    for i in range(budget):
        if i < max(3, budget // 5):
            point = decode(draw())
        else:
            x, y = torch.tensor(xs, dtype=torch.double), -torch.tensor(ys, dtype=torch.double).unsqueeze(-1)
            model = SingleTaskGP(x, y, outcome_transform=Standardize(m=1))
            fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
            candidate, _ = optimize_acqf(
                UpperConfidenceBound(model, beta=beta),
                bounds=torch.stack([torch.zeros(width), torch.ones(width)]).double(),
                q=1,
                num_restarts=4,
                raw_samples=128,
                equality_constraints=[simplex] if simplex else None,
                options={"maxiter": 50},
            )
            point = decode(candidate.squeeze(0).detach().numpy())
        value, oracle = emulator.run(point, 1000 * seed + i)
        xs.append(encode(point))
        ys.append(value)
        yield value, oracle


OURS = {"optuna-tpe": "tpe", "optuna-gp": "bo-logei", "botorch-ucb": "bo-ucb"}


def ours(program, methods, args, folder):
    """Our methods of the same kind, with the same budget and number of seeds, as rows of fig5.csv."""
    names = ",".join(sorted({OURS[m] for m in methods}))
    command = [program, "fig5", "--tasks", args.tasks, "--methods", names, "--full-runs", str(args.full_runs)]
    command += ["--seeds", str(args.seeds), "--workers", "1", "--out", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return list(csv.DictReader(open(folder / "fig5.csv")))


def finals(rows):
    """Final oracle value by (task, method, seed)."""
    last = {}
    for row in rows:
        last[row["task"], row["method"], int(row["seed"])] = float(row["oracle"])
    return last


def table(theirs, own, methods, tasks, optima):
    """Markdown: mean regret +- standard error, and the Mann-Whitney test (seeds are not paired across programs)."""
    from scipy.stats import mannwhitneyu

    lines = ["| task | peer | regret | ours | regret | p |", "| --- | --- | --- | --- | --- | --- |"]
    for task in tasks:
        for method in methods:
            a = np.array([v for (t, m, _), v in theirs.items() if (t, m) == (task, method)]) - optima[task]
            b = np.array([v for (t, m, _), v in own.items() if (t, m) == (task, OURS[method])]) - optima[task]
            shown = lambda v: f"{v.mean():.4f} +- {v.std(ddof=1) / math.sqrt(len(v)):.4f}" if len(v) > 1 else f"{v.mean():.4f}"
            p = mannwhitneyu(a, b).pvalue
            lines.append(f"| {task} | {method} | {shown(a)} | {OURS[method]} | {shown(b)} | {p:.3f} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(prog="scripts/peers", description=__doc__.splitlines()[0].split("\n")[0])
    parser.add_argument("--work", required=True, type=pathlib.Path, help="work folder (given by bench-peers)")
    parser.add_argument("--out", required=True, type=pathlib.Path, help="folder of the results")
    parser.add_argument("--program", default="target/debug/experiments", help="our program")
    parser.add_argument("--tasks", default="gsm8k,mmlu", help="emulators, separated by commas")
    parser.add_argument("--methods", default=",".join(OURS), help="peers, separated by commas")
    parser.add_argument("--full-runs", type=int, default=15, help="budget in full runs")
    parser.add_argument("--seeds", type=int, default=10, help="number of seeds, from 0 on")
    args = parser.parse_args()
    methods, tasks = args.methods.split(","), args.tasks.split(",")
    if unknown := [m for m in methods if m not in OURS]:
        parser.error(f"no peer is called {', '.join(unknown)}; there are {', '.join(OURS)}")
    settings = {k: str(v) for k, v in vars(args).items() if k not in ("work", "out", "program")}
    settings |= {"seeds": list(range(args.seeds)), "ours": OURS}
    record = manifest.start(settings)
    settings["versions"] = manifest.versions(["botorch", "gpytorch", "optuna", "torch", "numpy", "scipy"])
    args.out.mkdir(parents=True, exist_ok=True)
    columns = "task full_runs method seed steps oracle inference".split()
    optima, written = {}, []
    for task in tasks:
        for method in methods:
            for seed in range(args.seeds):
                emulator = Emulator(args.program, task)
                optima[task] = emulator.optimum
                if method == "botorch-ucb":
                    search = botorch_search(emulator, args.full_runs, seed)
                else:
                    search = optuna_search(method, emulator, args.full_runs, seed)
                best = None
                for i, (value, oracle) in enumerate(search):
                    if best is None or value < best[0]:
                        best = (value, oracle)
                        written.append([task, args.full_runs, method, seed, (i + 1) * emulator.full_steps, oracle, value])
                emulator.process.stdin.close()
                emulator.process.wait()
                print(f"{task} {method} seed {seed}: regret {best[1] - emulator.optimum:.4f}", flush=True)
    with open(args.out / "peers.csv", "w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(columns)
        rows.writerows(written)
    theirs = finals([dict(zip(columns, row)) for row in written])
    own = finals(ours(args.program, methods, args, args.work / "ours"))
    text = table(theirs, own, methods, tasks, optima)
    (args.out / "peers.md").write_text(text)
    print(text)
    record.write(args.out, ["peers.csv", "peers.md"])


if __name__ == "__main__":
    main()
