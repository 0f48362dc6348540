use crate::model::Model;
use crate::shared::{before_the_model, best_measured, without_data};
use jobs::{History, Method, MethodError, Phase, Problem, Proposal, Recommendation, Status};
use jobs_core::{Domain, Point, SearchSpace};
use rand::{Rng, RngExt};

/// Points compared around the best run.
const CANDIDATES: usize = 1000;
/// Side of the region at the start, at most, and below which it starts again.
const SIDE: f64 = 0.8;
const LARGEST_SIDE: f64 = 1.6;
const LEAST_SIDE: f64 = 1.0 / 128.0;
/// Successes in a row that double the side.
const SUCCESSES: usize = 3;
/// A success is lower than the best before by more than this share of it.
const GAIN: f64 = 1e-3;
/// Dimensions moved at once, on average at most.
const MOVED: f64 = 20.0;

/// Local Bayesian optimisation on full runs in one trust region, after TuRBO-1 (Eriksson et al. 2019, arXiv 1910.01739).
///
/// The region surrounds the best run. Encoded numbers and shares move by at most half a side; shares are then projected onto the
/// simplex. Booleans and categories are redrawn with a probability of half a side. The side doubles after three successes in a
/// row and halves after as many failures in a row as there are dimensions (at least four); below 1/128 it starts again at 0.8.
///
/// Differences from TuRBO: an acquisition function chooses instead of a joint posterior sample, sides are not scaled by length
/// scales, and all runs are kept when the side starts again.
pub struct TrustRegion {
    name: String,
    model: Model,
    design: Vec<Point>,
}

impl TrustRegion {
    /// A search of `problem` that starts with `initial` full runs of the space-filling design.
    ///
    /// # Errors
    /// [`MethodError::NotApplicable`] where only candidates may be tried.
    pub fn new(name: &str, problem: &Problem, initial: usize, model: Model) -> Result<Self, MethodError> {
        if problem.candidates.is_some() {
            return Err(MethodError::NotApplicable(
                "it draws points around the best run, but only listed candidates may be tried",
            ));
        }
        Ok(Self { name: name.to_owned(), model, design: problem.design(initial) })
    }
}

/// The side of the region after these values, in order; `best` is the lowest value of the design.
fn side(mut best: f64, values: impl Iterator<Item = f64>, dimensions: usize) -> f64 {
    let mut side = SIDE;
    let (mut successes, mut failures) = (0, 0);
    for y in values {
        if y < best - GAIN * best.abs() {
            (successes, failures) = (successes + 1, 0);
        } else {
            (successes, failures) = (0, failures + 1);
        }
        best = best.min(y);
        if successes == SUCCESSES {
            (side, successes) = ((2.0 * side).min(LARGEST_SIDE), 0);
        } else if failures == dimensions.max(4) {
            (side, failures) = (side / 2.0, 0);
        }
        if side < LEAST_SIDE {
            (side, successes, failures) = (SIDE, 0, 0);
        }
    }
    side
}

/// Number of dimensions that are searched.
fn searched(space: &SearchSpace) -> usize {
    space.dimensions().iter().filter(|d| d.domain.is_searched()).count()
}

/// A point of the region of this side around `centre`.
fn around(space: &SearchSpace, centre: &[f64], side: f64, rng: &mut impl Rng) -> Option<Point> {
    let mut x = centre.to_vec();
    let moved = (MOVED / searched(space) as f64).min(1.0);
    for (dimension, range) in space.dimensions().iter().zip(space.layout()).filter(|(d, _)| d.domain.is_searched()) {
        if rng.random::<f64>() >= moved {
            continue;
        }
        let part = &mut x[range.clone()];
        match &dimension.domain {
            Domain::Boolean | Domain::Categorical { .. } => {
                if rng.random::<f64>() < side / 2.0 {
                    part.iter_mut().for_each(|v| *v = rng.random());
                }
            }
            Domain::Simplex { .. } => part.iter_mut().for_each(|v| *v += side * (rng.random::<f64>() - 0.5)),
            Domain::Real { .. } | Domain::Integer { .. } | Domain::Ordered { .. } | Domain::Fixed { .. } => {
                part.iter_mut().for_each(|v| *v = (*v + side * (rng.random::<f64>() - 0.5)).clamp(0.0, 1.0));
            }
        }
    }
    space.decode(&x).ok()
}

impl Method for TrustRegion {
    fn name(&self) -> &str {
        &self.name
    }

    fn observe(&mut self, history: &History) -> Result<(), MethodError> {
        self.model.update_from_full_runs(history, self.design.len())
    }

    fn propose(&self, history: &History) -> Result<Proposal, MethodError> {
        let problem = history.problem();
        if let Some(proposal) = before_the_model(history, &self.design, &self.model, problem.budget.full) {
            return Ok(proposal);
        }
        let Some((best, _)) = history.best_finished() else { return Ok(without_data(history)) };
        let first = history.runs().iter().take(self.design.len()).filter_map(|r| history.value(r));
        let later = history.runs().iter().skip(self.design.len());
        let values = later.filter_map(|r| match r.status {
            Status::Diverged => Some(f64::INFINITY),
            _ => history.value(r),
        });
        let side = side(first.fold(f64::MAX, f64::min), values, searched(&problem.space));
        let seed = problem.seed.derive("suggest", history.runs().len() as u64);
        let mut rng = seed.stream("region", 0);
        let points: Vec<Point> =
            (0..CANDIDATES).filter_map(|_| around(&problem.space, &best.x, side, &mut rng)).collect();
        let xs: Vec<Vec<f64>> = points.iter().map(|p| problem.space.encode(p)).collect();
        let worth = self.model.surrogate.as_posterior().predict_many(&xs);
        let worth = worth.into_iter().map(|p| self.model.acquisition.value(p));
        let best = points.into_iter().zip(worth).filter(|p| !p.1.is_nan()).max_by(|a, b| a.1.total_cmp(&b.1));
        Ok(match best {
            Some((point, _)) => Proposal::Start { point, to: problem.budget.full, phase: Phase::Search },
            None => Proposal::Finish,
        })
    }

    fn recommend(&self, history: &History) -> Result<Option<Recommendation>, MethodError> {
        Ok(best_measured(history))
    }

    fn save(&self) -> Option<Vec<f64>> {
        self.model.to_state()
    }

    fn restore(&mut self, state: &[f64]) -> bool {
        self.model.set_state(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_side_follows_successes_and_failures() {
        let of = |values: &[f64]| side(1.0, values.iter().copied(), 5);
        assert_eq!(of(&[]), SIDE);
        assert_eq!(of(&[0.9, 0.8, 0.7]), LARGEST_SIDE);
        assert_eq!(of(&[0.9, 0.8, 0.8 - 1e-6, 0.7]), SIDE, "a gain below 1e-3 breaks the row");
        assert_eq!(of(&[2.0; 4]), SIDE);
        assert_eq!(of(&[2.0, 2.0, 2.0, 2.0, f64::INFINITY]), SIDE / 2.0);
        assert_eq!(of(&[2.0; 30]), SIDE / 64.0);
        assert_eq!(of(&[2.0; 35]), SIDE, "0.8 / 2^7 is below 1/128");
    }
}
