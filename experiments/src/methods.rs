//! The methods of fig5 ([`methods::METHODS`]) and the rows of the ablation.

use budget::RegretBound;
use gp::acquisition::LogEi;
use jobs::Problem;
use jobs::method::Recommend;
use jobs_core::Allocator;
use predictor::{KernelResidual, LastValueShift, RidgeResidual};

use methods::parts::ucb;
use methods::{JobsSettings, full_run_ucb, multi_fidelity_ucb};

pub use methods::{METHODS, MethodEntry, learning_runs};

fn ours() -> JobsSettings {
    JobsSettings::default()
}

/// JoBS with one part changed at a time, and the competitors with other settings: what `ablation` runs.
pub const ABLATIONS: &[MethodEntry] = &[
    MethodEntry::row("jobs", "as in fig5", |p| ours().make(p)),
    MethodEntry::row("learn-2", "N = 2", |p| JobsSettings { learn: |_| 2, ..ours() }.make(p)),
    MethodEntry::row("learn-6", "N = 6", |p| JobsSettings { learn: |_| 6, ..ours() }.make(p)),
    MethodEntry::row("learn-fifth", "N = C/5", |p| {
        JobsSettings { learn: |p| p.budget.full_runs() / 5, ..ours() }.make(p)
    }),
    MethodEntry::row("learn-bound", "N by the regret bound", |p| JobsSettings { learn: bound_runs, ..ours() }.make(p)),
    MethodEntry::row("promote-2", "a promotion after 2 early runs", |p| {
        JobsSettings { promote_every: Some(2), ..ours() }.make(p)
    }),
    MethodEntry::row("promote-3", "a promotion after 3 early runs", |p| {
        JobsSettings { promote_every: Some(3), ..ours() }.make(p)
    }),
    MethodEntry::row("promote-6", "a promotion after 6 early runs", |p| {
        JobsSettings { promote_every: Some(6), ..ours() }.make(p)
    }),
    MethodEntry::row("promote-never", "no promotion, no verification", |p| {
        JobsSettings { promote_every: None, recommend: Recommend::PosteriorMean, ..ours() }.make(p)
    }),
    MethodEntry::row("no-variance", "predictions as if measured", |p| {
        JobsSettings { predicted_variance: false, ..ours() }.make(p)
    }),
    MethodEntry::row("recommend-any", "recommends the lowest posterior mean, finished or not", |p| {
        JobsSettings { recommend: Recommend::PosteriorMean, ..ours() }.make(p)
    }),
    MethodEntry::row("ucb-1", "UCB beta 1", |p| JobsSettings { acquisition: || ucb(1.0), ..ours() }.make(p)),
    MethodEntry::row("ucb-4", "UCB beta 4", |p| JobsSettings { acquisition: || ucb(4.0), ..ours() }.make(p)),
    MethodEntry::row("ucb-16", "UCB beta 16", |p| JobsSettings { acquisition: || ucb(16.0), ..ours() }.make(p)),
    MethodEntry::row("log-ei", "LogEI", |p| {
        JobsSettings { acquisition: || Box::new(LogEi::default()), ..ours() }.make(p)
    }),
    MethodEntry::row("shift", "last value + mean shift in place of the MLP ensemble", |p| {
        JobsSettings { predictor: || Box::new(LastValueShift::default()), ..ours() }.make(p)
    }),
    MethodEntry::row("ridge", "ridge on the residual in place of the MLP ensemble", |p| {
        JobsSettings { predictor: || Box::new(RidgeResidual::default()), ..ours() }.make(p)
    }),
    MethodEntry::row("kernel", "kernel regression in place of the MLP ensemble", |p| {
        JobsSettings { predictor: || Box::new(KernelResidual::default()), ..ours() }.make(p)
    }),
    MethodEntry::row("bo-ucb-1", "full runs, UCB beta 1", |p| full_run_ucb(p, 1.0)),
    MethodEntry::row("bo-ucb-4", "full runs, UCB beta 4", |p| full_run_ucb(p, 4.0)),
    MethodEntry::row("bo-ucb-9", "full runs, UCB beta 9", |p| full_run_ucb(p, 9.0)),
    MethodEntry::row("bo-ucb-16", "full runs, UCB beta 16", |p| full_run_ucb(p, 16.0)),
    MethodEntry::row("mf-ucb-1", "multi-fidelity, UCB beta 1", |p| multi_fidelity_ucb(p, 1.0)),
    MethodEntry::row("mf-ucb-4", "multi-fidelity, UCB beta 4", |p| multi_fidelity_ucb(p, 4.0)),
    MethodEntry::row("mf-ucb-9", "multi-fidelity, UCB beta 9", |p| multi_fidelity_ucb(p, 9.0)),
];

/// N of the regret bound with its default constants, one verification kept back.
fn bound_runs(problem: &Problem) -> u64 {
    RegretBound::default().allocate(&problem.budget).map_or(1, |a| a.full_runs)
}
