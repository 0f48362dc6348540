//! Ways to draw data in a panel. Clip to the panel's frame ([`Svg::clipped`]) where data may lie outside.

use crate::grid::Frame;
use crate::panel::Panel;
use crate::style::{Colour, Marker, PAPER};
use crate::svg::{Anchor, Fill, Stroke, Svg, Text};

/// A line through points (x, y).
pub fn line(svg: &mut Svg, panel: &Panel, points: &[(f64, f64)], stroke: Stroke<'_>) {
    let points: Vec<_> = points.iter().map(|p| panel.at(*p)).collect();
    svg.polyline(&points, stroke);
}

/// The area between two lines given as (x, low, high).
pub fn band(svg: &mut Svg, panel: &Panel, points: &[(f64, f64, f64)], fill: Fill) {
    let low = points.iter().map(|(x, low, _)| panel.at((*x, *low)));
    let high = points.iter().rev().map(|(x, _, high)| panel.at((*x, *high)));
    svg.polygon(&low.chain(high).collect::<Vec<_>>(), fill, None);
}

/// A point of a step function holds until the next one: puts in the corners.
pub fn stairs<T: Copy>(points: &[(f64, T)]) -> Vec<(f64, T)> {
    let mut corners = Vec::with_capacity(2 * points.len());
    for pair in points.windows(2) {
        corners.extend([pair[0], (pair[1].0, pair[0].1)]);
    }
    corners.extend(points.last());
    corners
}

/// A horizontal line across the panel.
pub fn level(svg: &mut Svg, panel: &Panel, y: f64, stroke: Stroke<'_>) {
    line(svg, panel, &[(panel.x.low, y), (panel.x.high, y)], stroke);
}

/// A vertical line across the panel.
pub fn upright(svg: &mut Svg, panel: &Panel, x: f64, stroke: Stroke<'_>) {
    line(svg, panel, &[(x, panel.y.low), (x, panel.y.high)], stroke);
}

/// Shades a range of x.
pub fn shade(svg: &mut Svg, panel: &Panel, (from, to): (f64, f64), fill: Fill) {
    let within = |x: f64| panel.x.place(x).clamp(0.0, 1.0) * panel.frame.width;
    let (from, to) = (within(from), within(to));
    svg.rectangle(Frame { x: panel.frame.x + from, width: to - from, ..panel.frame }, fill);
}

/// A marker at each point, with a rim in the page's colour so that it stands out from lines.
pub fn scatter(svg: &mut Svg, panel: &Panel, points: &[(f64, f64)], shape: Marker, size: f64, colour: Colour) {
    for point in points {
        marker(svg, panel.at(*point), shape, size, colour);
    }
}

/// A marker on the page; `size` is the radius of the disc of like weight.
pub fn marker(svg: &mut Svg, (x, y): (f64, f64), shape: Marker, size: f64, colour: Colour) {
    let (fill, rim) = (Fill { colour, opacity: 1.0 }, Some(Stroke::solid(PAPER, 0.7)));
    let around = |corners: &[(f64, f64)]| corners.iter().map(|(u, v)| (x + u * size, y + v * size)).collect::<Vec<_>>();
    let polygon = |svg: &mut Svg, corners: &[(f64, f64)]| svg.polygon(&around(corners), fill, rim);
    let strokes = |svg: &mut Svg, ends: [[(f64, f64); 2]; 2]| {
        for ink in [Stroke::solid(PAPER, 3.0), Stroke::solid(colour, 1.7)] {
            ends.iter().for_each(|ends| svg.polyline(&around(ends), ink));
        }
    };
    match shape {
        Marker::Circle => svg.disc((x, y), size, fill, rim),
        Marker::Square => polygon(svg, &[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]),
        Marker::Diamond => polygon(svg, &[(0.0, -1.3), (1.1, 0.0), (0.0, 1.3), (-1.1, 0.0)]),
        Marker::Up => polygon(svg, &[(0.0, -1.2), (1.15, 0.85), (-1.15, 0.85)]),
        Marker::Down => polygon(svg, &[(0.0, 1.2), (1.15, -0.85), (-1.15, -0.85)]),
        Marker::Cross => strokes(svg, [[(-0.9, -0.9), (0.9, 0.9)], [(-0.9, 0.9), (0.9, -0.9)]]),
        Marker::Plus => strokes(svg, [[(-1.15, 0.0), (1.15, 0.0)], [(0.0, -1.15), (0.0, 1.15)]]),
    }
}

/// A bar of a slot's share `width` (0 to 1) around `x`, from the axis's foot (or from 0, if that is on the axis) to `y`, with a
/// whisker of `error` up and down if there is one.
pub fn bar(svg: &mut Svg, panel: &Panel, (x, y): (f64, f64), width: f64, error: Option<f64>, colour: Colour) {
    let foot = if panel.y.low < 0.0 && panel.y.high > 0.0 { 0.0 } else { panel.y.low };
    let ((left, end), (right, start)) = (panel.at((x - width / 2.0, y)), panel.at((x + width / 2.0, foot)));
    let frame = Frame { x: left, y: end.min(start), width: right - left, height: (end - start).abs() };
    svg.rectangle(frame, Fill { colour, opacity: 1.0 });
    if let Some(error) = error {
        let ends = [(x, y - error), (x, y + error)];
        line(svg, panel, &ends, Stroke::solid(crate::style::INK, 1.1));
        for (middle, end) in ends.map(|p| panel.at(p)) {
            svg.polyline(&[(middle - 3.0, end), (middle + 3.0, end)], Stroke::solid(crate::style::INK, 1.1));
        }
    }
}

/// Cells of equal size over the whole panel: `rows[0]` lowest, values from `low` to `high` coloured by [`heat`]. What is not a
/// number stays empty.
pub fn heatmap(svg: &mut Svg, panel: &Panel, rows: &[Vec<f64>], (low, high): (f64, f64)) {
    let height = panel.frame.height / rows.len().max(1) as f64;
    for (i, row) in rows.iter().enumerate() {
        let width = panel.frame.width / row.len().max(1) as f64;
        for (j, value) in row.iter().enumerate().filter(|(_, v)| !v.is_nan()) {
            let (x, y) = (panel.frame.x + j as f64 * width, panel.frame.bottom() - (i + 1) as f64 * height);
            // A little overlap hides the seams that antialiasing leaves between cells.
            let cell = Frame { x, y: y - 0.25, width: width + 0.25, height: height + 0.25 };
            svg.rectangle(cell, Fill { colour: heat((value - low) / (high - low)), opacity: 1.0 });
        }
    }
}

/// From 0, dark blue, to 1, pale yellow: even in lightness, so it reads in grey too.
pub fn heat(share: f64) -> Colour {
    const STOPS: [[f64; 3]; 5] =
        [[26.0, 35.0, 90.0], [31.0, 98.0, 141.0], [53.0, 155.0, 142.0], [146.0, 203.0, 124.0], [250.0, 240.0, 170.0]];
    let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) } * (STOPS.len() - 1) as f64;
    let below = (share.floor() as usize).min(STOPS.len() - 2);
    let [r, g, b] =
        [0, 1, 2].map(|c| STOPS[below][c] + (share - below as f64) * (STOPS[below + 1][c] - STOPS[below][c]));
    Colour(r.round() as u8, g.round() as u8, b.round() as u8)
}

/// A small note at a datum.
pub fn note(svg: &mut Svg, panel: &Panel, at: (f64, f64), text: &str, anchor: Anchor) {
    svg.text(panel.at(at), text, Text::new(crate::style::TICK_SIZE - 1.0, anchor).colour(crate::style::NOTE).halo());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Axis;

    fn panel() -> Panel {
        let frame = Frame { x: 30.0, y: 10.0, width: 100.0, height: 100.0 };
        Panel { frame, x: Axis::names(&["a", "b"]), y: Axis::linear(0.0, 1.0, 4) }
    }

    #[test]
    fn stairs_hold_until_the_next_point() {
        assert_eq!(stairs(&[(0.0, 3), (1.0, 2), (4.0, 1)]), [(0.0, 3), (1.0, 3), (1.0, 2), (4.0, 2), (4.0, 1)]);
        assert_eq!(stairs::<i32>(&[]), []);
        assert_eq!(stairs(&[(1.0, 1)]), [(1.0, 1)]);
    }

    #[test]
    fn shades_stay_in_the_panel() {
        let mut svg = Svg::new(200.0, 200.0);
        shade(&mut svg, &panel(), (-9.0, 0.5), Fill { colour: PAPER, opacity: 0.5 });
        assert!(svg.document("").contains("<rect x=\"30\" y=\"10\" width=\"50\" height=\"100\""));
    }

    #[test]
    fn heat_grows_lighter() {
        let light = |share: f64| {
            let Colour(r, g, b) = heat(share);
            0.2126 * f64::from(r) + 0.7152 * f64::from(g) + 0.0722 * f64::from(b)
        };
        assert!((1..=20).all(|i| light(f64::from(i) / 20.0) > light(f64::from(i - 1) / 20.0)));
        assert_eq!((heat(-1.0), heat(f64::NAN), heat(2.0)), (heat(0.0), heat(0.0), heat(1.0)));
    }

    #[test]
    fn every_mark_is_well_formed() {
        let mut svg = Svg::new(200.0, 140.0);
        let panel = panel();
        heatmap(&mut svg, &panel, &[vec![0.0, 1.0], vec![0.5, f64::NAN]], (0.0, 1.0));
        bar(&mut svg, &panel, (0.0, 0.5), 0.8, Some(0.1), Colour(0, 0, 0));
        band(&mut svg, &panel, &[(0.0, 0.1, 0.4), (1.0, 0.2, 0.3)], Fill { colour: PAPER, opacity: 0.5 });
        upright(&mut svg, &panel, 0.5, Stroke::solid(PAPER, 1.0));
        note(&mut svg, &panel, (0.5, 0.5), "note", Anchor::Start);
        let shapes =
            [Marker::Circle, Marker::Square, Marker::Diamond, Marker::Up, Marker::Down, Marker::Cross, Marker::Plus];
        for shape in shapes {
            scatter(&mut svg, &panel, &[(0.0, 0.0), (f64::NAN, 1.0)], shape, 3.0, Colour(9, 9, 9));
        }
        assert!(roxmltree::Document::parse(&svg.document("all marks")).is_ok());
    }
}
