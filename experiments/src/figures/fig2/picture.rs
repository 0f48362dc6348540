//! The picture.

use super::rows::{Landscape, Slice};
use plot::style::{INK, LABEL_SIZE, PAPER, TITLE_SIZE, task_label};
use plot::{Anchor, Axis, Fill, Frame, Panel, PanelGrid, Scale, Stroke, Svg, Text, Tick, marks};

pub(super) fn picture(landscapes: &[Landscape], slices: &[Slice]) -> Svg {
    let columns = landscapes.len().clamp(1, 3);
    let grid = PanelGrid {
        rows: landscapes.len().div_ceil(columns),
        columns,
        panel: (280.0, 200.0),
        gap: (76.0, 62.0),
        sides: (70.0, 20.0),
        ends: (40.0, 62.0),
    };
    let (width, height) = grid.page();
    let mut svg = Svg::new(width, height);
    for (i, (landscape, slice)) in landscapes.iter().zip(slices).enumerate() {
        draw(&mut svg, grid.frame(i / columns, i % columns), landscape, slice);
    }
    let note = "dark: low loss; line: the best share at each setting";
    svg.text((width / 2.0, height - 10.0), note, Text::new(TITLE_SIZE - 1.0, Anchor::Middle));
    svg
}

/// One panel: the slice as colours, recorded runs as dots and the best shares as a line.
fn draw(svg: &mut Svg, frame: Frame, landscape: &Landscape, slice: &Slice) {
    let panel = Panel { frame, x: Axis::linear(0.0, 1.0, 4), y: number_axis(slice) };
    let range = colour_range(slice);
    marks::heatmap(svg, &panel, &slice.cells, range);
    for (point, loss) in &landscape.runs {
        let (Some(share), Some(rank)) = (slice.axes.share(point), slice.axes.rank(point)) else { continue };
        let at = panel.at((share, rank));
        let colour = marks::heat((loss - range.0) / (range.1 - range.0));
        svg.disc(at, 3.4, Fill { colour, opacity: 1.0 }, Some(Stroke::solid(PAPER, 1.0)));
    }
    marks::line(svg, &panel, &slice.best, Stroke::solid(PAPER, 4.0));
    marks::line(svg, &panel, &slice.best, Stroke::solid(INK, 2.0));
    panel.axes(svg);
    panel.title(svg, task_label(&landscape.task));
    let middle = frame.x + frame.width / 2.0;
    let below = frame.bottom() + Panel::room_below() + LABEL_SIZE;
    let label = format!("share of {} (one for all costs {:.3})", slice.axes.domain, slice.cost);
    svg.text((middle, below), &label, Text::new(LABEL_SIZE - 2.5, Anchor::Middle));
    let beside = (frame.x - 40.0, frame.y + frame.height / 2.0);
    svg.text(beside, &slice.axes.number, Text::new(LABEL_SIZE - 1.0, Anchor::Middle).upwards());
}

/// The number of the model, with ticks at powers of two.
fn number_axis(slice: &Slice) -> Axis {
    let (low, high) = (slice.axes.low, slice.axes.high);
    let ticks = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];
    let ticks = ticks.into_iter().filter(|t| (low..=high).contains(t));
    let ticks = ticks.map(|value| Tick { value, label: format!("{value}") }).collect();
    Axis { scale: Scale::Log, low, high, ticks }
}

/// From the lowest loss, which is darkest so that the good region stands out, to the 90th percentile.
fn colour_range(slice: &Slice) -> (f64, f64) {
    let mut all: Vec<f64> = slice.cells.iter().flatten().copied().filter(|v| v.is_finite()).collect();
    all.sort_by(f64::total_cmp);
    match (all.first(), all.get(all.len() * 9 / 10)) {
        (Some(&low), Some(&high)) if high > low => (low, high),
        _ => (0.0, 1.0),
    }
}
