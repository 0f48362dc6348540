use numerics::normal;
use rand::Rng;
use serde::{Deserialize, Serialize};

use super::shape::subtract_minimum;

/// Run-to-run noise: how runs of one configuration differ.
///
/// A run's curve is g + sd(g) Z + e'(s) - min e', where Z is standard normal and common to the run, and e' is the noise-free
/// excess with a jitter from step to step. So the `best` loss of a run is exactly normal around g with standard deviation
///
/// sd(g) = sqrt(level^2 + (rise (g - reference)^+)^2),
///
/// and the jitter only moves where along the run it is reached and how far above it the other losses lie. Poor configurations are
/// noisier than good ones in the recorded near-duplicates; `rise` is the rate. The jitter at step s has standard deviation
/// sqrt((jitter_rise (g - reference)^+)^2 + (jitter_excess e(s))^2 + jitter_level^2) and correlation `memory` from one evaluation to
/// the next.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Noise {
    /// Standard deviation of a run's best loss at the reference loss.
    pub level: f64,
    /// Growth of that standard deviation per unit of loss above the reference.
    pub rise: f64,
    /// The lowest recorded loss.
    pub reference: f64,
    /// Jitter that is always there (loss).
    pub jitter_level: f64,
    /// Jitter per unit of loss above the reference.
    pub jitter_rise: f64,
    /// Jitter per unit of excess over the run's minimum.
    pub jitter_excess: f64,
    /// Correlation of the jitter between neighbouring evaluations.
    pub memory: f64,
}

impl Noise {
    /// Standard deviation of the best loss of runs whose noise-free best loss is `best`.
    pub fn sd(&self, best: f64) -> f64 {
        self.level.hypot(self.rise * (best - self.reference).max(0.0))
    }

    /// Standard deviation of the jitter where the noise-free curve lies `excess` above its minimum `best`.
    pub fn jitter_sd(&self, best: f64, excess: f64) -> f64 {
        let rise = self.jitter_rise * (best - self.reference).max(0.0);
        self.jitter_level.hypot(rise).hypot(self.jitter_excess * excess)
    }

    /// A run's losses: noise-free level `best` and excess `e` with noise drawn from `rng`.
    pub(super) fn run(&self, best: f64, mut e: Vec<f64>, rng: &mut impl Rng) -> Vec<f64> {
        let offset = self.sd(best) * normal::draw(rng);
        let fresh = (1.0 - self.memory * self.memory).sqrt();
        let mut state = normal::draw(rng);
        for e in &mut e {
            *e += self.jitter_sd(best, *e) * state;
            state = self.memory * state + fresh * normal::draw(rng);
        }
        subtract_minimum(&mut e);
        e.iter_mut().for_each(|e| *e += best + offset);
        e
    }
}
