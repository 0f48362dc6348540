/// Half-width of the confidence band in units of the posterior standard deviation, `beta_t^{1/2}` of Lemma 3.1
/// (Chowdhury & Gopalan, ICML 2017, Theorem 2):
///
/// `beta_t^{1/2} = B + R sqrt(2 (gamma_{t-1} + 1 + ln(1/delta)))`.
///
/// With probability at least `1 - delta`, for all x and t at once, `|mu_{t-1}(x) - f(x)| <= beta_t^{1/2} sigma_{t-1}(x)`,
/// where the posterior is that of kernel ridge regression with `K + lambda I`, `lambda = 1 + 2/T`, and `k(x, x) <= 1`.
///
/// - `norm_bound` B: bound on the RKHS norm of the objective under a kernel of unit amplitude, in units of the objective;
/// - `noise_sd` R: sub-Gaussian scale of the noise, in units of the objective;
/// - `gain` gamma_{t-1}: information gain of the t - 1 observations made so far, in nats;
/// - `delta`: chance that the band fails, in (0, 1].
///
/// The width has the units of the objective. NaN outside the domain.
pub fn confidence_width(norm_bound: f64, noise_sd: f64, gain: f64, delta: f64) -> f64 {
    let in_domain = norm_bound >= 0.0 && noise_sd >= 0.0 && gain >= 0.0 && delta > 0.0 && delta <= 1.0;
    if !in_domain {
        return f64::NAN;
    }
    norm_bound + noise_sd * (2.0 * (gain + 1.0 - delta.ln())).sqrt()
}

/// Half-width when the objective is only within `epsilon` of a function of norm at most B, uniformly in x
/// (Bogunovic & Krause, NeurIPS 2021, enlarged confidence of EC-GP-UCB, for `lambda >= 1`):
///
/// `width + epsilon sqrt(t)`,
///
/// because an error of size epsilon in each of t observations moves the posterior mean by at most
/// `epsilon sqrt(t / lambda) sigma_t(x)`. `observations` is t; `epsilon` has the units of the objective. The band is
/// around the function of bounded norm; the objective itself is up to `epsilon` farther.
pub fn misspecified_width(width: f64, epsilon: f64, observations: u64) -> f64 {
    width + epsilon * (observations as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // 2 + 0.5 sqrt(2 (3 + 1 + ln 10))
        approx::assert_relative_eq!(confidence_width(2.0, 0.5, 3.0, 0.1), 3.775_188_031_307, max_relative = 1e-12);
        assert_eq!(confidence_width(2.0, 0.0, 3.0, 0.1), 2.0);
        assert_eq!(misspecified_width(2.0, 0.1, 25), 2.5);
    }

    #[test]
    fn outside_the_domain_it_is_no_number() {
        for (b, r, g, d) in [
            (-1.0, 1.0, 1.0, 0.1),
            (1.0, -1.0, 1.0, 0.1),
            (1.0, 1.0, -1.0, 0.1),
            (1.0, 1.0, 1.0, 0.0),
            (1.0, 1.0, 1.0, 2.0),
        ] {
            assert!(confidence_width(b, r, g, d).is_nan());
        }
    }
}
