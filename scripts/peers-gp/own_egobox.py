"""egobox's model: a Gaussian kernel with a length scale per coordinate, a constant mean by generalised least squares, no priors and,
except for a nugget of 2e-14 of the variance, no noise. Fitted by egobox, by our engine, and by our engine with learnt noise."""

import math

import numpy as np

from peers_models import factor

# egobox's bounds of theta, standard deviation over length scale of a coordinate
THETA = (1e-2, 1e1)
FLAT = {"power": 1.0, "shape": 1.0, "rate": 0.0, "inverse_rate": 0.0}


def compare(ours, egobox, x, y, turns):
    """Log likelihoods of standardised outcomes: the difference in nats, the others per datum."""
    standardised, n = (y - y.mean()) / y.std(ddof=1), len(y)
    data = {"x": x.tolist(), "y": standardised.tolist()}
    columns, spread = list(range(x.shape[1])), x.std(axis=0, ddof=1)
    spread[spread == 0.0] = 1.0
    cpu, theirs_cpu = [], []
    for _ in range(turns):
        theirs = egobox.ask({"fit": True} | data)
        theirs_cpu.append(theirs["cpu"])
        at = [*theirs["log_length_scales"], theirs["log_variance"], theirs["log_noise"]]
        # this narrow log-normal holds the noise at egobox's value
        kept = {"location": theirs["log_noise"], "spread": 1e-3}
        answers = []
        for noise in [kept, FLAT]:
            model = data | {"factors": [factor("Rbf", columns)], "terms": [[0]], "mean": None, "noise_floor": math.exp(theirs["log_noise"])}
            priors = {"length_scale": FLAT, "weight": FLAT, "noise": noise, "mean_sd": 1e300}
            answers.append(ours.ask({"do": "fit", "model": model, "priors": priors, "at": [at]}))
            at = inside(answers[0]["parameters"], spread)
        cpu.append(answers[0]["cpu"])
    same, noisy = answers
    # our noise equals egobox's to a thousandth, so the values belong to the same model
    found, at_theirs = same["log_likelihoods"]
    unknown = lambda v: float("nan") if v is None else v
    return {
        "n": n, "ours_per_datum": unknown(found) / n, "egobox_per_datum": theirs["log_likelihood"] / n,
        "difference": unknown(found) - theirs["log_likelihood"],
        "difference_within_bounds": unknown(noisy["log_likelihoods"][1]) - theirs["log_likelihood"],
        "formula_error_per_datum": abs(unknown(at_theirs) - theirs["log_likelihood"]) / n,
        "ours_with_noise_per_datum": unknown(noisy["log_likelihoods"][0]) / n, "ours_noise_sd": math.exp(0.5 * noisy["parameters"][-1]),
        "ours_cpu_s": float(np.min(cpu)), "egobox_cpu_s": float(np.min(theirs_cpu)),
    }


def inside(parameters, spread):
    """Our answer with length scales clamped to egobox's narrower bounds, without refitting."""
    scales = np.clip(parameters[: len(spread)], np.log(spread / THETA[1]), np.log(spread / THETA[0]))
    return [*scales.tolist(), *parameters[len(spread) :]]
