//! fig7: whether the surrogate knows what it does not know: how often its central intervals hold the values of new full runs.

use gp::{Gp, KernelSpec};
use jobs_core::{Gaussian, Observation, Posterior, Seed, Surrogate};
use plot::style::{INK, LABEL_SIZE, method_style, task_label};
use plot::{Anchor, Axis, Entry, Key, Legend, Panel, PanelGrid, Stroke, Svg, Text, marks};
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal};

use crate::figures::{FigureArgs, finish};
use crate::tasks::{TARGET, Task, tasks};
use manifest::ManifestBuilder;

/// Full runs the surrogate has seen, and how the figure draws each.
const SEEN: [(usize, &str); 3] = [(10, "random"), (20, "bo-logei"), (40, "jobs")];
/// New full runs it is asked about.
const ASKED: usize = 100;
/// Probabilities of the intervals.
const NOMINAL: [f64; 7] = [0.1, 0.25, 0.5, 0.68, 0.8, 0.9, 0.95];

#[derive(Serialize)]
struct Row {
    task: String,
    full_runs: usize,
    nominal: f64,
    covered: f64,
    asked: usize,
    rmse: f64,
}

/// Runs and draws it.
pub fn run(args: &FigureArgs) -> anyhow::Result<()> {
    let out = args.folder("fig7")?;
    let seeds = if args.smoke { 1 } else { args.seeds };
    let manifest = ManifestBuilder::start(&serde_json::json!({
        "experiment": "fig7", "seeds": (0..seeds).collect::<Vec<_>>(), "asked": ASKED, "full_runs": SEEN.map(|s| s.0),
    }));
    let mut rows = vec![];
    for task in tasks(&[], &[])?.iter().take(if args.smoke { 2 } else { 6 }) {
        for (n, _) in SEEN {
            let mut answers = vec![];
            for seed in 0..seeds {
                answers.extend(ask(task, n, Seed(seed))?);
            }
            let rmse = (answers.iter().map(|(p, y)| (p.mean - y).powi(2)).sum::<f64>() / answers.len() as f64).sqrt();
            for nominal in NOMINAL {
                let z = Normal::standard().inverse_cdf(0.5 + nominal / 2.0);
                let inside = answers.iter().filter(|(p, y)| (p.mean - y).abs() <= z * p.sd()).count();
                let covered = inside as f64 / answers.len() as f64;
                rows.push(Row { task: task.name.clone(), full_runs: n, nominal, covered, asked: answers.len(), rmse });
            }
        }
    }
    finish("fig7", &rows, &picture(&rows), "Calibration of the surrogate", &out, manifest)
}

/// Beliefs about new full runs (their noise included) and what they gave.
fn ask(task: &Task, n: usize, seed: Seed) -> anyhow::Result<Vec<(Gaussian, f64)>> {
    let space = task.trainer.space();
    let value = |point: &jobs_core::Point, i: u64| -> anyhow::Result<f64> {
        let mut run = task.trainer.start(point, seed.derive("run", i))?;
        run.advance_to(task.full_steps())?;
        TARGET.of(run.curve()).ok_or_else(|| anyhow::anyhow!("a run without a loss"))
    };
    let points = space.design(n + ASKED, seed);
    let mut data = vec![];
    for (i, point) in points.iter().take(n).enumerate() {
        data.push(Observation { x: space.encode(point), y: value(point, i as u64)?, noise_variance: 0.0 });
    }
    let mut model = Gp::for_space(space, KernelSpec::default());
    model.fit(&data, seed)?;
    let noise = model.noise_variance();
    let answer = |(i, point): (usize, &jobs_core::Point)| {
        let belief = model.predict(&space.encode(point));
        Ok((Gaussian { variance: belief.variance + noise, ..belief }, value(point, i as u64)?))
    };
    points.iter().enumerate().skip(n).map(answer).collect()
}

fn picture(rows: &[Row]) -> Svg {
    let tasks: Vec<&str> = rows.chunk_by(|a, b| a.task == b.task).map(|c| c[0].task.as_str()).collect();
    let columns = tasks.len().clamp(1, 3);
    let grid = PanelGrid {
        rows: tasks.len().div_ceil(columns),
        columns,
        panel: (220.0, 200.0),
        gap: (60.0, 56.0),
        sides: (76.0, 20.0),
        ends: (36.0, 86.0),
    };
    let (width, height) = grid.page();
    let mut svg = Svg::new(width, height);
    for (i, task) in tasks.iter().enumerate() {
        let frame = grid.frame(i / columns, i % columns);
        let panel = Panel { frame, x: Axis::linear(0.0, 1.0, 4), y: Axis::linear(0.0, 1.0, 4) };
        panel.grid(&mut svg);
        marks::line(&mut svg, &panel, &[(0.0, 0.0), (1.0, 1.0)], Stroke::dashed(INK, 1.0, &[4.0, 3.0]));
        for (n, like) in SEEN {
            let style = method_style(like);
            let own = rows.iter().filter(|r| r.task == *task && r.full_runs == n);
            let points: Vec<(f64, f64)> = own.map(|r| (r.nominal, r.covered)).collect();
            marks::line(&mut svg, &panel, &points, Stroke::solid(style.colour, 1.8));
            marks::scatter(&mut svg, &panel, &points, style.marker, 3.6, style.colour);
        }
        panel.axes(&mut svg);
        panel.title(&mut svg, task_label(task));
    }
    let inner = grid.inner();
    let middle = (inner.x + inner.width / 2.0, inner.y + inner.height / 2.0);
    svg.text((22.0, middle.1), "share of values inside", Text::new(LABEL_SIZE, Anchor::Middle).upwards());
    let below = inner.bottom() + Panel::room_below() + LABEL_SIZE + 3.0;
    svg.text((middle.0, below), "probability of the interval", Text::new(LABEL_SIZE, Anchor::Middle));
    let entry = |(n, like): (usize, &str)| {
        let style = method_style(like);
        Entry {
            key: Key::Line(Stroke::solid(style.colour, 1.8), Some(style.marker)),
            text: format!("{n} full runs seen"),
        }
    };
    Legend::new(SEEN.into_iter().map(entry).collect(), width - 20.0).draw(&mut svg, (10.0, below + 12.0));
    svg
}
