use crate::model::Model;
use crate::shared::{best_measured, without_data};
use jobs::{History, Method, MethodError, Phase, Problem, Proposal, Recommendation};
use jobs_core::{Gaussian, Point, Posterior, SearchSpace, Value};

use serde::Serialize;

use crate::default_configuration::default_configuration;

/// A part of the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The mixture: every simplex.
    Data,
    /// Everything else.
    Model,
}

/// Which part is searched when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// One part only, the other at its default configuration.
    Only(Part),
    /// This part with half the budget, then the other.
    Then(Part),
    /// In alternating blocks of three full runs, the mixture first.
    Alternate,
}

/// Full runs in a block of [`Order::Alternate`].
const TURN: usize = 3;

/// Bayesian optimisation on full runs of one part of the configuration at a time. The other part is held: first at its default
/// configuration, later at that of the best run.
pub struct Partial {
    name: String,
    model: Model,
    order: Order,
    initial: usize,
    default: Point,
}

impl Partial {
    /// A search that starts each part with `initial` full runs of a design over that part.
    ///
    /// # Errors
    /// [`MethodError::NotApplicable`] where the space has one part only, or where only candidates may be tried.
    pub fn new(name: &str, problem: &Problem, order: Order, initial: usize, model: Model) -> Result<Self, MethodError> {
        let searched = || problem.space.dimensions().iter().filter(|d| d.domain.is_searched());
        let simplices = searched().filter(|d| d.domain.is_mixture()).count();
        if simplices == 0 || simplices == searched().count() {
            return Err(MethodError::NotApplicable("it needs both a mixture and a model to configure"));
        }
        if problem.candidates.is_some() {
            return Err(MethodError::NotApplicable(
                "it holds a part of the configuration, but only listed candidates may be tried",
            ));
        }
        let default = default_configuration(&problem.space)
            .ok_or(MethodError::NotApplicable("no point of the space is a default configuration"))?;
        Ok(Self { name: name.to_owned(), model, order, initial: initial.max(1), default })
    }

    /// The part to search now, and the number of runs its search has had.
    fn turn(&self, history: &History) -> (Part, usize) {
        let n = history.runs().iter().filter(|r| r.phase != Phase::Import).count();
        let half = usize::try_from(history.problem().budget.full_runs().div_ceil(2)).unwrap_or(usize::MAX);
        match self.order {
            Order::Only(part) => (part, n),
            Order::Then(part) if n < half => (part, n),
            Order::Then(part) => (other(part), n - half),
            Order::Alternate if (n / TURN).is_multiple_of(2) => (Part::Data, n / TURN / 2 * TURN + n % TURN),
            Order::Alternate => (Part::Model, n / TURN / 2 * TURN + n % TURN),
        }
    }

    /// What the part that is not searched is held at.
    fn held(&self, history: &History) -> Point {
        match self.order {
            Order::Only(_) => self.default.clone(),
            Order::Then(_) | Order::Alternate => {
                history.best_finished().map_or_else(|| self.default.clone(), |(r, _)| r.point.clone())
            }
        }
    }
}

impl Method for Partial {
    fn name(&self) -> &str {
        &self.name
    }

    fn observe(&mut self, history: &History) -> Result<(), MethodError> {
        self.model.update_from_full_runs(history, 0)
    }

    fn propose(&self, history: &History) -> Result<Proposal, MethodError> {
        let problem = history.problem();
        if history.remaining() < problem.budget.full {
            return Ok(Proposal::Finish);
        }
        let (part, tried) = self.turn(history);
        // while the first part is searched, nothing better than the default is known for the other
        let first_half = matches!(self.order, Order::Then(first) if first == part);
        let held = if first_half { self.default.clone() } else { self.held(history) };
        let Some(slice) = Slice::new(&problem.space, &held, part) else { return Ok(Proposal::Finish) };
        let start = |point| Proposal::Start { point, to: problem.budget.full, phase: Phase::Search };
        if tried < self.initial {
            let design = slice.free.design(self.initial, problem.seed.derive("part", part as u64));
            return Ok(design.get(tried).and_then(|p| slice.complete(p)).map_or(Proposal::Finish, start));
        }
        if !self.model.is_ready() {
            return Ok(without_data(history));
        }
        let posterior = SlicePosterior { inner: self.model.surrogate.as_posterior(), slice: &slice };
        let around: Vec<Point> = slice.part_of(&held).into_iter().collect();
        let seed = problem.seed.derive("suggest", history.runs().len() as u64);
        let acquisition = self.model.acquisition.as_ref();
        let suggestion = self.model.maximiser.maximise(&slice.free, &posterior, acquisition, &around, seed)?;
        Ok(slice.complete(&suggestion.point).map_or(Proposal::Finish, start))
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

fn other(part: Part) -> Part {
    if part == Part::Data { Part::Model } else { Part::Data }
}

/// The space of one part, the other held.
pub(super) struct Slice {
    space: SearchSpace,
    pub(super) free: SearchSpace,
    is_free: Vec<bool>,
    held: Vec<Value>,
    x: Vec<f64>,
    /// Coordinates of the free dimensions in the full encoding.
    coordinates: Vec<usize>,
}

impl Slice {
    pub(super) fn new(space: &SearchSpace, held: &Point, part: Part) -> Option<Self> {
        let is_free: Vec<bool> =
            space.dimensions().iter().map(|d| d.domain.is_mixture() == (part == Part::Data)).collect();
        let free = space.of_dimensions(&is_free).ok()?;
        let ranges = space.layout().iter().zip(&is_free).filter(|(_, f)| **f);
        let coordinates = ranges.flat_map(|(r, _)| r.clone()).collect();
        let (held, x) = (held.values().to_vec(), space.encode(held));
        Some(Self { space: space.clone(), free, is_free, held, x, coordinates })
    }

    pub(super) fn complete(&self, part: &Point) -> Option<Point> {
        let mut own = part.values().iter().cloned();
        let values =
            self.held.iter().zip(&self.is_free).map(|(h, free)| if *free { own.next() } else { Some(h.clone()) });
        self.space.point(values.collect::<Option<Vec<Value>>>()?).ok()
    }

    pub(super) fn part_of(&self, point: &Point) -> Option<Point> {
        let values = point.values().iter().zip(&self.is_free).filter(|(_, f)| **f).map(|(v, _)| v.clone());
        self.free.point(values.collect()).ok()
    }

    fn embed(&self, part: &[f64]) -> Vec<f64> {
        let mut x = self.x.clone();
        self.coordinates.iter().zip(part).for_each(|(&i, v)| x[i] = *v);
        x
    }
}

/// A posterior over one part, the other held.
pub(super) struct SlicePosterior<'a> {
    pub(super) inner: &'a dyn Posterior,
    pub(super) slice: &'a Slice,
}

impl Posterior for SlicePosterior<'_> {
    fn dimension(&self) -> usize {
        self.slice.coordinates.len()
    }

    fn predict(&self, x: &[f64]) -> Gaussian {
        self.inner.predict(&self.slice.embed(x))
    }

    fn predict_with_gradient(&self, x: &[f64], d_mean: &mut [f64], d_variance: &mut [f64]) -> Gaussian {
        let mut slopes = (vec![0.0; self.slice.x.len()], vec![0.0; self.slice.x.len()]);
        let posterior = self.inner.predict_with_gradient(&self.slice.embed(x), &mut slopes.0, &mut slopes.1);
        for (k, &i) in self.slice.coordinates.iter().enumerate() {
            (d_mean[k], d_variance[k]) = (slopes.0[i], slopes.1[i]);
        }
        posterior
    }
}
