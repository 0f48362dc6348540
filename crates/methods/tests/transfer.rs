//! Priors transferred from other studies.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;

use jobs::{Problem, Report, Study, Transfer};
use jobs_core::run_table::{RecordedRun, RunTable};
use jobs_core::test_spaces::TestSpace;
use jobs_core::{Budget, LearningCurve, Point, PriorMean, SearchSpace, Seed, Steps, Target};
use methods::find;
use methods::transfer::{Source, TransferError, prior, shared_dimensions};

const FULL: u64 = 100;

fn space() -> SearchSpace {
    TestSpace::simplex(3).integer("layers", 1, 32).integer("rank", 1, 64).boolean("gate").build()
}

/// The loss of a full run of a task whose optimum has most of `own`, many layers, and the gate.
fn bottom(point: &Point, own: usize) -> f64 {
    let layers = point.integer("layers").unwrap() as f64 / 32.0;
    let away = 1.0 - point.shares("mixture").unwrap()[own];
    0.5 + 0.8 * (1.0 - layers).powi(2)
        + 0.4 * (away - 0.3).powi(2)
        + if point.boolean("gate").unwrap() { 0.0 } else { 0.2 }
}

fn curve(point: &Point, own: usize, to: Steps) -> LearningCurve {
    let at = |k: u64| (Steps(5 * k), bottom(point, own) * (1.0 + (-(k as f64) / 6.0).exp()));
    LearningCurve::from_pairs((1..=to.0 / 5).map(at)).unwrap()
}

/// A source study of the task whose best mixture has most of `own`: every third run is a full one, the others stop at a fifth.
fn study(own: usize, runs: usize) -> RunTable {
    let points = space().design(runs, Seed(40 + own as u64)).into_iter().enumerate();
    let run = |(i, point): (usize, Point)| RecordedRun {
        id: i.to_string(),
        notes: vec![],
        curve: curve(&point, own, if i % 3 == 0 { Steps(FULL) } else { Steps(FULL / 5) }),
        extras: vec![],
        rows_after_divergence: 0,
        point,
    };
    RunTable {
        space: space(),
        full_steps: Steps(FULL),
        metric: "loss".into(),
        note_names: vec![],
        extra_metrics: vec![],
        runs: points.map(run).collect(),
    }
}

fn transferred(space: &SearchSpace, tables: &[&RunTable]) -> Result<Transfer, TransferError> {
    let sources: Vec<Source<'_>> = tables.iter().map(|&table| Source { name: "source", table }).collect();
    prior(space, &sources, Target::Best)
}

fn problem(seed: u64, full_runs: u64) -> Problem {
    let budget = Budget { total: Steps(full_runs * FULL), full: Steps(FULL), early: Steps(FULL / 5) };
    Problem::new(space(), budget, Target::Best, Seed(seed))
}

/// Loss of the recommendation above the optimum of the task whose best mixture has most of `own`.
fn regret(method: &str, problem: &Problem, own: usize) -> f64 {
    let mut study = Study::new(problem.clone(), find(method).unwrap().make(problem).unwrap()).unwrap();
    while let Some(trial) = study.ask().unwrap() {
        let curve = curve(&trial.point, own, trial.to);
        study.tell(Report { run: trial.run, step: trial.to, curve }).unwrap();
    }
    bottom(&study.best().unwrap().unwrap().point, own) - 0.5
}

#[test]
fn settings_carry_over_and_mixtures_do_not() {
    let transfer = transferred(&space(), &[&study(0, 30)]).unwrap();
    let trend = &transfer.prior_means()[0];
    let x = |layers: f64, share: f64| [share, (1.0 - share) / 2.0, (1.0 - share) / 2.0, layers, 0.5, 1.0];
    assert!(trend.value(&x(1.0, 0.3)) < trend.value(&x(0.5, 0.3)) - 0.5, "many layers are better");
    assert_eq!(trend.value(&x(0.7, 0.1)), trend.value(&x(0.7, 0.9)), "the mixture is ignored");
    assert_eq!((0..7).filter(|&c| trend.depends_on(c)).collect::<Vec<_>>(), [3, 4, 5]);
    // the gradient of the prior mean is added to what is there
    let (at, mut slopes) = (x(0.7, 0.4), [1.0; 6]);
    assert_eq!(trend.add_gradient(&at, 2.0, &mut slopes), trend.value(&at));
    let moved = |by: f64| trend.value(&x(0.7 + by, 0.4));
    assert!((slopes[3] - 1.0 - 2.0 * (moved(1e-5) - moved(-1e-5)) / 2e-5).abs() < 1e-5 && slopes[0] == 1.0);
    // standardised over the space
    let values: Vec<f64> = space().design(2000, Seed(8)).iter().map(|p| trend.value(&space().encode(p))).collect();
    let mean = values.iter().sum::<f64>() / 2000.0;
    let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 2000.0).sqrt();
    assert!(mean.abs() < 0.15 && (deviation - 1.0).abs() < 0.15, "{mean} {deviation}");
}

#[test]
fn a_design_takes_over_settings_and_keeps_its_mixtures() {
    let transfer = transferred(&space(), &[&study(0, 30)]).unwrap();
    let (plain, informed) = (problem(3, 10).design(12), problem(3, 10).with_transfer(transfer).design(12));
    let layers = |design: &[Point]| design.iter().map(|p| p.integer("layers").unwrap() as f64).sum::<f64>() / 12.0;
    assert!(layers(&informed) > 26.0 && layers(&plain) < 20.0, "{} {}", layers(&informed), layers(&plain));
    assert!(plain.iter().zip(&informed).all(|(a, b)| a.shares("mixture") == b.shares("mixture")));
}

/// Eight fixed seeds, four full runs each: no false alarms. The sums are .62 and .11 for `jobs`, .19 and .12 for `mf-ucb`.
#[test]
fn another_task_starts_where_the_settings_are_good() {
    let transfer = transferred(&space(), &[&study(0, 30), &study(2, 30)]).unwrap();
    for method in ["jobs", "bo-ucb", "mf-ucb", "turbo"] {
        let total = |transfer: &Transfer| -> f64 {
            (0..8).map(|seed| regret(method, &problem(seed, 4).with_transfer(transfer.clone()), 1)).sum()
        };
        let (without, with): (f64, f64) = (total(&Transfer::default()), total(&transfer));
        assert!(with < 0.75 * without, "{method}: {with} with transfer, {without} without");
    }
}

/// Layers by a power: the same order for either odd power, and so the same design.
#[derive(Debug)]
struct Layers {
    sign: f64,
    power: i32,
}

impl PriorMean for Layers {
    fn value(&self, x: &[f64]) -> f64 {
        self.sign * (2.0 * x[3] - 1.0).powi(self.power)
    }
    fn add_gradient(&self, x: &[f64], weight: f64, gradient: &mut [f64]) -> f64 {
        let slope = 2.0 * f64::from(self.power) * (2.0 * x[3] - 1.0).powi(self.power - 1);
        gradient[3] += weight * self.sign * slope;
        self.value(x)
    }
    fn depends_on(&self, coordinate: usize) -> bool {
        coordinate == 3
    }
}

fn layers(trends: &[(f64, i32)]) -> Transfer {
    let trend = |&(sign, power): &(f64, i32)| Arc::new(Layers { sign, power }) as Arc<dyn PriorMean>;
    Transfer::new(trends.iter().map(trend).collect())
}

/// Two prior means of the same order and so the same design, but of other shape: studies start alike and then differ.
#[test]
fn every_surrogate_uses_the_transferred_prior() {
    for method in ["jobs", "bo-logei", "bo-ucb", "turbo", "deep-kernel", "mf-ucb", "boca", "freeze-thaw", "jobs-paper"]
    {
        let points = |power: i32| {
            let problem = problem(3, 10).with_transfer(layers(&[(1.0, power)]));
            let mut study = Study::new(problem.clone(), find(method).unwrap().make(&problem).unwrap()).unwrap();
            while let Some(trial) = study.ask().unwrap() {
                let curve = curve(&trial.point, 1, trial.to);
                study.tell(Report { run: trial.run, step: trial.to, curve }).unwrap();
            }
            study.history().runs().iter().map(|r| r.x.clone()).collect::<Vec<_>>()
        };
        let (straight, bent) = (points(1), points(9));
        assert_eq!(straight[0], bent[0], "{method}: the designs are the same");
        assert_ne!(straight, bent, "{method} ignores its transferred prior");
    }
}

#[test]
fn design_points_take_the_sources_in_turn() {
    let design = problem(3, 10).with_transfer(layers(&[(-1.0, 1), (1.0, 1)])).design(12);
    for (i, point) in design.iter().enumerate() {
        let layers = point.integer("layers").unwrap();
        assert!(if i % 2 == 0 { layers > 26 } else { layers < 7 }, "point {i} has {layers}");
    }
}

#[test]
fn the_same_sources_give_the_same_prior() {
    let table = study(0, 20);
    let values = || {
        let transfer = transferred(&space(), &[&table]).unwrap();
        space()
            .design(20, Seed(1))
            .iter()
            .map(|p| transfer.prior_means()[0].value(&space().encode(p)))
            .collect::<Vec<_>>()
    };
    assert_eq!(values(), values());
}

#[test]
fn a_source_of_another_space_gives_what_is_shared() {
    let mixture = TestSpace::mixture(&["x", "y"]);
    let other = mixture.integer("layers", 1, 32).integer("rank", 1, 128).boolean("gate").build();
    assert_eq!(shared_dimensions(&other, &space()), [(1, 1), (3, 3)], "neither mixtures nor a rank of another range");
    let transfer = transferred(&other, &[&study(0, 30)]).unwrap();
    let trend = &transfer.prior_means()[0];
    assert!(trend.value(&[0.5, 0.5, 1.0, 0.2, 1.0]) < trend.value(&[0.5, 0.5, 0.1, 0.2, 1.0]));
    assert!(!trend.depends_on(3));
}

#[test]
fn diverged_and_empty_runs_are_accepted() {
    let mut table = study(0, 30);
    for (i, run) in table.runs.iter_mut().enumerate() {
        match i % 10 {
            1 => run.curve = LearningCurve::from_pairs([(Steps(5), f64::NAN)]).unwrap(),
            2 => run.curve = LearningCurve::from_pairs([(Steps(5), 2.0), (Steps(10), f64::INFINITY)]).unwrap(),
            3 => run.curve = LearningCurve::default(),
            _ => {}
        }
    }
    let transfer = transferred(&space(), &[&table]).unwrap();
    assert!(transfer.prior_means()[0].value(&[0.3, 0.3, 0.4, 1.0, 0.5, 1.0]).is_finite());
    // no full run: diverged and cut runs count by their best so far
    table.runs.iter_mut().for_each(|r| r.curve = r.curve.up_to(Steps(20)));
    assert!(transferred(&space(), &[&table]).is_ok());
}

#[test]
fn sources_without_information_are_named() {
    let said = |space: &SearchSpace, table: &RunTable| transferred(space, &[table]).unwrap_err().to_string();
    let mixture = "[[dimension]]\nname = 'mixture'\nkind = 'simplex'\nparts = ['a', 'b']";
    let mixture = SearchSpace::from_toml_str(mixture).unwrap();
    assert!(said(&mixture, &study(0, 30)).contains("there: layers, rank, gate; here: none"));
    assert!(said(&space(), &study(0, 3)).contains("3 of its runs have a value, expected at least 4"));
    let mut flat = study(0, 12);
    flat.runs.iter_mut().for_each(|r| r.curve = LearningCurve::from_pairs([(Steps(100), 1.0)]).unwrap());
    assert!(said(&space(), &flat).contains("layers, rank, gate) have no effect"), "{}", said(&space(), &flat));
}

#[test]
fn a_method_without_transfer_is_refused() {
    let transfer = transferred(&space(), &[&study(0, 30)]).unwrap();
    let mf_kg = find("mf-kg").unwrap();
    assert!(mf_kg.make(&problem(0, 10)).is_ok());
    assert!(mf_kg.make(&problem(0, 10).with_transfer(transfer)).is_err());
}
