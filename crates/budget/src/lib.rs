//! # budget: how many full runs a step budget is worth
//!
//! Of C optimiser steps, N full runs of B steps train a predictor and V full runs are kept for verification. The rest buys
//! `T(N) = floor((C - (N + V) B) / B_small)` early runs, which are searched. More full runs make a better predictor and a
//! shorter search. This crate bounds the cost of each and returns the N where the bound is least.
//!
//! ## The model
//! The objective f has norm at most B in the RKHS of a kernel with `k(x, x) <= 1`; each early run observes it with
//! independent `R(N)`-sub-Gaussian noise, the training noise R0 and the predictor's error e(N) together:
//!
//! | formula | here | source |
//! | --- | --- | --- |
//! | `beta_t^{1/2} = B + R sqrt(2 (gamma_{t-1} + 1 + ln(1/delta)))` | [`confidence_width`] | Lemma 3.1 of the paper; Chowdhury & Gopalan 2017, Thm 2 |
//! | `R_T <= 4 beta_T^{1/2} sqrt((T + 2) gamma_T)`, `lambda = 1 + 2/T` | [`cumulative_regret_bound`], [`average_regret_bound`] | the same, Thm 3 and Lemma 4 |
//! | `gamma = max 1/2 log det(I + lambda^{-1} K)` | [`information_gain`], [`GainCurve`] (greedy, within 1 - 1/e) | Srinivas et al. 2012; Krause & Guestrin 2005 |
//! | `gamma_T = O(ln^{d+1} T)`; `O(T^{d/(2 nu + d)} ln^{2 nu/(2 nu + d)} T)` | [`rbf_rate`]; [`matern_rate`] | Srinivas et al. 2012; Vakili et al. 2021 |
//! | `e(N) = a + k N^{-p}`, `R(N)^2 = R0^2 + e(N)^2` | [`ErrorLaw`], fitted by [`ErrorFit`], [`ErrorPrior`] | the paper has a = 0, p = 1/2 |
//! | `R_T <= 4 (beta_T^{1/2} + e sqrt(T)) sqrt((T + 2) gamma_T) + 2 e T` | [`misspecified_cumulative_regret_bound`] | Bogunovic & Krause 2021 |
//! | `N* = argmin_N R_T(N) / T(N)` | [`RegretBound`], and [`Estimated`] with pilot constants | the paper, section 3 |
//! | continue with full runs while a larger N has a smaller bound | [`OnlineRule`] | ours |
//! | everything for one budget, as text and data | [`Plan`] | ours |
//!
//! Kernel and gain have no units. f, B, R, e and every bound are in units of the objective (for a loss, nats per token).
//! [`TheoryError`] says which number is outside its range, and which range that is.
//!
//! ```
//! use budget::RegretBound;
//! use jobs_core::{Allocator, Budget, Steps};
//!
//! let budget = Budget { total: Steps(31_250), full: Steps(625), early: Steps(100) };
//! let allocator = RegretBound::default(); // constants of the recorded Llama-3-8B runs
//! let split = allocator.allocate(&budget).unwrap();
//! assert_eq!((split.full_runs, split.early_runs, split.verification_runs), (17, 200, 1));
//!
//! let curve = allocator.curve(&budget).unwrap();
//! let best = allocator.optimum(&budget).unwrap();
//! let flat: Vec<u64> = curve.iter().filter(|p| p.bound < 1.02 * best.bound).map(|p| p.full_runs).collect();
//! assert_eq!(flat, (10..=27).collect::<Vec<_>>(), "within 2 % of the best");
//! ```
//!
//! ## How the optimum moves
//! Write `G(R, T)` for the logarithm of the average-regret bound.
//! - The bound always rises with B, R0, a, k and 1/delta. It falls with T, and so the best bound falls with C, where
//!   `T gamma'/gamma <= 1/2`: for Matern kernels that is nu > d/2, for large T. With a faster gain the reverse is possible: the
//!   paper's bound then does not vanish with more rounds.
//! - **N\* always rises with k**: `|d ln(B + R q)/dN|` rises with k for any q that does not fall with T.
//! - **N\* rises with C** where G is convex in T at every R(N): a larger T(N) then makes rounds cheaper to give up. With
//!   gamma ~ T^alpha this holds for alpha <= 1/2, and beyond that while the noise term is a small part of the width.
//! - **N\* falls as B/B_small grows at fixed C/B_small** (full runs become more expensive) where G falls and is convex in T. At
//!   fixed C and B a smaller B_small need not lower N\*: it multiplies T(N) by the same factor for every N, and a bound that
//!   is a power of T keeps its minimum.
//!
//! ## Assumptions and their limits
//! - **The bound is far above any observed regret** (5.6 nats per token where losses differ by 0.3). Only the position of its
//!   minimum is used. Constants that scale B and R alike cancel; N\* depends on their ratio.
//! - **A predictor's error is not noise.** At a given x it is the same each time, so averaging does not remove it.
//!   [`ErrorRole::Misspecification`] treats it as such and needs more full runs (29 in place of 17 above). That role takes the
//!   root-mean-square error for the largest error, and includes no training noise in it.
//! - **k/sqrt(N) without a floor** does not fit the recorded runs. The default is a + k/sqrt(N) with a = 0.036, k = 0.231, the
//!   values of an earlier predictor ([`ErrorLaw::RECORDED`]). The floor hardly moves N\*, but no budget removes that error.
//! - **gamma is a greedy lower bound** on sampled points (divided by 1 - 1/e it is an upper bound), with the kernel's
//!   hyper-parameters taken as known. B is a lower estimate from few runs.
//! - **The paper's minimum is low** on emulated tasks, and N chosen during the search by [`OnlineRule`] inherits that
//!   (`results/fig1`).
//! - The N full runs are not credited as observations of the search. Promotions of early runs are not charged. All early runs
//!   are assumed to be predicted equally well.

mod argmin;
mod bound;
mod error;
mod error_fit;
mod error_law;
mod error_point;
mod error_prior;
mod estimate;
mod estimated;
mod fixed;
mod gain;
mod gain_curve;
mod least_squares;
mod online;
mod pilot;
mod plan;
mod regret;
mod regret_bound;
mod sensitivity;
mod split;
mod width;

pub use argmin::EXACT_LIMIT;
pub use bound::{BoundModel, ErrorRole};
pub use error::TheoryError;
pub use error_fit::{ErrorFit, ErrorForm};
pub use error_law::ErrorLaw;
pub use error_point::ErrorPoint;
pub use error_prior::ErrorPrior;
pub use estimate::{Estimate, Interval};
pub use estimated::{Certainty, Estimated, Pilot};
pub use fixed::FixedSplit;
pub use gain::{InformationGain, matern_rate, rbf_rate};
pub use gain_curve::{GREEDY_LIMIT, GainCurve, information_gain};
pub use online::{Decision, OnlineRule, Verdict};
pub use pilot::{noise_from_replicates, norm_from_pilot};
pub use plan::{Constants, Plan};
pub use regret::{
    average_regret_bound, cumulative_regret_bound, misspecified_average_regret_bound,
    misspecified_cumulative_regret_bound,
};
pub use regret_bound::{BoundPoint, CURVE_POINTS, RegretBound};
pub use sensitivity::Sensitivity;
pub use split::early_runs;
pub use width::{confidence_width, misspecified_width};
