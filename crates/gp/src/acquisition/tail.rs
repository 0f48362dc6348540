//! The normal distribution far out, where its distribution function is zero to double precision.
//!
//! For `t = -z > 0`, Mills' ratio is Laplace's continued fraction `Phi(-t) / phi(t) = 1/(t + c)`, `c = 1/(t + 2/(t + 3/(t + ...)))`.
//! So `ln Phi(z) = ln phi(z) - ln(t + c)` with slope `t + c`, and `h(z) = phi(z) + z Phi(z) = phi(z) c / (t + c)` with
//! `d ln h / dz = Phi / h = 1/c`: neither cancels, however far out.

use libm::erfc;

const LN_SQRT_2PI: f64 = 0.918_938_533_204_672_8;
/// Left of this the continued fraction is used; right of it the direct formulas lose less than one digit.
const TAIL: f64 = -1.5;

/// `c` of the module's formula: enough terms for full precision from [`TAIL`] on, closed by the fixed point
/// `(t + sqrt(t^2 + 4 k)) / 2` of `tail = t + k / tail`.
fn fraction(t: f64) -> f64 {
    let terms = 8 + (300.0 / (t * t)) as u32;
    let closing = 0.5 * (t + (t * t + 4.0 * f64::from(terms + 1)).sqrt());
    1.0 / (2..=terms).rev().fold(closing, |tail, k| t + f64::from(k) / tail)
}

fn density(z: f64) -> f64 {
    (-0.5 * z * z - LN_SQRT_2PI).exp()
}

fn cdf(z: f64) -> f64 {
    0.5 * erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

/// `ln Phi(z)` and its derivative.
pub(super) fn log_cdf(z: f64) -> (f64, f64) {
    if z > TAIL {
        let p = cdf(z);
        (p.ln(), density(z) / p)
    } else {
        let t = -z;
        let c = fraction(t);
        (-0.5 * z * z - LN_SQRT_2PI - (t + c).ln(), t + c)
    }
}

/// `ln h(z)`, `h(z) = phi(z) + z Phi(z)`, and its derivative `Phi(z) / h(z)`.
pub(super) fn log_h(z: f64) -> (f64, f64) {
    if z > TAIL {
        let p = cdf(z);
        let h = density(z) + z * p;
        (h.ln(), p / h)
    } else {
        let t = -z;
        let c = fraction(t);
        (-0.5 * z * z - LN_SQRT_2PI + (c / (t + c)).ln(), 1.0 / c)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values by mpmath with 60 digits.
    #[test]
    fn agrees_with_many_digits() {
        for (z, cdf, h) in REFERENCE {
            assert!(
                (log_cdf(z).0 - cdf).abs() <= 1e-12 * cdf.abs().max(1.0),
                "ln Phi({z}) = {cdf}, got {}",
                log_cdf(z).0
            );
            assert!((log_h(z).0 - h).abs() <= 1e-12 * h.abs().max(1.0), "ln h({z}) = {h}, got {}", log_h(z).0);
        }
    }

    #[test]
    fn slopes_are_those_of_central_differences_across_the_seam() {
        for i in 0..400 {
            let z = -12.0 + 0.05 * f64::from(i);
            for f in [log_cdf, log_h] {
                let numeric = (f(z + 1e-5).0 - f(z - 1e-5).0) / 2e-5;
                assert!((f(z).1 - numeric).abs() < 1e-6 * (1.0 + numeric.abs()), "slope at {z}");
            }
        }
    }

    /// (z, ln Phi(z), ln h(z))
    #[expect(clippy::excessive_precision, clippy::approx_constant, reason = "as printed by mpmath")]
    const REFERENCE: [(f64, f64, f64); 9] = [
        (-10000.0, -50000010.129278915, -50000019.339619307),
        (-300.0, -45006.622732118663, -45012.326536814554),
        (-38.5, -745.69527029041108, -749.34727420782292),
        (-10.0, -53.231285150512471, -55.553122036122356),
        (-1.500001, -2.7059463395014815, -3.5299382003867924),
        (-1.499999, -2.7059424621471486, -3.5299336412254044),
        (-1.0, -1.8410216450092635, -2.4851210257126413),
        (0.0, -0.69314718055994531, -0.91893853320467274),
        (6.0, -9.8658764552437573e-10, 1.7917594692541145),
    ];
}
