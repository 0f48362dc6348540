"""Maximisers on the peers' own posteriors in each turn of the suggestions: our engine takes over the model that a peer has just
fitted, with the peer's hyper-parameters, and our maximiser searches by the peer's rule. The peer's code evaluates both points.

| peer | rule | spaces |
| --- | --- | --- |
| Optuna | LogEI over the best outcome | its own box, where shares are free numbers and modules may all be off; and the valid points |
| BoTorch | UCB | the valid points |

In the box the peer's point is as found; among valid points it is the valid one nearest to it. Optuna does not say how long its search
took: it is the whole suggestion less a fit made once more.
"""

import time

import numpy as np
import torch
from botorch.acquisition.analytic import UpperConfidenceBound
from optuna._gp.acqf import LogEI
from optuna._gp.search_space import SearchSpace

import peers_models as peers

COLUMNS = [
    "n", "turn", "peer", "rule", "space", "ours", "theirs", "difference", "not_below", "same_posterior_error", "ours_cpu_s", "theirs_cpu_s",
]
TOLERANCE = 1e-6


def row(search, answer, value, peer, point, theirs_cpu, to_units=lambda v: v):
    """Our point and the peer's by the peer's `value`, and the largest disagreement between our model and the peer's on them."""
    ours, theirs = value(answer["x"]), value(point)
    errors = [abs(to_units(answer["value"]) - ours), abs(to_units(answer["values"][0]) - theirs)]
    return {
        "peer": peer, "rule": search["rule"], "space": "box" if search["free"] else "valid", "ours": ours, "theirs": theirs,
        "difference": ours - theirs, "not_below": int(ours >= theirs - TOLERANCE), "same_posterior_error": max(errors),
        "ours_cpu_s": answer["cpu"], "theirs_cpu_s": theirs_cpu,
    }


def of_optuna(ours, data, n, seed, answer, valid):
    """Optuna's answer has its regressor, the order of its coordinates, its distributions and its point before shares were scaled."""
    coordinates, regressor, order = data["coordinates"], answer["model"], answer["order"]
    y = -regressor._y_train.squeeze(-1).numpy()
    threshold = -float(y.min())
    rule = LogEI(gpr=regressor, search_space=SearchSpace(answer["distributions"]), threshold=threshold)
    value = lambda x: float(rule.eval_acqf_no_grad(peers.optuna_coordinates(coordinates, x)[order]))
    theirs = peers.optuna_parameters(regressor)
    parameters = [theirs[order.index(i)] for i in range(len(order))] + theirs[len(order):]
    rows, clock = [], time.process_time()
    peers.optuna_fit(regressor._X_train.numpy(), -y, peers.optuna_is_categorical(coordinates)[order])
    fit_cpu = time.process_time() - clock
    for free, point in [(True, answer["in_box"]), (False, valid)]:
        search = {
            "do": "search", "model": peers.optuna_model(coordinates, data["x"][:n], y), "parameters": parameters,
            "free": free, "rule": "log_ei", "beta": 0.0, "incumbent": -threshold, "seed": seed, "judge": [point],
        }
        rows.append(row(search, ours.ask(search), value, "optuna", point, answer["cpu"] - fit_cpu))
    return rows


def of_botorch(name, ours, data, n, seed, answer, valid, beta):
    model = answer["model"]
    described, parameters = peers.botorch_model(model, data["x"][:n], data["coordinates"])
    scale, shift = float(model.outcome_transform.stdvs), float(model.outcome_transform.means)
    rule = UpperConfidenceBound(model, beta=beta, maximize=False)
    search = {
        "do": "search", "model": described, "parameters": parameters, "free": False, "rule": "ucb", "beta": beta, "incumbent": 0.0,
        "seed": seed, "judge": [valid],
    }

    def value(x):
        with torch.no_grad():
            return float(rule(torch.tensor(x).reshape(1, 1, -1)))

    return [row(search, ours.ask(search), value, name, valid, answer["cpu"] - answer["fit_cpu"], lambda v: scale * v - shift)]


def summary(rows):
    for peer, space in sorted({(r["peer"], r["space"]) for r in rows}):
        some = [r for r in rows if (r["peer"], r["space"]) == (peer, space)]
        gaps = [r["difference"] for r in some]
        ratio = np.median([r["theirs_cpu_s"] / r["ours_cpu_s"] for r in some])
        worst = max(r["same_posterior_error"] for r in some)
        print(f"on {peer}'s posterior, {space}: ours not below in {sum(r['not_below'] for r in some)} of {len(some)}, difference {min(gaps):+.3g} to "
              f"{max(gaps):+.3g}, median {np.median(gaps):+.3g}; same posterior to {worst:.0e}; {ratio:.0f} times as fast (median)")
