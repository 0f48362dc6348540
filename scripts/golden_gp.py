"""Writes crates/gp/tests/golden/*.json: posteriors and likelihoods of scikit-learn, which the gp crate must reproduce.

usage: python scripts/golden_gp.py

Needs numpy and scikit-learn.
"""

import json
import pathlib

import numpy as np
import sklearn
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, Matern

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "crates/gp/tests/golden"
FAR = 1e15  # a length scale at which a coordinate has no influence


def on(kind, scales, coordinates, dimension):
    """A kernel over some of the coordinates."""
    full = np.full(dimension, FAR)
    full[coordinates] = scales
    return RBF(full) if kind == "rbf" else Matern(full, nu={"matern12": 0.5, "matern32": 1.5, "matern52": 2.5}[kind])


def record(name, kernel, x, y, noise, at, description):
    model = GaussianProcessRegressor(kernel, alpha=noise, optimizer=None, normalize_y=False).fit(x, y)
    mean, covariance = model.predict(at, return_cov=True)
    golden = {
        "source": f"scikit-learn {sklearn.__version__}, scripts/golden_gp.py",
        **description,
        "x": x.tolist(),
        "y": y.tolist(),
        "noise_variance": noise.tolist(),
        "at": at.tolist(),
        "mean": mean.tolist(),
        "covariance": covariance.tolist(),
        "log_marginal_likelihood": float(model.log_marginal_likelihood_value_),
    }
    (FOLDER / f"{name}.json").write_text(json.dumps(golden) + "\n")


def data(rng, n, dimension):
    x = rng.random((n, dimension))
    y = np.sin(4 * x[:, 0]) + x[:, 1] ** 2 + 0.1 * rng.standard_normal(n)
    return x, y, rng.uniform(1e-3, 5e-2, n), rng.uniform(-0.2, 1.2, (7, dimension))


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(11)
    for kind in ["matern12", "matern32", "matern52", "rbf"]:
        dimension = 4
        scales, weight = rng.uniform(0.3, 2.0, dimension), 1.7
        kernel = ConstantKernel(weight) * on(kind, scales, range(dimension), dimension)
        shape = {"factors": [{"profile": kind, "coordinates": list(range(dimension)), "length_scales": scales.tolist()}]}
        record(kind, kernel, *data(rng, 30, dimension), shape | {"terms": [{"weight": weight, "factors": [0]}]})

    # continuous + Hamming + continuous * Hamming, as in BoTorch's mixed model
    dimension, continuous, discrete = 5, [0, 1, 2], [3, 4]
    a, b = rng.uniform(0.3, 2.0, 3), rng.uniform(0.5, 1.5, 2)
    weights = [0.4, 0.3, 1.1]
    c = on("matern52", a, continuous, dimension)
    d = on("rbf", b, discrete, dimension)
    kernel = ConstantKernel(weights[0]) * c + ConstantKernel(weights[1]) * d + ConstantKernel(weights[2]) * c * d
    x, y, noise, at = data(rng, 40, dimension)
    x[:, discrete] = np.round(x[:, discrete])
    at[:, discrete] = np.round(np.clip(at[:, discrete], 0, 1))
    shape = {
        "factors": [
            {"profile": "matern52", "coordinates": continuous, "length_scales": a.tolist()},
            {"profile": "rbf", "coordinates": discrete, "length_scales": b.tolist()},
        ],
        "terms": [
            {"weight": w, "factors": f} for w, f in zip(weights, [[0], [1], [0, 1]], strict=True)
        ],
    }
    record("mixed", kernel, x, y + 0.3 * x[:, 3], noise, at, shape)


if __name__ == "__main__":
    main()
