//! Cached results are keyed by a method's settings and [`ALGORITHM_VERSION`]. This test fails when proposals change under the same
//! version, so that stale results are never reused.
//!
//! `tests/golden/proposals-vN.json` holds, for version N and every method, a hash of its settings and of all its proposals on three
//! synthetic problems.
//!
//! | change | what to do |
//! | --- | --- |
//! | same settings, other proposals | raise `ALGORITHM_VERSION`, run with `UPDATE_GOLDEN=1`, replace the old file by the new one |
//! | other settings, or a new method | run with `UPDATE_GOLDEN=1` |
//!
//! The test never rewrites the hashes of unchanged settings within a version.
//!
//! Methods with networks sum in another order with AVX-512 than without (all others propose the same bits:
//! `scripts/check-instruction-sets`), and exponentials differ between C libraries. In a long search such differences grow. The long problem
//! therefore has a list of candidates: its proposals are discrete. The problems over the whole space are short, and their coordinates are
//! hashed to four significant digits.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use jobs::{MethodError, Problem, Report, Study};
use jobs_core::test_spaces::TestSpace;
use jobs_core::{Budget, LearningCurve, Seed, Steps, Target};
use methods::{ALGORITHM_VERSION, JobsOptions, JobsSettings, METHODS, MethodEntry, MethodSettings, PredictorChoice};

/// Hashes by method, then by problem; that of the settings is under "settings".
type Golden = BTreeMap<String, BTreeMap<String, String>>;

/// A long one among candidates; two short ones over the whole space, with early runs and without.
fn problems() -> [(&'static str, Problem); 3] {
    let space = TestSpace::simplex(3).log_integer("rank", 1, 64).boolean("gate").build();
    let problem = |early: u64, full_runs: u64, seed: u64| {
        let budget = Budget { total: Steps(100 * full_runs), full: Steps(100), early: Steps(early) };
        Problem::new(space.clone(), budget, Target::Best, Seed(seed))
    };
    let candidates = space.design(120, Seed(13));
    [
        ("candidates", problem(20, 20, 10).among(candidates)),
        ("early-runs", problem(20, 9, 11)),
        ("full-runs", problem(100, 7, 12)),
    ]
}

/// The slow knowledge gradient gets fewer runs.
fn shortened(method: &MethodEntry, mut problem: Problem) -> Problem {
    if method.name == "mf-kg" {
        problem.budget.total = Steps(500);
    }
    problem
}

/// A made-up training curve: a bowl over the space, and curves that fall at different rates.
fn curve(x: &[f64], to: Steps) -> LearningCurve {
    let bottom = 1.0 + (x[0] - 0.55).powi(2) + 0.5 * (x[1] - x[3]).powi(2) + 0.1 * (1.0 - x[4]) + 0.3 * x[2] * x[3];
    let rate = 10.0 + 20.0 * x[0];
    let loss = |step: u64| bottom + (0.4 + 1.2 * x[3]) * (-(step as f64) / rate).exp();
    LearningCurve::from_pairs((1..=to.0 / 5).map(|k| (Steps(5 * k), loss(5 * k)))).unwrap()
}

/// One line per proposal; `None` where the method does not apply.
fn proposals(method: &MethodEntry, problem: &Problem) -> Option<String> {
    let made = match method.make(problem) {
        Err(MethodError::NotApplicable(_)) => return None,
        made => made.unwrap(),
    };
    let mut study = Study::new(problem.clone(), made).unwrap();
    let mut lines = String::new();
    while let Some(trial) = study.ask().unwrap() {
        let x = problem.space.encode(&trial.point);
        let rounded: Vec<String> = x.iter().map(|v| format!("{v:.3e}")).collect();
        lines += &format!("{} {}-{} {} {}\n", trial.run, trial.from, trial.to, trial.phase, rounded.join(" "));
        study.tell(Report { run: trial.run, step: trial.to, curve: curve(&x, trial.to) }).unwrap();
    }
    Some(lines + &format!("recommends {}", study.best().unwrap().unwrap().run))
}

/// FNV-1a, 64 bits.
fn hash(text: &str) -> String {
    let step = |h: u64, byte: u8| (h ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    format!("{:016x}", text.bytes().fold(0xcbf2_9ce4_8422_2325, step))
}

/// Parts that only the ablation uses.
const ABLATED: &[MethodEntry] = &[
    MethodEntry::new("jobs-online", "", || MethodSettings::JobsOnline),
    // studies that the first version of `jobs` began: proposals as in that version's golden file
    MethodEntry::new("jobs-first-version", "", || {
        let options = JobsOptions { predictor: PredictorChoice::MlpEnsemble, ..JobsOptions::default() };
        MethodSettings::Jobs(JobsSettings::first_version(options))
    }),
    MethodEntry::new("jobs-curve-gp", "", || jobs_with(PredictorChoice::None)),
    MethodEntry::new("jobs-experienced", "", || jobs_with(PredictorChoice::ExperiencedMlpEnsemble)),
    MethodEntry::new("jobs-last-value", "", || jobs_with(PredictorChoice::LastValue)),
    MethodEntry::new("jobs-perceptrons", "", || jobs_with(PredictorChoice::MlpEnsemble)),
    MethodEntry::new("jobs-ridge", "", || jobs_with(PredictorChoice::RidgeResidual)),
    MethodEntry::new("jobs-shift", "", || jobs_with(PredictorChoice::LastValueShift)),
    MethodEntry::new("jobs-two-scales", "", || jobs_with(PredictorChoice::MlpEnsembleOnTwoScales)),
];

fn jobs_with(predictor: PredictorChoice) -> MethodSettings {
    MethodSettings::Jobs(JobsOptions { predictor, ..JobsOptions::default() }.into())
}

/// A cache key without the algorithm version.
fn settings_of(cache_key: &str) -> &str {
    cache_key.split_once(' ').unwrap().1
}

fn found() -> Golden {
    let of = |method: &MethodEntry| {
        let hashes = problems().into_iter().filter_map(|(name, problem)| {
            Some((name.to_owned(), hash(&proposals(method, &shortened(method, problem))?)))
        });
        let settings = ("settings".to_owned(), hash(settings_of(&method.cache_key())));
        (method.name.to_owned(), hashes.chain([settings]).collect())
    };
    METHODS.iter().chain(ABLATED).filter(|m| is_built_in(m)).map(of).collect()
}

/// Without Burn, the methods with networks are left out; the proposals of the others are the same.
fn is_built_in(method: &MethodEntry) -> bool {
    cfg!(feature = "burn") || !(method.settings)().needs_burn()
}

#[test]
fn proposals_are_those_of_the_algorithm_version() {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/proposals-v{ALGORITHM_VERSION}.json"));
    let mut golden: Golden =
        std::fs::read(&path).map(|text| serde_json::from_slice(&text).unwrap()).unwrap_or_default();
    let is_left_out = |name: &str| METHODS.iter().chain(ABLATED).any(|m| m.name == name && !is_built_in(m));
    golden.retain(|name, _| !is_left_out(name));
    let found = found();
    let is_stale = |name: &str, hashes: &BTreeMap<String, String>| {
        found.get(name).is_some_and(|found| found["settings"] == hashes["settings"] && found != hashes)
    };
    let changed: Vec<&str> = golden.iter().filter(|(n, h)| is_stale(n, h)).map(|(name, _)| name.as_str()).collect();
    assert!(
        changed.is_empty(),
        "proposals of {} changed: raise ALGORITHM_VERSION and update the golden file (see this test's documentation)",
        changed.join(", ")
    );
    if golden != found {
        if std::env::var_os("UPDATE_GOLDEN").is_none() || cfg!(not(feature = "burn")) {
            panic!(
                "{} does not have the methods and settings of METHODS: run this test with UPDATE_GOLDEN=1, and with Burn",
                path.display()
            );
        }
        std::fs::write(&path, serde_json::to_string_pretty(&found).unwrap() + "\n").unwrap();
    }
}

#[test]
fn keys_are_distinct_and_descriptions_are_sentences() {
    let mut keys: Vec<String> = METHODS.iter().map(MethodEntry::cache_key).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), METHODS.len(), "two methods with the same settings");
    for method in METHODS {
        println!("{}: {}\n  {}\n  {}", method.name, method.description, method.describe(), method.cache_key());
        assert!(!method.describe().is_empty() && !method.describe().contains("  "), "{}", method.describe());
    }
}
