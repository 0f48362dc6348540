//! Surrogates, models and acquisition functions that several methods share.

use std::fmt;

use gp::acquisition::{Beta, Ucb};
use gp::maximise::MixedMaximiser;
use gp::{Gp, GpOptions, Kernel, KernelSpec, LogNormal, Priors, WithPriorMeans};
use jobs::Problem;
use jobs_core::{Acquisition, SearchSpace, Surrogate};
use serde::Serialize;

use crate::model::Model;

/// beta of every UCB: three standard deviations, chosen by `experiments ablation`.
pub const BETA: f64 = 9.0;

/// UCB with a fixed beta.
pub fn ucb(beta: f64) -> Box<dyn Acquisition> {
    Box::new(Ucb::new(Beta::Fixed(beta)))
}

/// The Gaussian process of a method.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct GpSettings {
    /// Kernel.
    pub kernel: KernelSpec,
    /// Priors of its hyper-parameters.
    pub priors: Priors,
}

impl Default for GpSettings {
    /// The kernel's defaults and [`priors`].
    fn default() -> Self {
        Self { kernel: KernelSpec::default(), priors: priors() }
    }
}

impl fmt::Display for GpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kernel = match self.kernel {
            k if k == KernelSpec::default() => "default kernel".to_owned(),
            k if k == (KernelSpec { profile: k.profile, ..KernelSpec::default() }) => format!("{:?} kernel", k.profile),
            k if k == (KernelSpec { simplex: k.simplex, ..KernelSpec::default() }) => {
                format!("default kernel over {:?} of mixtures", k.simplex)
            }
            k => format!("{k:?}"),
        };
        let priors = match self.priors {
            p if p == priors() => "default priors",
            p if p == Priors::default() => "the priors of Hvarfner et al. (2024)",
            _ => "changed priors",
        };
        write!(f, "GP with {kernel} and {priors}")
    }
}

/// Priors of the hyper-parameters in every GP of [`METHODS`](crate::METHODS).
///
/// Length scales: `ln l ~ N(0.7 + ln(d)/2, 1)`. The mode, `0.74 sqrt d`, is 3.6 times that of the common choice
/// `N(sqrt 2 + ln(d)/2, 3)` (Hvarfner, Hellsten and Nardi 2024): with few runs, smooth functions are the better assumption
/// (ablation row `default-priors`).
pub fn priors() -> Priors {
    Priors { length_scale: LogNormal { location: 0.7, spread: 1.0 }.into(), ..Priors::default() }
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
