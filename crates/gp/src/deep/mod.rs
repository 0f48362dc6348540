//! Deep kernels (Wilson et al. 2016): a kernel over features that a small network makes of the point,
//!
//! ```text
//! k(x, x') = k_Matern(z(x), z(x')),     z(x) = A tanh(B u + b) + D u,     u(x) the warped coordinates
//! ```
//!
//! Weights and hyper-parameters are at the maximum of their joint posterior: the marginal likelihood, the [`Priors`](crate::Priors)
//! of the kernel, and normal weights of variance one over their number into a unit. Given the weights all is an exact Gaussian
//! process over `z`, so predictions and gradients are those of [`Gp`] and the chain rule.

mod fit;
mod network;

use jobs_core::state::{StateReader, StateWriter};
use jobs_core::{Fantasy, Gaussian, Observation, Posterior, SearchSpace, Seed, Surrogate, SurrogateError};

use self::network::Network;
use crate::data::check;
use crate::kernel::{Kernel, KernelSpec, Profile, Warp};
use crate::model::{Gp, GpOptions};

/// Size of a deep kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeepOptions {
    /// Hidden units.
    pub hidden: usize,
    /// Features, the coordinates of the Matern-5/2 kernel.
    pub features: usize,
    /// Random starts of a fit, of which the most promising is followed to the end.
    pub starts: usize,
    /// Evaluations of the likelihood that a fit follows it for.
    pub evaluations: usize,
}

impl Default for DeepOptions {
    fn default() -> Self {
        Self { hidden: 16, features: 4, starts: 4, evaluations: 120 }
    }
}

/// A Gaussian process with a deep kernel (module documentation). Before its first fit the network is random.
#[derive(Clone, Debug)]
pub struct DeepGp {
    network: Network,
    /// Over features.
    gp: Gp,
    options: DeepOptions,
    /// Whether the network has been fitted.
    fitted: bool,
}

impl DeepGp {
    /// A deep kernel over points whose coordinates are warped as given.
    ///
    /// # Errors
    /// Where there are no coordinates, hidden units or features.
    pub fn new(warps: Vec<Warp>, deep: DeepOptions, options: GpOptions) -> Result<Self, crate::GpError> {
        for (what, index) in
            [("number of coordinates", warps.len()), ("hidden units", deep.hidden), ("features", deep.features)]
        {
            if index == 0 {
                return Err(crate::GpError::Kernel { what, index, limit: usize::MAX });
            }
        }
        let network = Network::random(warps, deep.hidden, deep.features, Seed(0));
        let gp = Gp::new(Kernel::ard(Profile::Matern52, deep.features)?, options);
        Ok(Self { network, gp, options: deep, fitted: false })
    }

    /// A deep kernel over the encoded points of a space, warped according to `spec`.
    ///
    /// # Errors
    /// Where the space is empty.
    pub fn for_space(space: &SearchSpace, spec: KernelSpec) -> Result<Self, crate::GpError> {
        let warps = Kernel::for_space(space, spec).warps().to_vec();
        Self::new(warps, DeepOptions::default(), GpOptions::default())
    }

    /// The features of a point; `None` where it is of the wrong length.
    pub fn features(&self, x: &[f64]) -> Option<Vec<f64>> {
        (x.len() == self.dimension()).then(|| self.network.features(x))
    }

    fn mapped(&self, data: &[Observation]) -> Vec<Observation> {
        data.iter().map(|o| Observation { x: self.network.features(&o.x), ..o.clone() }).collect()
    }
}

const NOWHERE: Gaussian = Gaussian { mean: f64::NAN, variance: f64::NAN };

impl Posterior for DeepGp {
    fn dimension(&self) -> usize {
        self.network.inputs()
    }

    /// NaN where `x` is of the wrong length.
    fn predict(&self, x: &[f64]) -> Gaussian {
        self.features(x).map_or(NOWHERE, |z| self.gp.predict(&z))
    }

    fn predict_with_gradient(&self, x: &[f64], d_mean: &mut [f64], d_variance: &mut [f64]) -> Gaussian {
        if [x.len(), d_mean.len(), d_variance.len()] != [self.dimension(); 3] {
            d_mean.fill(f64::NAN);
            d_variance.fill(f64::NAN);
            return NOWHERE;
        }
        let z = self.network.features(x);
        let (mut by_mean, mut by_variance) = (vec![0.0; z.len()], vec![0.0; z.len()]);
        let belief = self.gp.predict_with_gradient(&z, &mut by_mean, &mut by_variance);
        self.network.pull_back(x, &by_mean, d_mean);
        self.network.pull_back(x, &by_variance, d_variance);
        belief
    }

    fn covariance(&self, a: &[f64], b: &[f64]) -> Option<f64> {
        self.gp.covariance(&self.features(a)?, &self.features(b)?)
    }

    fn predict_many(&self, xs: &[Vec<f64>]) -> Vec<Gaussian> {
        // points of the wrong length keep no features, which the process answers with NaN
        let zs: Vec<Vec<f64>> = xs.iter().map(|x| self.features(x).unwrap_or_default()).collect();
        self.gp.predict_many(&zs)
    }
}

impl Surrogate for DeepGp {
    fn condition_on(&mut self, data: &[Observation]) -> Result<(), SurrogateError> {
        check(data, self.dimension(), self.gp.options().most)?;
        let mapped = self.mapped(data);
        self.gp.condition_on(&mapped)
    }

    fn fit(&mut self, data: &[Observation], seed: Seed) -> Result<(), SurrogateError> {
        check(data, self.dimension(), self.gp.options().most)?;
        self.fit_network(data, seed);
        let mapped = self.mapped(data);
        self.gp.condition_on(&mapped)
    }

    fn noise_variance(&self) -> f64 {
        self.gp.noise_variance()
    }

    fn as_posterior(&self) -> &dyn Posterior {
        self
    }

    fn with_pending(&self, pending: &[Vec<f64>], fantasy: Fantasy) -> Result<Box<dyn Surrogate>, SurrogateError> {
        if let Some(index) = pending.iter().position(|x| x.len() != self.dimension()) {
            let found = pending[index].len();
            return Err(SurrogateError::Dimension { index, found, expected: self.dimension() });
        }
        let mut told = self.clone();
        let zs: Vec<Vec<f64>> = pending.iter().map(|x| self.network.features(x)).collect();
        told.gp.append_pending(&zs, fantasy)?;
        Ok(Box::new(told))
    }

    fn information_gain(&self) -> Option<f64> {
        Some(self.gp.information_gain())
    }

    fn save(&self, to: &mut StateWriter) -> bool {
        to.flag(self.fitted);
        to.list(self.network.weights());
        self.gp.write_state(to);
        true
    }

    fn restore(&mut self, from: &mut StateReader<'_>) -> Option<()> {
        let (fitted, weights) = (from.flag()?, from.list()?);
        if weights.len() != self.network.weights().len() {
            return None;
        }
        self.gp = self.gp.with_state(from)?;
        self.network.set_weights(&weights);
        self.fitted = fitted;
        Some(())
    }
}
