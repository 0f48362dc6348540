//! Hyper-parameters at the maximum of their posterior.

use numerics::lbfgs::{Function, Minimum, Options, Tolerance, minimise, resume};

use crate::data::Scaling;
use crate::model::Gp;
use crate::objective::Objective;
use crate::prior::Priors;

/// Bounds of length scales, in units of coordinates that span about [0, 1].
const LENGTH_SCALES: (f64, f64) = (0.02, 1e3);
/// Bounds of the weights of the kernel's terms, in units of the standardised outcomes.
const WEIGHTS: (f64, f64) = (1e-4, 1e2);
/// Largest learnt noise variance, in the same units.
const NOISE_HIGH: f64 = 10.0;
/// Length scales of a first fit's starts, relative to the mode of their prior.
const START_SCALES: [f64; 5] = [1.0, 0.3, 3.0, 0.1, 10.0];
/// A fit ends where a step gains less than this share of the log posterior, or its slope is as small.
const TOLERANCE: Tolerance = Tolerance::relative(1e-5);
const SLOPE: f64 = 1e-3;
/// Evaluations after which several starts are compared, and how many nats behind the best one a start may then be to be continued:
/// a first fit takes half the time.
const TRIAL: usize = 20;
const MARGIN: f64 = 3.0;

impl Gp {
    /// The log posterior of the hyper-parameters (kernel's parameters, then log noise; mean profiled out) and its gradient,
    /// on the data the model holds, standardised. For tests and diagnostics.
    pub fn log_posterior(&self, parameters: &[f64]) -> Option<(f64, Vec<f64>)> {
        if parameters.len() != self.kernel.parameters().len() + 1 {
            return None;
        }
        let (y, noise) = self.standardised();
        let mut objective = self.objective(&y, &noise);
        let mut gradient = vec![0.0; parameters.len()];
        let value = objective.evaluate(parameters, &mut gradient);
        gradient.iter_mut().for_each(|g| *g = -*g);
        value.is_finite().then_some((-value, gradient))
    }

    /// The log marginal likelihood of the standardised data, no prior counted, and its gradient: as [`Self::log_posterior`], but the
    /// mean is that of generalised least squares.
    pub fn log_likelihood(&self, parameters: &[f64]) -> Option<(f64, Vec<f64>)> {
        if parameters.len() != self.kernel.parameters().len() + 1 {
            return None;
        }
        let (y, noise) = self.standardised();
        let priors = Priors { mean_sd: f64::INFINITY, ..self.options.priors };
        let mut objective = Objective::new(&self.kernel, &self.xs, &y, &noise, &priors, self.options.fixed_mean);
        let mut gradient = vec![0.0; parameters.len()];
        let value = objective.log_likelihood(parameters).filter(|value| value.is_finite())?;
        objective.likelihood_gradient(&mut gradient);
        Some((value, gradient))
    }

    pub(crate) fn fit_hyperparameters(&mut self) {
        let (y, noise) = self.standardised();
        let (low, high) = bounds(self);
        let starts = self.starts();
        let mut best: Option<Minimum> = None;
        let mean = {
            let mut objective = self.objective(&y, &noise);
            let limits =
                |evaluations| Options { evaluations, gradient: SLOPE, decrease: TOLERANCE, ..Options::DEFAULT };
            // of several starts only the promising ones are followed to the end
            let first = if starts.len() > 1 { self.options.evaluations.min(TRIAL) } else { 0 };
            let try_start = |start| minimise(&mut objective, start, &low, &high, limits(first));
            let mut tried: Vec<Minimum> = starts.into_iter().map(try_start).collect();
            tried.retain(|m| m.value.is_finite());
            let lead = tried.iter().map(|m| m.value).fold(f64::INFINITY, f64::min);
            for start in tried.into_iter().filter(|m| m.value <= lead + MARGIN) {
                let rest = limits(self.options.evaluations.saturating_sub(first));
                let found = resume(&mut objective, start, &low, &high, rest);
                if found.value.is_finite() && best.as_ref().is_none_or(|b| found.value < b.value) {
                    best = Some(found);
                }
            }
            // the mean belongs to the parameters: evaluate once more where the search ended
            best.as_ref().map(|found| objective.value(&found.x)).map(|_| objective.mean())
        };
        // without a finite posterior at any start the present parameters stay, and factorising reports the error
        if let (Some(found), Some(mean)) = (best, mean) {
            let last = found.x.len() - 1;
            if self.kernel.set_parameters(&found.x[..last]).is_ok() {
                (self.log_noise, self.mean) = (found.x[last], mean);
            }
        }
    }

    fn objective<'a>(&'a self, y: &'a [f64], noise: &'a [f64]) -> Objective<'a> {
        Objective::new(&self.kernel, &self.xs, y, noise, &self.options.priors, self.options.fixed_mean)
    }

    fn standardised(&self) -> (Vec<f64>, Vec<f64>) {
        let Scaling { shift, scale } = self.scaling;
        let y = self.ys.iter().map(|y| (y - shift) / scale).collect();
        (y, self.known_noise.iter().map(|v| v / (scale * scale)).collect())
    }

    /// Where the last fit ended. At first, and whenever the data have doubled, also the priors' mode with rougher and smoother
    /// functions around it, so that a fit to few data can be revised.
    fn starts(&mut self) -> Vec<Vec<f64>> {
        let mut starts = vec![];
        if self.fitted {
            let mut present = self.kernel.parameters().to_vec();
            present.push(self.log_noise);
            starts.push(present);
        }
        if !self.fitted || self.ys.len() >= 2 * self.searched_at {
            self.searched_at = self.ys.len();
            let mode: Vec<f64> = self.options.priors.over(&self.kernel).iter().map(|p| p.log_mode()).collect();
            let scales = self.kernel.weights_at();
            for factor in START_SCALES.iter().take(self.options.starts.max(1)) {
                let mut start = mode.clone();
                start[..scales].iter_mut().for_each(|l| *l += f64::ln(*factor));
                starts.push(start);
            }
        }
        starts
    }
}

/// Lower and upper bounds of a model's hyper-parameters: the kernel's, then the noise.
pub(crate) fn bounds(gp: &Gp) -> (Vec<f64>, Vec<f64>) {
    let (scales, terms) = (gp.kernel.weights_at(), gp.kernel.terms().len());
    let bounds = |scale: f64, weight: f64, noise: f64| {
        let mut all = vec![scale.ln(); scales];
        all.extend(std::iter::repeat_n(weight.ln(), terms));
        all.push(noise.ln());
        all
    };
    let floor = gp.options.noise_floor.clamp(f64::MIN_POSITIVE, NOISE_HIGH);
    (bounds(LENGTH_SCALES.0, WEIGHTS.0, floor), bounds(LENGTH_SCALES.1, WEIGHTS.1, NOISE_HIGH))
}
