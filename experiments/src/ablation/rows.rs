//! The rows of the ablation: JoBS with one part changed, and competitors with other settings.

use gp::{KernelSpec, Priors, Profile, SimplexWarp};
use methods::{
    AblationSettings, AcquisitionChoice, BayesOptSettings, FullRunsFirst, GpSettings, InitialEarlyRuns, JobsOptions,
    JobsSettings, LevelRule, Levels, MethodSettings, MultiFidelitySettings, PredictorChoice, Recommend,
};

use methods::MethodEntry;

/// JoBS with one part changed at a time, and the competitors with other settings: what `ablation` runs.
pub const ABLATIONS: &[MethodEntry] = &[
    MethodEntry::new("jobs", "as in fig5", || MethodSettings::Jobs(JobsSettings::default())),
    MethodEntry::new("initial-early-runs-0", "no initial early runs; N = 3 full runs instead", || {
        parts(|p| {
            p.full_runs_first = FullRunsFirst::fixed(3, [1, 2]);
            p.initial_early_runs = InitialEarlyRuns::Fixed(0);
        })
    })
    .aliases(&["scouts-0"]),
    MethodEntry::new("initial-early-runs-6", "6 initial early runs", || {
        parts(|p| p.initial_early_runs = InitialEarlyRuns::Fixed(6))
    })
    .aliases(&["scouts-6"]),
    MethodEntry::new("initial-early-runs-24", "24 initial early runs", || {
        parts(|p| p.initial_early_runs = InitialEarlyRuns::Fixed(24))
    })
    .aliases(&["scouts-24"]),
    MethodEntry::new("learn-3", "N = 3 full runs before the search", || full_runs_first(3, [1, 1])),
    MethodEntry::new("learn-5", "N = 5 full runs before the search", || full_runs_first(5, [1, 1])),
    MethodEntry::new("learn-10", "N = 10 full runs before the search, at most half the budget", || {
        full_runs_first(10, [1, 2])
    }),
    MethodEntry::new("learn-20", "N = 20 full runs before the search, at most half the budget", || {
        full_runs_first(20, [1, 2])
    }),
    MethodEntry::new("learn-40", "N = 40 full runs before the search, at most four fifths of the budget", || {
        full_runs_first(40, [4, 5])
    }),
    MethodEntry::new("learn-bound", "N full runs before the search, N chosen by the regret bound", || {
        parts(|p| p.full_runs_first = FullRunsFirst::RegretBound)
    }),
    MethodEntry::new("learn-online", "as published, with N chosen online from the predictor's own errors", || {
        MethodSettings::JobsOnline
    }),
    MethodEntry::new("promote-30", "30 % of the steps for promoted runs", || options(|o| o.promote = Some(0.3))),
    MethodEntry::new("promote-70", "70 % of the steps for promoted runs", || options(|o| o.promote = Some(0.7))),
    MethodEntry::new("promote-at-once", "promotion from the start instead of after 24 early runs", || {
        parts(|p| p.promote_after = 0)
    }),
    MethodEntry::new("promote-later", "promotion somewhat later", || parts(|p| p.promotion_lateness = 1.5)),
    MethodEntry::new(
        "first-version",
        "as before levels and curves of the target so far, with the MLP ensemble",
        || {
            let options = JobsOptions { predictor: PredictorChoice::MlpEnsemble, ..JobsOptions::default() };
            MethodSettings::Jobs(JobsSettings::first_version(options))
        },
    ),
    MethodEntry::new("no-levels", "promoted runs go on to the end at once", || parts(|p| p.levels = Levels::None)),
    MethodEntry::new("raw-curves", "the predictor sees losses, not the lowest loss so far", || {
        parts(|p| p.target_so_far = false)
    }),
    MethodEntry::new("promote-late", "promotion later still", || parts(|p| p.promotion_lateness = 2.5)),
    MethodEntry::new("promote-never", "no promotion; the final full runs continue the best early runs", || {
        options(|o| o.promote = None)
    }),
    MethodEntry::new("no-verify", "no full run reserved for verification", || options(|o| o.verify = false)),
    MethodEntry::new("no-early-signal-check", "early runs even where early losses are uninformative", || {
        options(|o| o.early_signal_check = false)
    })
    .aliases(&["no-fallback"]),
    MethodEntry::new("last-as-all", "the last full run is chosen like every other run", || {
        parts(|p| p.last_by_improvement = false)
    }),
    MethodEntry::new(
        "variance-at-once",
        "predicted variance used from the first prediction instead of from three full runs on",
        || parts(|p| p.variance_from = Some(0)),
    ),
    MethodEntry::new("no-variance", "predictions treated as measurements", || parts(|p| p.variance_from = None)),
    MethodEntry::new("plain-losses", "plain losses, no logarithmic scale", || parts(|p| p.log_losses = None)),
    MethodEntry::new("headroom-half", "logarithmic loss scale with half the headroom", || {
        parts(|p| p.log_losses = Some(0.5))
    }),
    MethodEntry::new("headroom-2", "logarithmic loss scale with twice the headroom", || {
        parts(|p| p.log_losses = Some(2.0))
    }),
    MethodEntry::new("default-priors", "standard length-scale priors (Hvarfner et al. 2024)", || {
        parts(|p| p.gp.priors = Priors::default())
    })
    .aliases(&["usual-priors"]),
    MethodEntry::new("default-priors-plain-losses", "standard length-scale priors, plain losses", || {
        parts(|p| {
            p.gp.priors = Priors::default();
            p.log_losses = None;
        })
    })
    .aliases(&["usual-plain"]),
    MethodEntry::new("recommend-any", "recommends the lowest posterior mean among all runs, full or not", || {
        parts(|p| p.recommend = Recommend::PosteriorMean)
    }),
    MethodEntry::new("ucb-1", "UCB with constant beta 1", || acquisition(ucb(1.0))),
    MethodEntry::new("ucb-4", "UCB with constant beta 4", || acquisition(ucb(4.0))),
    MethodEntry::new("ucb-16", "UCB with constant beta 16", || acquisition(ucb(16.0))),
    MethodEntry::new("ucb-9", "UCB with constant beta 9", || acquisition(ucb(9.0))),
    MethodEntry::new("ucb-9-to-4", "UCB with beta from 9 to 4 (as in fig5 where there are early runs)", || {
        acquisition(schedule(9.0, 4.0))
    }),
    MethodEntry::new("ucb-9-to-1", "UCB with beta from 9 to 1", || acquisition(schedule(9.0, 1.0))),
    MethodEntry::new("log-ei", "LogEI", || acquisition(AcquisitionChoice::LogEi)),
    MethodEntry::new("matern-32", "Matern-3/2 kernel in the surrogate", || {
        kernel(KernelSpec { profile: Profile::Matern32, ..KernelSpec::default() })
    }),
    MethodEntry::new("rbf", "squared-exponential kernel in the surrogate", || {
        kernel(KernelSpec { profile: Profile::Rbf, ..KernelSpec::default() })
    }),
    MethodEntry::new("raw-shares", "shares compared directly instead of by their logarithms", || {
        kernel(KernelSpec { simplex: SimplexWarp::Shares, ..KernelSpec::default() })
    }),
    MethodEntry::new("curve-gp", "learning-curve GP over (x, steps) instead of predictor and GP", || {
        predictor(PredictorChoice::None)
    }),
    MethodEntry::new("last-value", "the last early loss instead of kernel regression", || {
        predictor(PredictorChoice::LastValue)
    }),
    MethodEntry::new("shift", "last early loss plus the mean shift instead of kernel regression", || {
        predictor(PredictorChoice::LastValueShift)
    }),
    MethodEntry::new("ridge", "ridge regression on the residual instead of kernel regression", || {
        predictor(PredictorChoice::RidgeResidual)
    }),
    MethodEntry::new("perceptrons", "kernel regression mixed with an MLP ensemble, as published", || {
        predictor(PredictorChoice::MlpEnsemble)
    }),
    MethodEntry::new("two-scales", "the MLP ensemble on losses and on their logarithms", || {
        predictor(PredictorChoice::MlpEnsembleOnTwoScales)
    }),
    MethodEntry::new(
        "known-relevances",
        "the MLP ensemble with feature relevances known from the tuning tasks",
        || predictor(PredictorChoice::ExperiencedMlpEnsemble),
    )
    .aliases(&["experienced"]),
    MethodEntry::new("bo-ucb-1", "full runs only, UCB with beta 1", || full_runs(ucb(1.0))),
    MethodEntry::new("bo-ucb-4", "full runs only, UCB with beta 4", || full_runs(ucb(4.0))),
    MethodEntry::new("bo-ucb-9", "full runs only, UCB with beta 9", || full_runs(ucb(9.0))),
    MethodEntry::new("bo-ucb-16", "full runs only, UCB with beta 16", || full_runs(ucb(16.0))),
    MethodEntry::new("turbo-log-ei", "full runs only, trust region, LogEI", || trust_region(AcquisitionChoice::LogEi)),
    MethodEntry::new("turbo-4", "full runs only, trust region, UCB with beta 4", || trust_region(ucb(4.0))),
    MethodEntry::new("turbo-9", "full runs only, trust region, UCB with beta 9", || trust_region(ucb(9.0))),
    MethodEntry::new("mf-ucb-1", "multi-fidelity, UCB with beta 1", || multi_fidelity(ucb(1.0))),
    MethodEntry::new("mf-ucb-4", "multi-fidelity, UCB with beta 4", || multi_fidelity(ucb(4.0))),
    MethodEntry::new("mf-ucb-9", "multi-fidelity, UCB with beta 9", || multi_fidelity(ucb(9.0))),
];

fn ucb(beta: f64) -> AcquisitionChoice {
    AcquisitionChoice::Ucb { beta }
}

fn schedule(first: f64, last: f64) -> AcquisitionChoice {
    AcquisitionChoice::UcbSchedule { first, last, last_without_early_runs: last }
}

/// JoBS with other options.
fn options(change: fn(&mut JobsOptions)) -> MethodSettings {
    let mut options = JobsOptions::default();
    change(&mut options);
    MethodSettings::Jobs(JobsSettings::from(options))
}

/// JoBS with other parts, which no user can choose.
fn parts(change: fn(&mut AblationSettings)) -> MethodSettings {
    let mut settings = JobsSettings::default();
    change(&mut settings.ablation);
    MethodSettings::Jobs(settings)
}

fn acquisition(acquisition: AcquisitionChoice) -> MethodSettings {
    MethodSettings::Jobs(JobsOptions { acquisition, ..JobsOptions::default() }.into())
}

fn predictor(predictor: PredictorChoice) -> MethodSettings {
    MethodSettings::Jobs(JobsOptions { predictor, ..JobsOptions::default() }.into())
}

fn full_runs_first(runs: u64, at_most: [u64; 2]) -> MethodSettings {
    let full_runs_first = FullRunsFirst::fixed(runs, at_most);
    let ablation = AblationSettings { full_runs_first, ..AblationSettings::default() };
    MethodSettings::Jobs(JobsSettings { ablation, ..JobsSettings::default() })
}

fn kernel(kernel: KernelSpec) -> MethodSettings {
    let gp = GpSettings { kernel, ..GpSettings::default() };
    let ablation = AblationSettings { gp, ..AblationSettings::default() };
    MethodSettings::Jobs(JobsSettings { ablation, ..JobsSettings::default() })
}

fn full_runs(acquisition: AcquisitionChoice) -> MethodSettings {
    MethodSettings::BayesOpt(BayesOptSettings::new(acquisition))
}

fn trust_region(acquisition: AcquisitionChoice) -> MethodSettings {
    MethodSettings::TrustRegion(BayesOptSettings::new(acquisition))
}

fn multi_fidelity(acquisition: AcquisitionChoice) -> MethodSettings {
    MethodSettings::MultiFidelity(MultiFidelitySettings::new(acquisition, LevelRule::Knowledge))
}
