//! # gp: exact Gaussian processes, acquisitions, and a maximiser over mixed spaces
//!
//! The model of an objective `f` over encoded points, from observations `y_i = f(x_i) + e_i`:
//!
//! ```text
//! f ~ GP(m, k),     e_i ~ N(0, s^2 + v_i),     (y - shift) / scale is what is modelled
//! C = K + diag(s^2 + v_i) = L L^T,             a = C^{-1} (y - m)
//! mean(x) = m + k(x).a,                        variance(x) = k(x, x) - |L^{-1} k(x)|^2
//! ln p(y) = -1/2 (y - m).a - ln|L| - n/2 ln 2 pi
//! ```
//!
//! | symbol | meaning |
//! | --- | --- |
//! | `k` | sum of weighted products of Matern, RBF and Hamming factors over warped coordinates ([`kernel`]) |
//! | `m` | constant mean, with prior `N(0, 1)`, profiled out of the likelihood |
//! | `s^2`, `v_i` | learnt noise variance, and the noise variance of each observation that is known beforehand |
//! | `shift`, `scale` | mean and standard deviation of the outcomes of the last fit |
//!
//! Hyper-parameters maximise their posterior. Bounded L-BFGS starts where the last fit ended. Each kind of hyper-parameter has its
//! own prior ([`Priors`]): log-normal by default, or a gamma, generalised inverse Gaussian or flat density of a power ([`Prior`]).
//! [`Gp::predict`](jobs_core::Posterior::predict) predicts the latent `f`: its variance contains no noise. Means have the units
//! of `y`, variances those of `y` squared.
//!
//! | to do | with | cost |
//! | --- | --- | --- |
//! | fit hyper-parameters | [`Surrogate::fit`](jobs_core::Surrogate::fit) | O(n^3), some dozens of times |
//! | condition on data, keep hyper-parameters | [`Surrogate::condition_on`](jobs_core::Surrogate::condition_on) | O(n^2) for each new row |
//! | remove an observation | [`Gp::remove`] | O(n^2) |
//! | evaluate hyper-parameters, with gradient | [`Gp::log_likelihood`], [`Gp::log_posterior`] with the priors | O(n^3) |
//! | evidence of the data | [`Gp::log_marginal_likelihood`] | O(n) |
//! | predict, with gradient | [`Posterior`](jobs_core::Posterior) | O(n^2), no allocation |
//! | draw functions, leave one out | [`Gp::sample`], [`Gp::leave_one_out`] | O(n^2 m + m^3), O(n^3) |
//! | information gain | [`Gp::information_gain`], [`Gp::log_determinant`] | O(n) |
//! | choose the next point | [`acquisition`], [`maximise`] | some thousand predictions |
//! | choose while other points are pending | [`Surrogate::with_pending`](jobs_core::Surrogate::with_pending), [`maximise::batch`] | O(n^2) for each |
//! | look one step ahead | [`acquisition::KnowledgeGradient`] | O(n^2) for each target |
//! | learn features as well | [`deep`] | as a fit, some hundred times |
//! | start from transferred prior means | [`WithPriorMeans`] | O(n) for each mean |
//!
//! Beyond [`MAX_OBSERVATIONS`] (2,000; see [`GpOptions::most`]) fitting fails with
//! [`SurrogateError::TooMany`](jobs_core::SurrogateError::TooMany). Nothing is approximated. Other errors: observations of the wrong
//! length or not finite, and a covariance that is not positive definite even with jitter.
//!
//! Costs up to that size are in `results/bench/gp/scaling`; `scripts/bench-peers gp` compares them, the likelihoods and the
//! maximiser with BoTorch, Optuna and egobox.
//!
//! ```
//! use gp::acquisition::LogEi;
//! use gp::maximise::MixedMaximiser;
//! use gp::{Gp, KernelSpec};
//! use jobs_core::{Acquisition, Maximiser, Observation, SearchContext, SearchSpace, Seed, Surrogate};
//!
//! let space = SearchSpace::from_toml_str(r#"
//!     [[dimension]]
//!     name = "mixture"
//!     kind = "simplex"
//!     parts = ["maths", "code", "chat"]
//! "#)?;
//! let loss = |x: &[f64]| (x[0] - 0.6).powi(2) + x[2];
//! let points = space.design(12, Seed(1));
//! let mut data = vec![];
//! for point in &points {
//!     let x = space.encode(point);
//!     data.push(Observation { y: loss(&x), x, noise_variance: 0.0 });
//! }
//! let mut model = Gp::for_space(&space, KernelSpec::default());
//! model.fit(&data, Seed(1))?;
//!
//! let mut acquisition = LogEi::default();
//! let incumbent = data.iter().map(|o| o.y).fold(f64::INFINITY, f64::min);
//! acquisition.prepare(&SearchContext { observations: data.len(), dimension: 3, incumbent, information: None });
//! let next = MixedMaximiser::default().maximise(&space, &model, &acquisition, &points, Seed(1))?;
//! println!("try {:?}", next.point.shares("mixture"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! References: Rasmussen and Williams 2006 (the model); Hvarfner, Hellsten and Nardi 2024 (length-scale prior); Jorgensen 1982
//! (generalised inverse Gaussian); Srinivas et al. 2012,
//! Chowdhury and Gopalan 2017 (UCB, information gain); Ament et al. 2023 (LogEI); Kushner 1964 (PI); Frazier, Powell and Dayanik
//! 2009, Scott, Frazier and Powell 2011, Wu et al. 2020 (knowledge gradient); Ginsbourger, Le Riche and Carraro 2010, Desautels,
//! Krause and Burdick 2014 (batches); Kandasamy et al. 2017 (fidelity kernel); Wilson et al. 2016 (deep kernels); Balandat et al.
//! 2020 (BoTorch: mixed kernel, the seams, the alternating maximiser).

pub mod acquisition;
mod columns;
mod data;
pub mod deep;
mod error;
mod fit;
mod joint;
pub mod kernel;
mod leave_one_out;
pub mod maximise;
mod model;
mod objective;
mod posterior;
mod posterior_mean;
mod prior;
mod prior_mean;
mod scratch;
mod state;
mod surrogate;

pub use deep::{DeepGp, DeepOptions};
pub use error::GpError;
pub use jobs_core::AtFidelity;
pub use kernel::{Kernel, KernelSpec, Mixing, Profile, SimplexWarp, Warp};
pub use model::{Gp, GpOptions, Hyperparameters, MAX_OBSERVATIONS};
pub use numerics::Cholesky;
pub use posterior_mean::PosteriorMean;
pub use prior::{InverseGaussian, LogNormal, Prior, Priors};
pub use prior_mean::WithPriorMeans;
