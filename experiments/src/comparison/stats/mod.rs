//! Statistics for methods compared on the same few seeds.
//!
//! | function | what | source |
//! | --- | --- | --- |
//! | [`signed_rank`] | paired two-sided test of equal location | Wilcoxon 1945 |
//! | [`holm`] | p-values corrected for several tests | Holm 1979 |
//! | [`critical_difference`] | smallest significant difference of mean ranks | Nemenyi 1963, Demsar 2006 |
//! | [`bootstrap_mean`] | percentile interval of a mean | Efron 1979 |
//!
//! ```
//! use experiments::comparison::stats::{holm, signed_rank};
//! let (a, b) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.5, 2.6, 3.7, 4.8, 5.9, 7.0]);
//! let test = signed_rank(&a, &b).unwrap();
//! assert_eq!(test.p_value, 2.0 / 64.0); // all six differences have the same sign
//! assert_eq!(holm(&[test.p_value, 0.5]), [4.0 / 64.0, 0.5]);
//! ```

mod bootstrap;
mod holm;
mod moments;
mod nemenyi;
mod ranks;
mod wilcoxon;

pub use bootstrap::{Interval, bootstrap_mean};
pub use holm::holm;
pub use moments::{mean, quantile, standard_error};
pub use nemenyi::critical_difference;
pub use ranks::{average_ranks, spearman};
pub use wilcoxon::{EXACT_UP_TO, SignedRank, signed_rank};
