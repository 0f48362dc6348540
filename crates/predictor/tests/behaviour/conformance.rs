//! Laws of every predictor, on spaces and curves of several shapes.

use jobs_core::conformance::check_predictor;
use jobs_core::test_spaces::TestSpace;
use jobs_core::{Example, LearningCurve, Predictor, PredictorError, SearchSpace, Seed, Steps};
use predictor::{
    Both, Exponential, Factory, ForestResidual, KernelResidual, LastValue, LastValueShift, LogLoss, MlpConfig,
    MlpEnsemble, PowerLaw, RidgeResidual, TwoScales,
};

fn all() -> Vec<Box<Factory>> {
    vec![
        Box::new(|| Box::new(LastValue::default())),
        Box::new(|| Box::new(LastValueShift::default())),
        Box::new(|| Box::new(PowerLaw::default())),
        Box::new(|| Box::new(Exponential::default())),
        Box::new(|| Box::new(ForestResidual::default())),
        Box::new(|| Box::new(RidgeResidual::default())),
        Box::new(|| Box::new(KernelResidual::default())),
        Box::new(|| Box::new(MlpEnsemble::default())),
        Box::new(|| Box::new(TwoScales::default())),
        Box::new(|| Box::new(LogLoss::new(KernelResidual::default()))),
        Box::new(|| Box::new(Both::new(RidgeResidual::default(), LogLoss::new(KernelResidual::default())))),
    ]
}

/// A space with a simplex and LoRA names, one with a simplex alone, and one with neither.
pub(crate) fn spaces() -> Vec<SearchSpace> {
    let lora = TestSpace::simplex(3)
        .log_integer("lora_rank", 1, 64)
        .real("lora_alpha", 1.0, 48.0)
        .integer("lora_layers", 1, 32)
        .boolean("lora_q_proj")
        .boolean("lora_up_proj");
    let other =
        TestSpace::default().log_real("rate", 0.001, 0.1).categorical("schedule", &["linear", "cosine", "none"]);
    vec![lora.build(), TestSpace::simplex(3).build(), other.build()]
}

/// Runs whose residual depends on the first encoded coordinate, evaluated every `every` steps up to `full`.
pub(crate) fn examples(space: &SearchSpace, n: usize, every: u64, full: u64) -> Vec<Example> {
    let runs = space.design(n, Seed(11)).into_iter().enumerate().map(|(i, point)| {
        let x = space.encode(&point);
        let (speed, floor) = (1.0 + x[0], 1.0 + 0.3 * x[1] + 0.01 * (i as f64 * 1.7).sin());
        let law = |s: u64| floor + 2.0 * (-(speed * s as f64) / full as f64 * 4.0).exp();
        let curve = LearningCurve::from_pairs((1..=full / every).map(|k| (Steps(k * every), law(k * every)))).unwrap();
        let value = law(full);
        Example { point, curve, value }
    });
    runs.collect()
}

#[test]
fn every_predictor_keeps_the_laws() {
    for space in spaces() {
        for (every, full) in [(25, 625), (10, 500), (100, 1000)] {
            let runs = examples(&space, 14, every, full);
            for make in all() {
                assert_eq!(check_predictor(&*make, &space, &runs, Steps(full / 5), 2e-3), Ok(()), "{}", make().name());
            }
        }
    }
}

#[test]
fn few_examples_are_answered_with_due_doubt() {
    for space in spaces() {
        let runs = examples(&space, 12, 25, 625);
        for make in all() {
            for n in 0..=6 {
                let mut p = make();
                p.fit(&space, &runs[..n], Steps(100), Seed(0)).unwrap();
                for new in &runs[7..] {
                    let belief = p.predict(&new.point, &new.curve.up_to(Steps(100))).unwrap();
                    assert!(belief.mean.is_finite() && belief.variance.is_finite(), "{} {n}: {belief:?}", p.name());
                    assert!(belief.variance > 0.0, "{} {n}: {belief:?}", p.name());
                    assert!((belief.mean - new.value).abs() < 6.0 * belief.sd().max(0.3), "{} {n}", p.name());
                }
            }
        }
    }
}

#[test]
fn answers_before_any_fit() {
    let space = &spaces()[0];
    let run = &examples(space, 2, 25, 625)[1];
    for make in all() {
        let belief = make().predict(&run.point, &run.curve.up_to(Steps(100))).unwrap();
        assert_eq!(belief.mean, run.curve.at(Steps(100)).unwrap(), "{}", make().name());
        assert!(belief.sd() > 0.1);
    }
}

#[test]
fn short_gappy_long_and_odd_curves() {
    let space = &spaces()[0];
    let runs = examples(space, 15, 25, 625);
    let (new, learn) = runs.split_last().unwrap();
    let full: Vec<_> = new.curve.iter().collect();
    let pick = |keep: &[usize]| LearningCurve::from_pairs(keep.iter().map(|&i| full[i])).unwrap();
    for make in all() {
        let mut p = make();
        p.fit(space, learn, Steps(100), Seed(0)).unwrap();
        let ask = |curve: &LearningCurve| p.predict(&new.point, curve).unwrap();
        let whole = ask(&new.curve.up_to(Steps(100)));
        assert_eq!(ask(&new.curve), whole, "{}: a longer curve is cut to the early budget", p.name());
        for curve in [pick(&[0]), pick(&[1]), pick(&[0, 3]), pick(&[3]), pick(&[2, 7]), pick(&[9, 12])] {
            let belief = ask(&curve);
            assert!(belief.mean.is_finite() && belief.variance > 0.0, "{}", p.name());
        }
        assert_eq!(p.predict(&new.point, &LearningCurve::new()), Err(PredictorError::EmptyCurve));
    }
    // a run stopped early is less well known
    let mut p = MlpEnsemble::default();
    p.fit(space, learn, Steps(100), Seed(0)).unwrap();
    let at = |s| p.predict(&new.point, &new.curve.up_to(Steps(s))).unwrap();
    assert!(at(25).variance > at(100).variance);
    assert!((at(75).mean - new.value).abs() < 0.5);
}

#[test]
fn bad_examples_and_other_spaces_are_refused() {
    let [a, b, _] = &spaces()[..] else { panic!("three spaces") };
    let runs = examples(a, 8, 25, 625);
    let stranger = &examples(b, 2, 25, 625)[0];
    for make in all() {
        let mut p = make();
        let mut with = |bad: Example| p.fit(a, &[&runs[..3], &[bad]].concat(), Steps(100), Seed(0));
        let bad = |e: Result<(), PredictorError>| matches!(e, Err(PredictorError::BadExample { index: 3, .. }));
        assert!(bad(with(Example { curve: LearningCurve::new(), ..runs[3].clone() })));
        assert!(bad(with(Example { value: f64::NAN, ..runs[3].clone() })));
        assert!(bad(with(stranger.clone())));
    }
    let mut p = MlpEnsemble::default();
    p.fit(a, &runs, Steps(100), Seed(0)).unwrap();
    let asked = p.predict(&stranger.point, &stranger.curve);
    assert_eq!(asked, Err(PredictorError::Dimension { found: b.encoded_len(), expected: a.encoded_len() }));
}

#[test]
fn degenerate_numbers_do_not_panic() {
    let space = &spaces()[0];
    let runs = examples(space, 10, 25, 625);
    let same = vec![runs[0].clone(); 8];
    let image = |scale: f64| -> Vec<Example> {
        let moved = |e: &Example| LearningCurve::from_pairs(e.curve.iter().map(|(s, v)| (s, v * scale))).unwrap();
        runs.iter().map(|e| Example { curve: moved(e), value: e.value * scale, ..e.clone() }).collect()
    };
    for set in [same, image(0.0), image(1e200), image(1e-200), image(-3.0)] {
        for early in [Steps(0), Steps(1), Steps(100), Steps(u64::MAX)] {
            for make in all() {
                let mut p = make();
                if p.fit(space, &set, early, Seed(0)).is_ok() {
                    let _ = p.predict(&runs[0].point, &set[0].curve).unwrap();
                }
            }
        }
    }
    let config = MlpConfig { members: 0, hidden: 0, epochs: 0, validation: f64::NAN, ..MlpConfig::default() };
    let mut p = MlpEnsemble::new(config);
    p.fit(space, &runs, Steps(100), Seed(0)).unwrap();
    assert!(p.predict(&runs[0].point, &runs[0].curve).unwrap().mean.is_finite());
}

#[test]
fn the_same_in_any_thread() {
    let space = &spaces()[0];
    let runs = examples(space, 20, 25, 625);
    let answers = || {
        let mut p = MlpEnsemble::default();
        p.fit(space, &runs[..16], Steps(100), Seed(4)).unwrap();
        runs[16..].iter().map(|r| p.predict(&r.point, &r.curve).unwrap()).collect::<Vec<_>>()
    };
    let here = answers();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..3).map(|_| scope.spawn(answers)).collect();
        threads.into_iter().for_each(|t| assert_eq!(t.join().unwrap(), here));
    });
}
