use jobs_core::Budget;

use crate::split::early_runs;
use crate::{BoundModel, ErrorLaw, ErrorPoint, ErrorPrior, TheoryError};

/// What to spend the next steps on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// One more full run for the predictor.
    Learn,
    /// Start the search.
    Search,
}

/// A decision and its reasons.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// What to do.
    pub decision: Decision,
    /// The error law as it looks now.
    pub law: ErrorLaw,
    /// Average-regret bound if the search starts now; infinite where it could not.
    pub search_now: f64,
    /// The least bound with at least one more full run; infinite where none is affordable.
    pub learn_first: f64,
    /// How many more full runs give it (0 where none is affordable).
    pub more_full_runs: u64,
}

/// Learn or search, decided after each full run (not in the paper): the error law is re-estimated from the
/// predictor's leave-one-out errors so far, and learning continues while some larger N has a smaller bound,
///
/// `min_{n >= 1} bound(N + n, T - n B/B_small) < (1 - least_gain) bound(N, T)`.
#[derive(Clone, Debug, PartialEq)]
pub struct OnlineRule {
    /// The bound; its error law is the prior's shape.
    pub model: BoundModel,
    /// Spread of a and k around the prior law, relative to them.
    pub prior_relative_sd: f64,
    /// V: full runs reserved to verify recommendations.
    pub verification_runs: u64,
    /// Relative reduction of the bound below which learning stops, in [0, 1).
    pub least_gain: f64,
}

/// The constants of [`BoundModel::default`], one verification run, any gain counts.
impl Default for OnlineRule {
    fn default() -> Self {
        let prior_relative_sd = ErrorPrior::default().relative_sd;
        Self { model: BoundModel::default(), prior_relative_sd, verification_runs: 1, least_gain: 0.0 }
    }
}

/// Furthest the rule looks ahead, in full runs: far past any optimum met, and cheap.
const HORIZON: u64 = 10_000;

impl OnlineRule {
    /// Whether the next full run lowers the bound.
    ///
    /// - `done`: N, full runs so far;
    /// - `errors`: leave-one-out errors measured so far, any N, in any order; none leaves the prior law;
    /// - `remaining`: the remaining budget, verification included (`total`), and the lengths of runs. Less than one full run is
    ///   allowed here.
    ///
    /// # Errors
    /// Run lengths of zero, an early run longer than a full one, constants or error points outside their ranges.
    pub fn worth_another_full_run(
        &self,
        done: u64,
        errors: &[ErrorPoint],
        remaining: &Budget,
    ) -> Result<Verdict, TheoryError> {
        Budget { total: remaining.total.max(remaining.full), ..*remaining }.check()?;
        self.model.check()?;
        if !(0.0..1.0).contains(&self.least_gain) {
            return Err(TheoryError::OutOfRange { what: "least_gain", value: self.least_gain, expected: "in [0, 1)" });
        }
        let law = ErrorPrior { law: self.model.error, relative_sd: self.prior_relative_sd }.updated(errors)?;
        let model = BoundModel { error: law, ..self.model.clone() };
        let bound = |more: u64| {
            let rounds = early_runs(remaining, more, self.verification_runs)?;
            Some(model.at(done.saturating_add(more), rounds))
        };
        let search_now = bound(0).unwrap_or(f64::INFINITY);
        let (mut learn_first, mut more_full_runs) = (f64::INFINITY, 0);
        for more in 1..=HORIZON {
            let Some(value) = bound(more) else { break };
            if value < learn_first || more == 1 {
                (learn_first, more_full_runs) = (value, more);
            }
        }
        let worth = learn_first < (1.0 - self.least_gain) * search_now;
        let decision = if worth { Decision::Learn } else { Decision::Search };
        Ok(Verdict { decision, law, search_now, learn_first, more_full_runs })
    }
}
