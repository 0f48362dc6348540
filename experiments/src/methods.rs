//! The methods of fig5 as a table: name, one line, constructor. An ablation is another row.

use budget::{FixedSplit, RegretBound};
use gp::acquisition::{Beta, LogEi, Ucb};
use gp::maximise::MixedMaximiser;
use gp::{Gp, KernelSpec};
use jobs::method::{BayesOpt, Jobs, JobsParts, Model, MultiFidelity, Promotion, RandomSearch, Recommend};
use jobs::{Method, MethodError, Problem};
use jobs_core::Acquisition;
use predictor::MlpEnsemble;

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
        make: ours,
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
        make: |p| Ok(Box::new(BayesOpt::new("bo-ucb", p, initial(p), model(p, ucb(BETA))))),
    },
    MethodEntry {
        name: "mf-ucb",
        line: "multi-fidelity Bayesian optimisation over (x, steps), UCB, level by knowledge per step",
        settings: "C/5 (at least 3) design points; UCB beta 4 at full steps; levels 1, 2, 4 early runs and full; paused runs go on; \
                   recommends the lowest posterior mean at full steps",
        make: |p| {
            let surrogate = Gp::for_space_and_fidelity(&p.space, KernelSpec::default());
            let model = Model::new(Box::new(surrogate), ucb(MF_BETA), Box::new(MixedMaximiser::default()));
            Ok(Box::new(MultiFidelity::new("mf-ucb", p, initial(p), model)))
        },
    },
    MethodEntry {
        name: "random",
        line: "random search on full runs",
        settings: "uniform points; recommends the lowest value measured",
        make: |_| Ok(Box::new(RandomSearch)),
    },
];

/// beta of UCB: three standard deviations, the best of 1, 4, 9, 16 for full-run BO and for JoBS alike (LOG.md).
const BETA: f64 = 9.0;
/// beta of multi-fidelity UCB: two standard deviations were better for it (LOG.md).
const MF_BETA: f64 = 4.0;
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

fn ours(problem: &Problem) -> Result<Box<dyn Method>, MethodError> {
    let parts = JobsParts {
        allocator: Box::new(FixedSplit {
            full_runs: learning_runs(problem),
            verification_runs: u64::from(problem.budget.full_runs() > 1),
        }),
        predictor: Box::new(MlpEnsemble::default()),
        model: model(problem, ucb(BETA)),
        predicted_variance: true,
        promotion: Some(Promotion { every: PROMOTE_EVERY, acquisition: Box::new(LogEi::default()) }),
        recommend: Recommend::FinishedPosteriorMean,
    };
    Ok(Box::new(Jobs::new("jobs", problem, parts)?))
}
