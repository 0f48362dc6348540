use jobs_core::Seed;
use numerics::normal;

/// A number estimated from data and its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Best guess.
    pub value: f64,
    /// Standard error, in the same units.
    pub standard_error: f64,
}

impl Estimate {
    /// A number known without error.
    pub const fn exact(value: f64) -> Self {
        Self { value, standard_error: 0.0 }
    }

    /// `value` with the standard deviation of `draws` around their mean as its standard error.
    pub(crate) fn with_spread(value: f64, draws: &[f64]) -> Self {
        if draws.len() < 2 {
            return Self::exact(value);
        }
        let n = draws.len() as f64;
        let mean = draws.iter().sum::<f64>() / n;
        let variance = draws.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (n - 1.0);
        Self { value, standard_error: variance.sqrt() }
    }

    /// A log-normal draw whose median is the value and whose spread is the relative standard error, from a standard
    /// normal `z`: what a positive scale known to that accuracy might be. A relative error past 2 counts as 2: the scale is
    /// then unknown within a factor of fifty.
    pub(crate) fn draw(&self, z: f64) -> f64 {
        let relative = (self.standard_error / self.value).min(2.0);
        if self.value > 0.0 { self.value * (z * relative).exp() } else { self.value }
    }
}

/// Range of the middle `level` of a sample: quantiles `(1 - level)/2` and `(1 + level)/2`, by nearest rank.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// The middle `level` (in [0, 1]) of `sample`; NaN ends for an empty one.
    pub(crate) fn middle(level: f64, mut sample: Vec<f64>) -> Self {
        sample.sort_unstable_by(f64::total_cmp);
        let last = sample.len().saturating_sub(1) as f64;
        let rank = |q: f64| sample.get((q.clamp(0.0, 1.0) * last).round() as usize).copied().unwrap_or(f64::NAN);
        Self { low: rank((1.0 - level) / 2.0), high: rank((1.0 + level) / 2.0) }
    }

    /// Whether the range holds `value`.
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// Independent standard normal draws, a stream per index.
pub(crate) fn normals(seed: Seed, purpose: &str, index: u64) -> impl Iterator<Item = f64> {
    normal::draws(seed.stream(purpose, index))
}
