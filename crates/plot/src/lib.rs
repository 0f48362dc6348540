//! # plot: figures for papers
//!
//! Small multiples, one colour per method everywhere, one drawing for SVG and PNG. A figure is made of these parts, outermost first:
//! [`PanelGrid`] computes where the panels are, [`Panel`] maps data to the page and draws axes, [`marks`] draw data in a panel, [`Legend`] names
//! them, [`Svg`] collects the result, and [`save`] writes both files. Lengths are in CSS pixels, y downwards on the page and upwards in a panel.
//!
//! ```
//! use plot::style::INK;
//! use plot::{Axis, Frame, Panel, Stroke, Svg, marks};
//!
//! let frame = Frame { x: 60.0, y: 20.0, width: 300.0, height: 200.0 };
//! let panel = Panel { frame, x: Axis::steps(1000.0, 4), y: Axis::linear(0.0, 2.0, 4) };
//! let mut svg = Svg::new(380.0, 260.0);
//! panel.grid(&mut svg);
//! marks::line(&mut svg, &panel, &[(0.0, 2.0), (1000.0, 0.5)], Stroke::solid(INK, 1.5));
//! panel.axes(&mut svg);
//! assert!(svg.document("loss against steps").starts_with("<svg"));
//! ```

mod axis;
mod font;
mod grid;
mod legend;
pub mod marks;
mod panel;
mod save;
pub mod style;
mod svg;

pub use axis::{Axis, Scale, Tick, step_label};
pub use font::text_width;
pub use grid::{Frame, PanelGrid};
pub use legend::{Entry, Key, Legend};
pub use panel::Panel;
pub use save::save;
pub use svg::{Anchor, Fill, Stroke, Svg, Text, Weight};
