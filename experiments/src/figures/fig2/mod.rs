//! fig2: how the best mixture moves with the LoRA setting.
//!
//! Each panel is a slice of a task's landscape: from left to right the share of one domain (the others in proportion to the best
//! configuration's), from bottom to top a number of the model; all else as in the best configuration. The line joins the best share at
//! each setting: where it is not upright, data and model have to be chosen together. Shown is the pair that moves most: the one for which
//! keeping to one share at all settings costs most; how much it costs is in the panel. With `--runs` the landscape is a Gaussian process fitted to
//! recorded runs, which are drawn as dots; without, the built-in emulators'.

use std::path::PathBuf;

use clap::Args;
use gp::{Gp, KernelSpec};
use jobs_core::{Domain, Observation, Point, Posterior, RunTable, SearchSpace, Seed, Surrogate, Value};
use plot::style::{INK, LABEL_SIZE, PAPER, TITLE_SIZE, task_label};
use plot::{Anchor, Axis, Fill, Panel, PanelGrid, Scale, Stroke, Svg, Text, Tick, marks};
use serde::Serialize;

use crate::figures::{FigureArgs, finish};
use crate::tasks::run_tables::named;
use crate::tasks::{TARGET, tasks};
use crate::user_error::user;
use manifest::ManifestBuilder;

/// What `fig2` takes.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  experiments fig2 --runs tables/gsm8k tables/mmlu      on recorded runs")]
pub struct Fig2Args {
    /// Folders and size.
    #[command(flatten)]
    pub figure: FigureArgs,
    /// Run tables, or folders of such; a folder's name is the task's [default: the built-in emulators]
    #[arg(long, value_name = "DIR", num_args = 1..)]
    pub runs: Vec<PathBuf>,
}

/// Cells of a slice.
const COLUMNS: usize = 40;
const ROWS: usize = 24;

#[derive(Serialize)]
struct Row {
    task: String,
    domain: String,
    number: String,
    landscape: &'static str,
    value: f64,
    best_share: f64,
    loss: f64,
    loss_at_overall_best_share: f64,
}

/// A landscape with where to look at it.
struct Landscape {
    task: String,
    kind: &'static str,
    best: Point,
    value: Box<dyn Fn(&Point) -> f64>,
    /// Recorded runs.
    runs: Vec<(Point, f64)>,
}

/// Draws it.
pub fn run(args: &Fig2Args) -> anyhow::Result<()> {
    let out = args.figure.folder("fig2")?;
    let manifest = ManifestBuilder::start(&serde_json::json!({
        "experiment": "fig2", "seeds": [0], "runs": args.runs, "columns": COLUMNS, "rows": ROWS,
    }));
    let mut landscapes = if args.runs.is_empty() { emulated()? } else { recorded(&args.runs)? };
    if args.figure.smoke {
        landscapes.truncate(2);
    }
    let mut rows = vec![];
    let slices: Vec<Slice> = landscapes.iter().map(|l| Slice::of(l, &mut rows)).collect::<Result<_, _>>()?;
    let picture = picture(&landscapes, &slices);
    finish("fig2", &rows, &picture, "The best mixture moves with the LoRA setting", &out, manifest)
}

fn emulated() -> anyhow::Result<Vec<Landscape>> {
    let landscape = |task: crate::tasks::Task| {
        let space = task.trainer.space().clone();
        // near the optimum is enough: the lowest of many design points, improved along the slice anyway
        let best = space.design(4000, Seed(0)).into_iter().min_by(|a, b| {
            let value = |p: &Point| task.oracle(p).unwrap_or(f64::INFINITY);
            value(a).total_cmp(&value(b))
        });
        let best = best.ok_or_else(|| user("an empty space"))?;
        let name = task.name.clone();
        let value = Box::new(move |p: &Point| task.oracle(p).unwrap_or(f64::NAN));
        Ok(Landscape { task: name, kind: "emulator", best, value, runs: vec![] })
    };
    tasks(&[], &[])?.into_iter().map(landscape).collect()
}

fn recorded(folders: &[PathBuf]) -> anyhow::Result<Vec<Landscape>> {
    let landscape = |(folder, task): (PathBuf, String)| {
        let table = RunTable::read(&folder).map_err(user)?;
        let known = table.runs.iter().filter_map(|r| Some((&r.point, TARGET.of(&r.curve)?)));
        let known: Vec<(&Point, f64)> = known.collect();
        let best = known.iter().min_by(|a, b| a.1.total_cmp(&b.1)).map(|b| b.0.clone());
        let best = best.ok_or_else(|| user(format!("{}: no run has a loss", folder.display())))?;
        let space = table.space.clone();
        let data: Vec<Observation> =
            known.iter().map(|(p, y)| Observation { x: space.encode(p), y: *y, noise_variance: 0.0 }).collect();
        let mut model = Gp::for_space(&space, KernelSpec::default());
        model.fit(&data, Seed(0))?;
        let runs = known.iter().map(|(p, y)| ((*p).clone(), *y)).collect();
        let value = Box::new(move |p: &Point| model.predict(&space.encode(p)).mean);
        Ok(Landscape { task, kind: "recorded runs", best, value, runs })
    };
    named(folders).into_iter().map(landscape).collect()
}

/// Which share and which number of the model the slice moves.
#[derive(Clone)]
struct Axes {
    simplex: usize,
    part: usize,
    domain: String,
    rank: usize,
    number: String,
    low: f64,
    high: f64,
}

impl Axes {
    /// One for each part of the first simplex.
    fn all(space: &SearchSpace, task: &str) -> anyhow::Result<Vec<Self>> {
        let parts = space.dimensions().iter().find_map(|d| match &d.domain {
            Domain::Simplex { parts } => Some(parts.len()),
            _ => None,
        });
        let numbers = (0..space.dimensions().len()).filter(|&i| positive(&space.dimensions()[i].domain).is_some());
        let numbers: Vec<usize> = numbers.collect();
        let pairs = (0..parts.unwrap_or(0)).flat_map(|part| numbers.iter().map(move |&n| (part, n)));
        let all: Vec<Self> = pairs.filter_map(|(part, number)| Self::of(space, part, number)).collect();
        if all.is_empty() {
            return Err(user(format!("{task}: the space needs a simplex and a positive number (lora_rank, say)")));
        }
        Ok(all)
    }

    fn of(space: &SearchSpace, part: usize, rank: usize) -> Option<Self> {
        let dimensions = space.dimensions();
        let found = dimensions.iter().enumerate().find_map(|(i, d)| match &d.domain {
            Domain::Simplex { parts } => Some((i, parts.get(part)?.clone())),
            _ => None,
        });
        let ((simplex, domain), (low, high)) = (found?, positive(&dimensions[rank].domain)?);
        Some(Self { simplex, part, domain, rank, number: dimensions[rank].name.clone(), low, high })
    }

    fn share(&self, point: &Point) -> Option<f64> {
        if let Value::Simplex(shares) = &point.values()[self.simplex] { shares.get(self.part).copied() } else { None }
    }

    fn rank(&self, point: &Point) -> Option<f64> {
        match point.values()[self.rank] {
            Value::Integer(v) => Some(v as f64),
            Value::Real(v) => Some(v),
            _ => None,
        }
    }

    /// The best configuration with this share and rank.
    fn at(&self, best: &Point, share: f64, rank: f64) -> Option<Point> {
        let mut values = best.values().to_vec();
        if let Value::Simplex(shares) = &mut values[self.simplex] {
            let others: f64 = shares.iter().enumerate().filter(|(i, _)| *i != self.part).map(|(_, s)| s).sum();
            let even = 1.0 / (shares.len() - 1) as f64;
            for (i, s) in shares.iter_mut().enumerate() {
                let weight = if others > 1e-9 { *s / others } else { even };
                *s = if i == self.part { share } else { (1.0 - share) * weight };
            }
        }
        values[self.rank] = match values[self.rank] {
            Value::Integer(_) => Value::Integer(rank.round() as i64),
            _ => Value::Real(rank.clamp(self.low, self.high)),
        };
        best.space().point(values).ok()
    }
}

/// The range of a number above 0.
fn positive(domain: &Domain) -> Option<(f64, f64)> {
    match domain {
        Domain::Integer { low, high, .. } if *low > 0 => Some((*low as f64, *high as f64)),
        Domain::Real { low, high, .. } if *low > 0.0 => Some((*low, *high)),
        _ => None,
    }
}

struct Slice {
    axes: Axes,
    cells: Vec<Vec<f64>>,
    /// (share, rank).
    best: Vec<(f64, f64)>,
    /// Mean over ranks of what the share that is best overall costs.
    cost: f64,
}

fn middle(i: usize, n: usize) -> f64 {
    (i as f64 + 0.5) / n as f64
}

impl Slice {
    /// The slice along the domain that moves most.
    fn of(landscape: &Landscape, rows: &mut Vec<Row>) -> anyhow::Result<Self> {
        let all = Axes::all(landscape.best.space(), &landscape.task)?;
        let slices = all.into_iter().map(|axes| Self::along(landscape, axes));
        let best = slices.max_by(|a, b| a.0.cost.total_cmp(&b.0.cost));
        let (slice, own) = best.ok_or_else(|| user("an empty simplex"))?;
        rows.extend(own);
        Ok(slice)
    }

    fn along(landscape: &Landscape, axes: Axes) -> (Self, Vec<Row>) {
        let ranks: Vec<f64> = (0..ROWS).map(|i| axes.low * (axes.high / axes.low).powf(middle(i, ROWS))).collect();
        let value =
            |share: f64, rank: f64| axes.at(&landscape.best, share, rank).map_or(f64::NAN, |p| (landscape.value)(&p));
        let cells: Vec<Vec<f64>> =
            ranks.iter().map(|&rank| (0..COLUMNS).map(|j| value(middle(j, COLUMNS), rank)).collect()).collect();
        let lowest = |row: &[f64]| (0..COLUMNS).min_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap_or(0);
        let total = |j: usize| cells.iter().map(|row| row[j]).sum::<f64>();
        let overall = (0..COLUMNS).min_by(|&a, &b| total(a).total_cmp(&total(b))).unwrap_or(0);
        let (mut best, mut rows, mut cost) = (vec![], vec![], 0.0);
        for (row, &rank) in cells.iter().zip(&ranks) {
            let j = lowest(row);
            best.push((middle(j, COLUMNS), rank));
            cost += (row[overall] - row[j]) / ROWS as f64;
            rows.push(Row {
                task: landscape.task.clone(),
                domain: axes.domain.clone(),
                number: axes.number.clone(),
                landscape: landscape.kind,
                value: rank,
                best_share: middle(j, COLUMNS),
                loss: row[j],
                loss_at_overall_best_share: row[overall],
            });
        }
        (Self { axes, cells, best, cost }, rows)
    }
}

fn picture(landscapes: &[Landscape], slices: &[Slice]) -> Svg {
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
        let (low, high) = (slice.axes.low, slice.axes.high);
        let ticks = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];
        let ticks = ticks.into_iter().filter(|t| (low..=high).contains(t));
        let ticks = ticks.map(|value| Tick { value, label: format!("{value}") }).collect();
        let panel = Panel {
            frame: grid.frame(i / columns, i % columns),
            x: Axis::linear(0.0, 1.0, 4),
            y: Axis { scale: Scale::Log, low, high, ticks },
        };
        let mut all: Vec<f64> = slice.cells.iter().flatten().copied().filter(|v| v.is_finite()).collect();
        all.sort_by(f64::total_cmp);
        let range = match (all.first(), all.get(all.len() * 9 / 10)) {
            (Some(&low), Some(&high)) if high > low => (low, high),
            _ => (0.0, 1.0),
        };
        // dark is low: the good region stands out
        marks::heatmap(&mut svg, &panel, &slice.cells, range);
        for (point, loss) in &landscape.runs {
            let (Some(share), Some(rank)) = (slice.axes.share(point), slice.axes.rank(point)) else { continue };
            let at = panel.at((share, rank));
            let colour = marks::heat((loss - range.0) / (range.1 - range.0));
            svg.disc(at, 3.4, Fill { colour, opacity: 1.0 }, Some(Stroke::solid(PAPER, 1.0)));
        }
        marks::line(&mut svg, &panel, &slice.best, Stroke::solid(PAPER, 4.0));
        marks::line(&mut svg, &panel, &slice.best, Stroke::solid(INK, 2.0));
        panel.axes(&mut svg);
        panel.title(&mut svg, task_label(&landscape.task));
        let middle = panel.frame.x + panel.frame.width / 2.0;
        let below = panel.frame.bottom() + Panel::room_below() + LABEL_SIZE;
        let label = format!("share of {} (one for all costs {:.3})", slice.axes.domain, slice.cost);
        svg.text((middle, below), &label, Text::new(LABEL_SIZE - 2.5, Anchor::Middle));
        let beside = (panel.frame.x - 40.0, panel.frame.y + panel.frame.height / 2.0);
        svg.text(beside, &slice.axes.number, Text::new(LABEL_SIZE - 1.0, Anchor::Middle).upwards());
    }
    let note = "dark: low loss; line: the best share at each setting";
    svg.text((width / 2.0, height - 10.0), note, Text::new(TITLE_SIZE - 1.0, Anchor::Middle));
    svg
}
