//! # predictor: the final value of a run from its first steps
//!
//! F of the method (arXiv 2602.08351): from a configuration x and the losses l_1..l_s of its first steps to a normal belief about
//! the value of the full run, in units of the loss. Every predictor implements [`jobs_core::Predictor`] and, unless the table
//! says otherwise, predicts the **residual**: the value minus the last early loss.
//!
//! | predictor | residual | examples needed |
//! | --- | --- | --- |
//! | [`LastValue`] | 0 | 0 |
//! | [`LastValueShift`] | the examples' mean | 0 |
//! | [`PowerLaw`], [`Exponential`] | from a + b s^-c or a + b e^(-c s), fitted to the run's own curve | 1 |
//! | [`RidgeResidual`] | linear in the features | 4 |
//! | [`ForestResidual`] | random forest on the features | 4 |
//! | [`KernelResidual`] | Gaussian process with learnt relevances | 4 |
//! | [`MlpEnsemble`] | mixture of that process with an ensemble of perceptrons; optionally with [transferred relevances](MlpEnsemble::with_transferred_relevances) | 4 |
//! | [`LogLoss`] of any predictor | the same on the logarithm of the loss above a floor | 4 |
//! | [`Both`] of any two | mixture of their beliefs, weighted by precision | the same |
//! | [`TwoScales`] | [`Both`] of an [`MlpEnsemble`] on losses and one on their logarithms | 4 |
//! | [`PublishedMlp`], the authors' network | none: it predicts the value itself | 2 |
//!
//! With fewer examples a predictor answers with the mean shift, without examples with the last value. The variance is then wide.
//! `jobs` takes logarithms itself and uses [`KernelResidual`]; its published form uses [`MlpEnsemble`]. [`TwoScales`] is the best
//! predictor of losses as they are.
//!
//! ## The model
//! [`TwoScales`] applies the model below twice, to losses y and to z = ln(y - floor), with transferred relevances and a
//! [falling share](MlpEnsemble::with_falling_share) of perceptrons. It weights the two beliefs by their precisions.
//!
//! **Features** phi(x, l), standardised over the examples:
//!
//! - the last loss, its rise over the last quarter and half of the early budget, and the bend of the curve;
//! - log adapter size, log alpha / rank and log layers, where the space has LoRA names (Hu et al. 2022);
//! - the depth of the adapted layers, +-(1 - n / L) for the last or first n of L layers;
//! - presence and amount of the domains on which, by screening (Fan & Lv 2008), the losses depend;
//! - the mixture's entropy; and, with a prior of smaller relevance, every domain's presence and every other coordinate.
//!
//! A space without simplex or LoRA names has fewer features.
//!
//! **Kernel.** r = (residual - mean) / deviation is a Gaussian process with
//! k(u, v) = a matern52(sum_j w_j (u_j - v_j)^2) + b sum_j w_j u_j v_j and noise variance c. The priors of ln w, ln a, ln b and
//! ln c are normal. Predictions are averaged over 24 draws of the posterior (MacKay 1994; Neal 1996; Murray, Adams & MacKay
//! 2010). The examples' intermediate losses depend on the same features, so the likelihood also includes the residuals at four
//! steps between the early budget and the end, with a weight of an eighth each.
//!
//! **Transferred relevances.** With twenty examples the prior of the relevances matters: ln w ~ N(m, s^2).
//!
//! | feature | transferred (m, s) | otherwise |
//! | --- | --- | --- |
//! | last loss | (0, 1.5) | (-3.5, 3) |
//! | number and depth of the adapted layers | (-2, 1.5) | (-3.5, 3), no depth |
//! | adapter size, alpha / rank | (-4, 2) | (-3.5, 3) |
//! | slopes and bend | (-5, 3) | (-3.5, 3) |
//! | summaries of the mixture | (-3.5, 3) | (-3.5, 3) |
//! | columns that share a relevance | (-7, 3) | (-7, 3) |
//!
//! The transferred values are near the posteriors from fifty runs each of three tasks (empirical Bayes: Robbins 1956; across
//! tasks as in Wang et al. 2024), where predictions of the mixture's own loss did not get worse. The right column is the default
//! of [`KernelResidual`] and [`MlpEnsemble`], and what `jobs` uses; there the four intermediate steps have a weight of a quarter each.
//!
//! **Perceptrons**, in [`MlpEnsemble`] and [`TwoScales`]. Member m, f_m(u) = v_m . relu(W_m (s_m * u) + b_m) + c_m, takes the features scaled by the relevances of
//! posterior draw m, s_m ~ sqrt(w). All members are trained in one batched pass on Burn, with squared error and Adam with
//! decoupled weight decay. Each stops where the held-back fifth of the examples is predicted best (Lakshminarayanan, Pritzel &
//! Blundell 2017, with sub-sampling). The ensemble's variance is the members' variance plus their mean squared error on
//! held-back examples.
//!
//! **Mixture.** p kernel + q perceptrons, as a mixture of distributions, so that disagreement widens it. With N examples and the
//! two variances v_k and v_p of the run in question, the odds are q / p = (2 / N) v_k / v_p. At equal variances q is a third with
//! four examples and an eleventh with twenty. By default, and in the published form of `jobs`, [`MlpEnsemble`] has q = 1/4. A curve that ends
//! before the early budget is continued like the examples' curves, and the variance of that continuation is added.
//!
//! ## Assumptions
//! - Examples and new runs are evaluated at comparable steps and under one target.
//! - Noise does not depend on the configuration.
//! - Predictions are made among the examples. Away from them the variance grows to that of the residuals and beyond.
//!
//! ## Errors
//! [`jobs_core::PredictorError`]: an example without evaluations, with a value that is not finite or of another space; a curve
//! without evaluations; a point of another space; training that diverged.
//!
//! ## Devices and cost
//! [`Device`] selects at run time where networks are trained; `cuda` needs the feature of that name. A fit takes 0.05 s on one
//! core with 20 examples, so a search can refit after every full run.
//!
//! ```
//! use jobs_core::{Example, LearningCurve, Predictor, SearchSpace, Seed, Steps};
//! use predictor::TwoScales;
//!
//! let space = SearchSpace::from_toml_str("[[dimension]]\nname = \"rate\"\nkind = \"real\"\nlow = 0.1\nhigh = 1.0")?;
//! let run = |rate: f64| (1..=20).map(move |k| (Steps(10 * k), 1.0 + (-rate * k as f64 / 5.0).exp()));
//! let mut examples = vec![];
//! for point in space.design(12, Seed(1)) {
//!     let curve = LearningCurve::from_pairs(run(point.real("rate").unwrap_or_default()))?;
//!     examples.push(Example { value: curve.losses()[19], point, curve });
//! }
//! let (new, early) = (examples.pop().unwrap(), Steps(50));
//! let mut predictor = TwoScales::default();
//! predictor.fit(&space, &examples, early, Seed(2))?;
//! let belief = predictor.predict(&new.point, &new.curve.up_to(early))?;
//! assert!((belief.mean - new.value).abs() < 0.05 && belief.sd() < 0.1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod ard_kernel;
mod both;
mod curve_fit;
mod ensemble;
pub mod evaluate;
mod examples;
mod features;
mod forest_residual;
mod kernel_residual;
mod last_value;
mod last_value_shift;
mod log_loss;
mod mlp;
mod published;
mod relevance_prior;
mod ridge_residual;
mod share;
mod shift_baseline;
mod slice_sampling;
mod standardise;
mod two_scales;

pub use self::both::Both;
pub use self::curve_fit::{Exponential, PowerLaw};
pub use self::ensemble::MlpEnsemble;
pub use self::forest_residual::ForestResidual;
pub use self::kernel_residual::KernelResidual;
pub use self::last_value::LastValue;
pub use self::last_value_shift::LastValueShift;
pub use self::log_loss::LogLoss;
pub use self::mlp::MlpConfig;
pub use self::mlp::{Device, DeviceError};
pub use self::published::PublishedMlp;
pub use self::ridge_residual::RidgeResidual;
pub use self::two_scales::TwoScales;

/// Builds unfitted predictors of one kind.
pub type Factory = dyn Fn() -> Box<dyn jobs_core::Predictor> + Send + Sync;
