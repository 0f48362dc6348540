use serde::{Deserialize, Serialize};

/// Decay of the learning rate after warm-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decay {
    /// No decay.
    Constant,
    /// Linear to 0.
    #[default]
    Linear,
    /// Half a cosine to 0.
    Cosine,
}

/// The learning rate over a run: linear warm-up from 0, then decay, as in transformers' `get_*_schedule_with_warmup`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// Peak learning rate.
    pub peak: f64,
    /// Number of warm-up steps.
    pub warmup: u64,
    /// Number of steps of the run.
    pub total: u64,
    /// Decay after warm-up.
    pub decay: Decay,
}

impl Schedule {
    /// Learning rate of update `step`, counted from 0.
    pub fn rate(&self, step: u64) -> f64 {
        if step < self.warmup {
            return self.peak * step as f64 / self.warmup as f64;
        }
        let rest = self.total.saturating_sub(self.warmup).max(1);
        let done = ((step - self.warmup) as f64 / rest as f64).min(1.0);
        self.peak
            * match self.decay {
                Decay::Constant => 1.0,
                Decay::Linear => 1.0 - done,
                Decay::Cosine => 0.5 * (1.0 + (std::f64::consts::PI * done).cos()),
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rises_peaks_and_ends_at_zero() {
        let s = Schedule { peak: 2.0, warmup: 4, total: 12, decay: Decay::Linear };
        assert_eq!([0, 2, 4, 8, 12, 13].map(|t| s.rate(t)), [0.0, 1.0, 2.0, 1.0, 0.0, 0.0]);
        let s = Schedule { decay: Decay::Cosine, ..s };
        assert!((s.rate(6) - (1.0 + std::f64::consts::FRAC_1_SQRT_2)).abs() < 1e-12);
        assert_eq!(Schedule { decay: Decay::Constant, warmup: 0, ..s }.rate(11), 2.0);
    }
}
