use jobs_core::test_spaces::TestSpace;
use jobs_core::{Example, LearningCurve, Steps};
use predictor::LastValueShift;

use super::*;

/// Runs that end at rate^2 plus a wiggle the early losses do not show.
fn recorded(n: usize, twice: bool) -> Recorded {
    let space = TestSpace::default().real("rate", 0.0, 1.0).build();
    let run = |(i, point): (usize, jobs_core::Point)| {
        let rate = point.real("rate").unwrap();
        let wiggle = 0.1 * (40.0 * rate).sin() + 0.02 * (i as f64).cos();
        let curve = (1..=10).map(|k| (Steps(10 * k), rate * rate + (wiggle * k as f64) / 10.0));
        Example { point, curve: LearningCurve::from_pairs(curve).unwrap(), value: rate * rate + wiggle }
    };
    let mut points = space.design(n, Seed(1));
    if twice {
        points[1] = points[0].clone();
    }
    let runs: Vec<Example> = points.into_iter().enumerate().map(run).collect();
    Recorded { space, searches: vec![0; n], runs }
}

fn plan(recorded: &Recorded, given: GivenConstants) -> Result<PilotPlan, PilotError> {
    let budget = Budget { total: Steps(3000), full: Steps(100), early: Steps(20) };
    let make = || Box::new(LastValueShift::default()) as Box<dyn jobs_core::Predictor>;
    PilotPlan::new(&make, recorded, &budget, &RegretBound::default(), given, Seed(2))
}

#[test]
fn constants_are_measured() {
    let made = plan(&recorded(30, true), GivenConstants::default()).unwrap();
    let m = &made.pilot;
    assert_eq!(m.errors.iter().map(|e| e.full_runs).collect::<Vec<_>>(), [4, 6, 9, 13, 19]);
    // what early losses do not show is 0.8 (0.1 sin + 0.02 cos), about 0.058, however many runs are learnt from; 30 residuals
    // find that level and pull the shape of the prior some way towards flat
    let law = |n: f64| m.error_floor.value + m.error_scale.value / n.sqrt();
    assert!((0.048..0.068).contains(&law(9.0)), "{made}");
    let recorded = budget::ErrorLaw::RECORDED;
    assert!(law(4.0) / law(19.0) < recorded.at(4) / recorded.at(19), "{made}");
    // two runs of one configuration, 0.02 (cos 0 - cos 1) apart
    assert!((m.noise_sd.value - 0.02 * (1.0 - 1.0_f64.cos()) / 2.0_f64.sqrt()).abs() < 1e-12, "{made}");
    assert!(m.norm_bound.value > 0.0 && m.norm_bound.standard_error > 0.0);
    let [low, high] = m.best_full_runs;
    assert!((low..=high).contains(&made.plan.allocation.full_runs), "{made}");
    assert_eq!(made.plan.constants.error_scale, m.error_scale.value);
}

#[test]
fn given_constants_are_kept_and_units_cancel() {
    let runs = recorded(20, false);
    let given = plan(&runs, GivenConstants { norm_bound: Some(2.0), noise_sd: Some(0.25) }).unwrap();
    assert_eq!((given.plan.constants.norm_bound, given.plan.constants.noise_sd), (2.0, 0.25));
    let mut large = runs.clone();
    for run in &mut large.runs {
        run.value *= 100.0;
        run.curve = LearningCurve::from_pairs(run.curve.iter().map(|(s, v)| (s, 100.0 * v))).unwrap();
    }
    let noise = |noise_sd| GivenConstants { noise_sd: Some(noise_sd), ..GivenConstants::default() };
    let (small, large) = (plan(&runs, noise(0.01)).unwrap(), plan(&large, noise(1.0)).unwrap());
    assert_eq!(small.plan.allocation, large.plan.allocation);
    assert!((large.pilot.norm_bound.value / small.pilot.norm_bound.value / 100.0 - 1.0).abs() < 1e-6);
}

#[test]
fn too_little_is_refused() {
    assert_eq!(
        plan(&recorded(8, false), GivenConstants::default()).unwrap_err(),
        PilotError::TooFew { found: 8, needed: 9 }
    );
    assert!(plan(&recorded(9, false), GivenConstants::default()).is_ok());
    let bad =
        plan(&recorded(20, false), GivenConstants { noise_sd: Some(-1.0), ..GivenConstants::default() }).unwrap_err();
    assert!(bad.to_string().contains("the training noise R0 is -1"), "{bad}");
}
