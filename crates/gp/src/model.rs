use std::cell::RefCell;

use jobs_core::{Observation, SearchSpace, SurrogateError};
use serde::{Deserialize, Serialize};

use numerics::Cholesky;

use crate::GpError;
use crate::data::Scaling;
use crate::error::factorisation;
use crate::kernel::{Inputs, Kernel, KernelSpec};
use crate::prior::Priors;
use crate::scratch::Scratch;

/// Most observations a model accepts by default ([`GpOptions::most`]): the largest number for which costs have been measured.
pub const MAX_OBSERVATIONS: usize = 2_000;

/// Settings of a model other than its kernel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GpOptions {
    /// Smallest learnt noise variance, in units of the standardised outcomes.
    pub noise_floor: f64,
    /// Priors of the hyper-parameters.
    pub priors: Priors,
    /// Whether outcomes are shifted and scaled to mean 0 and variance 1.
    pub standardise: bool,
    /// A constant mean (standardised) that is kept instead of being estimated.
    pub fixed_mean: Option<f64>,
    /// Most evaluations of the likelihood for one start of a fit.
    pub evaluations: usize,
    /// Starts, at most 5, of the first fit and of the next one whenever the data have doubled. Other fits start where the last one
    /// ended.
    pub starts: usize,
    /// Most observations; with more, fitting fails with [`SurrogateError::TooMany`]. Nothing is approximated: time grows with the
    /// cube and memory with the square of their number.
    pub most: usize,
}

impl Default for GpOptions {
    fn default() -> Self {
        Self {
            noise_floor: 1e-6,
            priors: Priors::default(),
            standardise: true,
            fixed_mean: None,
            evaluations: 60,
            starts: 3,
            most: MAX_OBSERVATIONS,
        }
    }
}

/// The hyper-parameters of a model, all in units of its standardised outcomes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hyperparameters {
    /// See [`Kernel::parameters`].
    pub kernel: Vec<f64>,
    /// `ln` of the learnt noise variance.
    pub log_noise: f64,
    /// Constant mean.
    pub mean: f64,
}

/// An exact Gaussian process (formulas: crate documentation). Predictions are of the latent objective: their variance holds
/// no observation noise.
#[derive(Clone, Debug)]
pub struct Gp {
    pub(crate) kernel: Kernel,
    pub(crate) options: GpOptions,
    pub(crate) log_noise: f64,
    pub(crate) mean: f64,
    pub(crate) fitted: bool,
    /// Number of observations at the last fit from several starts.
    pub(crate) searched_at: usize,
    pub(crate) scaling: Scaling,
    pub(crate) xs: Vec<Vec<f64>>,
    /// As observed.
    pub(crate) ys: Vec<f64>,
    /// As observed.
    pub(crate) known_noise: Vec<f64>,
    pub(crate) inputs: Inputs,
    pub(crate) factor: Cholesky,
    /// `C^{-1} (y - m)`, standardised.
    pub(crate) alpha: Vec<f64>,
    pub(crate) scratch: RefCell<Scratch>,
}

impl Gp {
    /// A model without data, its hyper-parameters at the modes of their priors.
    pub fn new(mut kernel: Kernel, options: GpOptions) -> Self {
        let modes: Vec<f64> = options.priors.over(&kernel).iter().map(|p| p.log_mode()).collect();
        let (log_noise, parameters) = (modes[modes.len() - 1], &modes[..modes.len() - 1]);
        // modes of finite priors are finite; of others, the kernel's own start is kept
        let _ = kernel.set_parameters(parameters);
        let inputs = kernel.inputs(std::iter::empty());
        Self {
            log_noise: if log_noise.is_finite() { log_noise.max(options.noise_floor.ln()) } else { -4.0 },
            mean: options.fixed_mean.unwrap_or(0.0),
            fitted: false,
            searched_at: 0,
            scaling: Scaling::NONE,
            xs: vec![],
            ys: vec![],
            known_noise: vec![],
            factor: Cholesky::default(),
            alpha: vec![],
            scratch: RefCell::default(),
            inputs,
            kernel,
            options,
        }
    }

    /// A model over the encoded points of a space.
    pub fn for_space(space: &SearchSpace, spec: KernelSpec) -> Self {
        Self::new(Kernel::for_space(space, spec), GpOptions::default())
    }

    /// A model over encoded points followed by a fidelity in `[0, 1]` ([`Kernel::for_space_and_fidelity`]).
    pub fn for_space_and_fidelity(space: &SearchSpace, spec: KernelSpec) -> Self {
        Self::new(Kernel::for_space_and_fidelity(space, spec), GpOptions::default())
    }

    /// The kernel with its present parameters.
    pub fn kernel(&self) -> &Kernel {
        &self.kernel
    }

    /// The options.
    pub fn options(&self) -> &GpOptions {
        &self.options
    }

    /// Number of observations.
    pub fn observations(&self) -> usize {
        self.ys.len()
    }

    /// The hyper-parameters.
    pub fn hyperparameters(&self) -> Hyperparameters {
        Hyperparameters { kernel: self.kernel.parameters().to_vec(), log_noise: self.log_noise, mean: self.mean }
    }

    /// Replaces the hyper-parameters and refactorises.
    pub fn set_hyperparameters(&mut self, to: &Hyperparameters) -> Result<(), GpError> {
        for (index, value) in [to.log_noise, to.mean].into_iter().enumerate() {
            if !value.is_finite() {
                return Err(GpError::NotFinite { index: to.kernel.len() + index, value });
            }
        }
        self.kernel.set_parameters(&to.kernel)?;
        (self.log_noise, self.mean) = (to.log_noise, to.mean);
        Ok(self.refactorise()?)
    }

    /// Shift and scale of the outcomes: `y = shift + scale * standardised`.
    pub fn scaling(&self) -> (f64, f64) {
        (self.scaling.shift, self.scaling.scale)
    }

    /// The jitter on the covariance's diagonal, in units of `y` squared.
    pub fn jitter(&self) -> f64 {
        self.factor.jitter() * self.scaling.scale.powi(2)
    }

    /// `ln |C|` of the standardised covariance of the observations, noise included.
    pub fn log_determinant(&self) -> f64 {
        self.factor.log_determinant()
    }

    /// Information the observations carry about the objective, `1/2 ln |I + N^{-1/2} K N^{-1/2}|` with `N` the noise variances
    /// (Srinivas et al. 2012), in nats.
    pub fn information_gain(&self) -> f64 {
        let log_noise: f64 = (0..self.ys.len()).map(|i| (self.noise_at(i) + self.factor.jitter()).ln()).sum();
        0.5 * (self.factor.log_determinant() - log_noise)
    }

    /// Log density of the observations (as observed, not standardised) under the present hyper-parameters.
    pub fn log_marginal_likelihood(&self) -> f64 {
        let n = self.ys.len() as f64;
        let quadratic: f64 = (0..self.ys.len()).map(|i| self.centred(i) * self.alpha[i]).sum();
        let standardised = -0.5 * (quadratic + self.factor.log_determinant() + n * (2.0 * std::f64::consts::PI).ln());
        standardised - n * self.scaling.scale.ln()
    }

    /// Removes one observation in O(n^2).
    pub fn remove(&mut self, index: usize) -> Result<(), GpError> {
        let n = self.ys.len();
        if index >= n {
            return Err(GpError::NoSuchObservation { index, n });
        }
        self.xs.remove(index);
        self.ys.remove(index);
        self.known_noise.remove(index);
        self.inputs.remove(index);
        self.factor.remove(index);
        self.solve();
        Ok(())
    }

    /// Noise variance of an observation, standardised.
    pub(crate) fn noise_at(&self, i: usize) -> f64 {
        self.log_noise.exp() + self.known_noise[i] / self.scaling.scale.powi(2)
    }

    /// Standardised outcome less the mean.
    pub(crate) fn centred(&self, i: usize) -> f64 {
        (self.ys[i] - self.scaling.shift) / self.scaling.scale - self.mean
    }

    pub(crate) fn solve(&mut self) {
        let mut alpha: Vec<f64> = (0..self.ys.len()).map(|i| self.centred(i)).collect();
        self.factor.solve(&mut alpha);
        self.alpha = alpha;
    }

    /// Factorises from scratch. On error the model holds no data and predicts its prior.
    pub(crate) fn refactorise(&mut self) -> Result<(), SurrogateError> {
        let n = self.xs.len();
        self.inputs = self.kernel.inputs(self.xs.iter().map(Vec::as_slice));
        let mut lower = vec![0.0; n * n];
        let scratch = self.scratch.get_mut();
        for (i, column) in lower.chunks_exact_mut(n.max(1)).enumerate() {
            self.kernel.cross(&self.inputs, &self.xs[i], &mut scratch.cross, column);
        }
        (0..n).for_each(|i| lower[i * n + i] += self.noise_at(i));
        match Cholesky::new(&lower, n) {
            Ok(factor) => {
                self.factor = factor;
                self.solve();
                Ok(())
            }
            Err(error) => {
                self.forget();
                Err(factorisation(error))
            }
        }
    }

    pub(crate) fn forget(&mut self) {
        self.replace_data(&[]);
        self.inputs.truncate(0);
        self.factor.truncate(0);
        self.alpha.clear();
    }

    pub(crate) fn replace_data(&mut self, data: &[Observation]) {
        self.xs = data.iter().map(|o| o.x.clone()).collect();
        self.ys = data.iter().map(|o| o.y).collect();
        self.known_noise = data.iter().map(|o| o.noise_variance).collect();
    }
}
