"""The models of Optuna and BoTorch, described to our program (`gp-peer given`), so that our engine fits and searches the same models.

Kernels go over our encoded coordinates; every peer's own coordinates differ from them by a shift and a gain. Parameters are
logarithms: length scales, weights, noise variance.
"""

import json
import math
import subprocess

import numpy as np
import torch
from optuna._gp import gp as optuna_gp
from optuna._gp import prior as optuna_prior

LN_2PI = math.log(2.0 * math.pi)


class Worker:
    """A program that answers a line of JSON with a line of JSON."""

    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{' '.join(self.process.args)} ended; see its message above")
        answer = json.loads(answer)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def factor(profile, columns, gains=None):
    gains = gains or [1.0] * len(columns)
    each = enumerate(zip(columns, gains, strict=True))
    return {"profile": profile, "columns": [{"coordinate": c, "group": g, "gain": gain} for g, (c, gain) in each]}


# Optuna: Matern-5/2 over all parameters, Hamming where they are categories, which on 0 and 1 is the same; mean 0; outcomes of mean 0
# and variance 1 (divisor n), higher is better


def optuna_gains(coordinates):
    """Optuna's coordinate of an integer is the middle of its cell: (v - low + 1/2) / (high - low + 1)."""
    spans = [c["high"] - c["low"] if c["kind"] == "integer" else 0 for c in coordinates]
    if any(c["kind"] == "choice" for c in coordinates):
        raise ValueError("only spaces without categories are compared: ours has one coordinate for each choice, Optuna one in all")
    return [span / (span + 1) if span else 1.0 for span in spans]


def optuna_coordinates(coordinates, x):
    """Encoded points in Optuna's coordinates."""
    gains = np.array(optuna_gains(coordinates))
    return np.array(x) * gains + np.where(gains < 1.0, 0.5 * (1.0 - gains), 0.0)


def optuna_is_categorical(coordinates):
    return np.array([c["kind"] == "boolean" for c in coordinates])


def optuna_fit(x, y, is_categorical):
    """Fits like GPSampler, to Optuna's coordinates and standardised outcomes."""
    return optuna_gp.fit_kernel_params(
        X=x, Y=y, is_categorical=is_categorical, log_prior=optuna_prior.default_log_prior,
        minimum_noise=optuna_prior.DEFAULT_MINIMUM_NOISE_VAR, deterministic_objective=False,
    )


def optuna_likelihood(regressor):
    """Log marginal likelihood, with the constant `-n/2 ln 2 pi` that Optuna 5 omits."""
    with torch.no_grad():
        return float(regressor.marginal_log_likelihood()) - 0.5 * len(regressor._y_train) * LN_2PI


def optuna_log_prior(regressor):
    with torch.no_grad():
        return float(optuna_prior.default_log_prior(regressor))


def optuna_parameters(regressor):
    """In our order: length scales, weight, noise."""
    scales = -0.5 * np.log(regressor.inverse_squared_lengthscales.numpy())
    return [*scales.tolist(), math.log(float(regressor.kernel_scale)), math.log(float(regressor.noise_var))]


def optuna_at(regressor, parameters):
    """Optuna's model of the same data at other parameters, given in our order."""
    value = lambda v: torch.tensor(v, dtype=torch.float64)
    return optuna_gp.GPRegressor(
        is_categorical=regressor._is_categorical, X_train=regressor._X_train, y_train=regressor._y_train.squeeze(-1),
        inverse_squared_lengthscales=value(np.exp(-2.0 * np.array(parameters[:-2]))),
        kernel_scale=value(math.exp(parameters[-2])), noise_var=value(math.exp(parameters[-1])),
    )


def optuna_model(coordinates, x, y):
    """Description for our program; `y` is that of Optuna's regressor, negated so that lower is better."""
    d = len(coordinates)
    return {
        "factors": [factor("Matern52", list(range(d)), optuna_gains(coordinates))], "terms": [[0]], "mean": 0.0,
        "noise_floor": optuna_prior.DEFAULT_MINIMUM_NOISE_VAR, "x": np.array(x).tolist(), "y": np.array(y).tolist(),
    }


def optuna_priors(d):
    """`default_log_prior` in our parametrisation, where the prior of a length scale is of l / sqrt d: -(0.1 / q + 0.1 q) for q = l^-2, gamma
    (2, 1) for the kernel's scale, gamma (1.1, 30) for the noise."""
    gamma = lambda shape, rate: {"power": 1.0, "shape": shape, "rate": rate, "inverse_rate": 0.0}
    return {
        "length_scale": {"power": -2.0, "shape": 1.0, "rate": 0.1 / d, "inverse_rate": 0.1 * d},
        "weight": gamma(2.0, 1.0), "noise": gamma(1.1, 30.0), "mean_sd": 1.0,
    }


# BoTorch: outcomes of mean 0 and variance 1 (divisor n - 1), lower is better


def botorch_model(model, x, coordinates):
    """Description of a fitted SingleTaskGP or MixedSingleTaskGP for our program, and its parameters."""
    d = len(coordinates)
    logs = lambda values: values.detach().reshape(-1).log().tolist()
    cover = model.covar_module
    if hasattr(cover, "lengthscale") and cover.lengthscale is not None:
        factors, terms = [factor("Rbf", list(range(d)))], [[0]]
        parameters = [*logs(cover.lengthscale), 0.0]
    else:
        of_sum, of_product = cover.kernels
        (first, scaled), (second, other) = of_sum.base_kernel.kernels, of_product.base_kernel.kernels
        categories = [i for i, c in enumerate(coordinates) if c["kind"] == "boolean"]
        others = [i for i in range(d) if i not in categories]
        factors = [factor("Rbf", others), factor("Rbf", categories)] * 2
        terms = [[0], [1], [2, 3]]
        # exp(-mean of [differ] / l) is our Hamming kernel with l'^2 = (number of categories) l / 2
        hamming = lambda kernel: [0.5 * (math.log(0.5 * len(categories)) + l) for l in logs(kernel.lengthscale)]
        weight = lambda kernel: math.log(float(kernel.outputscale))
        parameters = [
            *logs(first.lengthscale), *hamming(scaled.base_kernel), *logs(second.lengthscale), *hamming(other),
            weight(of_sum), weight(of_sum) + weight(scaled), weight(of_product),
        ]
    described = {
        "factors": factors, "terms": terms, "mean": float(model.mean_module.constant), "noise_floor": 1e-12,
        "x": np.array(x).tolist(), "y": model.train_targets.tolist(),
    }
    return described, [*parameters, math.log(float(model.likelihood.noise))]
