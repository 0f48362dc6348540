//! The default neither memorises noise nor is sure where it has not been.

use jobs_core::test_spaces::TestSpace;
use jobs_core::{Example, LearningCurve, Predictor, SearchSpace, Seed, Steps};
use predictor::evaluate::{Protocol, Recorded, Split, evaluate};
use predictor::{Both, Factory, KernelResidual, LastValueShift, MlpEnsemble, TwoScales};
use rand::RngExt;

fn space() -> TestSpace {
    TestSpace::simplex(4).integer("lora_rank", 1, 128).integer("lora_layers", 1, 32).real("rate", 0.0, 1.0)
}

/// Runs with random early curves and the value last + residual(encoded point, noise).
fn runs(n: usize, residual: impl Fn(&[f64], f64) -> f64) -> Recorded {
    runs_in(&space().build(), n, residual)
}

fn runs_in(space: &SearchSpace, n: usize, residual: impl Fn(&[f64], f64) -> f64) -> Recorded {
    let mut rng = Seed(21).stream("runs", 0);
    let mut draw = || rng.random::<f64>() - 0.5;
    let all = space.design(n, Seed(8)).into_iter().map(|point| {
        let curve = LearningCurve::from_pairs((1..=4).map(|k| (Steps(25 * k), 2.0 / k as f64 + draw()))).unwrap();
        let value = curve.losses()[3] + residual(&space.encode(&point), draw());
        Example { point, curve, value }
    });
    let runs: Vec<Example> = all.collect();
    Recorded { searches: vec![0; runs.len()], space: space.clone(), runs }
}

#[test]
fn noise_is_not_memorised() {
    let recorded = runs(120, |_, noise| noise);
    for (examples, slack) in [(8, 1.2), (20, 1.12), (40, 1.08)] {
        let protocol = Protocol { examples, early: Steps(100), split: Split::Random, splits: 12, seed: Seed(1) };
        let ours = evaluate(&|| Box::new(TwoScales::default()), &recorded, &protocol).unwrap();
        let mean = evaluate(&|| Box::new(LastValueShift::default()), &recorded, &protocol).unwrap();
        assert!(ours.rmse.mean < slack * mean.rmse.mean, "N = {examples}: {:?} against {:?}", ours.rmse, mean.rmse);
        assert!(ours.cover90.mean > 0.8, "N = {examples}: {:?}", ours.cover90);
    }
}

#[test]
fn what_can_be_learnt_is() {
    let recorded = runs(120, |x, noise| 0.05 * noise - (x[0] / (x[0] + 0.01)).sqrt() + x[6]);
    let protocol = Protocol { examples: 30, early: Steps(100), split: Split::Random, splits: 6, seed: Seed(1) };
    let ours = evaluate(&|| Box::new(TwoScales::default()), &recorded, &protocol).unwrap();
    let mean = evaluate(&|| Box::new(LastValueShift::default()), &recorded, &protocol).unwrap();
    assert!(ours.rmse.mean < 0.5 * mean.rmse.mean, "{:?} against {:?}", ours.rmse, mean.rmse);
    assert!(ours.cover90.mean > 0.85, "{:?}", ours.cover90);
}

#[test]
fn experience_tells_early_that_the_place_of_the_adapted_layers_matters() {
    // the residual is the depth of the middle of the adapted layers
    let sided = space().boolean("lora_front_layers").build();
    let recorded = runs_in(&sided, 120, |x, noise| {
        let side = if x[7] > 0.5 { -1.0 } else { 1.0 };
        side * (1.0 - (1.0 + 31.0 * x[5]) / 32.0) + 0.05 * noise
    });
    let protocol = Protocol { examples: 16, early: Steps(100), split: Split::Random, splits: 12, seed: Seed(1) };
    let error = |make: &Factory| evaluate(make, &recorded, &protocol).unwrap().rmse.mean;
    let pairs: [(&Factory, &Factory); 2] = [
        (&|| Box::new(KernelResidual::with_transferred_relevances()), &|| Box::new(KernelResidual::default())),
        (&|| Box::new(TwoScales::default()), &|| Box::new(Both::scales(MlpEnsemble::default()))),
    ];
    for (with, without) in pairs {
        let (with, without) = (error(with), error(without));
        assert!(with < 0.8 * without, "{with} against {without}");
    }
}

#[test]
fn doubt_grows_away_from_the_examples() {
    let recorded = runs(30, |x, noise| 0.02 * noise + x[0] * x[6]);
    let mut p = TwoScales::default();
    p.fit(&recorded.space, &recorded.runs, Steps(100), Seed(0)).unwrap();
    let point = &recorded.runs[3].point;
    let variance = |scale: f64| {
        let curve = recorded.runs[3].curve.iter().map(|(s, v)| (s, v * scale));
        p.predict(point, &LearningCurve::from_pairs(curve).unwrap()).unwrap().variance
    };
    assert!(variance(8.0) > 2.0 * variance(1.0), "{} {}", variance(1.0), variance(8.0));
    assert!(variance(30.0) > variance(8.0));
}

#[test]
fn the_more_examples_the_less_the_perceptrons_say() {
    let recorded = runs(60, |x, noise| 0.2 * noise + x[0] * x[6]);
    let (asked, learnt) = recorded.runs.split_at(20);
    // how far from the kernel's means, relative to an ensemble with a constant share
    let apart = |n: usize| {
        let answers = |make: &Factory| -> Vec<f64> {
            let mut p = make();
            p.fit(&recorded.space, &learnt[..n], Steps(100), Seed(0)).unwrap();
            asked.iter().map(|e| p.predict(&e.point, &e.curve).unwrap().mean).collect()
        };
        let kernel = answers(&|| Box::new(Both::scales(KernelResidual::with_transferred_relevances())));
        let distance = |make: &Factory| -> f64 { answers(make).iter().zip(&kernel).map(|(a, b)| (a - b).abs()).sum() };
        let constant = distance(&|| Box::new(Both::scales(MlpEnsemble::default().with_transferred_relevances())));
        distance(&|| Box::new(TwoScales::default())) / constant
    };
    let [few, many] = [4, 40].map(apart);
    assert!(many < 0.5 * few, "{few} with few examples, {many} with many");
}
