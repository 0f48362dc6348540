/// Bound on the cumulative regret of GP-UCB after `rounds` = T rounds (Chowdhury & Gopalan 2017, Theorem 3 with Lemma 4):
///
/// `R_T <= 4 beta_T^{1/2} sqrt((T + 2) gamma_T)`,
///
/// since `r_t <= 2 beta_t^{1/2} sigma_{t-1}(x_t)` and `sum_t sigma_{t-1}(x_t) <= sqrt(4 (T + 2) gamma_T)` for
/// `lambda = 1 + 2/T`. `width` is beta_T^{1/2} ([`crate::confidence_width`]), `gain` is gamma_T in nats. The bound has the
/// units of the objective times rounds and holds with the probability of the width.
pub fn cumulative_regret_bound(width: f64, gain: f64, rounds: u64) -> f64 {
    4.0 * width * ((rounds as f64 + 2.0) * gain).sqrt()
}

/// Bound on the regret per round, `R_T / T`, in units of the objective; infinite where nothing is searched (T = 0).
/// The best of the T points is at most this far from the optimum.
pub fn average_regret_bound(width: f64, gain: f64, rounds: u64) -> f64 {
    if rounds == 0 { f64::INFINITY } else { cumulative_regret_bound(width, gain, rounds) / rounds as f64 }
}

/// Bound on the cumulative regret when the observations carry a systematic error of at most `epsilon`
/// (Bogunovic & Krause 2021, Theorem 1, with the constants of the proof above in place of their order of growth):
///
/// `R_T <= 4 (beta_T^{1/2} + epsilon sqrt(T)) sqrt((T + 2) gamma_T) + 2 epsilon T`.
///
/// Per round the extra is `4 epsilon sqrt(gamma_T (T + 2) / T) + 2 epsilon`: it does not vanish as T grows.
pub fn misspecified_cumulative_regret_bound(width: f64, gain: f64, epsilon: f64, rounds: u64) -> f64 {
    let wide = crate::misspecified_width(width, epsilon, rounds);
    cumulative_regret_bound(wide, gain, rounds) + 2.0 * epsilon * rounds as f64
}

/// [`misspecified_cumulative_regret_bound`] per round, in units of the objective; infinite at T = 0.
pub fn misspecified_average_regret_bound(width: f64, gain: f64, epsilon: f64, rounds: u64) -> f64 {
    if rounds == 0 {
        f64::INFINITY
    } else {
        misspecified_cumulative_regret_bound(width, gain, epsilon, rounds) / rounds as f64
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    #[test]
    fn by_hand() {
        assert_relative_eq!(cumulative_regret_bound(1.5, 2.0, 48), 60.0, max_relative = 1e-14);
        assert_relative_eq!(average_regret_bound(1.5, 2.0, 48), 1.25, max_relative = 1e-14);
        assert_eq!(average_regret_bound(1.5, 2.0, 0), f64::INFINITY);
        // 4 (1.5 + 0.1 * 4) sqrt(18 * 2) / 16 + 0.2
        assert_relative_eq!(misspecified_average_regret_bound(1.5, 2.0, 0.1, 16), 3.05, max_relative = 1e-14);
    }

    #[test]
    fn without_misspecification_both_agree() {
        assert_eq!(misspecified_cumulative_regret_bound(1.5, 2.0, 0.0, 30), cumulative_regret_bound(1.5, 2.0, 30));
    }
}
