//! Predictors (docs to follow).
mod ard_kernel;
mod cholesky;
mod device;
mod ensemble;
pub mod evaluate;
mod examples;
mod fallback;
mod features;
mod kernel_residual;
mod last_value;
mod last_value_shift;
mod lbfgs;
mod mlp;
mod normal;
mod power_law;
mod ridge_residual;
mod standardise;

pub use self::device::Device;
pub use self::ensemble::MlpEnsemble;
pub use self::kernel_residual::KernelResidual;
pub use self::last_value::LastValue;
pub use self::last_value_shift::LastValueShift;
pub use self::mlp::MlpConfig;
pub use self::power_law::PowerLaw;
pub use self::ridge_residual::RidgeResidual;

/// Builds fresh predictors of one kind.
pub type Factory = dyn Fn() -> Box<dyn jobs_core::Predictor>;
