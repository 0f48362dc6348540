use crate::subset::subset;
use jobs::{History, MethodError, Status};
use jobs_core::state::{StateReader, StateWriter};
use jobs_core::{
    Acquisition, AcquisitionOf, AtFidelity, Criterion, Fantasy, Maximiser, Observation, Point, Posterior,
    SearchContext, Seed, Steps, Suggestion, SumOf, Surrogate,
};

/// Hyper-parameters are refitted when the data have grown by this share since the last fit; in between, the surrogate is only
/// conditioned. A fit costs O(n^3) several dozen times, conditioning once.
const REFIT_GROWTH: f64 = 0.1;
/// Points around which the maximiser searches.
const INCUMBENTS: usize = 5;

/// A surrogate, an acquisition function and its maximiser: what every model-based method shares.
pub struct Model {
    /// Model of the objective.
    pub surrogate: Box<dyn Surrogate>,
    /// Value of a posterior.
    pub acquisition: Box<dyn Acquisition>,
    /// Finds the point of largest value.
    pub maximiser: Box<dyn Maximiser>,
    fitted_on: usize,
    data: Vec<Observation>,
    /// What the acquisition was last prepared with.
    context: Option<SearchContext>,
}

impl Model {
    /// A model without data.
    pub fn new(
        surrogate: Box<dyn Surrogate>,
        acquisition: Box<dyn Acquisition>,
        maximiser: Box<dyn Maximiser>,
    ) -> Self {
        Self { surrogate, acquisition, maximiser, fitted_on: 0, data: vec![], context: None }
    }

    /// Replaces the data: refits the hyper-parameters where the data have grown enough, else conditions on them. `incumbent` gives
    /// the value to beat from the updated posterior. Of more than [`MOST_OBSERVATIONS`](crate::subset::MOST_OBSERVATIONS) it takes a
    /// [`subset`](crate::subset::subset).
    pub fn update(
        &mut self,
        data: Vec<Observation>,
        seed: Seed,
        incumbent: impl FnOnce(&dyn Posterior) -> f64,
    ) -> Result<(), MethodError> {
        if data.is_empty() {
            // the runs that gave the last of them were withdrawn
            (self.data, self.fitted_on) = (data, 0);
            return Ok(());
        }
        let observed = data.len();
        let data = subset(data);
        if data == self.data {
            return Ok(());
        }
        let due = self.fitted_on + ((self.fitted_on as f64 * REFIT_GROWTH).ceil() as usize).max(1);
        if observed >= due || observed < self.fitted_on {
            self.surrogate.fit(&data, seed.derive("fit", observed as u64))?;
            self.fitted_on = observed;
        } else {
            self.surrogate.condition_on(&data)?;
        }
        let context = SearchContext {
            observations: observed,
            dimension: self.surrogate.as_posterior().dimension(),
            incumbent: incumbent(self.surrogate.as_posterior()),
            information: self.surrogate.information_gain(),
        };
        self.acquisition.prepare(&context);
        (self.context, self.data) = (Some(context), data);
        Ok(())
    }

    /// Prepares the acquisition for another value to beat than that of the last update.
    pub(crate) fn beat(&mut self, incumbent: f64) {
        if let Some(context) = &mut self.context {
            context.incumbent = incumbent;
            self.acquisition.prepare(context);
        }
    }

    /// [`Self::update`] with the values of full and diverged runs, once there are `least` of them. The value to beat is the lowest
    /// posterior mean among them. A diverged run without a value counts as the worst so far.
    pub fn update_from_full_runs(&mut self, history: &History, least: usize) -> Result<(), MethodError> {
        let worst = history.worst_value();
        let ended = history.runs().iter().filter(|r| matches!(r.status, Status::Finished | Status::Diverged));
        let data: Vec<Observation> = ended
            .filter_map(|r| Some(Observation { x: r.x.clone(), y: history.value(r).or(worst)?, noise_variance: 0.0 }))
            .collect();
        let data = if data.len() < least { vec![] } else { data };
        let xs: Vec<Vec<f64>> = data.iter().map(|o| o.x.clone()).collect();
        self.update(data, history.problem().seed, |posterior| {
            posterior.predict_many(&xs).iter().map(|p| p.mean).fold(f64::INFINITY, f64::min)
        })
    }

    /// Writes everything that [`Self::update`] has changed; `false` where the surrogate cannot be kept.
    pub fn save(&self, to: &mut StateWriter) -> bool {
        to.count(self.fitted_on);
        to.flag(self.context.is_some());
        if let Some(context) = &self.context {
            write_context(to, context);
        }
        to.count(self.data.len());
        for o in &self.data {
            to.list(&o.x);
            to.number(o.y);
            to.number(o.noise_variance);
        }
        self.surrogate.save(to)
    }

    /// Reads what [`Self::save`] wrote. `None`, and no change, where the numbers are not the state of such a model.
    pub fn restore(&mut self, from: &mut StateReader<'_>) -> Option<()> {
        let fitted_on = from.count()?;
        let context = if from.flag()? { Some(read_context(from)?) } else { None };
        let count = from.count()?;
        let observation = |from: &mut StateReader<'_>| {
            Some(Observation { x: from.list()?, y: from.number()?, noise_variance: from.number()? })
        };
        let data = (0..count).map_while(|_| observation(from)).collect::<Vec<_>>();
        if data.len() != count {
            return None;
        }
        self.surrogate.restore(from)?;
        if let Some(context) = &context {
            self.acquisition.prepare(context);
        }
        (self.fitted_on, self.context, self.data) = (fitted_on, context, data);
        Some(())
    }

    /// The state of a method that keeps nothing but its model.
    pub(crate) fn to_state(&self) -> Option<Vec<f64>> {
        let mut to = StateWriter::default();
        self.save(&mut to).then(|| to.into_numbers())
    }

    /// Reads what [`Self::to_state`] wrote; `false`, and no change, where the numbers are not that.
    pub(crate) fn set_state(&mut self, state: &[f64]) -> bool {
        self.restore(&mut StateReader::new(state)).is_some()
    }

    /// Whether there are data.
    pub fn is_ready(&self) -> bool {
        !self.data.is_empty()
    }

    /// The surrogate with fantasies at the encoded points `pending`, which are in training. Each gets its posterior mean
    /// ([`Fantasy::Mean`]), which lowers the value of its neighbourhood.
    pub fn with_pending(&self, pending: &[Vec<f64>]) -> Result<Box<dyn Surrogate>, MethodError> {
        Ok(self.surrogate.with_pending(pending, Fantasy::Mean)?)
    }

    /// The point of largest [`Self::acquisition`] value; see [`Self::suggest_by`].
    pub fn suggest(
        &self,
        history: &History,
        posterior: &dyn Posterior,
        ranked: &[&Point],
        seed: Seed,
    ) -> Result<Option<Suggestion>, MethodError> {
        self.suggest_by(self.acquisition.as_ref(), &[], history, posterior, ranked, seed)
    }

    /// The point of largest `acquisition` value plus `terms`: over the space, by the maximiser, or over the open candidates; `None` where none is
    /// left.
    ///
    /// `posterior` is the surrogate's, or its slice at full steps. `ranked` are the points tried, best first. Pending runs count as
    /// fantasies ([`Self::with_pending`]), so parallel workers get different points.
    pub fn suggest_by(
        &self,
        acquisition: &dyn Acquisition,
        terms: &[&dyn Criterion],
        history: &History,
        posterior: &dyn Posterior,
        ranked: &[&Point],
        seed: Seed,
    ) -> Result<Option<Suggestion>, MethodError> {
        let space = &history.problem().space;
        let incumbents: Vec<Point> = ranked.iter().take(INCUMBENTS).map(|p| (*p).clone()).collect();
        let maximise = |posterior: &dyn Posterior| {
            let own = AcquisitionOf::new(posterior, acquisition);
            let all = SumOf::new(&own, terms);
            let criterion: &dyn Criterion = if terms.is_empty() { &own } else { &all };
            if let Some(open) = history.open_candidates() {
                let worth = |p: &Point| criterion.value(&space.encode(p));
                let valued = open.into_iter().map(|p| (p, worth(p))).filter(|(_, value)| !value.is_nan());
                let best = valued.max_by(|a, b| a.1.total_cmp(&b.1));
                return Ok(best.map(|(point, value)| Suggestion { point: point.clone(), value }));
            }
            Ok(Some(self.maximiser.maximise_criterion(space, criterion, &incumbents, seed)?))
        };
        let sliced = posterior.dimension() < self.surrogate.dimension();
        let pending = pending(history, sliced);
        if pending.is_empty() {
            return maximise(posterior);
        }
        let fantasised = self.with_pending(&pending)?;
        if sliced {
            maximise(&AtFidelity::new(fantasised.as_posterior(), 1.0))
        } else {
            maximise(fantasised.as_posterior())
        }
    }
}

/// Writes what an acquisition was prepared with.
pub(crate) fn write_context(to: &mut StateWriter, context: &SearchContext) {
    to.count(context.observations);
    to.count(context.dimension);
    to.number(context.incumbent);
    to.optional(context.information);
}

/// Reads what [`write_context`] wrote.
pub(crate) fn read_context(from: &mut StateReader<'_>) -> Option<SearchContext> {
    let (observations, dimension) = (from.count()?, from.count()?);
    Some(SearchContext { observations, dimension, incumbent: from.number()?, information: from.optional()? })
}

/// The encoded points of pending runs, with the fidelity they will reach where the surrogate is over fidelities.
fn pending(history: &History, with_fidelity: bool) -> Vec<Vec<f64>> {
    let full = history.problem().budget.full.as_f64();
    let fidelity = |to: Steps| with_fidelity.then(|| to.as_f64() / full);
    history.pending().map(|r| r.x.iter().copied().chain(fidelity(r.to)).collect()).collect()
}
