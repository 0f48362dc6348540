"""The model of our program, as described by its JSON, in GPyTorch: same warps, kernel, priors and hyper-parameters.

Uses GPyTorch's own kernels, priors and likelihood, and none of our code.
"""

import math

import gpytorch
import torch
from botorch.models import SingleTaskGP
from botorch.models.transforms.input import InputTransform
from gpytorch.constraints import GreaterThan, Interval
from gpytorch.kernels import AdditiveKernel, MaternKernel, ProductKernel, RBFKernel, ScaleKernel
from gpytorch.likelihoods import GaussianLikelihood
from gpytorch.means import ConstantMean
from gpytorch.priors import LogNormalPrior, NormalPrior

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

# our bounds of length scales, weights and noise
LENGTH_SCALES = (0.02, 1e3)
WEIGHTS = (1e-4, 1e2)


class Warp(InputTransform, torch.nn.Module):
    """Coordinate-wise maps of encoded points: u, sqrt(u + eps), or ln(1 + u/eps) / ln(1 + 1/eps)."""

    is_one_to_many = False

    def __init__(self, warps):
        super().__init__()
        self.transform_on_train = self.transform_on_eval = self.transform_on_fantasize = True
        kinds = ["Identity" if w == "Identity" else next(iter(w)) for w in warps]
        eps = [1.0 if w == "Identity" else next(iter(w.values()))["eps"] for w in warps]
        self.register_buffer("eps", torch.tensor(eps))
        self.register_buffer("log", torch.tensor([k == "Log" for k in kinds]))
        self.register_buffer("root", torch.tensor([k == "Sqrt" for k in kinds]))

    def transform(self, X):
        # first-order continuation below zero, which rounding may reach
        low = X.clamp(max=0.0)
        log = (torch.log1p(X.clamp(min=0.0) / self.eps) + low / self.eps) / torch.log1p(1.0 / self.eps)
        root = torch.sqrt(X.clamp(min=0.0) + self.eps) + 0.5 * low / torch.sqrt(self.eps)
        return torch.where(self.log, log, torch.where(self.root, root, X))


class Again(gpytorch.kernels.Kernel):
    """A kernel that is used in several places: GPyTorch would count its priors once per place."""

    def __init__(self, base):
        super().__init__()
        self.hidden = [base]

    def forward(self, x1, x2, diag=False, **params):
        value = self.hidden[0](x1, x2, diag=diag, **params)
        return value if diag else value.to_dense()


def kernel(described, priors=None):
    """The kernel and, by hyper-parameter in our order, functions that set it from its logarithm."""
    prior = lambda p, shift=0.0: None if p is None else LogNormalPrior(p["location"] + shift, p["spread"])
    of = (lambda name, shift=0.0: prior(priors[name], shift)) if priors else (lambda *_: None)
    factors, set_scales, at = [], [], 0
    for factor in described["factors"]:
        columns = factor["columns"]
        if any(c["gain"] != 1.0 for c in columns) or [c["group"] for c in columns] != list(range(len(columns))):
            raise ValueError("only kernels with one length scale per coordinate are compared")
        dims = tuple(c["coordinate"] for c in columns)
        options = dict(
            ard_num_dims=len(dims),
            active_dims=dims,
            lengthscale_prior=of("length_scale", 0.5 * math.log(len(dims))),
            lengthscale_constraint=Interval(*LENGTH_SCALES) if priors else GreaterThan(1e-8),
        )
        nu = {"Matern12": 0.5, "Matern32": 1.5, "Matern52": 2.5}.get(factor["profile"])
        base = RBFKernel(**options) if nu is None else MaternKernel(nu=nu, **options)
        factors.append(base)
        set_scales.append((base, slice(at, at + len(dims))))
        at += len(dims)
    terms, used = [], set()
    for t, term in enumerate(described["terms"]):
        parts = [Again(factors[f]) if f in used else factors[f] for f in term]
        used.update(term)
        product = parts[0] if len(parts) == 1 else ProductKernel(*parts)
        weight = ScaleKernel(
            product,
            outputscale_prior=of("weight", -math.log(len(described["terms"]))),
            outputscale_constraint=Interval(*WEIGHTS) if priors else GreaterThan(1e-12),
        )
        terms.append(weight)
    whole = terms[0] if len(terms) == 1 else AdditiveKernel(*terms)

    def install(parameters):
        values = torch.tensor(parameters).exp()
        for base, where in set_scales:
            base.lengthscale = values[where]
        for t, term in enumerate(terms):
            term.outputscale = values[at + t]

    return whole, install


def model(case, priors=None, noise_floor=None):
    """The model of a case (`kernel`, `log_noise`, `mean`, `x`, `y`; outcomes standardised already). With `priors` it is ready to be
    fitted, otherwise it is fixed at the case's hyper-parameters."""
    covariance, install = kernel(case["kernel"], priors)
    noise = GreaterThan(noise_floor or 1e-12)
    likelihood = GaussianLikelihood(
        noise_constraint=noise,
        noise_prior=LogNormalPrior(priors["noise"]["location"], priors["noise"]["spread"]) if priors else None,
    )
    mean = ConstantMean(constant_prior=NormalPrior(0.0, priors["mean_sd"]) if priors else None)
    gp = SingleTaskGP(
        torch.tensor(case["x"]),
        torch.tensor(case["y"]).unsqueeze(-1),
        likelihood=likelihood,
        covar_module=covariance,
        mean_module=mean,
        outcome_transform=None,
        input_transform=Warp(case["kernel"]["warps"]),
    )

    def set_to(parameters, log_noise, constant):
        with torch.no_grad():
            install(parameters)
            likelihood.noise = math.exp(log_noise)
            mean.constant.fill_(constant)

    set_to(case["kernel"]["parameters"], case["log_noise"], case["mean"])
    return gp, set_to


def log_likelihood(gp):
    """Log density of the training outcomes under the present hyper-parameters, without priors."""
    gp.train()
    with torch.no_grad(), gpytorch.settings.max_cholesky_size(10_000):
        output = gp.likelihood(gp(*gp.train_inputs))
        return float(output.log_prob(gp.train_targets))


def log_prior(gp):
    """Log density of the hyper-parameters by their priors."""
    with torch.no_grad():
        return float(sum(prior.log_prob(closure(module)).sum() for _, module, prior, closure, _ in gp.named_priors()))
