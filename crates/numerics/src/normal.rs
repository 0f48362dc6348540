//! The standard normal distribution: draws, density, distribution function and its logarithms far out in the tail.
//!
//! With `phi` the density and `Phi` the distribution function, `ln Phi(z)` and `ln h(z)`, `h(z) = phi(z) + z Phi(z)`, are needed
//! where `Phi` itself is zero to double precision.
//!
//! For `t = -z > 0`, Mills' ratio is Laplace's continued fraction `Phi(-t) / phi(t) = 1/(t + c)`, `c = 1/(t + 2/(t + 3/(t + ...)))`.
//! So `ln Phi(z) = ln phi(z) - ln(t + c)` with slope `t + c`, and `h(z) = phi(z) + z Phi(z) = phi(z) c / (t + c)` with
//! `d ln h / dz = Phi / h = 1/c`: neither cancels, however far out.

use libm::erfc;
use rand::{Rng, RngExt};

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

/// A standard normal number `sqrt(-2 ln u) cos(2 pi v)` from two uniform ones (Box and Muller 1958).
///
/// Takes `u` in `(0, 1]` first, then `v`; the second number of the pair, with the sine, is not used.
pub fn draw(rng: &mut impl Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.random::<f64>()).cos()
}

/// Independent standard normal numbers, by [`draw`], without end.
pub fn draws(mut rng: impl Rng) -> impl Iterator<Item = f64> {
    std::iter::repeat_with(move || draw(&mut rng))
}

/// A normal number of mean 0 and standard deviation `sd`, as [`draw`] but in single precision and from single-precision uniform
/// numbers: for the weights of a network. Magnitudes stay below `7.5 sd`, as `u` is at least 1e-12.
pub fn draw_f32(sd: f32, rng: &mut impl Rng) -> f32 {
    let (u, v): (f32, f32) = (rng.random::<f32>().max(1e-12), rng.random());
    sd * (-2.0 * u.ln()).sqrt() * (std::f32::consts::TAU * v).cos()
}

/// `phi(z) = exp(-z^2 / 2) / sqrt(2 pi)`.
pub fn density(z: f64) -> f64 {
    (-0.5 * z * z - LN_SQRT_2PI).exp()
}

/// `Phi(z)`, to the last digit of `erfc`; zero below about -38.
pub fn cdf(z: f64) -> f64 {
    0.5 * erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

/// `ln Phi(z)` and its derivative `phi(z) / Phi(z)`, for any finite `z`.
///
/// ```
/// let (value, slope) = numerics::normal::log_cdf(-300.0);
/// assert!((value + 45_006.622_732_118_66).abs() < 1e-7 && (slope - 300.003_3).abs() < 1e-4);
/// ```
pub fn log_cdf(z: f64) -> (f64, f64) {
    if z > TAIL {
        let p = cdf(z);
        (p.ln(), density(z) / p)
    } else {
        let t = -z;
        let c = fraction(t);
        (-0.5 * z * z - LN_SQRT_2PI - (t + c).ln(), t + c)
    }
}

/// `ln h(z)`, `h(z) = phi(z) + z Phi(z)`, and its derivative `Phi(z) / h(z)`: the logarithm of the expected improvement in units
/// of its standard deviation.
pub fn log_h(z: f64) -> (f64, f64) {
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
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn draws_have_mean_zero_and_variance_one() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let many: Vec<f64> = draws(&mut rng).take(20_000).collect();
        let singles: Vec<f64> = (0..20_000).map(|_| f64::from(draw_f32(1.0, &mut rng))).collect();
        for sample in [many, singles] {
            let mean = sample.iter().sum::<f64>() / 2e4;
            let variance = sample.iter().map(|z| (z - mean).powi(2)).sum::<f64>() / 2e4;
            let below = sample.iter().filter(|z| **z < -1.0).count() as f64 / 2e4;
            assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.04, "{mean} {variance}");
            assert!((below - cdf(-1.0)).abs() < 0.01, "{below}");
        }
    }

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
