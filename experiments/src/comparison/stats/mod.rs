//! Statistics of small samples: what the tables and figures say about methods compared on the same seeds.

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
