//! Constants from pilot data: the truth is recovered, the stated uncertainty is honest, the allocation follows.

use crate::toy_gp::{function_of_norm, kernel, normals};
use budget::{
    BoundModel, ErrorFit, ErrorForm, ErrorLaw, ErrorPoint, ErrorPrior, Estimate, Estimated, Pilot, RegretBound,
    TheoryError, noise_from_replicates, norm_from_pilot,
};
use jobs_core::{Allocator, Budget, Seed, Steps};

/// Errors after 5, 10, ..., 40 full runs, each the root-mean-square of `residuals` normal errors.
fn measured(law: ErrorLaw, residuals: usize, trial: u64) -> Vec<ErrorPoint> {
    let mut z = normals(Seed(5), "errors", trial);
    (1..=8)
        .map(|i| {
            let errors: Vec<f64> = z.by_ref().take(residuals).map(|z| z * law.at(5 * i)).collect();
            let rmse = (errors.iter().map(|e| e * e).sum::<f64>() / residuals as f64).sqrt();
            ErrorPoint { full_runs: 5 * i, rmse, residuals: residuals as u64 }
        })
        .collect()
}

#[test]
fn exact_errors_give_the_law_back() {
    for (form, law) in [
        (ErrorForm::Root, ErrorLaw::root(0.2)),
        (ErrorForm::FloorAndRoot, ErrorLaw::with_floor(0.03, 0.2)),
        (ErrorForm::Power, ErrorLaw::power(0.03, 0.2, 0.9)),
    ] {
        let points: Vec<ErrorPoint> =
            (1..=10).map(|n| ErrorPoint { full_runs: n, rmse: law.at(n), residuals: 50 }).collect();
        let fit = ErrorFit::new(form, &points, 0, Seed(0)).unwrap();
        for n in [1, 5, 30] {
            approx::assert_relative_eq!(fit.law.at(n), law.at(n), max_relative = 1e-3);
        }
    }
}

/// 90 % intervals of a bootstrap hold the truth in about 90 % of trials. Over seeds, intervals that do would leave
/// [80 %, 97 %] of 150 trials with probability below 0.001 on either side (binomial, 0.9).
#[test]
fn intervals_hold_the_truth() {
    let truth = ErrorLaw::with_floor(0.04, 0.25);
    let trials = 150;
    let mut held = 0;
    for trial in 0..trials {
        let fit = ErrorFit::new(ErrorForm::FloorAndRoot, &measured(truth, 60, trial), 100, Seed(trial)).unwrap();
        held += u64::from(fit.scale(0.9).contains(0.25));
        assert!(fit.floor(0.9).low >= 0.0);
    }
    assert!((trials * 80 / 100..=trials * 97 / 100).contains(&held), "{held} of {trials}");
}

/// The criterion prefers the form that made the data, and says so at small cost to the simpler one.
#[test]
fn the_criterion_prefers_the_true_form() {
    let best = |truth: ErrorLaw, trial| {
        let points = measured(truth, 2000, trial);
        let fits = ErrorForm::ALL.map(|form| ErrorFit::new(form, &points, 0, Seed(0)).unwrap());
        fits.iter().min_by(|a, b| a.aicc.total_cmp(&b.aicc)).unwrap().form
    };
    let count = |truth, form| (0..40).filter(|&trial| best(truth, trial) == form).count();
    assert!(count(ErrorLaw::root(0.25), ErrorForm::Root) >= 28);
    assert!(count(ErrorLaw::with_floor(0.05, 0.25), ErrorForm::FloorAndRoot) >= 28);
}

#[test]
fn bad_points_are_refused() {
    let good = ErrorPoint { full_runs: 5, rmse: 0.1, residuals: 10 };
    for bad in [
        ErrorPoint { full_runs: 0, ..good },
        ErrorPoint { rmse: f64::NAN, ..good },
        ErrorPoint { rmse: -0.1, ..good },
        ErrorPoint { residuals: 0, ..good },
    ] {
        assert!(matches!(ErrorFit::new(ErrorForm::Root, &[bad], 0, Seed(0)), Err(TheoryError::OutOfRange { .. })));
        assert!(matches!(ErrorPrior::default().updated(&[bad]), Err(TheoryError::OutOfRange { .. })));
    }
    let same = [good; 5];
    assert_eq!(
        ErrorFit::new(ErrorForm::FloorAndRoot, &same, 0, Seed(0)).unwrap_err(),
        TheoryError::TooFew {
            what: "different numbers of full runs with a measured predictor error",
            needed: 2,
            found: 1
        }
    );
    let perfect = [ErrorPoint { rmse: 0.0, ..good }];
    assert_eq!(ErrorFit::new(ErrorForm::Root, &perfect, 3, Seed(0)).unwrap().law.at(7), 0.0);
    assert_eq!(ErrorPrior::default().updated(&perfect).unwrap().at(7), 0.0);
}

#[test]
fn the_prior_yields_to_data_and_knows_no_units() {
    let prior = ErrorPrior::default();
    assert_eq!(prior.updated(&[]).unwrap(), prior.law);
    let truth = ErrorLaw::with_floor(0.1, 0.1);
    let at = |residuals| -> f64 {
        let points: Vec<ErrorPoint> =
            [2, 5, 10, 40].map(|n| ErrorPoint { full_runs: n, rmse: truth.at(n), residuals }).to_vec();
        (prior.updated(&points).unwrap().at(1000) / truth.at(1000) - 1.0).abs()
    };
    assert!(at(10_000) < 0.01 && at(10_000) < at(3));
    let points = measured(truth, 20, 0);
    let scaled: Vec<ErrorPoint> = points.iter().map(|p| ErrorPoint { rmse: 100.0 * p.rmse, ..*p }).collect();
    let (law, scaled) = (prior.updated(&points).unwrap(), prior.updated(&scaled).unwrap());
    approx::assert_relative_eq!(scaled.at(7), 100.0 * law.at(7), max_relative = 1e-9);
}

fn pilot(truth: ErrorLaw, residuals: usize, trial: u64) -> Pilot {
    let f = function_of_norm(3.0, Seed(9), trial);
    let mut z = normals(Seed(9), "replicates", trial);
    let replicates: Vec<Vec<f64>> = (0..6).map(|_| z.by_ref().take(2).map(|z| 0.02 * z).collect()).collect();
    let noise_sd = noise_from_replicates(&replicates).unwrap();
    Pilot {
        norm_bound: norm_from_pilot(kernel, &f, noise_sd.value).unwrap(),
        noise_sd,
        errors: measured(truth, residuals, trial),
        prior: ErrorPrior::default(),
    }
}

/// The N found from a pilot is near the N of the true constants, and the interval of N narrows with data.
#[test]
fn a_pilot_finds_the_allocation_and_says_how_surely() {
    let truth = ErrorLaw::with_floor(0.02, 0.5);
    let budget = Budget { total: Steps(50 * 625), full: Steps(625), early: Steps(100) };
    let base = RegretBound::default();
    let true_model = BoundModel { norm_bound: 3.0, noise_sd: 0.02, error: truth, ..BoundModel::default() };
    let best = RegretBound { model: true_model.clone(), ..base }.optimum(&budget).unwrap();
    let mut held = 0;
    for trial in 0..20 {
        let estimated = Estimated::new(&pilot(truth, 30, trial), &base, Seed(trial)).unwrap();
        let chosen = estimated.allocate(&budget).unwrap();
        let excess = true_model.at(chosen.full_runs, chosen.early_runs) / best.bound - 1.0;
        assert!(excess < 0.02, "trial {trial}: N = {} costs {excess}", chosen.full_runs);
        let certainty = estimated.certainty(&budget, 0.9).unwrap();
        held += u32::from(certainty.full_runs.contains(best.full_runs as f64));
        assert!(certainty.excess >= 0.0 && certainty.full_runs.low <= certainty.full_runs.high);
    }
    // an interval right in 9 of 10 trials is right in fewer than 13 of 20 with probability 0.0004
    assert!(held >= 13, "{held} of 20");

    let width = |residuals| {
        let pilot = Pilot { norm_bound: Estimate::exact(3.0), ..pilot(truth, residuals, 0) };
        let range = Estimated::new(&pilot, &base, Seed(0)).unwrap().certainty(&budget, 0.9).unwrap().full_runs;
        range.high - range.low
    };
    assert!(width(5000) < width(5));
}

#[test]
fn a_pilot_without_errors_keeps_the_prior_and_bad_ones_are_refused() {
    let pilot = Pilot {
        norm_bound: Estimate { value: 2.0, standard_error: 1.0 },
        noise_sd: Estimate::exact(0.01),
        errors: vec![],
        prior: ErrorPrior::default(),
    };
    let estimated = Estimated::new(&pilot, &RegretBound::default(), Seed(1)).unwrap();
    assert_eq!(estimated.regret_bound().model.error, ErrorLaw::RECORDED);
    let (floor, scale) = estimated.error_law();
    assert!((0.3..0.7).contains(&(floor.standard_error / floor.value)));
    assert!((0.3..0.7).contains(&(scale.standard_error / scale.value)));
    for bad in
        [Estimate::exact(f64::NAN), Estimate::exact(-1.0), Estimate { value: 1.0, standard_error: f64::INFINITY }]
    {
        let pilot = Pilot { norm_bound: bad, ..pilot.clone() };
        assert!(Estimated::new(&pilot, &RegretBound::default(), Seed(1)).is_err());
    }
}
