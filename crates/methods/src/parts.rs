//! Parts that several methods share.

use crate::Model;
use gp::acquisition::{Beta, Ucb};
use gp::maximise::MixedMaximiser;
use gp::{Gp, GpOptions, Kernel, KernelSpec, LogNormal, Priors, WithPriorMeans};
use jobs::Problem;
use jobs_core::{Acquisition, SearchSpace, Surrogate};

/// beta of every UCB: three standard deviations, the best of 1, 4, 9 (and 16) for full-run BO, multi-fidelity BO and JoBS
/// alike (results/ablation).
pub const BETA: f64 = 9.0;

/// UCB with a fixed beta.
pub fn ucb(beta: f64) -> Box<dyn Acquisition> {
    Box::new(Ucb::new(Beta::Fixed(beta)))
}

/// Priors of the hyper-parameters in every GP of [`METHODS`](crate::METHODS). Length scales: `ln l ~ N(0.7 + ln(d)/2, 1)`, whose mode,
/// `0.74 sqrt d`, is 3.6 times that of the usual `N(sqrt 2 + ln(d)/2, 3)` (Hvarfner, Hellsten and Nardi 2024): so few runs as one can
/// pay for do not say that a function is rough. Every method is better for it (rows `usual-priors` of the ablation, LOG.md).
pub fn priors() -> Priors {
    Priors { length_scale: LogNormal { location: 0.7, spread: 1.0 }.into(), ..Priors::default() }
}

/// A GP over a space.
pub fn surrogate(space: &SearchSpace, kernel: KernelSpec, priors: Priors) -> Gp {
    Gp::new(Kernel::for_space(space, kernel), GpOptions { priors, ..GpOptions::default() })
}

/// A GP over (x, steps / full steps).
pub fn surrogate_over_steps(space: &SearchSpace, kernel: KernelSpec, priors: Priors) -> Gp {
    Gp::new(Kernel::for_space_and_fidelity(space, kernel), GpOptions { priors, ..GpOptions::default() })
}

/// A surrogate that begins with what earlier studies teach about the problem, if anything.
pub fn taught(problem: &Problem, surrogate: impl Surrogate + 'static) -> Box<dyn Surrogate> {
    match problem.transfer.prior_means() {
        [] => Box::new(surrogate),
        trends => Box::new(WithPriorMeans::new(Box::new(surrogate), trends.to_vec())),
    }
}

/// A GP over the problem's space with the default kernel and maximiser.
pub fn model(problem: &Problem, acquisition: Box<dyn Acquisition>) -> Model {
    let surrogate = surrogate(&problem.space, KernelSpec::default(), priors());
    Model::new(taught(problem, surrogate), acquisition, Box::new(MixedMaximiser::default()))
}

/// The same over (x, steps / full steps).
pub fn model_over_steps(problem: &Problem, acquisition: Box<dyn Acquisition>) -> Model {
    let surrogate = surrogate_over_steps(&problem.space, KernelSpec::default(), priors());
    Model::new(taught(problem, surrogate), acquisition, Box::new(MixedMaximiser::default()))
}

/// Full runs of the initial design of the competitors: a fifth of the budget, at least 3.
pub fn initial_runs(problem: &Problem) -> usize {
    usize::try_from(problem.budget.full_runs() / 5).unwrap_or(usize::MAX).max(3)
}
