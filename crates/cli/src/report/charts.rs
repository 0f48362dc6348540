//! Charts of measured values.

use plot::style::{Colour, INK, LABEL_SIZE, Marker, NOTE, TICK_SIZE};
use plot::{Anchor, Axis, Fill, Frame, Panel, Stroke, Svg, Text, marks, text_width};

use super::view::{View, range};

/// Full runs.
pub(super) const FULL: Colour = Colour(0, 114, 178);
/// Early runs.
pub(super) const EARLY: Colour = Colour(150, 150, 156);
/// The best run.
pub(super) const BEST: Colour = Colour(213, 94, 0);

/// Parts of a mixture: the palettes of Okabe & Ito and of Tol, ordered so that neighbours differ.
const PARTS: [Colour; 12] = [
    Colour(0, 114, 178),
    Colour(230, 159, 0),
    Colour(0, 158, 115),
    Colour(204, 121, 167),
    Colour(86, 180, 233),
    Colour(213, 94, 0),
    Colour(240, 228, 66),
    Colour(136, 34, 85),
    Colour(68, 170, 153),
    Colour(153, 153, 51),
    Colour(51, 34, 136),
    Colour(150, 150, 156),
];

/// An empty panel of the default size.
pub(super) fn panel(x: Axis, y: Axis) -> (Svg, Panel) {
    let left = 24.0 + Panel::room_left(&y);
    let frame = Frame { x: left, y: 12.0, width: 470.0 - left, height: 240.0 };
    (Svg::new(490.0, 300.0), Panel { frame, x, y })
}

/// The frame with room for markers at its edges.
fn around(frame: Frame) -> Frame {
    Frame { width: frame.width + 5.0, height: frame.height + 5.0, ..frame }
}

/// Draws the axes and their labels.
pub(super) fn finish(svg: &mut Svg, panel: &Panel, x: &str, y: &str) {
    panel.axes(svg);
    let frame = panel.frame;
    let below = (frame.x + frame.width / 2.0, frame.bottom() + Panel::room_below() + LABEL_SIZE);
    svg.text(below, x, Text::new(LABEL_SIZE, Anchor::Middle));
    svg.text((13.0, frame.y + frame.height / 2.0), y, Text::new(LABEL_SIZE, Anchor::Middle).upwards());
}

/// Values of full runs and the best so far, against budget used.
pub(super) fn progress(view: &View<'_>) -> Svg {
    let total = view.total().as_f64();
    let (low, high) = range(view.finished.iter().map(|t| t.1).collect(), 0.92, view.maximise());
    let (mut svg, panel) = panel(Axis::steps(total, 5), Axis::linear(low, high, 5));
    panel.grid(&mut svg);
    let mut best: Vec<(f64, f64)> = vec![];
    for &(spent, value, _) in &view.finished {
        let better = |so_far: f64| if view.maximise() { value.max(so_far) } else { value.min(so_far) };
        let value = best.last().map_or(value, |b| better(b.1));
        best.push((spent, value));
    }
    best.extend(best.last().map(|b| (view.study.history().spent().as_f64(), b.1)));
    svg.clipped(around(panel.frame), |svg| {
        let points: Vec<(f64, f64)> = view.finished.iter().map(|t| (t.0, t.1)).collect();
        marks::scatter(svg, &panel, &points, Marker::Circle, 3.4, FULL);
        marks::line(svg, &panel, &marks::stairs(&best), Stroke::solid(BEST, 2.2));
    });
    finish(&mut svg, &panel, "budget used (steps)", view.loaded.metric());
    svg
}

/// All curves.
pub(super) fn curves(view: &View<'_>) -> Svg {
    let late = |c: &[(f64, f64)]| c.iter().filter(|p| p.0 >= 0.5 * view.early()).map(|p| p.1).collect::<Vec<_>>();
    let values = view.runs.iter().flat_map(|r| late(&r.curve)).collect();
    let (low, high) = range(values, 0.95, view.maximise());
    let (mut svg, panel) = panel(Axis::steps(view.full(), 5), Axis::linear(low, high, 5));
    panel.grid(&mut svg);
    svg.clipped(panel.frame, |svg| {
        marks::upright(svg, &panel, view.early(), Stroke::dashed(NOTE, 1.0, &[3.0, 3.0]));
        let is_best = |id| id == view.best.run;
        for (full, colour, width) in [(false, EARLY, 0.8), (true, FULL, 1.1)] {
            for r in view.runs.iter().filter(|r| r.value.is_some() == full && !is_best(r.record.id)) {
                marks::line(svg, &panel, &r.curve, Stroke::solid(colour, width));
            }
        }
        let best = view.runs.iter().find(|r| is_best(r.record.id));
        marks::line(svg, &panel, best.map_or(&[], |r| &r.curve), Stroke::solid(BEST, 2.4));
    });
    finish(&mut svg, &panel, "step of the run (dashed: end of early runs)", view.loaded.metric());
    svg
}

/// The mixtures of the best full runs as bars, with a legend.
pub(super) fn mixtures(view: &View<'_>, dimension: &str, parts: &[String]) -> Svg {
    let (row, left, width) = (22.0, 128.0, 340.0);
    let (ranked, digits): (Vec<_>, _) = (view.ranked().into_iter().take(10).collect(), view.digits());
    let keys = keys(parts, 470.0);
    let height = ranked.len() as f64 * row + 14.0 + keys.last().map_or(0.0, |k| k.1) + 26.0;
    let mut svg = Svg::new(490.0, height);
    for (i, r) in ranked.iter().enumerate() {
        let (top, mut x) = (6.0 + i as f64 * row, left);
        let label = format!("run {}: {}", r.record.id, digits.write(r.value.unwrap_or(f64::NAN)));
        let style = Text::new(TICK_SIZE, Anchor::End);
        let style = if r.record.id == view.best.run { style.bold() } else { style };
        svg.text((left - 8.0, top + 13.0), &label, style);
        for (share, part) in r.record.point.shares(dimension).unwrap_or_default().iter().zip(0..) {
            let frame = Frame { x, y: top, width: share * width, height: row - 5.0 };
            svg.rectangle(frame, Fill { colour: part_colour(part), opacity: 1.0 });
            x += share * width;
        }
    }
    let top = ranked.len() as f64 * row + 20.0;
    for (part, (x, y)) in keys.iter().enumerate() {
        svg.rectangle(
            Frame { x: *x, y: top + y, width: 11.0, height: 11.0 },
            Fill { colour: part_colour(part), opacity: 1.0 },
        );
        svg.text((x + 16.0, top + y + 10.0), &parts[part], Text::new(TICK_SIZE, Anchor::Start));
    }
    svg
}

fn part_colour(part: usize) -> Colour {
    PARTS[part % PARTS.len()]
}

/// Positions of the legend entries, in rows.
fn keys(names: &[String], width: f64) -> Vec<(f64, f64)> {
    let (mut x, mut y, mut places) = (6.0, 0.0, vec![]);
    for name in names {
        let own = 34.0 + text_width(name, TICK_SIZE);
        if x + own > width && x > 6.0 {
            (x, y) = (6.0, y + 18.0);
        }
        places.push((x, y));
        x += own;
    }
    places
}

/// Horizontal bars, labelled in percent.
pub(super) fn bars(rows: &[(String, f64)]) -> Svg {
    let (row, left, width) = (21.0, 150.0, 270.0);
    let mut svg = Svg::new(490.0, rows.len() as f64 * row + 10.0);
    let most = rows.iter().map(|r| r.1).fold(1e-9, f64::max);
    for (i, (name, share)) in rows.iter().enumerate() {
        let top = 5.0 + i as f64 * row;
        svg.text((left - 8.0, top + 13.0), name, Text::new(TICK_SIZE, Anchor::End));
        svg.rectangle(
            Frame { x: left, y: top, width: share / most * width, height: row - 6.0 },
            Fill { colour: FULL, opacity: 1.0 },
        );
        let at = (left + share / most * width + 6.0, top + 13.0);
        svg.text(at, &format!("{:.0} %", 100.0 * share), Text::new(TICK_SIZE, Anchor::Start).colour(INK));
    }
    svg
}
