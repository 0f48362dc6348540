//! Surrogates, models and acquisition functions that several methods share.

use gp::acquisition::{Beta, Ucb};
use gp::maximise::MixedMaximiser;
use gp::{Gp, GpOptions, Kernel, KernelSpec, Priors, WithPriorMeans};
use jobs::Problem;
use jobs_core::{Acquisition, SearchSpace, Surrogate};

use crate::{GpSettings, Model};

/// beta of every UCB: three standard deviations. Of 1, 4, 9 and 16 it is the best for full-run and multi-fidelity Bayesian
/// optimisation and for JoBS alike (`experiments ablation`).
pub const BETA: f64 = 9.0;

/// UCB with a fixed beta.
pub fn ucb(beta: f64) -> Box<dyn Acquisition> {
    Box::new(Ucb::new(Beta::Fixed(beta)))
}

/// A GP over a space.
pub fn surrogate(space: &SearchSpace, kernel: KernelSpec, priors: Priors) -> Gp {
    Gp::new(Kernel::for_space(space, kernel), GpOptions { priors, ..GpOptions::default() })
}

/// A GP over (configuration, steps / full steps).
pub fn surrogate_over_steps(space: &SearchSpace, kernel: KernelSpec, priors: Priors) -> Gp {
    Gp::new(Kernel::for_space_and_fidelity(space, kernel), GpOptions { priors, ..GpOptions::default() })
}

/// The surrogate with the problem's transferred prior, if there is one.
pub fn with_transfer(problem: &Problem, surrogate: impl Surrogate + 'static) -> Box<dyn Surrogate> {
    match problem.transfer.prior_means() {
        [] => Box::new(surrogate),
        means => Box::new(WithPriorMeans::new(Box::new(surrogate), means.to_vec())),
    }
}

/// A GP over the problem's space, with the default maximiser.
pub fn model(problem: &Problem, gp: &GpSettings, acquisition: Box<dyn Acquisition>) -> Model {
    let surrogate = surrogate(&problem.space, gp.kernel, gp.priors);
    Model::new(with_transfer(problem, surrogate), acquisition, Box::new(MixedMaximiser::default()))
}

/// The same over (configuration, steps / full steps).
pub fn model_over_steps(problem: &Problem, gp: &GpSettings, acquisition: Box<dyn Acquisition>) -> Model {
    let surrogate = surrogate_over_steps(&problem.space, gp.kernel, gp.priors);
    Model::new(with_transfer(problem, surrogate), acquisition, Box::new(MixedMaximiser::default()))
}
