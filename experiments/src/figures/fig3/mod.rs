//! fig3: early curves, predictions and true final values of single runs.

use std::path::PathBuf;

use clap::Args;
use jobs_core::{Example, Gaussian, Seed, Steps};
use plot::style::{Colour, LABEL_SIZE, Marker, task_label};
use plot::{Anchor, Axis, Entry, Key, Legend, Panel, PanelGrid, Stroke, Svg, Text, marks};
use predictor::Device;
use rand::RngExt;
use serde::Serialize;

use crate::comparison::results_folder::{draw, folder, write};
use crate::comparison::table::to_csv;
use crate::predictor_eval::material::{Material, material};
use crate::predictor_eval::predictors::{PredictorEntry, chosen};
use crate::user_error::user;
use manifest::ManifestBuilder;

/// Runs shown: those whose final values are at these quantiles of the runs to foresee.
const QUANTILES: [f64; 3] = [0.1, 0.5, 0.9];
const COLOURS: [Colour; 3] = [Colour(213, 94, 0), Colour(0, 114, 178), Colour(0, 158, 115)];
/// Half-width of the central 90 % interval, in standard deviations.
const HALF_WIDTH_90: f64 = 1.645;
const COLUMNS: usize = 3;

/// What `fig3` takes.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Examples:\n  experiments fig3                     runs of the six emulators\n  experiments fig3 --runs tables/*     recorded runs"
)]
pub struct Fig3Args {
    /// Run tables [default: 80 space-filling runs on each of the six emulators]
    #[arg(long, value_name = "DIR", num_args = 1..)]
    pub runs: Vec<PathBuf>,
    /// Full runs learnt from, chosen at random; the runs shown are among the others
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub n: usize,
    /// Steps of an early run
    #[arg(long, default_value_t = 100, value_name = "STEPS")]
    pub early: u64,
    /// Seed of the choice
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub seed: u64,
    /// Folder for the results
    #[arg(long, default_value = "results/fig3", value_name = "DIR")]
    pub out: PathBuf,
}

/// A run shown: what was foreseen from its early curve, and how it ended.
#[derive(Clone, Debug, Serialize)]
struct Row {
    table: String,
    /// Which of the runs to foresee, by the rank of its final value.
    quantile: f64,
    predictor: &'static str,
    last_early: f64,
    foreseen: f64,
    sd: f64,
    truth: f64,
}

struct Shown<'a> {
    run: &'a Example,
    belief: Gaussian,
    rival: Gaussian,
}

/// Fits, foresees, draws.
pub fn run(args: &Fig3Args) -> anyhow::Result<()> {
    let early = Steps(args.early);
    let material = material(&args.runs, early)?;
    folder(&args.out)?;
    let settings = serde_json::json!({
        "experiment": "fig3", "seeds": [args.seed], "n": args.n, "early": args.early, "target": "last", "quantiles": QUANTILES,
        "tables": material.iter().map(|m| serde_json::json!({"name": m.name, "runs": m.recorded.runs.len()})).collect::<Vec<_>>(),
    });
    let mut manifest = ManifestBuilder::start(&settings);
    let predictors = chosen(&["default".to_owned(), "published-mlp-std".to_owned()])?;
    let (mut rows, mut panels) = (vec![], vec![]);
    for m in &material {
        let shown = shown(m, args, &predictors)?;
        for (s, quantile) in shown.iter().zip(QUANTILES) {
            let last_early = s.run.curve.up_to(early).last().map_or(f64::NAN, |(_, v)| v);
            for (p, belief) in predictors.iter().zip([s.belief, s.rival]) {
                let (foreseen, sd) = (belief.mean, belief.sd());
                rows.push(Row {
                    table: m.name.clone(),
                    quantile,
                    predictor: p.name,
                    last_early,
                    foreseen,
                    sd,
                    truth: s.run.value,
                });
            }
        }
        panels.push((m, shown));
    }
    write(&args.out, "fig3.csv", &to_csv(&rows)?, &mut manifest)?;
    draw(&args.out, "fig3", "Early curves, predictions and truth", &picture(&panels, early, args.n), &mut manifest)?;
    manifest.write(&args.out.join("manifest.json"))?;
    println!("Results are in {}", args.out.display());
    Ok(())
}

fn shown<'a>(m: &'a Material, args: &Fig3Args, predictors: &[&PredictorEntry]) -> anyhow::Result<Vec<Shown<'a>>> {
    let runs = &m.recorded.runs;
    let most = runs.len().saturating_sub(QUANTILES.len());
    if args.n == 0 || args.n > most {
        return Err(user(format!(
            "{}: --n {}: expected from 1 to {most} ({} runs, {} of them shown)",
            m.name,
            args.n,
            runs.len(),
            QUANTILES.len()
        )));
    }
    let mut order: Vec<usize> = (0..runs.len()).collect();
    let mut rng = Seed(args.seed).stream("fig3", 0);
    for i in (1..order.len()).rev() {
        order.swap(i, rng.random_range(0..=i));
    }
    let mut rest = order.split_off(args.n);
    let examples: Vec<Example> = order.into_iter().map(|i| runs[i].clone()).collect();
    let mut fitted = vec![];
    for p in predictors {
        let mut predictor = p.make(Device::Cpu);
        predictor.fit(&m.recorded.space, &examples, Steps(args.early), Seed(args.seed))?;
        fitted.push(predictor);
    }
    rest.sort_by(|&a, &b| runs[a].value.total_cmp(&runs[b].value));
    let one = |q: f64| {
        let run = &runs[rest[(q * (rest.len() - 1) as f64).round() as usize]];
        let seen = run.curve.up_to(Steps(args.early));
        Ok(Shown { run, belief: fitted[0].predict(&run.point, &seen)?, rival: fitted[1].predict(&run.point, &seen)? })
    };
    QUANTILES.iter().map(|q| one(*q)).collect()
}

fn picture(panels: &[(&Material, Vec<Shown<'_>>)], early: Steps, n: usize) -> Svg {
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
        entry(1.6, &[], Some(Marker::Diamond), format!("foreseen from {n} full runs, 90 % interval")),
        entry(0.0, &[], Some(Marker::Cross), "foreseen by the authors' MLP".into()),
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
