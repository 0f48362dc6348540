//! Settings are values: methods, cache keys and sentences are made from them.
#![allow(clippy::unwrap_used, missing_docs)]

use jobs::{MethodError, Problem};
use jobs_core::test_spaces::TestSpace;
use jobs_core::{Budget, Seed, Steps, Target};
use methods::{
    AblationSettings, FullRunsFirst, JobsOptions, JobsSettings, METHODS, MethodEntry, MethodSettings, PredictorChoice,
    Recommend, WITHOUT_BURN, find,
};

fn problem(full_runs: u64, early: u64) -> Problem {
    let space = TestSpace::default().real("rate", 0.1, 1.0).build();
    let budget = Budget { total: Steps(100 * full_runs), full: Steps(100), early: Steps(early) };
    Problem::new(space, budget, Target::Best, Seed(5))
}

#[test]
fn former_names_still_work() {
    assert_eq!(find("untuned").unwrap().name, "default-config");
    assert_eq!(find("default-config").unwrap().name, "default-config");
    assert!(find("untun").is_none());
}

#[test]
fn a_changed_setting_changes_key_and_sentence() {
    let entry = |settings: fn() -> MethodSettings| MethodEntry::new("x", "x", settings);
    let default = entry(|| MethodSettings::Jobs(JobsSettings::default()));
    let changed = entry(|| MethodSettings::Jobs(JobsOptions { verify: false, ..JobsOptions::default() }.into()));
    assert_ne!(default.cache_key(), changed.cache_key());
    assert!(default.describe().contains("verifies") && !changed.describe().contains("verifies"));
    assert_eq!(default.cache_key(), find("jobs").unwrap().cache_key());
    assert_eq!(default.settings_json()["options"]["promote"], 0.5);
}

#[test]
fn without_promotion_any_run_may_be_recommended() {
    let never = JobsSettings::from(JobsOptions { promote: None, ..JobsOptions::default() });
    assert_eq!(never.ablation.recommend, Recommend::PosteriorMean);
    assert_eq!(JobsSettings::from(JobsOptions::default()), JobsSettings::default());
}

#[test]
fn the_regret_bound_splits_any_budget_with_early_runs() {
    let ablation = AblationSettings { full_runs_first: FullRunsFirst::RegretBound, ..AblationSettings::default() };
    let bound = JobsSettings { ablation, ..JobsSettings::default() };
    for full_runs in 1..6 {
        let published = [JobsSettings::as_published()].into_iter().filter(|_| cfg!(feature = "burn"));
        for settings in published.chain([bound]) {
            assert!(settings.make("jobs", &problem(full_runs, 20)).is_ok(), "{full_runs} full runs");
            assert!(settings.make("jobs", &problem(full_runs, 100)).is_err(), "{full_runs} full runs");
        }
    }
}

#[test]
fn only_the_curve_model_has_no_predictor() {
    assert!(PredictorChoice::None.make().unwrap().is_none());
    assert!(PredictorChoice::KernelResidual.make().unwrap().is_some());
}

#[test]
fn networks_need_burn() {
    for settings in METHODS.iter().map(|m| (m.settings)()) {
        let made = settings.make("x", &problem(8, 20));
        let refused = matches!(made, Err(MethodError::NotApplicable(why)) if why == WITHOUT_BURN);
        assert_eq!(refused, settings.needs_burn() && !cfg!(feature = "burn"), "{settings}");
    }
}
