//! The methods of fig5 ([`methods::METHODS`]) and the rows of the ablation.

use budget::{OnlineRule, RegretBound};
use gp::acquisition::LogEi;
use gp::{KernelSpec, Priors, Profile, SimplexWarp};
use jobs::Problem;
use jobs_core::Allocator;
use methods::Recommend;
use predictor::{Both, KernelResidual, LastValue, LastValueShift, MlpEnsemble, RidgeResidual};

use methods::parts::ucb;
use methods::{JobsSettings, OnlineJobs, beta_schedule, full_run_ucb, multi_fidelity_ucb, turbo};

pub use methods::{METHODS, MethodEntry, initial_early_runs};

fn ours() -> JobsSettings {
    JobsSettings::default()
}

/// JoBS with one part changed at a time, and the competitors with other settings: what `ablation` runs.
pub const ABLATIONS: &[MethodEntry] = &[
    MethodEntry::row("jobs", "as in fig5", |p| ours().make(p)),
    MethodEntry::row("scouts-0", "no early runs of the design first: N = 3 full runs instead", |p| {
        JobsSettings { learn: |p| 3.min(p.budget.full_runs() / 2), initial_early_runs: |_| 0, ..ours() }.make(p)
    }),
    MethodEntry::row("scouts-6", "6 early runs of the design first", |p| {
        JobsSettings { initial_early_runs: |_| 6, ..ours() }.make(p)
    }),
    MethodEntry::row("scouts-24", "24 early runs of the design first", |p| {
        JobsSettings { initial_early_runs: |_| 24, ..ours() }.make(p)
    }),
    MethodEntry::row("learn-3", "N = 3 full runs before anything else", |p| {
        JobsSettings { learn: |_| 3, ..ours() }.make(p)
    }),
    MethodEntry::row("learn-5", "N = 5", |p| JobsSettings { learn: |_| 5, ..ours() }.make(p)),
    MethodEntry::row("learn-10", "N = 10, at most half the budget", |p| {
        JobsSettings { learn: |p| 10.min(p.budget.full_runs() / 2), ..ours() }.make(p)
    }),
    MethodEntry::row("learn-20", "N = 20, at most half the budget", |p| {
        JobsSettings { learn: |p| 20.min(p.budget.full_runs() / 2), ..ours() }.make(p)
    }),
    MethodEntry::row("learn-40", "N = 40, at most four fifths of the budget", |p| {
        JobsSettings { learn: |p| 40.min(p.budget.full_runs() * 4 / 5), ..ours() }.make(p)
    }),
    MethodEntry::row("learn-bound", "N by the regret bound", |p| JobsSettings { learn: bound_runs, ..ours() }.make(p)),
    MethodEntry::row("learn-online", "as published, N decided online by the predictor's own errors", |p| {
        Ok(Box::new(OnlineJobs::new(p, OnlineRule::default())))
    }),
    MethodEntry::row("promote-30", "30 % of the steps for promotions", |p| {
        JobsSettings { promote: Some((0.3, 1.0)), ..ours() }.make(p)
    }),
    MethodEntry::row("promote-70", "70 % of the steps for promotions", |p| {
        JobsSettings { promote: Some((0.7, 1.0)), ..ours() }.make(p)
    }),
    MethodEntry::row("promote-at-once", "promotions from the beginning, not after 24 early runs", |p| {
        JobsSettings { promote_after: 0, ..ours() }.make(p)
    }),
    MethodEntry::row("promote-later", "promotions rather later", |p| {
        JobsSettings { promote: Some((0.5, 1.5)), ..ours() }.make(p)
    }),
    MethodEntry::row("promote-late", "promotions later", |p| {
        JobsSettings { promote: Some((0.5, 2.5)), ..ours() }.make(p)
    }),
    MethodEntry::row("promote-never", "no promotion; the last full runs finish the best", |p| {
        JobsSettings { promote: None, recommend: Recommend::PosteriorMean, ..ours() }.make(p)
    }),
    MethodEntry::row("no-verify", "no full run kept back for verification", |p| {
        JobsSettings { verify: false, ..ours() }.make(p)
    }),
    MethodEntry::row("no-fallback", "early runs whatever they tell", |p| {
        JobsSettings { early_signal_check: false, ..ours() }.make(p)
    }),
    MethodEntry::row("last-as-all", "the last full run is chosen as all others are", |p| {
        JobsSettings { last_by_improvement: false, ..ours() }.make(p)
    }),
    MethodEntry::row(
        "variance-at-once",
        "predicted variance heard from the first prediction, not from three full runs",
        |p| JobsSettings { variance_from: Some(0), ..ours() }.make(p),
    ),
    MethodEntry::row("no-variance", "predictions as if measured", |p| {
        JobsSettings { variance_from: None, ..ours() }.make(p)
    }),
    MethodEntry::row("plain-losses", "losses as they are, no logarithmic scale", |p| {
        JobsSettings { log_losses: None, ..ours() }.make(p)
    }),
    MethodEntry::row("headroom-half", "a logarithmic scale that bends twice as much", |p| {
        JobsSettings { log_losses: Some(0.5), ..ours() }.make(p)
    }),
    MethodEntry::row("headroom-2", "a logarithmic scale that bends half as much", |p| {
        JobsSettings { log_losses: Some(2.0), ..ours() }.make(p)
    }),
    MethodEntry::row("usual-priors", "the usual priors of length scales (Hvarfner et al. 2024)", |p| {
        JobsSettings { priors: Priors::default, ..ours() }.make(p)
    }),
    MethodEntry::row("usual-plain", "the usual priors, losses as they are", |p| {
        JobsSettings { priors: Priors::default, log_losses: None, ..ours() }.make(p)
    }),
    MethodEntry::row("recommend-any", "recommends the lowest posterior mean, finished or not", |p| {
        JobsSettings { recommend: Recommend::PosteriorMean, ..ours() }.make(p)
    }),
    MethodEntry::row("ucb-1", "UCB beta 1", |p| JobsSettings { acquisition: |_| ucb(1.0), ..ours() }.make(p)),
    MethodEntry::row("ucb-4", "UCB beta 4", |p| JobsSettings { acquisition: |_| ucb(4.0), ..ours() }.make(p)),
    MethodEntry::row("ucb-16", "UCB beta 16", |p| JobsSettings { acquisition: |_| ucb(16.0), ..ours() }.make(p)),
    MethodEntry::row("ucb-9", "UCB beta 9 all along", |p| JobsSettings { acquisition: |_| ucb(9.0), ..ours() }.make(p)),
    MethodEntry::row("ucb-9-to-4", "UCB beta from 9 to 4 (as in fig5, where there are early runs)", |p| {
        JobsSettings { acquisition: |p| beta_schedule(p, 9.0, 4.0), ..ours() }.make(p)
    }),
    MethodEntry::row("ucb-9-to-1", "UCB beta from 9 to 1", |p| {
        JobsSettings { acquisition: |p| beta_schedule(p, 9.0, 1.0), ..ours() }.make(p)
    }),
    MethodEntry::row("log-ei", "LogEI", |p| {
        JobsSettings { acquisition: |_| Box::new(LogEi::default()), ..ours() }.make(p)
    }),
    MethodEntry::row("matern-32", "Matern-3/2 in the surrogate", |p| {
        JobsSettings { kernel: || KernelSpec { profile: Profile::Matern32, ..KernelSpec::default() }, ..ours() }.make(p)
    }),
    MethodEntry::row("rbf", "squared exponential in the surrogate", |p| {
        JobsSettings { kernel: || KernelSpec { profile: Profile::Rbf, ..KernelSpec::default() }, ..ours() }.make(p)
    }),
    MethodEntry::row("raw-shares", "shares compared as they are, not by logarithms", |p| {
        JobsSettings { kernel: || KernelSpec { simplex: SimplexWarp::Shares, ..KernelSpec::default() }, ..ours() }
            .make(p)
    }),
    MethodEntry::row("curve-gp", "learning-curve GP over (x, steps) in place of predictor and GP", |p| {
        JobsSettings { predictor: None, ..ours() }.make(p)
    }),
    MethodEntry::row("last-value", "the last early loss as it is in place of the MLP ensemble", |p| {
        JobsSettings { predictor: Some(|| Box::new(LastValue::default())), ..ours() }.make(p)
    }),
    MethodEntry::row("shift", "last value + mean shift", |p| {
        JobsSettings { predictor: Some(|| Box::new(LastValueShift::default())), ..ours() }.make(p)
    }),
    MethodEntry::row("ridge", "ridge on the residual", |p| {
        JobsSettings { predictor: Some(|| Box::new(RidgeResidual::default())), ..ours() }.make(p)
    }),
    MethodEntry::row("kernel", "kernel regression alone", |p| {
        JobsSettings { predictor: Some(|| Box::new(KernelResidual::default())), ..ours() }.make(p)
    }),
    MethodEntry::row("two-scales", "the ensemble on the modelled losses and on their logarithms", |p| {
        JobsSettings { predictor: Some(|| Box::new(Both::scales(MlpEnsemble::default()))), ..ours() }.make(p)
    }),
    MethodEntry::row("experienced", "the ensemble that knows from the tuning tasks which features matter", |p| {
        JobsSettings { predictor: Some(|| Box::new(MlpEnsemble::default().with_transferred_relevances())), ..ours() }
            .make(p)
    }),
    MethodEntry::row("bo-ucb-1", "full runs, UCB beta 1", |p| full_run_ucb(p, 1.0)),
    MethodEntry::row("bo-ucb-4", "full runs, UCB beta 4", |p| full_run_ucb(p, 4.0)),
    MethodEntry::row("bo-ucb-9", "full runs, UCB beta 9", |p| full_run_ucb(p, 9.0)),
    MethodEntry::row("bo-ucb-16", "full runs, UCB beta 16", |p| full_run_ucb(p, 16.0)),
    MethodEntry::row("turbo-log-ei", "full runs, a trust region, LogEI", |p| turbo(p, Box::new(LogEi::default()))),
    MethodEntry::row("turbo-4", "full runs, a trust region, UCB beta 4", |p| turbo(p, ucb(4.0))),
    MethodEntry::row("turbo-9", "full runs, a trust region, UCB beta 9", |p| turbo(p, ucb(9.0))),
    MethodEntry::row("mf-ucb-1", "multi-fidelity, UCB beta 1", |p| multi_fidelity_ucb(p, 1.0)),
    MethodEntry::row("mf-ucb-4", "multi-fidelity, UCB beta 4", |p| multi_fidelity_ucb(p, 4.0)),
    MethodEntry::row("mf-ucb-9", "multi-fidelity, UCB beta 9", |p| multi_fidelity_ucb(p, 9.0)),
];

/// N of the regret bound with its default constants, one verification kept back.
fn bound_runs(problem: &Problem) -> u64 {
    RegretBound::default().allocate(&problem.budget).map_or(1, |a| a.full_runs)
}
