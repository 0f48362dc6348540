use serde::{Deserialize, Serialize};

/// A smooth, increasing map of one encoded coordinate, which is about [0, 1] before and after.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Warp {
    /// `z = u`.
    Identity,
    /// `z = sqrt(u + eps)`: distances between shares become those of Hellinger, up to `eps`, which keeps the slope at zero
    /// finite. Below zero its Taylor polynomial of second order goes on, so that the map is smooth everywhere.
    Sqrt {
        /// Offset, larger than 0.
        eps: f64,
    },
    /// `z = ln(1 + u/eps) / ln(1 + 1/eps)`: ratios count, down to `eps`. Below zero as for `Sqrt`.
    Log {
        /// Share or part of the range below which differences fade, larger than 0.
        eps: f64,
    },
}

impl Warp {
    /// The offset, where it is not above 0 and finite.
    pub(super) fn bad_eps(self) -> Option<f64> {
        match self {
            Self::Sqrt { eps } | Self::Log { eps } if !(eps > 0.0 && eps.is_finite()) => Some(eps),
            _ => None,
        }
    }

    /// The warped coordinate.
    #[inline]
    pub fn value(self, u: f64) -> f64 {
        match self {
            Self::Identity => u,
            Self::Sqrt { eps } if u >= 0.0 => (u + eps).sqrt(),
            Self::Sqrt { eps } => eps.sqrt() * (1.0 + 0.5 * (u / eps) - 0.125 * (u / eps) * (u / eps)),
            Self::Log { eps } if u >= 0.0 => (u / eps).ln_1p() / (1.0 / eps).ln_1p(),
            Self::Log { eps } => (u / eps - 0.5 * (u / eps) * (u / eps)) / (1.0 / eps).ln_1p(),
        }
    }

    /// Its derivative.
    #[inline]
    pub fn slope(self, u: f64) -> f64 {
        match self {
            Self::Identity => 1.0,
            Self::Sqrt { eps } if u >= 0.0 => 0.5 / (u + eps).sqrt(),
            Self::Sqrt { eps } => (0.5 - 0.25 * (u / eps)) / eps.sqrt(),
            Self::Log { eps } if u >= 0.0 => 1.0 / ((u + eps) * (1.0 / eps).ln_1p()),
            Self::Log { eps } => (1.0 - u / eps) / (eps * (1.0 / eps).ln_1p()),
        }
    }
}
