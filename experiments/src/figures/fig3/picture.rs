//! The picture.

use super::rows::{HALF_WIDTH_90, Shown};
use crate::predictor_eval::material::Material;
use jobs_core::Steps;
use plot::style::{Colour, LABEL_SIZE, Marker, task_label};
use plot::{Anchor, Axis, Entry, Key, Legend, Panel, PanelGrid, Stroke, Svg, Text, marks};

const COLOURS: [Colour; 3] = [Colour(213, 94, 0), Colour(0, 114, 178), Colour(0, 158, 115)];

const COLUMNS: usize = 3;

pub(super) fn picture(panels: &[(&Material, Vec<Shown<'_>>)], early: Steps, n: usize) -> Svg {
    let y_axes: Vec<Axis> = panels.iter().map(|(_, shown)| y_axis(shown)).collect();
    let room = y_axes.iter().map(Panel::room_left).fold(24.0, f64::max);
    let mut grid = PanelGrid {
        rows: panels.len().div_ceil(COLUMNS).max(1),
        columns: panels.len().clamp(1, COLUMNS),
        panel: (280.0, 190.0),
        gap: (room + 16.0, Panel::room_below() + 36.0),
        sides: (room + 34.0, 24.0),
        ends: (34.0, Panel::room_below() + LABEL_SIZE + 22.0),
    };
    let ink = Colour(90, 90, 95);
    let entry = |width, dash: &'static [f64], marker, text: String| Entry {
        key: Key::Line(Stroke { colour: ink, width, dash }, marker),
        text,
    };
    let entries = vec![
        entry(2.4, &[], None, format!("seen: up to step {early}")),
        entry(1.1, &[3.0, 2.5], None, "not seen".into()),
        entry(1.6, &[], Some(Marker::Diamond), format!("predicted from {n} full runs, 90 % interval")),
        entry(0.0, &[], Some(Marker::Cross), "predicted by the published MLP".into()),
        entry(0.0, &[], Some(Marker::Circle), "truth".into()),
    ];
    let legend = Legend::new(entries, grid.page().0 - 20.0);
    grid.ends.1 += legend.height();
    let (width, height) = grid.page();
    let mut svg = Svg::new(width, height);
    for (i, ((m, shown), y)) in panels.iter().zip(y_axes).enumerate() {
        let panel =
            Panel { frame: grid.frame(i / COLUMNS, i % COLUMNS), x: Axis::steps(m.full_steps.as_f64() * 1.06, 4), y };
        panel.grid(&mut svg);
        for (s, colour) in shown.iter().zip(COLOURS) {
            draw_run(&mut svg, &panel, s, early, colour);
        }
        panel.axes(&mut svg);
        panel.title(&mut svg, task_label(&m.name));
        if i % COLUMNS == 0 {
            let place = (panel.frame.x - room - 12.0, panel.frame.y + panel.frame.height / 2.0);
            svg.text(place, "validation loss", Text::new(LABEL_SIZE, Anchor::Middle).upwards());
        }
    }
    let inner = grid.inner();
    let below = inner.bottom() + Panel::room_below() + LABEL_SIZE + 4.0;
    svg.text((inner.x + inner.width / 2.0, below), "training steps", Text::new(LABEL_SIZE, Anchor::Middle));
    legend.draw(&mut svg, (10.0, below + 10.0));
    svg
}

fn draw_run(svg: &mut Svg, panel: &Panel, s: &Shown<'_>, early: Steps, colour: Colour) {
    let points = |from: Steps, to: Steps| -> Vec<(f64, f64)> {
        s.run
            .curve
            .iter()
            .filter(|(step, _)| *step >= from && *step <= to)
            .map(|(step, v)| (step.as_f64(), v))
            .collect()
    };
    let last_seen = s.run.curve.up_to(early).last().map_or(early, |(step, _)| step);
    let end = s.run.curve.last().map_or(early, |(step, _)| step);
    svg.clipped(panel.frame, |svg| {
        marks::line(svg, panel, &points(last_seen, end), Stroke::dashed(colour, 1.1, &[3.0, 2.5]));
        marks::line(svg, panel, &points(Steps(0), last_seen), Stroke::solid(colour, 2.4));
        let x = end.as_f64() + 0.02 * panel.x.high;
        let half = HALF_WIDTH_90 * s.belief.sd();
        marks::line(svg, panel, &[(x, s.belief.mean - half), (x, s.belief.mean + half)], Stroke::solid(colour, 1.6));
        marks::scatter(svg, panel, &[(x, s.belief.mean)], Marker::Diamond, 4.2, colour);
        marks::scatter(svg, panel, &[(end.as_f64() - 0.02 * panel.x.high, s.rival.mean)], Marker::Cross, 3.4, colour);
    });
    marks::scatter(svg, panel, &[(end.as_f64(), s.run.value)], Marker::Circle, 3.2, colour);
}

/// Around everything shown but the first, steep part of the curves.
fn y_axis(shown: &[Shown<'_>]) -> Axis {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for s in shown {
        let half = HALF_WIDTH_90 * s.belief.sd();
        let later = s.run.curve.losses().iter().skip(1).copied();
        for v in later.chain([s.belief.mean - half, s.belief.mean + half, s.rival.mean, s.run.value]) {
            (low, high) = (low.min(v), high.max(v));
        }
    }
    let margin = 0.06 * (high - low);
    Axis::linear(low - margin, high + margin, 4)
}
