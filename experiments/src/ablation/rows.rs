//! The rows of the ablation.

use gp::{KernelSpec, Priors, Profile, SimplexWarp};
use methods::{
    AblationSettings, AcquisitionChoice, BayesOptSettings, FullRunsFirst, GpSettings, InitialEarlyRuns, JobsOptions,
    JobsSettings, LevelRule, MethodSettings, MultiFidelitySettings, PredictorChoice, Recommend,
};

use methods::MethodEntry;

/// JoBS with one part changed at a time, and the competitors with other settings: what `ablation` runs.
pub const ABLATIONS: &[MethodEntry] = &[
    MethodEntry::new("jobs", "as in fig5", || MethodSettings::Jobs(JobsSettings::default())),
    MethodEntry::new("scouts-0", "no early runs of the design first: N = 3 full runs instead", || {
        parts(|p| {
            p.full_runs_first = FullRunsFirst::fixed(3, [1, 2]);
            p.initial_early_runs = InitialEarlyRuns::Fixed(0);
        })
    }),
    MethodEntry::new("scouts-6", "6 early runs of the design first", || {
        parts(|p| p.initial_early_runs = InitialEarlyRuns::Fixed(6))
    }),
    MethodEntry::new("scouts-24", "24 early runs of the design first", || {
        parts(|p| p.initial_early_runs = InitialEarlyRuns::Fixed(24))
    }),
    MethodEntry::new("learn-3", "N = 3 full runs before anything else", || full_runs_first(3, [1, 1])),
    MethodEntry::new("learn-5", "N = 5", || full_runs_first(5, [1, 1])),
    MethodEntry::new("learn-10", "N = 10, at most half the budget", || full_runs_first(10, [1, 2])),
    MethodEntry::new("learn-20", "N = 20, at most half the budget", || full_runs_first(20, [1, 2])),
    MethodEntry::new("learn-40", "N = 40, at most four fifths of the budget", || full_runs_first(40, [4, 5])),
    MethodEntry::new("learn-bound", "N by the regret bound", || {
        parts(|p| p.full_runs_first = FullRunsFirst::RegretBound)
    }),
    MethodEntry::new("learn-online", "as published, N decided online by the predictor's own errors", || {
        MethodSettings::JobsOnline
    }),
    MethodEntry::new("promote-30", "30 % of the steps for promotions", || options(|o| o.promote = Some(0.3))),
    MethodEntry::new("promote-70", "70 % of the steps for promotions", || options(|o| o.promote = Some(0.7))),
    MethodEntry::new("promote-at-once", "promotions from the beginning, not after 24 early runs", || {
        parts(|p| p.promote_after = 0)
    }),
    MethodEntry::new("promote-later", "promotions rather later", || parts(|p| p.promotion_lateness = 1.5)),
    MethodEntry::new("promote-late", "promotions later", || parts(|p| p.promotion_lateness = 2.5)),
    MethodEntry::new("promote-never", "no promotion; the last full runs finish the best", || {
        options(|o| o.promote = None)
    }),
    MethodEntry::new("no-verify", "no full run kept back for verification", || options(|o| o.verify = false)),
    MethodEntry::new("no-fallback", "early runs whatever they tell", || options(|o| o.early_signal_check = false)),
    MethodEntry::new("last-as-all", "the last full run is chosen as all others are", || {
        parts(|p| p.last_by_improvement = false)
    }),
    MethodEntry::new(
        "variance-at-once",
        "predicted variance heard from the first prediction, not from three full runs",
        || parts(|p| p.variance_from = Some(0)),
    ),
    MethodEntry::new("no-variance", "predictions as if measured", || parts(|p| p.variance_from = None)),
    MethodEntry::new("plain-losses", "losses as they are, no logarithmic scale", || parts(|p| p.log_losses = None)),
    MethodEntry::new("headroom-half", "a logarithmic scale that bends twice as much", || {
        parts(|p| p.log_losses = Some(0.5))
    }),
    MethodEntry::new("headroom-2", "a logarithmic scale that bends half as much", || {
        parts(|p| p.log_losses = Some(2.0))
    }),
    MethodEntry::new("usual-priors", "the usual priors of length scales (Hvarfner et al. 2024)", || {
        parts(|p| p.gp.priors = Priors::default())
    }),
    MethodEntry::new("usual-plain", "the usual priors, losses as they are", || {
        parts(|p| {
            p.gp.priors = Priors::default();
            p.log_losses = None;
        })
    }),
    MethodEntry::new("recommend-any", "recommends the lowest posterior mean, finished or not", || {
        parts(|p| p.recommend = Recommend::PosteriorMean)
    }),
    MethodEntry::new("ucb-1", "UCB beta 1", || acquisition(ucb(1.0))),
    MethodEntry::new("ucb-4", "UCB beta 4", || acquisition(ucb(4.0))),
    MethodEntry::new("ucb-16", "UCB beta 16", || acquisition(ucb(16.0))),
    MethodEntry::new("ucb-9", "UCB beta 9 all along", || acquisition(ucb(9.0))),
    MethodEntry::new("ucb-9-to-4", "UCB beta from 9 to 4 (as in fig5, where there are early runs)", || {
        acquisition(schedule(9.0, 4.0))
    }),
    MethodEntry::new("ucb-9-to-1", "UCB beta from 9 to 1", || acquisition(schedule(9.0, 1.0))),
    MethodEntry::new("log-ei", "LogEI", || acquisition(AcquisitionChoice::LogEi)),
    MethodEntry::new("matern-32", "Matern-3/2 in the surrogate", || {
        kernel(KernelSpec { profile: Profile::Matern32, ..KernelSpec::default() })
    }),
    MethodEntry::new("rbf", "squared exponential in the surrogate", || {
        kernel(KernelSpec { profile: Profile::Rbf, ..KernelSpec::default() })
    }),
    MethodEntry::new("raw-shares", "shares compared as they are, not by logarithms", || {
        kernel(KernelSpec { simplex: SimplexWarp::Shares, ..KernelSpec::default() })
    }),
    MethodEntry::new("curve-gp", "learning-curve GP over (x, steps) in place of predictor and GP", || {
        predictor(PredictorChoice::None)
    }),
    MethodEntry::new("last-value", "the last early loss as it is in place of the MLP ensemble", || {
        predictor(PredictorChoice::LastValue)
    }),
    MethodEntry::new("shift", "last value + mean shift", || predictor(PredictorChoice::LastValueShift)),
    MethodEntry::new("ridge", "ridge on the residual", || predictor(PredictorChoice::RidgeResidual)),
    MethodEntry::new("kernel", "kernel regression alone", || predictor(PredictorChoice::KernelResidual)),
    MethodEntry::new("two-scales", "the ensemble on the modelled losses and on their logarithms", || {
        predictor(PredictorChoice::MlpEnsembleOnTwoScales)
    }),
    MethodEntry::new("experienced", "the ensemble that knows from the tuning tasks which features matter", || {
        predictor(PredictorChoice::ExperiencedMlpEnsemble)
    }),
    MethodEntry::new("bo-ucb-1", "full runs, UCB beta 1", || full_runs(ucb(1.0))),
    MethodEntry::new("bo-ucb-4", "full runs, UCB beta 4", || full_runs(ucb(4.0))),
    MethodEntry::new("bo-ucb-9", "full runs, UCB beta 9", || full_runs(ucb(9.0))),
    MethodEntry::new("bo-ucb-16", "full runs, UCB beta 16", || full_runs(ucb(16.0))),
    MethodEntry::new("turbo-log-ei", "full runs, a trust region, LogEI", || trust_region(AcquisitionChoice::LogEi)),
    MethodEntry::new("turbo-4", "full runs, a trust region, UCB beta 4", || trust_region(ucb(4.0))),
    MethodEntry::new("turbo-9", "full runs, a trust region, UCB beta 9", || trust_region(ucb(9.0))),
    MethodEntry::new("mf-ucb-1", "multi-fidelity, UCB beta 1", || multi_fidelity(ucb(1.0))),
    MethodEntry::new("mf-ucb-4", "multi-fidelity, UCB beta 4", || multi_fidelity(ucb(4.0))),
    MethodEntry::new("mf-ucb-9", "multi-fidelity, UCB beta 9", || multi_fidelity(ucb(9.0))),
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
