//! Figures in the manner of papers: small multiples, one colour per method everywhere, one drawing for SVG and PNG.
//!
//! A figure is made of these parts, outermost first: [`PanelGrid`] says where panels lie, [`Panel`] maps data to the page and draws
//! axes, [`marks`] draw data in a panel, [`Legend`] names them, [`Svg`] gathers it all, and [`save`] writes both files. Lengths are
//! in CSS pixels, y downwards on the page and upwards in a panel.

mod axis;
mod curves;
mod fig5;
mod font;
mod grid;
mod legend;
pub mod marks;
mod panel;
mod save;
pub mod style;
mod svg;

pub use axis::{Axis, Scale, Tick, step_label};
pub use curves::{MeanPoint, mean_curve};
pub use fig5::{Fig5Meta, Fig5Row, Fig5Y, fig5, fig5_picture, fig5_regret};
pub use font::text_width;
pub use grid::{Frame, PanelGrid};
pub use legend::{Entry, Key, Legend};
pub use panel::Panel;
pub use save::{PNG_SCALE, png, save};
pub use svg::{Anchor, Fill, Stroke, Svg, Text, Weight};
