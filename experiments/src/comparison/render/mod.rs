//! The figures of this crate, drawn with the crate `plot`, whose parts are re-exported here.

pub(crate) mod curves;
mod pictured;
mod ranks;
mod regret;
mod win_tie_loss;

pub use curves::{MeanPoint, mean_curve};
pub use pictured::pictured;
pub use ranks::{ranks, ranks_picture};
pub use regret::{Fig5Meta, Fig5Y, fig5, fig5_picture, fig5_regret};
pub use win_tie_loss::{win_tie_loss, win_tie_loss_picture};
