//! Parts of a method as plain data: acquisition, predictor, initial design.

use std::fmt;

use gp::acquisition::LogEi;
use jobs::{MethodError, Problem};
use jobs_core::{Acquisition, Predictor};
use predictor::{KernelResidual, LastValue, LastValueShift, RidgeResidual};
use serde::Serialize;

use super::jobs::initial_early_runs;
use crate::BetaSchedule;
#[cfg(not(feature = "burn"))]
use crate::WITHOUT_BURN;
use crate::parts::ucb;

/// The acquisition function.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AcquisitionChoice {
    /// Upper confidence bound.
    Ucb {
        /// Weight of the posterior variance.
        beta: f64,
    },
    /// Upper confidence bound whose beta moves linearly over the runs that the budget is likely to cover ([`BetaSchedule`]).
    UcbSchedule {
        /// beta without observations.
        first: f64,
        /// beta when the budget is used up.
        last: f64,
        /// The same where an early run is as long as a full one.
        last_without_early_runs: f64,
    },
    /// Logarithm of the expected improvement.
    LogEi,
}

impl AcquisitionChoice {
    /// The acquisition function for a problem.
    pub fn make(&self, problem: &Problem) -> Box<dyn Acquisition> {
        match *self {
            Self::Ucb { beta } => ucb(beta),
            Self::UcbSchedule { first, last, last_without_early_runs } => {
                let last = if problem.has_early_runs() { last } else { last_without_early_runs };
                Box::new(BetaSchedule::new(first, last, expected_runs(problem)))
            }
            Self::LogEi => Box::new(LogEi::default()),
        }
    }
}

impl fmt::Display for AcquisitionChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ucb { beta } => write!(f, "UCB with beta {beta}"),
            Self::UcbSchedule { first, last, last_without_early_runs: without } if last == without => {
                write!(f, "UCB with beta from {first} to {last} over the budget")
            }
            Self::UcbSchedule { first, last, last_without_early_runs: without } => {
                write!(f, "UCB with beta from {first} to {last} over the budget (to {without} without early runs)")
            }
            Self::LogEi => f.write_str("LogEI"),
        }
    }
}

/// Share of the budget that a beta schedule leaves to promotions.
const PROMOTED: f64 = 0.5;

/// Runs that the budget is likely to cover.
fn expected_runs(problem: &Problem) -> f64 {
    let budget = &problem.budget;
    let early = if problem.has_early_runs() { 1.0 - PROMOTED } else { 1.0 };
    initial_early_runs(problem) as f64 + early * budget.total.as_f64() / budget.early.as_f64()
}

/// Predicts final values from the first steps of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PredictorChoice {
    /// Kernel regression mixed with an ensemble of small multilayer perceptrons (`predictor::MlpEnsemble`): the published form.
    MlpEnsemble,
    /// The same with feature weights from the tuning tasks.
    ExperiencedMlpEnsemble,
    /// The ensemble on losses and on their logarithms, mixed by precision.
    MlpEnsembleOnTwoScales,
    /// Kernel regression of the residual: the default.
    KernelResidual,
    /// Ridge regression of the residual.
    RidgeResidual,
    /// The last value plus the mean shift of the full runs.
    LastValueShift,
    /// The last value.
    LastValue,
    /// No predictor: the surrogate is over (configuration, steps) and models the learning curves itself.
    None,
}

impl PredictorChoice {
    /// Whether it has networks, which only programs with the feature `burn` can train.
    pub fn needs_burn(self) -> bool {
        matches!(self, Self::MlpEnsemble | Self::ExperiencedMlpEnsemble | Self::MlpEnsembleOnTwoScales)
    }

    /// The predictor; `None` where the surrogate models learning curves itself.
    ///
    /// # Errors
    /// [`MethodError::NotApplicable`] with [`WITHOUT_BURN`](crate::WITHOUT_BURN) for networks in a program that was built without Burn.
    pub fn make(self) -> Result<Option<Box<dyn Predictor>>, MethodError> {
        Ok(self.factory()?.map(|make| make()))
    }

    /// Makes such predictors; errors are those of [`Self::make`].
    ///
    /// # Errors
    /// See there.
    pub fn factory(self) -> Result<Option<Box<predictor::Factory>>, MethodError> {
        Ok(Some(match self {
            Self::MlpEnsemble | Self::ExperiencedMlpEnsemble | Self::MlpEnsembleOnTwoScales => self.networks()?,
            Self::KernelResidual => Box::new(|| Box::new(KernelResidual::default())),
            Self::RidgeResidual => Box::new(|| Box::new(RidgeResidual::default())),
            Self::LastValueShift => Box::new(|| Box::new(LastValueShift::default())),
            Self::LastValue => Box::new(|| Box::new(LastValue::default())),
            Self::None => return Ok(None),
        }))
    }

    #[cfg(feature = "burn")]
    fn networks(self) -> Result<Box<predictor::Factory>, MethodError> {
        use predictor::{Both, MlpEnsemble};
        Ok(match self {
            Self::ExperiencedMlpEnsemble => Box::new(|| Box::new(MlpEnsemble::default().with_transferred_relevances())),
            Self::MlpEnsembleOnTwoScales => Box::new(|| Box::new(Both::scales(MlpEnsemble::default()))),
            _ => Box::new(|| Box::new(MlpEnsemble::default())),
        })
    }

    #[cfg(not(feature = "burn"))]
    fn networks(self) -> Result<Box<predictor::Factory>, MethodError> {
        Err(MethodError::NotApplicable(WITHOUT_BURN))
    }
}

impl fmt::Display for PredictorChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MlpEnsemble => "MLP ensemble",
            Self::ExperiencedMlpEnsemble => "MLP ensemble with feature weights from the tuning tasks",
            Self::MlpEnsembleOnTwoScales => "MLP ensemble on losses and on their logarithms",
            Self::KernelResidual => "kernel regression of the residual",
            Self::RidgeResidual => "ridge regression of the residual",
            Self::LastValueShift => "last value plus mean shift",
            Self::LastValue => "last value",
            Self::None => "learning-curve GP over (configuration, steps)",
        })
    }
}

/// Full runs of the initial design: one in `one_in` of those the budget covers, at least `least`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct InitialRuns {
    /// One in this many of the budget's full runs.
    pub one_in: u64,
    /// At least this many.
    pub least: u64,
}

impl Default for InitialRuns {
    fn default() -> Self {
        Self { one_in: 5, least: 3 }
    }
}

impl InitialRuns {
    /// Their number.
    pub fn count(&self, problem: &Problem) -> usize {
        usize::try_from((problem.budget.full_runs() / self.one_in).max(self.least)).unwrap_or(usize::MAX)
    }
}

impl fmt::Display for InitialRuns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "C/{} design points (at least {})", self.one_in, self.least)
    }
}
