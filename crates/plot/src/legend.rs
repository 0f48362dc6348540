use crate::font::text_width;
use crate::grid::Frame;
use crate::marks::marker;
use crate::style::{Colour, LABEL_SIZE, Marker, method_style};
use crate::svg::{Anchor, Fill, Stroke, Svg, Text};

const KEY_WIDTH: f64 = 30.0;
const KEY_GAP: f64 = 7.0;
const ENTRY_GAP: f64 = 24.0;
const ROW_HEIGHT: f64 = 22.0;

/// What stands before a legend's text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Key {
    /// A line, with a marker on it or not.
    Line(Stroke<'static>, Option<Marker>),
    /// A patch.
    Patch(Colour),
}

/// A key and what it means.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Key.
    pub key: Key,
    /// Text.
    pub text: String,
}

impl Entry {
    /// The entry of a method.
    pub fn method(name: &str) -> Self {
        let style = method_style(name);
        let stroke = Stroke { colour: style.colour, width: style.width, dash: style.dash };
        Self { key: Key::Line(stroke, Some(style.marker)), text: style.label.to_owned() }
    }

    fn width(&self) -> f64 {
        KEY_WIDTH + KEY_GAP + text_width(&self.text, LABEL_SIZE)
    }
}

/// Entries side by side, in as many centred rows as the width asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Legend {
    rows: Vec<Vec<Entry>>,
    width: f64,
}

impl Legend {
    /// Lays the entries out; an entry wider than `width` has a row of its own.
    pub fn new(entries: Vec<Entry>, width: f64) -> Self {
        let fits = |per_row: &usize| entries.chunks(*per_row).all(|row| row_width(row) <= width);
        let per_row = (1..=entries.len()).rev().find(fits).unwrap_or(1);
        // As many rows as that takes, but evenly filled.
        let rows = entries.len().div_ceil(per_row).max(1);
        let per_row = entries.len().div_ceil(rows).max(1);
        Self { rows: entries.chunks(per_row).map(<[Entry]>::to_vec).collect(), width }
    }

    /// Its height.
    pub fn height(&self) -> f64 {
        self.rows.len() as f64 * ROW_HEIGHT
    }

    /// Draws it with its left top corner there.
    pub fn draw(&self, svg: &mut Svg, (left, top): (f64, f64)) {
        for (i, row) in self.rows.iter().enumerate() {
            let middle = top + (i as f64 + 0.5) * ROW_HEIGHT;
            let mut x = left + (self.width - row_width(row)) / 2.0;
            for entry in row {
                match entry.key {
                    Key::Line(stroke, shape) => {
                        svg.polyline(&[(x, middle), (x + KEY_WIDTH, middle)], stroke);
                        if let Some(shape) = shape {
                            marker(svg, (x + KEY_WIDTH / 2.0, middle), shape, 3.6, stroke.colour);
                        }
                    }
                    Key::Patch(colour) => {
                        let patch = Frame { x: x + 4.0, y: middle - 6.0, width: KEY_WIDTH - 8.0, height: 12.0 };
                        svg.rectangle(patch, Fill { colour, opacity: 1.0 });
                    }
                }
                let baseline = (x + KEY_WIDTH + KEY_GAP, middle + LABEL_SIZE * 0.35);
                svg.text(baseline, &entry.text, Text::new(LABEL_SIZE, Anchor::Start));
                x += entry.width() + ENTRY_GAP;
            }
        }
    }
}

fn row_width(row: &[Entry]) -> f64 {
    row.iter().map(Entry::width).sum::<f64>() + row.len().saturating_sub(1) as f64 * ENTRY_GAP
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(n: usize) -> Vec<Entry> {
        (0..n).map(|_| Entry::method("jobs")).collect()
    }

    #[test]
    fn rows_fit_and_are_even() {
        let one = row_width(&entries(1));
        let rows = |n: usize, width: f64| Legend::new(entries(n), width).rows.iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(rows(6, 100.0 * one), [6]);
        assert_eq!(rows(8, 7.5 * (one + ENTRY_GAP)), [4, 4]);
        assert_eq!(rows(3, one / 2.0), [1, 1, 1]);
        assert_eq!(rows(0, one), [0; 0]);
    }

    #[test]
    fn it_names_the_method() {
        let mut svg = Svg::new(200.0, 30.0);
        let legend = Legend::new(entries(1), 200.0);
        legend.draw(&mut svg, (0.0, 0.0));
        assert!(svg.document("").contains(">JoBS (ours)</text>"));
        assert_eq!(legend.height(), ROW_HEIGHT);
    }
}
