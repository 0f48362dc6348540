//! Parts that several methods share.

use gp::acquisition::{Beta, Ucb};
use gp::maximise::MixedMaximiser;
use gp::{Gp, KernelSpec};
use jobs::Problem;
use jobs::method::Model;
use jobs_core::Acquisition;

/// beta of every UCB: three standard deviations, the best of 1, 4, 9 (and 16) for full-run BO, multi-fidelity BO and JoBS
/// alike (results/ablation).
pub const BETA: f64 = 9.0;

/// UCB with a fixed beta.
pub fn ucb(beta: f64) -> Box<dyn Acquisition> {
    Box::new(Ucb::new(Beta::Fixed(beta)))
}

/// A GP over the problem's space with the default kernel and maximiser.
pub fn model(problem: &Problem, acquisition: Box<dyn Acquisition>) -> Model {
    let surrogate = Gp::for_space(&problem.space, KernelSpec::default());
    Model::new(Box::new(surrogate), acquisition, Box::new(MixedMaximiser::default()))
}

/// The same over (x, steps / full steps).
pub fn model_over_steps(problem: &Problem, acquisition: Box<dyn Acquisition>) -> Model {
    let surrogate = Gp::for_space_and_fidelity(&problem.space, KernelSpec::default());
    Model::new(Box::new(surrogate), acquisition, Box::new(MixedMaximiser::default()))
}

/// Full runs of the initial design of the competitors: a fifth of the budget, at least 3.
pub fn initial_runs(problem: &Problem) -> usize {
    usize::try_from(problem.budget.full_runs() / 5).unwrap_or(usize::MAX).max(3)
}
