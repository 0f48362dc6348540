//! shift: the predictor learns from space-filling configurations and is asked about those a search has optimised. Does it say
//! that it is unsure, and do a few full runs from within the search mend it?

mod picture;

use std::path::PathBuf;

use clap::Args;
use jobs::{DriveOptions, InlineExecutor, Phase, Problem, Study, drive};
use jobs_core::{Budget, Example, Point, Seed, Steps};
use predictor::Device;
use serde::Serialize;

use crate::comparison::results_folder::{draw, folder, write};
use crate::comparison::side_by_side::{self, cores};
use crate::comparison::stats::{mean, standard_error};
use crate::comparison::table::to_csv;
use crate::predictor_eval::material::{FORESEEN, train};
use crate::predictor_eval::predictors::{PredictorEntry, chosen};
use crate::tasks::{Task, tasks};
use crate::user_error::user;
use manifest::ManifestBuilder;
use methods::METHODS;

/// Configurations foreseen of either kind.
const ASKED: usize = 20;
/// Full runs of the search that finds optimised configurations; the last of them are asked about.
const SEARCH: u64 = 45;
/// Half-width of the central 90 % interval, in standard deviations.
const HALF_WIDTH_90: f64 = 1.645;

/// What `shift` takes.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Examples:\n  experiments shift\n  experiments shift --tasks gsm8k --seeds 2 --out results/smoke/shift"
)]
pub struct ShiftArgs {
    /// Space-filling full runs learnt from
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub n: usize,
    /// Numbers of full runs from within the search that are added
    #[arg(long, value_delimiter = ',', default_value = "0,1,2,3,5,8", value_name = "K,...")]
    pub added: Vec<usize>,
    /// Steps of an early run
    #[arg(long, default_value_t = 100, value_name = "STEPS")]
    pub early: u64,
    /// Seeds, counted from 0
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub seeds: u64,
    /// Tasks, by commas [default: all six]
    #[arg(long, value_delimiter = ',', value_name = "TASK,...")]
    pub tasks: Vec<String>,
    /// Emulator files to use instead of the six built in
    #[arg(long, value_name = "FILE")]
    pub emulator: Vec<PathBuf>,
    /// Predictors, by commas
    #[arg(long, value_delimiter = ',', default_value = "default,kernel,perceptrons", value_name = "NAME,...")]
    pub predictors: Vec<String>,
    /// Folder for the results
    #[arg(long, default_value = "results/shift", value_name = "DIR")]
    pub out: PathBuf,
    /// Tasks and seeds side by side [default: one per core]
    #[arg(long, value_name = "N")]
    pub workers: Option<usize>,
}

/// Scores on one kind of configurations with so many in-loop full runs added.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) task: String,
    pub(crate) seed: u64,
    pub(crate) predictor: &'static str,
    pub(crate) added: usize,
    /// `random` or `optimised`.
    pub(crate) asked: &'static str,
    pub(crate) rmse: f64,
    /// Root mean square of the standard deviations the predictor claims.
    pub(crate) claimed: f64,
    pub(crate) cover90: f64,
}

/// Mean over tasks and seeds.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Summary {
    pub(crate) predictor: &'static str,
    pub(crate) added: usize,
    pub(crate) asked: &'static str,
    pub(crate) rmse: f64,
    pub(crate) rmse_se: f64,
    pub(crate) claimed: f64,
    pub(crate) claimed_se: f64,
    pub(crate) cover90: f64,
    /// Share of tasks and seeds where more doubt is claimed than about random configurations before anything is added.
    pub(crate) more_doubt: f64,
}

/// Runs, draws.
pub fn run(args: &ShiftArgs) -> anyhow::Result<()> {
    let predictors = chosen(&args.predictors)?;
    let tasks = tasks(&args.tasks, &args.emulator)?;
    if args.seeds == 0 || args.added.is_empty() {
        return Err(user("--seeds and --added need at least one value"));
    }
    for t in &tasks {
        if args.early == 0 || Steps(args.early) >= t.full_steps() {
            return Err(user(format!(
                "--early {}: expected from 1 to {} on {}",
                args.early,
                t.full_steps().0.saturating_sub(1),
                t.name
            )));
        }
    }
    folder(&args.out)?;
    let settings = serde_json::json!({
        "experiment": "shift", "seeds": (0..args.seeds).collect::<Vec<_>>(), "n": args.n, "added": args.added, "early": args.early,
        "asked": ASKED, "search": format!("bo-ucb, {SEARCH} full runs"), "target": "last",
        "tasks": tasks.iter().map(|t| serde_json::json!({"name": t.name, "sha256": t.hash})).collect::<Vec<_>>(),
        "predictors": predictors.iter().map(|p| p.name).collect::<Vec<_>>(),
    });
    let mut manifest = ManifestBuilder::start(&settings);
    let cells: Vec<(&Task, u64)> = tasks.iter().flat_map(|t| (0..args.seeds).map(move |s| (t, s))).collect();
    let work = |cell: &(&Task, u64)| one(cell.0, cell.1, args, &predictors);
    let done = side_by_side::map(&cells, args.workers.unwrap_or_else(cores), work);
    let rows: Vec<Row> = done.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
    let summary = summarise(&rows);
    write(&args.out, "shift.csv", &to_csv(&rows)?, &mut manifest)?;
    write(&args.out, "summary.csv", &to_csv(&summary)?, &mut manifest)?;
    draw(
        &args.out,
        "shift",
        "Error and claimed error away from the examples",
        &picture::picture(&summary),
        &mut manifest,
    )?;
    manifest.write(&args.out.join("manifest.json"))?;
    println!("\nMean over {} tasks x {} seeds, N = {} space-filling full runs\n", tasks.len(), args.seeds, args.n);
    println!("  predictor     added  asked          rmse   claimed  cover90  more doubt");
    for s in &summary {
        let (p, a, q) = (s.predictor, s.added, s.asked);
        println!("  {p:12} {a:6}  {q:10} {:8.4}  {:8.4} {:8.2} {:11.2}", s.rmse, s.claimed, s.cover90, s.more_doubt);
    }
    println!("\nResults are in {}", args.out.display());
    Ok(())
}

fn one(task: &Task, seed: u64, args: &ShiftArgs, predictors: &[&'static PredictorEntry]) -> anyhow::Result<Vec<Row>> {
    let trainer = task.trainer.as_ref();
    let space = trainer.space();
    let seed_of = |purpose| Seed(seed).derive(purpose, 0);
    let examples = train(trainer, &space.design(args.n, Seed(seed)), seed_of("examples"))?;
    let mut rng = Seed(seed).stream("random", 0);
    let random_points: Vec<Point> = (0..ASKED).map(|_| space.sample(&mut rng)).collect();
    let random = train(trainer, &random_points, seed_of("random"))?;
    let most = args.added.iter().copied().max().unwrap_or(0);
    let visited = train(trainer, &optimised_points(task, seed, most + ASKED)?, seed_of("optimised"))?;
    let in_loop = most.min(visited.len().saturating_sub(1));
    let (extra, optimised) = visited.split_at(in_loop);
    let mut rows = vec![];
    for &entry in predictors {
        for &added in &args.added {
            let learnt: Vec<Example> = examples.iter().chain(&extra[..added.min(extra.len())]).cloned().collect();
            let mut predictor = entry.make(Device::Cpu);
            predictor.fit(space, &learnt, Steps(args.early), Seed(seed))?;
            for (asked, runs) in [("random", &random[..]), ("optimised", optimised)] {
                let (mut squares, mut variances, mut covered) = (0.0, 0.0, 0.0);
                for run in runs {
                    let belief = predictor.predict(&run.point, &run.curve.up_to(Steps(args.early)))?;
                    let error = run.value - belief.mean;
                    squares += error * error;
                    variances += belief.variance;
                    covered += f64::from(u8::from(error.abs() <= HALF_WIDTH_90 * belief.sd()));
                }
                let n = runs.len() as f64;
                let (rmse, claimed, cover90) = ((squares / n).sqrt(), (variances / n).sqrt(), covered / n);
                rows.push(Row {
                    task: task.name.clone(),
                    seed,
                    predictor: entry.name,
                    added,
                    asked,
                    rmse,
                    claimed,
                    cover90,
                });
            }
        }
    }
    Ok(rows)
}

/// The last `count` configurations of a search by full runs, in the order it visited them.
fn optimised_points(task: &Task, seed: u64, count: usize) -> anyhow::Result<Vec<Point>> {
    let full = task.full_steps();
    let budget = Budget { total: Steps(full.0.saturating_mul(SEARCH)), full, early: full };
    let problem = Problem::new(task.trainer.space().clone(), budget, FORESEEN, Seed(seed).derive("search", 0));
    let entry =
        METHODS.iter().find(|m| m.name == "bo-ucb").ok_or_else(|| anyhow::anyhow!("there is no method bo-ucb"))?;
    let mut study = Study::new(problem.clone(), entry.make(&problem)?)?;
    drive(&mut study, &mut InlineExecutor::new(task.trainer.as_ref()), &mut [], DriveOptions::default())?;
    let searched = study.history().runs().iter().filter(|r| r.phase != Phase::Learn);
    let points: Vec<Point> = searched.map(|r| r.point.clone()).collect();
    Ok(points[points.len().saturating_sub(count)..].to_vec())
}

fn summarise(rows: &[Row]) -> Vec<Summary> {
    let mut all: Vec<Summary> = vec![];
    for row in rows {
        if all.iter().any(|s| (s.predictor, s.added, s.asked) == (row.predictor, row.added, row.asked)) {
            continue;
        }
        let same: Vec<&Row> =
            rows.iter().filter(|r| (r.predictor, r.added, r.asked) == (row.predictor, row.added, row.asked)).collect();
        let of = |f: fn(&Row) -> f64| same.iter().map(|r| f(r)).collect::<Vec<f64>>();
        let at_start = |r: &Row| {
            let start =
                |s: &&Row| (s.predictor, s.asked, s.seed) == (r.predictor, "random", r.seed) && s.task == r.task;
            rows.iter().find(start).map_or(f64::NAN, |s| s.claimed)
        };
        let doubt: Vec<f64> = same.iter().map(|r| f64::from(u8::from(r.claimed > at_start(r)))).collect();
        let (rmse, claimed) = (of(|r| r.rmse), of(|r| r.claimed));
        all.push(Summary {
            predictor: row.predictor,
            added: row.added,
            asked: row.asked,
            rmse: mean(&rmse).unwrap_or(f64::NAN),
            rmse_se: standard_error(&rmse).unwrap_or(0.0),
            claimed: mean(&claimed).unwrap_or(f64::NAN),
            claimed_se: standard_error(&claimed).unwrap_or(0.0),
            cover90: mean(&of(|r| r.cover90)).unwrap_or(f64::NAN),
            more_doubt: mean(&doubt).unwrap_or(f64::NAN),
        });
    }
    all
}
