//! Densities of the hyper-parameters, by which their posterior is maximised.

mod inverse_gaussian;
mod log_normal;

use serde::{Deserialize, Serialize};

pub use self::inverse_gaussian::InverseGaussian;
pub use self::log_normal::LogNormal;
use crate::kernel::Kernel;

/// A density of a positive hyper-parameter, up to a constant factor.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Prior {
    /// Of its logarithm.
    LogNormal(LogNormal),
    /// Of a power of it; gamma and flat densities are special cases.
    InverseGaussian(InverseGaussian),
}

impl Prior {
    /// The gamma density `v^(shape - 1) exp(-rate v)`.
    pub fn gamma(shape: f64, rate: f64) -> Self {
        Self::InverseGaussian(InverseGaussian { power: 1.0, shape, rate, inverse_rate: 0.0 })
    }

    /// Log density at `v = exp(u)`, up to a constant, and its derivative by `u`.
    pub(crate) fn log_density(&self, u: f64) -> (f64, f64) {
        match self {
            Self::LogNormal(of) => of.log_density(u),
            Self::InverseGaussian(of) => of.log_density(u),
        }
    }

    /// `ln` of the mode, where searches begin.
    pub(crate) fn log_mode(&self) -> f64 {
        match self {
            Self::LogNormal(of) => of.log_mode(),
            Self::InverseGaussian(of) => of.log_mode(),
        }
    }

    /// The density of `v` where `v / exp(shift)` has this one.
    fn shifted(&self, shift: f64) -> Self {
        match self {
            Self::LogNormal(of) => of.shifted(shift).into(),
            Self::InverseGaussian(of) => of.shifted(shift).into(),
        }
    }
}

impl From<LogNormal> for Prior {
    fn from(of: LogNormal) -> Self {
        Self::LogNormal(of)
    }
}

impl From<InverseGaussian> for Prior {
    fn from(of: InverseGaussian) -> Self {
        Self::InverseGaussian(of)
    }
}

/// Priors of the hyper-parameters of a standardised model.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Priors {
    /// Of `l / sqrt(d)` for the length scales of a factor of `d` coordinates, which moves a log-normal's location by `ln(d)/2`. The
    /// default, `sqrt 2` and `sqrt 3`, is that of Hvarfner, Hellsten and Nardi (2024): the prior complexity of functions does not
    /// grow with the dimension.
    pub length_scale: Prior,
    /// Variance of the noise; by default -4 and 1, as in BoTorch. On recorded runs, which have outliers, a location of -2 predicts
    /// better by 0.05 nats per outcome, but searches with it are slower to close in.
    pub noise: Prior,
    /// Weights of the kernel's terms, relative to one over their number. A location of 1.5 predicts recorded runs better than
    /// 0.5 by 0.05 nats per outcome.
    pub weight: Prior,
    /// Standard deviation of the constant mean around zero.
    pub mean_sd: f64,
}

impl Default for Priors {
    fn default() -> Self {
        Self {
            length_scale: LogNormal { location: std::f64::consts::SQRT_2, spread: 3f64.sqrt() }.into(),
            noise: LogNormal { location: -4.0, spread: 1.0 }.into(),
            weight: LogNormal { location: 1.5, spread: 1.0 }.into(),
            mean_sd: 1.0,
        }
    }
}

impl Priors {
    /// One prior per hyper-parameter: the kernel's parameters in order, then the noise.
    pub(crate) fn over(&self, kernel: &Kernel) -> Vec<Prior> {
        let mut priors = vec![];
        for factor in kernel.factors() {
            let of_factor = self.length_scale.shifted(0.5 * (factor.columns.len().max(1) as f64).ln());
            priors.extend(std::iter::repeat_n(of_factor, factor.groups()));
        }
        let terms = kernel.terms().len();
        priors.extend(std::iter::repeat_n(self.weight.shifted(-(terms as f64).ln()), terms));
        priors.push(self.noise);
        priors
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Prior> {
        let power = |power, shape, rate, inverse_rate| InverseGaussian { power, shape, rate, inverse_rate }.into();
        vec![
            LogNormal { location: 0.7, spread: 1.3 }.into(),
            Prior::gamma(2.0, 1.0),
            Prior::gamma(1.1, 30.0),
            power(-2.0, 1.0, 0.1, 0.1),
            power(-2.0, 0.3, 2.0, 0.5),
            power(0.5, 3.0, 0.0, 1.0),
            power(1.0, 0.5, 0.0, 1.0),
            power(1.0, 1.0, 0.0, 0.0),
        ]
    }

    #[test]
    fn slopes_are_those_of_the_densities() {
        const H: f64 = 1e-6;
        for prior in all() {
            for u in [-3.0, -0.4, 0.0, 1.7] {
                let numeric = (prior.log_density(u + H).0 - prior.log_density(u - H).0) / (2.0 * H);
                let slope = prior.log_density(u).1;
                assert!((slope - numeric).abs() < 1e-6 * (1.0 + numeric.abs()), "{prior:?} at {u}: {slope} {numeric}");
            }
        }
    }

    /// By `v` for log-normal densities, by `x` for the others; nowhere where they rise for ever.
    #[test]
    fn modes_are_where_densities_are_highest() {
        for prior in all() {
            let mode = prior.log_mode();
            assert!(mode.is_finite(), "{prior:?}");
            let (highest, slope) = prior.log_density(mode);
            let bounded = !matches!(prior, Prior::InverseGaussian(of) if of.rate == 0.0 && of.shape > 1.0);
            assert!(!bounded || slope.abs() < 1e-12, "{prior:?}: {slope}");
            assert!(!bounded || [-0.1, 0.1].iter().all(|d| prior.log_density(mode + d).0 <= highest), "{prior:?}");
        }
        assert_eq!(Prior::gamma(2.0, 4.0).log_mode(), 0.25f64.ln());
        assert_eq!(LogNormal { location: 0.5, spread: 2.0 }.log_mode(), -3.5);
    }

    #[test]
    fn shifts_move_densities() {
        for prior in all() {
            let moved = prior.shifted(0.8);
            let difference = |u: f64| moved.log_density(u + 0.8).0 - prior.log_density(u).0;
            for u in [-1.0, 0.3, 2.0] {
                assert!((difference(u) - difference(0.0)).abs() < 1e-12, "{prior:?} at {u}");
            }
        }
    }

    /// Optuna 5's `default_log_prior` for one kernel, written out: `sum -(0.1 / q + 0.1 q)` over inverse squared length scales `q`,
    /// `ln w - w` for the scale, `0.1 ln s - 30 s` for the noise.
    #[test]
    fn optunas_priors_can_be_said() -> Result<(), crate::GpError> {
        const D: f64 = 3.0;
        let kernel = Kernel::ard(crate::Profile::Matern52, 3)?;
        let of_scales = InverseGaussian { power: -2.0, shape: 1.0, rate: 0.1 / D, inverse_rate: 0.1 * D };
        let (weight, noise) = (Prior::gamma(2.0, 1.0), Prior::gamma(1.1, 30.0));
        let priors = Priors { length_scale: of_scales.into(), noise, weight, mean_sd: 1.0 };
        let at: [f64; 5] = [0.4, 1.5, 20.0, 1.7, 0.003];
        let ours: f64 = priors.over(&kernel).iter().zip(at).map(|(p, v)| p.log_density(v.ln()).0).sum();
        let of_length = |l: f64| -(0.1 * l * l + 0.1 / (l * l));
        let theirs = of_length(0.4) + of_length(1.5) + of_length(20.0) + 1.7f64.ln() - 1.7 + 0.1 * 0.003f64.ln() - 0.09;
        assert!((ours - theirs).abs() < 1e-12, "{ours} {theirs}");
        Ok(())
    }

    /// Locations by hand: `ln(d)/2` more for a length scale of `d` coordinates, `ln t` less for a weight of `t` terms.
    #[test]
    fn priors_know_their_number_of_coordinates_and_terms() -> Result<(), crate::GpError> {
        use crate::kernel::{Factor, FactorColumn};
        let columns = |of: std::ops::Range<usize>| -> Vec<FactorColumn> {
            of.clone().map(|c| FactorColumn { coordinate: c, group: c - of.start, gain: 1.0 }).collect()
        };
        let factor = |of| Factor { profile: crate::Profile::Rbf, columns: columns(of) };
        let warps = vec![crate::Warp::Identity; 5];
        let kernel = Kernel::new(warps, vec![factor(0..4), factor(4..5)], vec![vec![0], vec![1], vec![0, 1]])?;
        let location = |location, spread| Prior::from(LogNormal { location, spread });
        let wide = location(2f64.sqrt() + 0.5 * 4f64.ln(), 3f64.sqrt());
        let narrow = location(2f64.sqrt(), 3f64.sqrt());
        let mut expected = vec![wide; 4];
        expected.push(narrow);
        expected.extend([location(1.5 - 3f64.ln(), 1.0); 3]);
        expected.push(location(-4.0, 1.0));
        assert_eq!(Priors::default().over(&kernel), expected);
        Ok(())
    }

    /// As numbers without the name of a kind; the members distinguish them.
    #[test]
    fn priors_are_read_as_written() -> Result<(), serde_json::Error> {
        for prior in all() {
            let text = serde_json::to_string(&prior)?;
            assert_eq!(serde_json::from_str::<Prior>(&text)?, prior, "{text}");
        }
        Ok(())
    }
}
