//! The methods of fig5 as a table: name, one line, constructor. An ablation is another row.

use budget::{FixedSplit, RegretBound};
use gp::acquisition::{Beta, LogEi, Ucb};
use gp::maximise::MixedMaximiser;
use gp::{Gp, KernelSpec};
use jobs::method::{BayesOpt, Jobs, JobsParts, Model, MultiFidelity, Promotion, RandomSearch, Recommend};
use jobs::{Method, MethodError, Problem};
use jobs_core::{Acquisition, Allocator, Predictor};
use predictor::{KernelResidual, LastValueShift, MlpEnsemble, RidgeResidual};

/// A row of the table.
pub struct MethodEntry {
    /// What figures and `--methods` call it.
    pub name: &'static str,
    /// What it is.
    pub line: &'static str,
    /// Its settings in words, part of every cell's hash: changing the method means changing these.
    pub settings: &'static str,
    make: fn(&Problem) -> Result<Box<dyn Method>, MethodError>,
}

impl MethodEntry {
    /// The method, ready for a problem.
    pub fn make(&self, problem: &Problem) -> Result<Box<dyn Method>, MethodError> {
        (self.make)(problem)
    }
}

/// All methods, in the order of legends and tables.
pub const METHODS: &[MethodEntry] = &[
    MethodEntry {
        name: "jobs",
        line: "JoBS, our form: predicted variance, promotion of early runs, verification within the budget",
        settings: "N = max(3, C/10); MLP ensemble, predicted variance; UCB beta 9; the paused run of largest LogEI promoted \
                   after every 4 early runs; one verification; recommends the finished run of lowest posterior mean",
        make: |p| OURS.make(p),
    },
    MethodEntry {
        name: "jobs-paper",
        line: "JoBS as published: N full runs (argmin of the regret bound), then UCB on predictions from early runs",
        settings: "N by the regret bound with its default constants; MLP ensemble, predictions as if measured; UCB beta 9; \
                   recommends the lowest value measured or predicted",
        make: as_published,
    },
    MethodEntry {
        name: "bo-logei",
        line: "Bayesian optimisation on full runs, LogEI",
        settings: "C/5 (at least 3) design points; LogEI; recommends the lowest value measured",
        make: |p| Ok(Box::new(BayesOpt::new("bo-logei", p, initial(p), model(p, Box::new(LogEi::default()))))),
    },
    MethodEntry {
        name: "bo-ucb",
        line: "Bayesian optimisation on full runs, UCB",
        settings: "C/5 (at least 3) design points; UCB beta 9; recommends the lowest value measured",
        make: |p| full_runs_ucb(p, BETA),
    },
    MethodEntry {
        name: "mf-ucb",
        line: "multi-fidelity Bayesian optimisation over (x, steps), UCB, level by knowledge per step",
        settings: "C/5 (at least 3) design points; UCB beta 9 at full steps; levels 1, 2, 4 early runs and full; paused runs go on; \
                   recommends the lowest posterior mean at full steps",
        make: |p| multi_fidelity(p, BETA),
    },
    MethodEntry {
        name: "random",
        line: "random search on full runs",
        settings: "uniform points; recommends the lowest value measured",
        make: |_| Ok(Box::new(RandomSearch)),
    },
];

/// beta of every UCB: three standard deviations, the best of 1, 4, 9 (and 16) for full-run BO, multi-fidelity BO and JoBS
/// alike (results/ablation).
const BETA: f64 = 9.0;
/// Early runs of JoBS to a promotion.
const PROMOTE_EVERY: u64 = 4;

/// Full runs of the initial design of the competitors: a fifth of the budget, at least 3.
fn initial(problem: &Problem) -> usize {
    usize::try_from(problem.budget.full_runs() / 5).unwrap_or(usize::MAX).max(3)
}

/// Full runs JoBS learns from before it searches. Few: its promoted runs go on teaching the predictor. One full run is left
/// for verification where the budget has two.
pub fn learning_runs(problem: &Problem) -> u64 {
    let affordable = problem.budget.full_runs();
    (affordable / 10).max(3).min(affordable.saturating_sub(1)).max(1)
}

fn ucb(beta: f64) -> Box<dyn Acquisition> {
    Box::new(Ucb::new(Beta::Fixed(beta)))
}

fn model(problem: &Problem, acquisition: Box<dyn Acquisition>) -> Model {
    let surrogate = Gp::for_space(&problem.space, KernelSpec::default());
    Model::new(Box::new(surrogate), acquisition, Box::new(MixedMaximiser::default()))
}

fn as_published(problem: &Problem) -> Result<Box<dyn Method>, MethodError> {
    let parts = JobsParts {
        allocator: Box::new(RegretBound { verification_runs: 0, ..RegretBound::default() }),
        predictor: Box::new(MlpEnsemble::default()),
        model: model(problem, ucb(BETA)),
        predicted_variance: false,
        promotion: None,
        recommend: Recommend::LowestBelieved,
    };
    Ok(Box::new(Jobs::new("jobs-paper", problem, parts)?))
}

/// JoBS in our form, with the settings the ablation varies.
#[derive(Clone, Copy)]
struct Ours {
    learn: fn(&Problem) -> u64,
    predictor: fn() -> Box<dyn Predictor>,
    predicted_variance: bool,
    acquisition: fn() -> Box<dyn Acquisition>,
    promote_every: Option<u64>,
    recommend: Recommend,
}

const OURS: Ours = Ours {
    learn: learning_runs,
    predictor: || Box::new(MlpEnsemble::default()),
    predicted_variance: true,
    acquisition: || ucb(BETA),
    promote_every: Some(PROMOTE_EVERY),
    recommend: Recommend::FinishedPosteriorMean,
};

impl Ours {
    fn make(self, problem: &Problem) -> Result<Box<dyn Method>, MethodError> {
        let verification_runs = u64::from(problem.budget.full_runs() > 1 && self.promote_every.is_some());
        let parts = JobsParts {
            allocator: Box::new(FixedSplit { full_runs: (self.learn)(problem), verification_runs }),
            predictor: (self.predictor)(),
            model: model(problem, (self.acquisition)()),
            predicted_variance: self.predicted_variance,
            promotion: self.promote_every.map(|every| Promotion { every, acquisition: Box::new(LogEi::default()) }),
            recommend: self.recommend,
        };
        Ok(Box::new(Jobs::new("jobs", problem, parts)?))
    }
}

const fn row(
    name: &'static str,
    line: &'static str,
    make: fn(&Problem) -> Result<Box<dyn Method>, MethodError>,
) -> MethodEntry {
    MethodEntry { name, line, settings: line, make }
}

/// JoBS with one part changed at a time, and the competitors with other settings: what `ablation` runs.
pub const ABLATIONS: &[MethodEntry] = &[
    row("jobs", "as in fig5", |p| OURS.make(p)),
    row("learn-2", "N = 2", |p| Ours { learn: |_| 2, ..OURS }.make(p)),
    row("learn-6", "N = 6", |p| Ours { learn: |_| 6, ..OURS }.make(p)),
    row("learn-fifth", "N = C/5", |p| Ours { learn: |p| p.budget.full_runs() / 5, ..OURS }.make(p)),
    row("learn-bound", "N by the regret bound", |p| Ours { learn: bound_runs, ..OURS }.make(p)),
    row("promote-2", "a promotion after 2 early runs", |p| Ours { promote_every: Some(2), ..OURS }.make(p)),
    row("promote-3", "a promotion after 3 early runs", |p| Ours { promote_every: Some(3), ..OURS }.make(p)),
    row("promote-6", "a promotion after 6 early runs", |p| Ours { promote_every: Some(6), ..OURS }.make(p)),
    row("promote-never", "no promotion, no verification", |p| {
        Ours { promote_every: None, recommend: Recommend::PosteriorMean, ..OURS }.make(p)
    }),
    row("no-variance", "predictions as if measured", |p| Ours { predicted_variance: false, ..OURS }.make(p)),
    row("recommend-any", "recommends the lowest posterior mean, finished or not", |p| {
        Ours { recommend: Recommend::PosteriorMean, ..OURS }.make(p)
    }),
    row("ucb-1", "UCB beta 1", |p| Ours { acquisition: || ucb(1.0), ..OURS }.make(p)),
    row("ucb-4", "UCB beta 4", |p| Ours { acquisition: || ucb(4.0), ..OURS }.make(p)),
    row("ucb-16", "UCB beta 16", |p| Ours { acquisition: || ucb(16.0), ..OURS }.make(p)),
    row("log-ei", "LogEI", |p| Ours { acquisition: || Box::new(LogEi::default()), ..OURS }.make(p)),
    row("shift", "last value + mean shift in place of the MLP ensemble", |p| {
        Ours { predictor: || Box::new(LastValueShift::default()), ..OURS }.make(p)
    }),
    row("ridge", "ridge on the residual in place of the MLP ensemble", |p| {
        Ours { predictor: || Box::new(RidgeResidual::default()), ..OURS }.make(p)
    }),
    row("kernel", "kernel regression in place of the MLP ensemble", |p| {
        Ours { predictor: || Box::new(KernelResidual::default()), ..OURS }.make(p)
    }),
    row("bo-ucb-1", "full runs, UCB beta 1", |p| full_runs_ucb(p, 1.0)),
    row("bo-ucb-4", "full runs, UCB beta 4", |p| full_runs_ucb(p, 4.0)),
    row("bo-ucb-9", "full runs, UCB beta 9", |p| full_runs_ucb(p, 9.0)),
    row("bo-ucb-16", "full runs, UCB beta 16", |p| full_runs_ucb(p, 16.0)),
    row("mf-ucb-1", "multi-fidelity, UCB beta 1", |p| multi_fidelity(p, 1.0)),
    row("mf-ucb-4", "multi-fidelity, UCB beta 4", |p| multi_fidelity(p, 4.0)),
    row("mf-ucb-9", "multi-fidelity, UCB beta 9", |p| multi_fidelity(p, 9.0)),
];

/// N of the regret bound with its default constants, one verification kept back.
fn bound_runs(problem: &Problem) -> u64 {
    RegretBound::default().allocate(&problem.budget).map_or(1, |a| a.full_runs)
}

fn full_runs_ucb(problem: &Problem, beta: f64) -> Result<Box<dyn Method>, MethodError> {
    Ok(Box::new(BayesOpt::new("bo-ucb", problem, initial(problem), model(problem, ucb(beta)))))
}

fn multi_fidelity(problem: &Problem, beta: f64) -> Result<Box<dyn Method>, MethodError> {
    let surrogate = Gp::for_space_and_fidelity(&problem.space, KernelSpec::default());
    let model = Model::new(Box::new(surrogate), ucb(beta), Box::new(MixedMaximiser::default()));
    Ok(Box::new(MultiFidelity::new("mf-ucb", problem, initial(problem), model)))
}
