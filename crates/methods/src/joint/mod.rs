//! JoBS itself: joint Bayesian optimisation of data mixture and model configuration.
//!
//! | file | step |
//! | --- | --- |
//! | `learn.rs` | after every report: fit the predictor, estimate final values, update the surrogate |
//! | `propose.rs` | the next trial: design, initial early runs, promotion or verification, search |
//! | `constraints.rs` | models of constrained metrics |
//! | `early_signal.rs` | whether early losses are informative |
//! | `state.rs` | what is kept between two starts of the program |
//! | `parts.rs` | what the method is made of |

mod constraints;
mod early_signal;
mod learn;
mod parts;
mod propose;
mod state;

use jobs::{History, Method, MethodError, Problem, Proposal, Recommendation, Status};
use jobs_core::{Allocation, Gaussian, LossScale, Point, Predictor, SearchContext, Steps};

pub use self::constraints::ConstraintModel;
use self::early_signal::EarlySignalCheck;
pub use self::parts::{Evidence, JobsParts, Promotion, Recommend, Scale};
use crate::shared::best_measured;

/// Headroom of the logarithmic scale of losses: the floor is as far below the lowest loss as the median is above it.
pub(crate) const HEADROOM: f64 = 1.0;

/// JoBS: predict the final values of early runs, and search with early runs.
///
/// The published form (arXiv 2602.08351) and the shipped one are the same method with other [`JobsParts`]:
///
/// | part | as published | as shipped |
/// | --- | --- | --- |
/// | first | N full runs | early runs (`initial_early_runs`); runs promoted later train the predictor |
/// | predicted values enter the surrogate | as if measured | with the predictor's variance |
/// | losses are predicted and modelled | as they are | on a logarithmic scale above a floor (`log_losses`) |
/// | [`Promotion`] | none | after the first early runs, promising ones go on and pay only for the rest |
/// | `early_signal_check` | none | full runs while early losses are uninformative |
/// | `final_acquisition` | none | expected improvement for a full run that no other can follow: exploration has no use then |
/// | verification | none | the last full runs of the budget finish the best early runs |
/// | [`Recommend`] | lowest estimate | the full run of lowest posterior mean |
///
/// Where an early run is as long as a full one, this is Bayesian optimisation on full runs. Where only listed candidates may be
/// tried and all have a run, the rest of the budget finishes the most promising ones; without promotion the study ends there.
pub struct Jobs {
    name: String,
    parts: JobsParts,
    allocation: Allocation,
    design: Vec<Point>,
    initial_early_runs: Vec<Point>,
    /// Predicts final values from each of the levels; none where losses are modelled as they are.
    predictors: Vec<Box<dyn Predictor>>,
    /// Runs that the predictor of each level was fitted on.
    fitted_on: Vec<usize>,
    /// The runs beyond the first level, with the steps they had when the predictors were fitted.
    fitted_at: Vec<(usize, Steps)>,
    /// Final value of every run, measured or predicted, on `scale`.
    estimates: Vec<Option<Gaussian>>,
    /// Posterior mean of every run, on `scale`.
    means: Vec<f64>,
    scale: LossScale,
    early_signal: EarlySignalCheck,
    early_is_informative: bool,
    /// What the acquisitions of promotions and of the last full run were last prepared with.
    finishing_context: Option<SearchContext>,
    /// The state was restored, and the predictor is to be fitted as it was before it can predict.
    predictor_is_missing: bool,
}

impl Jobs {
    /// JoBS on `problem`.
    ///
    /// # Errors
    /// A budget that the allocator cannot split.
    pub fn new(name: &str, problem: &Problem, parts: JobsParts) -> Result<Self, MethodError> {
        let allocation = parts.allocator.allocate(&problem.budget)?;
        let n = usize::try_from(allocation.full_runs).unwrap_or(usize::MAX);
        let mut design = problem.design(n.saturating_add(parts.initial_early_runs));
        let initial_early_runs = design.split_off(n.min(design.len()));
        let predictors = match &parts.evidence {
            Evidence::Predicted { predictor, .. } => parts.levels.iter().map(|_| predictor()).collect(),
            Evidence::Levels => vec![],
        };
        Ok(Self {
            name: name.to_owned(),
            parts,
            predictors,
            allocation,
            design,
            initial_early_runs,
            fitted_on: vec![],
            fitted_at: vec![],
            estimates: vec![],
            early_signal: EarlySignalCheck::default(),
            early_is_informative: true,
            means: vec![],
            scale: LossScale::IDENTITY,
            finishing_context: None,
            predictor_is_missing: false,
        })
    }

    /// What [`Recommend`] ranks runs by; `None` for runs that cannot be recommended.
    fn score(&self, index: usize, status: Status) -> Option<f64> {
        let mean = self.means.get(index).copied();
        match self.parts.recommend {
            _ if matches!(status, Status::Pending | Status::Diverged | Status::Withdrawn) => None,
            Recommend::LowestEstimate => self.estimates.get(index).copied().flatten().map(|e| e.mean),
            Recommend::PosteriorMean => mean,
            Recommend::FinishedPosteriorMean => mean.filter(|_| status == Status::Finished),
        }
    }
}

impl Method for Jobs {
    fn name(&self) -> &str {
        &self.name
    }

    fn observe(&mut self, history: &History) -> Result<(), MethodError> {
        self.learn(history)
    }

    fn propose(&self, history: &History) -> Result<Proposal, MethodError> {
        self.next(history)
    }

    fn recommend(&self, history: &History) -> Result<Option<Recommendation>, MethodError> {
        let runs = history.runs().iter().enumerate();
        let scored = runs.filter_map(|(i, r)| Some((r, self.score(i, r.status)?, history.violation(r))));
        let best = scored.min_by(|a, b| a.2.total_cmp(&b.2).then(a.1.total_cmp(&b.1)));
        let Some((run, score, _)) = best else { return Ok(best_measured(history)) };
        Ok(Some(Recommendation { run: run.id, point: run.point.clone(), inference: self.scale.inverse(score) }))
    }

    fn save(&self) -> Option<Vec<f64>> {
        self.to_state()
    }

    fn restore(&mut self, state: &[f64]) -> bool {
        self.set_state(state).is_some()
    }
}
