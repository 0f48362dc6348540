//! The picture.

use super::rows::{Row, SEEN};
use plot::style::{LABEL_SIZE, method_style};
use plot::{Anchor, Axis, Entry, Key, Legend, Panel, PanelGrid, Scale, Stroke, Svg, Text, Tick, marks};

/// Runs seen, doubling.
fn runs_axis(last: f64) -> Axis {
    let ticks = SEEN.map(|n| Tick { value: n as f64, label: n.to_string() });
    Axis {
        scale: Scale::Log,
        low: 22.0,
        high: last * 1.1,
        ticks: ticks.into_iter().filter(|t| t.value <= last).collect(),
    }
}

pub(super) fn picture(rows: &[Row]) -> Svg {
    let parts = [
        ("fit", "jobs", "fit of the hyper-parameters (when data have grown by a tenth)"),
        ("condition", "bo-logei", "one run more"),
        ("suggest", "mf-ucb", "a suggestion"),
    ];
    let grid = PanelGrid {
        rows: 1,
        columns: 1,
        panel: (520.0, 280.0),
        gap: (0.0, 0.0),
        sides: (84.0, 24.0),
        ends: (20.0, 118.0),
    };
    let (width, height) = grid.page();
    let mut svg = Svg::new(width, height);
    let of = |f: fn(f64, f64) -> f64, start: f64| rows.iter().map(|r| r.seconds).fold(start, f);
    let (low, high) = (of(f64::min, f64::INFINITY), of(f64::max, 1e-9));
    let last = rows.iter().map(|r| r.runs).max().unwrap_or(100) as f64;
    let panel = Panel { frame: grid.frame(0, 0), x: runs_axis(last), y: Axis::log(low / 1.5, high * 1.5) };
    panel.grid(&mut svg);
    let mut entries = vec![];
    for (part, like, text) in parts {
        let style = method_style(like);
        let points: Vec<(f64, f64)> =
            rows.iter().filter(|r| r.part == part).map(|r| (r.runs as f64, r.seconds)).collect();
        let stroke = Stroke::solid(style.colour, 2.0);
        marks::line(&mut svg, &panel, &points, stroke);
        marks::scatter(&mut svg, &panel, &points, style.marker, 4.0, style.colour);
        entries.push(Entry { key: Key::Line(stroke, Some(style.marker)), text: text.to_owned() });
    }
    panel.axes(&mut svg);
    let below = panel.frame.bottom() + Panel::room_below() + LABEL_SIZE + 3.0;
    let middle = panel.frame.x + panel.frame.width / 2.0;
    svg.text((middle, below), "runs seen", Text::new(LABEL_SIZE, Anchor::Middle));
    let beside = panel.frame.y + panel.frame.height / 2.0;
    svg.text((22.0, beside), "seconds, one thread", Text::new(LABEL_SIZE, Anchor::Middle).upwards());
    Legend::new(entries, width - 20.0).draw(&mut svg, (10.0, below + 10.0));
    svg
}
