//! # numerics: the numerical routines of the workspace
//!
//! One of each, shared by the Gaussian process, the predictor, the theory of budgets and the emulator. This crate depends on
//! no other crate of the workspace.
//!
//! | module | routine | source |
//! | --- | --- | --- |
//! | [`lbfgs`] | minimisation in a box or without bounds | Nocedal and Wright 2006, algorithm 7.4; Bertsekas 1982 |
//! | [`Cholesky`] | `A = L L^T` that grows and shrinks by rows, with solves | Gill, Golub, Murray and Saunders 1974 |
//! | [`normal`] | standard normal draws, distribution function and tails | Box and Muller 1958; Laplace's continued fraction |
//! | [`sums`] | sums and products over slices, in vector lanes or in order | |
//! | [`exp`] | `exp(x)` for `x <= 0` that the compiler can vectorise | |
//! | [`vectorised!`] | one function compiled for plain, AVX2 and AVX-512 hardware | |
//!
//! All of it is deterministic: the same input gives the same bits whatever the machine's vector width.
//!
//! ```
//! use numerics::Cholesky;
//! use numerics::lbfgs::{self, Joint, Options};
//!
//! // the minimum of 1/2 x.A x - b.x is the solution of A x = b
//! let (a, b) = ([4.0, 2.0, 2.0, 3.0], [1.0, 2.0]);
//! let mut solution = b;
//! Cholesky::new(&a, 2)?.solve(&mut solution);
//! let quadratic = |x: &[f64], gradient: &mut [f64]| {
//!     let ax = [a[0] * x[0] + a[1] * x[1], a[2] * x[0] + a[3] * x[1]];
//!     (0..2).for_each(|i| gradient[i] = ax[i] - b[i]);
//!     (0..2).map(|i| x[i] * (0.5 * ax[i] - b[i])).sum()
//! };
//! let found = lbfgs::minimise_unbounded(&mut Joint::new(quadratic), vec![0.0; 2], Options::DEFAULT);
//! assert!((0..2).all(|i| (found.x[i] - solution[i]).abs() < 1e-4));
//! # Ok::<(), numerics::CholeskyError>(())
//! ```

mod cholesky;
pub mod exp;
pub mod lbfgs;
pub mod normal;
mod simd;
pub mod sums;

pub use cholesky::{CHUNK, Cholesky, CholeskyError, InOrder, Lanes, Rows, Summation, factorise_in_place};
#[doc(hidden)]
pub use pulp;
