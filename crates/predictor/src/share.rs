/// Odds of the perceptrons against the kernel with one example and equal variances.
const ODDS: f64 = 2.0;

/// The kernel's part in the mixture of its belief N(m_k, v_k) and the perceptrons' N(m_p, v_p).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum KernelShare {
    /// A constant.
    Constant(f64),
    /// Rises with the number of examples N and with the precision of the kernel: the perceptrons' odds are `(2 / N) v_k / v_p`.
    Rising,
}

impl Default for KernelShare {
    fn default() -> Self {
        Self::Constant(0.75)
    }
}

impl KernelShare {
    /// For this number of examples and these variances.
    pub(crate) fn of(self, examples: usize, kernel_variance: f64, network_variance: f64) -> f64 {
        match self {
            Self::Constant(share) => share,
            Self::Rising => {
                let share = 1.0 / (1.0 + ODDS / examples as f64 * kernel_variance / network_variance);
                // no variance on either side
                if share.is_finite() { share } else { 1.0 }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn perceptrons_count_less_the_more_examples_and_the_surer_the_kernel() {
        let share = |examples, v_k, v_p| KernelShare::Rising.of(examples, v_k, v_p);
        assert!((share(2, 0.3, 0.3) - 0.5).abs() < 1e-12);
        assert!((share(4, 0.3, 0.3) - 2.0 / 3.0).abs() < 1e-12);
        assert!((share(20, 0.3, 0.3) - 10.0 / 11.0).abs() < 1e-12);
        assert!((share(20, 0.6, 0.3) - 10.0 / 12.0).abs() < 1e-12);
        assert_eq!(share(20, 0.0, 0.0), 1.0);
        assert_eq!(KernelShare::default().of(20, 0.6, 0.3), 0.75);
    }
}
