//! Scores on random and on optimised configurations.

use crate::comparison::stats::{mean, standard_error};
use crate::predictor_eval::material::{PREDICTED, train};
use crate::predictor_eval::predictors::PredictorEntry;
use crate::tasks::Task;
use jobs::{DriveOptions, InlineExecutor, Phase, Problem, Study, drive};
use jobs_core::{Budget, Example, Point, Seed, Steps};
use methods::METHODS;
use predictor::Device;
use serde::Serialize;

/// Configurations of each kind to predict.
pub(super) const ASKED: usize = 20;

/// Full runs of the search that finds optimised configurations; the last of them are predicted.
pub(super) const SEARCH: u64 = 45;

/// Half-width of the central 90 % interval, in standard deviations.
const HALF_WIDTH_90: f64 = 1.645;

/// Numbers of full runs, and the steps of an early run.
pub(super) struct Sizes {
    /// Space-filling full runs to learn from.
    pub(super) n: usize,
    /// Full runs from within the search that are added.
    pub(super) added: Vec<usize>,
    /// Steps of an early run.
    pub(super) early: u64,
}

/// Scores on one kind of configurations, with `added` full runs from the search.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row {
    pub(super) task: String,
    pub(super) seed: u64,
    pub(super) predictor: &'static str,
    pub(super) added: usize,
    /// `random` or `optimised`.
    pub(super) asked: &'static str,
    pub(super) rmse: f64,
    /// Root mean square of the standard deviations the predictor claims.
    pub(super) claimed: f64,
    pub(super) cover90: f64,
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

pub(super) fn one(
    task: &Task,
    seed: u64,
    sizes: &Sizes,
    predictors: &[&'static PredictorEntry],
) -> anyhow::Result<Vec<Row>> {
    let trainer = task.trainer.as_ref();
    let space = trainer.space();
    let seed_of = |purpose| Seed(seed).derive(purpose, 0);
    let examples = train(trainer, &space.design(sizes.n, Seed(seed)), seed_of("examples"))?;
    let mut rng = Seed(seed).stream("random", 0);
    let random_points: Vec<Point> = (0..ASKED).map(|_| space.sample(&mut rng)).collect();
    let random = train(trainer, &random_points, seed_of("random"))?;
    let most = sizes.added.iter().copied().max().unwrap_or(0);
    let visited = train(trainer, &optimised_points(task, seed, most + ASKED)?, seed_of("optimised"))?;
    let in_loop = most.min(visited.len().saturating_sub(1));
    let (extra, optimised) = visited.split_at(in_loop);
    let mut rows = vec![];
    for &entry in predictors {
        for &added in &sizes.added {
            let learnt: Vec<Example> = examples.iter().chain(&extra[..added.min(extra.len())]).cloned().collect();
            let mut predictor = entry.make(Device::Cpu);
            predictor.fit(space, &learnt, Steps(sizes.early), Seed(seed))?;
            for (asked, runs) in [("random", &random[..]), ("optimised", optimised)] {
                let (mut squares, mut variances, mut covered) = (0.0, 0.0, 0.0);
                for run in runs {
                    let belief = predictor.predict(&run.point, &run.curve.up_to(Steps(sizes.early)))?;
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
    let problem = Problem::new(task.trainer.space().clone(), budget, PREDICTED, Seed(seed).derive("search", 0));
    let entry =
        METHODS.iter().find(|m| m.name == "bo-ucb").ok_or_else(|| anyhow::anyhow!("there is no method bo-ucb"))?;
    let mut study = Study::new(problem.clone(), entry.make(&problem)?)?;
    drive(&mut study, &mut InlineExecutor::new(task.trainer.as_ref()), &mut [], DriveOptions::default())?;
    let searched = study.history().runs().iter().filter(|r| r.phase != Phase::Learn);
    let points: Vec<Point> = searched.map(|r| r.point.clone()).collect();
    Ok(points[points.len().saturating_sub(count)..].to_vec())
}

pub(super) fn summarise(rows: &[Row]) -> Vec<Summary> {
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
