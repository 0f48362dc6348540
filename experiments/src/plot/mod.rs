//! The figures of this crate, drawn with the crate `plot`, whose parts are re-exported here.

mod curves;
mod fig5;
mod pictured;
mod ranks;
mod standing;

pub use curves::{MeanPoint, mean_curve};
pub use fig5::{Fig5Meta, Fig5Row, Fig5Y, fig5, fig5_picture, fig5_regret};
pub use pictured::pictured;
pub use plot::*;
pub use ranks::{ranks, ranks_picture};
pub use standing::{standing, standing_picture};
