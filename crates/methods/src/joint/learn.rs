//! What JoBS does after every report.

use jobs::{History, MethodError, RunRecord, Status};
use jobs_core::{
    AtFidelity, Example, Gaussian, LearningCurve, LossScale, Observation, Posterior, SearchContext, Steps,
};

use super::{Evidence, Jobs, Scale};
use crate::shared::losses_at;
use crate::subset::subset_of_examples;

impl Jobs {
    /// Fits the predictor, estimates the final value of every run, judges the early losses and updates the surrogate.
    pub(super) fn learn(&mut self, history: &History) -> Result<(), MethodError> {
        self.record_expectations(history);
        self.early_signal.record_promoted(history);
        if history.runs().len() < self.design.len() + self.initial_early_runs.len().min(2) {
            return Ok(());
        }
        self.fit_predictors(history)?;
        let estimates = history.runs().iter().map(|r| self.estimate(history, r));
        self.estimates = estimates.collect::<Result<Vec<_>, MethodError>>()?;
        self.judge_early_losses(history);
        self.observe_constraints(history)?;
        self.update_surrogate(history)
    }

    /// What the surrogate expects of runs that are new, before their losses are known.
    fn record_expectations(&mut self, history: &History) {
        for run in &history.runs()[self.early_signal.recorded().min(history.runs().len())..] {
            let expected =
                self.parts.model.is_ready().then(|| self.scale.inverse(self.posterior().predict(&run.x).mean));
            self.early_signal.record_expected(expected);
        }
    }

    /// Fits the predictors where a run has gone further, or where the scale of losses has changed.
    fn fit_predictors(&mut self, history: &History) -> Result<(), MethodError> {
        let early = history.problem().budget.early;
        let beyond = |(i, r): (usize, &RunRecord)| (learns(r) && r.step > early).then_some((i, r.step));
        let fitted_at: Vec<(usize, Steps)> = history.runs().iter().enumerate().filter_map(beyond).collect();
        let grown = fitted_at != self.fitted_at;
        self.fitted_at = fitted_at;
        let refit = self.rescale(history, grown) || self.predictor_is_missing;
        self.predictor_is_missing = false;
        if refit && history.problem().has_early_runs() {
            for level in (0..self.predictors.len()).rev() {
                self.fit_predictor(level, history)?;
            }
        }
        Ok(())
    }

    /// Fits the predictor of one level on the runs that went beyond it: on final values where they are known, else on what the predictors of
    /// higher levels make of them. Those are fitted first.
    fn fit_predictor(&mut self, level: usize, history: &History) -> Result<(), MethodError> {
        let (problem, step) = (history.problem(), self.parts.levels[level]);
        let mut examples = vec![];
        for run in history.runs().iter().filter(|r| learns(r) && r.step > step) {
            if let Some(belief) = self.estimate(history, run)? {
                let curve = self.seen(history, run);
                examples.push(Example { point: run.point.clone(), curve, value: belief.mean });
            }
        }
        self.fitted_on.resize(self.parts.levels.len(), 0);
        self.fitted_on[level] = examples.len();
        if let Some(predictor) = self.predictors.get_mut(level).filter(|_| !examples.is_empty()) {
            let name = if level == 0 { "predictor".to_owned() } else { format!("predictor of {step} steps") };
            let seed = problem.seed.derive(&name, examples.len() as u64);
            predictor.fit(&problem.space, &subset_of_examples(examples), step, seed)?;
        }
        Ok(())
    }

    /// Sets the scale of losses where full runs were added, or a loss is below the floor. Returns whether the predictor has to be
    /// refitted.
    fn rescale(&mut self, history: &History, grown: bool) -> bool {
        if self.parts.scale == Scale::Identity {
            return grown;
        }
        let curves = history.runs().iter().map(|r| &r.curve);
        let broken = !curves.clone().flat_map(|c| c.losses()).all(|&loss| self.scale.holds(loss));
        if !(grown || broken || self.fitted_at.is_empty()) {
            return false;
        }
        let target = history.problem().target;
        self.scale = match self.parts.scale {
            Scale::Identity => LossScale::IDENTITY,
            Scale::Logarithmic { headroom } => LossScale::of_curves(curves, target, headroom),
            Scale::Excess => LossScale::around(0.0, &curves.filter_map(|c| target.of(c)).collect::<Vec<_>>()),
        };
        true
    }

    /// The final value of a run, on the scale of losses: measured, or predicted from its early curve.
    fn estimate(&self, history: &History, run: &RunRecord) -> Result<Option<Gaussian>, MethodError> {
        Ok(match run.status {
            Status::Finished => history.value(run).map(|y| self.scale.certain(y)),
            Status::Diverged => history.value(run).or(history.worst_value()).map(|y| self.scale.certain(y)),
            Status::Paused if !run.curve.is_empty() => {
                let Evidence::Predicted { variance_from, .. } = &self.parts.evidence else {
                    return Ok(None);
                };
                let level = self.level_of(run);
                let Some(predictor) = self.predictors.get(level) else { return Ok(None) };
                let mut p = predictor.predict(&run.point, &self.seen(history, run))?;
                let fitted_on = self.fitted_on.get(level).copied().unwrap_or(0);
                if variance_from.is_none_or(|from| fitted_on < from) {
                    p.variance = 0.0;
                }
                Some(p)
            }
            Status::Paused | Status::Pending | Status::Withdrawn => None,
        })
    }

    /// A run's curve as predictors see it.
    fn seen(&self, history: &History, run: &RunRecord) -> LearningCurve {
        if self.parts.target_so_far {
            self.scale.curve(&history.problem().target.so_far(&run.curve))
        } else {
            self.scale.curve(&run.curve)
        }
    }

    /// The highest level that a run has reached.
    fn level_of(&self, run: &RunRecord) -> usize {
        self.parts.levels.iter().rposition(|&l| l <= run.step).unwrap_or(0)
    }

    fn judge_early_losses(&mut self, history: &History) {
        for (i, run) in history.runs().iter().enumerate() {
            if let (Status::Paused, Some(estimate), 0) = (run.status, self.estimates[i], self.level_of(run)) {
                self.early_signal.record_predicted(i, self.scale.inverse(estimate.mean));
            }
        }
        let uninformative = self.early_signal.is_uninformative(history, |y| self.scale.forward(y));
        self.early_is_informative = !(self.parts.early_signal_check && uninformative);
    }

    /// Updates the surrogate and tells the acquisition functions which value is to be beaten.
    fn update_surrogate(&mut self, history: &History) -> Result<(), MethodError> {
        let problem = history.problem();
        let data = self.observations(history);
        let mut xs: Vec<Vec<f64>> = history.runs().iter().map(|r| r.x.clone()).collect();
        if matches!(self.parts.evidence, Evidence::Levels) {
            xs.iter_mut().for_each(|x| x.push(1.0));
        }
        let mut incumbent = f64::INFINITY;
        let means = &mut self.means;
        self.parts.model.update(data, problem.seed, |posterior| {
            *means = posterior.predict_many(&xs).iter().map(|p| p.mean).collect();
            let tried = history.runs().iter().zip(means.iter());
            let least = means.iter().copied().fold(f64::INFINITY, f64::min);
            let finished = tried.filter(|(r, _)| r.status == Status::Finished).map(|(_, &m)| m);
            // until a run has finished, the best posterior mean of the others is to be beaten
            incumbent = finished.reduce(f64::min).unwrap_or(least);
            least
        })?;
        if !problem.constraints.is_empty() && incumbent.is_finite() {
            incumbent = self.value_to_beat(history, &self.means);
            self.parts.model.beat(incumbent);
        }
        if incumbent.is_finite() {
            let dimension = problem.space.encoded_len();
            let context = SearchContext { observations: xs.len(), dimension, incumbent, information: None };
            self.prepare_finishing(&context);
            self.finishing_context = Some(context);
        }
        Ok(())
    }

    /// Tells the acquisitions of promotions and of the last full run which value is to be beaten.
    pub(super) fn prepare_finishing(&mut self, context: &SearchContext) {
        let promoting = self.parts.promotion.as_mut().map(|p| &mut p.acquisition);
        promoting.into_iter().chain(&mut self.parts.final_acquisition).for_each(|rule| rule.prepare(context));
    }

    /// The surrogate's data: estimates of final values, or losses at levels.
    fn observations(&self, history: &History) -> Vec<Observation> {
        let Evidence::Levels = &self.parts.evidence else {
            let estimated = history.runs().iter().zip(&self.estimates);
            let observation = |(r, e): (&RunRecord, &Option<Gaussian>)| {
                e.map(|e| Observation { x: r.x.clone(), y: e.mean, noise_variance: e.variance })
            };
            return estimated.filter_map(observation).collect();
        };
        let mut levels = self.parts.levels.clone();
        levels.push(history.problem().budget.full);
        losses_at(history, &levels, |y| self.scale.forward(y))
    }

    /// The surrogate's posterior at full steps.
    pub(super) fn posterior(&self) -> Box<dyn Posterior + '_> {
        let posterior = self.parts.model.surrogate.as_posterior();
        match self.parts.evidence {
            Evidence::Predicted { .. } => Box::new(Borrowed(posterior)),
            Evidence::Levels => Box::new(AtFidelity::new(posterior, 1.0)),
        }
    }
}

/// Whether a run has losses that a predictor can learn from or predict.
fn learns(run: &RunRecord) -> bool {
    matches!(run.status, Status::Finished | Status::Paused) && !run.curve.is_empty()
}

/// A borrowed posterior as an owned trait object.
struct Borrowed<'a>(&'a dyn Posterior);

impl Posterior for Borrowed<'_> {
    fn dimension(&self) -> usize {
        self.0.dimension()
    }
    fn predict(&self, x: &[f64]) -> Gaussian {
        self.0.predict(x)
    }
    fn predict_with_gradient(&self, x: &[f64], d_mean: &mut [f64], d_variance: &mut [f64]) -> Gaussian {
        self.0.predict_with_gradient(x, d_mean, d_variance)
    }
    fn predict_many(&self, xs: &[Vec<f64>]) -> Vec<Gaussian> {
        self.0.predict_many(xs)
    }
}
