"""One whole suggestion, fit and maximisation of the acquisition function, on identical data: ours, BoTorch (SingleTaskGP and
MixedSingleTaskGP with the reference's 20 restarts and 1,024 raw samples), Optuna's GPSampler and egobox, interleaved.

Reports CPU time, which other load affects least, and wall time. Our fitted model and BoTorch's mixed one then judge every suggestion at
the nearest valid point: UCB with beta 4, and LogEI. Optuna and egobox use acquisition functions of their own. Finally, our maximiser
searches the posteriors of Optuna and BoTorch (same_posterior.py). The default search of egobox 0.42 encounters non-finite values here,
gives up and returns the best datum; its other search, Cobyla, is therefore included.
"""

import json
import math
import subprocess
import time
import warnings

import numpy as np
import torch
from botorch.acquisition.analytic import LogExpectedImprovement, UpperConfidenceBound
from botorch.fit import fit_gpytorch_mll
from botorch.models import MixedSingleTaskGP, SingleTaskGP
from botorch.optim import optimize_acqf_mixed_alternating
from gpytorch.mlls import ExactMarginalLogLikelihood

import maximiser
import peers_models as peer_models
import same_posterior
import tables
from peers_models import Worker

BETA = 4.0
# half a minute to two per suggestion: fewer repeats
SLOW = {"botorch-mixed"}
COLUMNS = [
    "n", "turn", "peer", "cpu_s", "wall_s", "fit_cpu_s", "likelihood_per_datum", "ucb_by_ours", "log_ei_by_ours", "ucb_by_botorch",
    "log_ei_by_botorch",
]


class Timed:
    """CPU time and wall time of a block."""

    def __enter__(self):
        self.start = time.process_time(), time.monotonic()
        return self

    def __exit__(self, *_):
        self.cpu, self.wall = time.process_time() - self.start[0], time.monotonic() - self.start[1]


def likelihood(model, y):
    """Log density per datum of the outcomes in their own units."""
    model.train()
    with torch.no_grad():
        log_prob = float(model.likelihood(model(*model.train_inputs)).log_prob(model.train_targets))
    model.eval()
    return log_prob / len(y) - math.log(np.std(y, ddof=1))


def botorch(kind, data, n, seed):
    x, y = torch.tensor(data["x"][:n]), torch.tensor(data["y"][:n]).unsqueeze(-1)
    bounds, discrete, _, equal, at_least = maximiser.search_space(data["coordinates"])
    torch.manual_seed(seed)
    with warnings.catch_warnings(), Timed() as all_of_it:
        warnings.simplefilter("ignore")
        with Timed() as fit:
            if kind == "mixed":
                categories = [i for i, c in enumerate(data["coordinates"]) if c["kind"] == "boolean"]
                model = MixedSingleTaskGP(x, y, cat_dims=categories)
            else:
                model = SingleTaskGP(x, y)
            fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
        found, _ = optimize_acqf_mixed_alternating(
            UpperConfidenceBound(model, beta=BETA, maximize=False), bounds, discrete_dims=discrete, raw_samples=1024,
            num_restarts=20, equality_constraints=equal, inequality_constraints=at_least,
        )
    answer = {"cpu": all_of_it.cpu, "wall": all_of_it.wall, "fit_cpu": fit.cpu, "x": found[0].tolist()}
    return answer | {"likelihood": likelihood(model, data["y"][:n]), "model": model}


def native(coordinates, x):
    """Encoded coordinates in their units: integers and reals by their bounds."""
    scaled = lambda c, v: c["low"] + v * (c["high"] - c["low"])
    return [
        v if c["kind"] == "share" else int(v) if c["kind"] == "boolean" else
        round(scaled(c, v)) if c["kind"] == "integer" else scaled(c, v)
        for c, v in zip(coordinates, x, strict=True)
    ]


def in_box(coordinates, values):
    """The inverse of the above."""
    back = lambda c, v: v if "low" not in c else (v - c["low"]) / (c["high"] - c["low"])
    return [float(back(c, v)) for c, v in zip(coordinates, values, strict=True)]


def encoded(coordinates, values):
    """The same with shares scaled to sum to 1, a constraint that neither Optuna nor egobox supports."""
    x = in_box(coordinates, values)
    shares = [i for i, c in enumerate(coordinates) if c["kind"] == "share"]
    total = sum(x[i] for i in shares)
    for i in shares:
        x[i] = x[i] / total if total > 0 else 1.0 / len(shares)
    return x


def optuna_sampler(data, n, seed):
    import optuna
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    coordinates = data["coordinates"]
    kinds = {
        "share": lambda c: FloatDistribution(0.0, 1.0),
        "boolean": lambda c: CategoricalDistribution([0, 1]),
        "integer": lambda c: IntDistribution(c["low"], c["high"]),
        "real": lambda c: FloatDistribution(c["low"], c["high"]),
    }
    space = {c["name"]: kinds[c["kind"]](c) for c in coordinates}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sampler = optuna.samplers.GPSampler(seed=seed)
        study = optuna.create_study(sampler=sampler)
        for x, y in zip(data["x"][:n], data["y"][:n], strict=True):
            params = dict(zip(space, native(coordinates, x), strict=True))
            study.add_trial(optuna.trial.create_trial(params=params, distributions=space, value=y))
        with Timed() as timed:
            trial = study.ask(space)
    gpr = sampler._gprs_cache_list[0]
    # the sampler has its own order of parameters
    order = list(optuna.search_space.intersection_search_space(study.get_trials(deepcopy=False)))
    per_datum = peer_models.optuna_likelihood(gpr) / n - math.log(np.std(data["y"][:n]))
    values = [trial.params[name] for name in space]
    return {
        "cpu": timed.cpu, "wall": timed.wall, "x": encoded(coordinates, values), "likelihood": per_datum, "model": gpr,
        "distributions": {name: space[name] for name in order}, "order": [list(space).index(name) for name in order],
        "in_box": in_box(coordinates, values),
    }


def egobox(worker, data, n, seed, cobyla=False):
    coordinates = data["coordinates"]
    types = [
        ["float", 0.0, 1.0] if c["kind"] == "share" else ["int", 0, 1] if c["kind"] == "boolean" else
        ["int" if c["kind"] == "integer" else "float", c["low"], c["high"]]
        for c in coordinates
    ]
    x = [native(coordinates, row) for row in data["x"][:n]]
    answer = worker.ask({"types": types, "x": x, "y": data["y"][:n], "seed": seed, "cobyla": cobyla})
    return answer | {"x": encoded(coordinates, answer["x"])}


def judged_by_botorch(model, points, y):
    best = float(model.posterior(model.train_inputs[0]).mean.min())
    x = torch.tensor(points).unsqueeze(1)
    with torch.no_grad():
        ucb = UpperConfidenceBound(model, beta=BETA, maximize=False)(x)
        log_ei = LogExpectedImprovement(model, best_f=best, maximize=False)(x)
    return ucb.tolist(), log_ei.tolist()


def run(options, out):
    """Writes suggestion.csv, every turn, ratios.csv, medians by size and their ratios to ours, and same_posterior.csv."""
    sizes = [int(n) for n in options.sizes.split(",")]
    text = subprocess.run([options.ours, "data", str(max(sizes))], capture_output=True, text=True, check=True).stdout
    data = json.loads(text)
    ours, ego = Worker(options.ours, "suggest"), Worker(str(options.work / "egobox/release/egobox-peer"))
    given = Worker(options.ours, "given")
    request = lambda n, seed, judge: {"x": data["x"][:n], "y": data["y"][:n], "beta": BETA, "seed": seed, "judge": judge}
    peers = {
        "ours": lambda n, seed: ours.ask(request(n, seed, [])),
        "botorch-single": lambda n, seed: botorch("single", data, n, seed),
        "botorch-mixed": lambda n, seed: botorch("mixed", data, n, seed),
        "optuna": lambda n, seed: optuna_sampler(data, n, seed),
        "egobox": lambda n, seed: egobox(ego, data, n, seed),
        "egobox-cobyla": lambda n, seed: egobox(ego, data, n, seed, cobyla=True),
    }
    if options.peers:
        peers = {name: peers[name] for name in ["ours", *[p for p in options.peers.split(",") if p != "ours"]]}
    for name, peer in peers.items():
        if name not in SLOW:
            peer(min(sizes), 99)  # warm-up call
    rows, shared, mixed = [], [], {}
    for n in sizes:
        for turn in range(options.repeats):
            answers = {}
            for name, peer in peers.items():
                if turn < options.slow_repeats or name not in SLOW:
                    answers[name] = peer(n, turn)
                    print(f"n {n} turn {turn} {name:15} {answers[name]['cpu']:8.3f} s", flush=True)
            mixed.setdefault(n, answers.get("botorch-mixed", {}).get("model"))
            names = list(answers)
            judge = ours.ask(request(n, turn, [answers[name]["x"] for name in names]))
            unknown = [""] * len(judge["judged"])
            by_botorch = judged_by_botorch(mixed[n], judge["judged"], data["y"][:n]) if mixed[n] else (unknown, unknown)
            for i, name in enumerate(names):
                answer, valid = answers[name], judge["judged"][i]
                if name == "optuna":
                    found = same_posterior.of_optuna(given, data, n, turn, answer, valid)
                elif name.startswith("botorch"):
                    found = same_posterior.of_botorch(name, given, data, n, turn, answer, valid, BETA)
                else:
                    found = []
                shared += [{"n": n, "turn": turn} | row for row in found]
                fitted = answer.get("likelihood")
                rows.append({
                    "n": n, "turn": turn, "peer": name, "cpu_s": answer["cpu"], "wall_s": answer["wall"],
                    "fit_cpu_s": answer.get("fit_cpu", ""),
                    "likelihood_per_datum": "" if fitted is None else fitted / n if name == "ours" else fitted,
                    "ucb_by_ours": judge["ucb"][i], "log_ei_by_ours": judge["log_ei"][i],
                    "ucb_by_botorch": by_botorch[0][i], "log_ei_by_botorch": by_botorch[1][i],
                })
    for worker in [ours, ego, given]:
        worker.close()
    tables.write(out / "suggestion.csv", rows, digits=6, columns=COLUMNS)
    tables.write(out / "same_posterior.csv", shared, digits=6, columns=same_posterior.COLUMNS)
    summary = summarise(rows, sizes, list(peers))
    tables.write(out / "ratios.csv", summary, digits=6)
    for row in summary:
        print(f"n {row['n']:>4} {row['peer']:15} {row['cpu_s']:9.3f} s  {row['times_ours']:8.1f} x ours")
    same_posterior.summary(shared)
    return ["suggestion.csv", "ratios.csv", "same_posterior.csv"]


def summarise(rows, sizes, peers):
    middle = lambda n, peer, column: float(np.median(
        [r[column] for r in rows if r["n"] == n and r["peer"] == peer and r[column] != ""] or [np.nan]
    ))
    columns = ["cpu_s", "wall_s", *COLUMNS[6:]]
    return [
        {"n": n, "peer": peer, "times_ours": middle(n, peer, "cpu_s") / middle(n, "ours", "cpu_s")}
        | {c: middle(n, peer, c) for c in columns}
        for n in sizes for peer in peers
    ]
