//! Exact Gaussian processes.

pub mod acquisition;
mod cholesky;
mod columns;
mod data;
mod error;
mod exp;
mod fidelity;
mod fit;
mod joint;
pub mod kernel;
mod lanes;
mod lbfgs;
mod leave_one_out;
pub mod maximise;
mod model;
mod objective;
mod posterior;
mod prior;
mod simd;

pub use error::GpError;
pub use fidelity::AtFidelity;
pub use kernel::{Kernel, KernelSpec, Mixing, Profile, SimplexWarp, Warp};
pub use model::{Gp, GpOptions, Hyperparameters, MAX_OBSERVATIONS};
pub use prior::{LogNormal, Priors};
