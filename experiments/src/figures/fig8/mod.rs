//! fig8: what a decision costs beside the training it decides about: seconds to fit, condition and suggest, against the runs seen.

use std::time::Instant;

use gp::acquisition::{Beta, Ucb};
use gp::maximise::MixedMaximiser;
use gp::{Gp, KernelSpec};
use jobs_core::{Acquisition, Maximiser, Observation, SearchContext, Seed, Surrogate};
use plot::style::{LABEL_SIZE, method_style};
use plot::{Anchor, Axis, Entry, Key, Legend, Panel, PanelGrid, Scale, Stroke, Svg, Text, Tick, marks};
use serde::Serialize;

use crate::figures::{FigureArgs, finish};
use crate::tasks::tasks;
use manifest::ManifestBuilder;

/// Runs seen.
const SEEN: [usize; 6] = [25, 50, 100, 200, 400, 800];

#[derive(Serialize)]
struct Row {
    runs: usize,
    part: &'static str,
    seconds: f64,
}

/// Times and draws it.
pub fn run(args: &FigureArgs) -> anyhow::Result<()> {
    let out = args.folder("fig8")?;
    let manifest =
        ManifestBuilder::start(&serde_json::json!({"experiment": "fig8", "seeds": [0], "runs": SEEN, "repeats": 3}));
    let task = tasks(&["gsm8k".to_owned()], &[])?.remove(0);
    let space = task.trainer.space();
    let points = space.design(*SEEN.last().unwrap_or(&1) + 1, Seed(0));
    let mut data = vec![];
    for point in &points {
        data.push(Observation { x: space.encode(point), y: task.oracle(point)?, noise_variance: 1e-4 });
    }
    let mut rows = vec![];
    for runs in SEEN.into_iter().filter(|n| !args.smoke || *n <= 100) {
        let mut model = Gp::for_space(space, KernelSpec::default());
        let mut ucb = Ucb::new(Beta::Fixed(9.0));
        let dimension = space.encoded_len();
        ucb.prepare(&SearchContext { observations: runs, dimension, incumbent: 0.0, information: None });
        let fit = lowest(1, || model.fit(&data[..runs], Seed(0)).map_err(Into::into))?;
        let mut condition = f64::INFINITY;
        for _ in 0..3 {
            model.condition_on(&data[..runs])?;
            condition = condition.min(lowest(1, || Ok(model.condition_on(&data[..=runs])?))?);
        }
        let suggest = lowest(3, || {
            let found = MixedMaximiser::default().maximise(space, &model, &ucb, &points[..5], Seed(1))?;
            anyhow::ensure!(found.value.is_finite(), "no suggestion");
            Ok(())
        })?;
        for (part, seconds) in [("fit", fit), ("condition", condition), ("suggest", suggest)] {
            rows.push(Row { runs, part, seconds });
        }
    }
    finish("fig8", &rows, &picture(&rows), "Seconds of a decision against runs seen", &out, manifest)
}

/// The lowest of some timings: what else the machine does only adds.
fn lowest(times: usize, mut work: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    let mut best = f64::INFINITY;
    for _ in 0..times {
        let clock = Instant::now();
        work()?;
        best = best.min(clock.elapsed().as_secs_f64());
    }
    Ok(best)
}

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

fn picture(rows: &[Row]) -> Svg {
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
