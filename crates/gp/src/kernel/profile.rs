use serde::{Deserialize, Serialize};

use numerics::exp::exp_nonpositive;

/// How correlation falls with the scaled distance `r`.
///
/// | profile | `k(r)` |
/// | --- | --- |
/// | `Matern12` | `exp(-r)` |
/// | `Matern32` | `(1 + s) exp(-s)`, `s = sqrt(3) r` |
/// | `Matern52` | `(1 + s + s^2/3) exp(-s)`, `s = sqrt(5) r` |
/// | `Rbf` | `exp(-r^2/2)` |
///
/// (Rasmussen and Williams 2006, section 4.2.) On 0/1 and one-hot coordinates `Rbf` is the Hamming kernel with one length scale
/// per dimension, `exp(-sum_k [x_k != x'_k] / (2 l_k^2))`, continued smoothly between the corners.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Profile {
    /// Matern, smoothness 1/2.
    Matern12,
    /// Matern, smoothness 3/2.
    Matern32,
    /// Matern, smoothness 5/2.
    Matern52,
    /// Squared exponential; Hamming on discrete coordinates.
    Rbf,
}

impl Profile {
    /// Squared distances to correlations, in place.
    #[inline(always)]
    pub(crate) fn apply(self, squared: &mut [f64]) {
        match self {
            Self::Matern12 => {
                for v in squared {
                    *v = exp_nonpositive(-v.sqrt());
                }
            }
            Self::Matern32 => {
                for v in squared {
                    let s = (3.0 * *v).sqrt();
                    *v = (1.0 + s) * exp_nonpositive(-s);
                }
            }
            Self::Matern52 => {
                for v in squared {
                    let s = (5.0 * *v).sqrt();
                    *v = (1.0 + s + s * s / 3.0) * exp_nonpositive(-s);
                }
            }
            Self::Rbf => {
                for v in squared {
                    *v = exp_nonpositive(-0.5 * *v);
                }
            }
        }
    }

    /// Squared distances to correlations, in place, and to slopes `-2 dk/d(r^2)`.
    #[inline(always)]
    pub(crate) fn apply_with_slope(self, squared: &mut [f64], slopes: &mut [f64]) {
        let both = squared.iter_mut().zip(slopes);
        match self {
            Self::Matern12 => {
                for (v, d) in both {
                    let r = v.sqrt();
                    *v = exp_nonpositive(-r);
                    // no slope exists at r = 0: zero is the mean of all its one-sided ones
                    *d = if r > 0.0 { *v / r } else { 0.0 };
                }
            }
            Self::Matern32 => {
                for (v, d) in both {
                    let s = (3.0 * *v).sqrt();
                    let e = exp_nonpositive(-s);
                    *v = (1.0 + s) * e;
                    *d = 3.0 * e;
                }
            }
            Self::Matern52 => {
                for (v, d) in both {
                    let s = (5.0 * *v).sqrt();
                    let e = exp_nonpositive(-s);
                    *v = (1.0 + s + s * s / 3.0) * e;
                    *d = (5.0 / 3.0) * (1.0 + s) * e;
                }
            }
            Self::Rbf => {
                for (v, d) in both {
                    *v = exp_nonpositive(-0.5 * *v);
                    *d = *v;
                }
            }
        }
    }
}
