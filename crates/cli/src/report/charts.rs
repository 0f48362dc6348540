//! Charts of measured values.

use plot::style::{Colour, INK, LABEL_SIZE, Marker, NOTE, TICK_SIZE};
use plot::{Anchor, Axis, Fill, Frame, Panel, Stroke, Svg, Text, marks};

use super::view::{Shown, View, range};

/// Full runs.
pub(super) const FULL: Colour = Colour(0, 114, 178);
/// Early runs.
pub(super) const EARLY: Colour = Colour(150, 150, 156);
/// The best run.
pub(super) const BEST: Colour = Colour(213, 94, 0);

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
    for &(spent, value, _) in view.finished.iter().filter(|(_, _, run)| view.is_feasible(*run)) {
        let better = |so_far: f64| if view.maximise() { value.max(so_far) } else { value.min(so_far) };
        let value = best.last().map_or(value, |b| better(b.1));
        best.push((spent, value));
    }
    best.extend(best.last().map(|b| (view.study.history().spent().as_f64(), b.1)));
    svg.clipped(around(panel.frame), |svg| {
        marks::line(svg, &panel, &marks::stairs(&best), Stroke::solid(BEST, 2.2));
        let (metric, digits) = (view.loaded.metric(), view.digits());
        for &(spent, value, run) in &view.finished {
            let words = format!("run {run}, {metric} {}, after {spent} steps", digits.write(value));
            svg.hover(&words, |svg| marks::scatter(svg, &panel, &[(spent, value)], Marker::Circle, 3.4, FULL));
        }
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
        let (metric, digits) = (view.loaded.metric(), view.all_digits());
        let curve = |svg: &mut Svg, r: &Shown<'_>, stroke| {
            svg.hover(&r.hover(metric, digits), |svg| marks::line(svg, &panel, &r.curve, stroke));
        };
        for (full, colour, width) in [(false, EARLY, 0.8), (true, FULL, 1.1)] {
            for r in view.runs.iter().filter(|r| r.value.is_some() == full && !is_best(r.record.id)) {
                curve(svg, r, Stroke::solid(colour, width));
            }
        }
        view.runs.iter().filter(|r| is_best(r.record.id)).for_each(|r| curve(svg, r, Stroke::solid(BEST, 2.4)));
    });
    finish(&mut svg, &panel, "step of the run (dashed: end of early runs)", view.loaded.metric());
    svg
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
        svg.text(at, &percent(*share), Text::new(TICK_SIZE, Anchor::Start).colour(INK));
    }
    svg
}

/// A share in percent. A small one is not shown as none.
fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.005 { "< 1 %".to_owned() } else { format!("{:.0} %", 100.0 * share) }
}
