use crate::axis::Axis;
use crate::font::text_width;
use crate::grid::Frame;
use crate::style::{GRID, INK, TICK_SIZE, TITLE_SIZE};
use crate::svg::{Anchor, Stroke, Svg, Text};

/// Room between an axis and its tick labels.
const TICK_GAP: f64 = 5.0;

/// A frame with two axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// Where it lies.
    pub frame: Frame,
    /// From left to right.
    pub x: Axis,
    /// From bottom to top.
    pub y: Axis,
}

impl Panel {
    /// The place of a datum on the page.
    pub fn at(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let (u, v) = (self.x.place(x), self.y.place(y));
        (self.frame.x + u * self.frame.width, self.frame.bottom() - v * self.frame.height)
    }

    /// Faint lines at the ticks of y: draw before the data.
    pub fn grid(&self, svg: &mut Svg) {
        for tick in &self.y.ticks {
            let (_, y) = self.at((self.x.low, tick.value));
            svg.polyline(&[(self.frame.x, y), (self.frame.right(), y)], Stroke::solid(GRID, 0.8));
        }
    }

    /// Axes, ticks and their labels: draw after the data. Labels of x that would touch the one before are left out.
    pub fn axes(&self, svg: &mut Svg) {
        let (frame, line) = (self.frame, Stroke::solid(INK, 0.9));
        let corner = (frame.x, frame.bottom());
        svg.polyline(&[(frame.x, frame.y), corner, (frame.right(), frame.bottom())], line);
        for tick in &self.y.ticks {
            let (_, y) = self.at((self.x.low, tick.value));
            svg.polyline(&[(frame.x - 3.0, y), (frame.x, y)], line);
            let place = (frame.x - TICK_GAP - 1.0, y + TICK_SIZE * 0.35);
            svg.text(place, &tick.label, Text::new(TICK_SIZE, Anchor::End));
        }
        let mut taken = f64::NEG_INFINITY;
        for tick in &self.x.ticks {
            let (x, _) = self.at((tick.value, self.y.low));
            svg.polyline(&[(x, frame.bottom()), (x, frame.bottom() + 3.0)], line);
            let half = text_width(&tick.label, TICK_SIZE) / 2.0;
            if x - half > taken + 3.0 {
                let place = (x, frame.bottom() + TICK_GAP + TICK_SIZE);
                svg.text(place, &tick.label, Text::new(TICK_SIZE, Anchor::Middle));
                taken = x + half;
            }
        }
    }

    /// A title above the frame.
    pub fn title(&self, svg: &mut Svg, title: &str) {
        let place = (self.frame.x + self.frame.width / 2.0, self.frame.y - 9.0);
        svg.text(place, title, Text::new(TITLE_SIZE, Anchor::Middle).bold());
    }

    /// Room left of a frame that the tick labels of `y` need.
    pub fn room_left(y: &Axis) -> f64 {
        y.ticks.iter().map(|t| text_width(&t.label, TICK_SIZE)).fold(0.0, f64::max) + TICK_GAP + 3.0
    }

    /// Room below a frame that the tick labels of x need.
    pub fn room_below() -> f64 {
        TICK_GAP + TICK_SIZE * 1.3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panel() -> Panel {
        let frame = Frame { x: 50.0, y: 20.0, width: 100.0, height: 80.0 };
        Panel { frame, x: Axis::steps(1000.0, 4), y: Axis::linear(0.0, 2.0, 4) }
    }

    #[test]
    fn data_lands_in_the_frame_upside_up() {
        let panel = panel();
        assert_eq!(panel.at((0.0, 0.0)), (50.0, 100.0));
        assert_eq!(panel.at((1000.0, 2.0)), (150.0, 20.0));
        assert_eq!(panel.at((500.0, 0.5)), (100.0, 80.0));
    }

    #[test]
    fn crowded_labels_are_left_out() {
        let mut narrow = panel();
        narrow.frame.width = 30.0;
        let drawn = |panel: &Panel| {
            let mut svg = Svg::new(200.0, 120.0);
            panel.axes(&mut svg);
            svg.document("").matches("<text").count()
        };
        assert_eq!(drawn(&panel()), 10);
        assert!(drawn(&narrow) < 9);
    }
}
