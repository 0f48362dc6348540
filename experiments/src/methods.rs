//! The methods of fig5 as a table: name, one line, constructor. An ablation is another row.

use budget::FixedSplit;
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
        settings: "v1",
        make: ours,
    },
    MethodEntry {
        name: "jobs-paper",
        line: "JoBS as published: N full runs, then UCB on predictions from early runs",
        settings: "v1",
        make: as_published,
    },
    MethodEntry {
        name: "bo-logei",
        line: "Bayesian optimisation on full runs, LogEI",
        settings: "v1",
        make: |p| Ok(Box::new(BayesOpt::new("bo-logei", p, initial(p), model(p, Box::new(LogEi::default()))))),
    },
    MethodEntry {
        name: "bo-ucb",
        line: "Bayesian optimisation on full runs, UCB",
        settings: "v1",
        make: |p| Ok(Box::new(BayesOpt::new("bo-ucb", p, initial(p), model(p, ucb())))),
    },
    MethodEntry {
        name: "mf-ucb",
        line: "multi-fidelity Bayesian optimisation over (x, steps), UCB, level by knowledge per step",
        settings: "v1",
        make: |p| {
            let surrogate = Gp::for_space_and_fidelity(&p.space, KernelSpec::default());
            let model = Model::new(Box::new(surrogate), ucb(), Box::new(MixedMaximiser::default()));
            Ok(Box::new(MultiFidelity::new("mf-ucb", p, initial(p), model)))
        },
    },
    MethodEntry {
        name: "random",
        line: "random search on full runs",
        settings: "v1",
        make: |_| Ok(Box::new(RandomSearch)),
    },
];

/// beta of every UCB: two standard deviations.
const UCB_BETA: f64 = 4.0;

/// Full runs of the initial design, the same for every method that has one: a fifth of the budget, at least 3.
fn initial(problem: &Problem) -> usize {
    usize::try_from(problem.budget.full_runs() / 5).unwrap_or(usize::MAX).max(3)
}

fn ucb() -> Box<dyn Acquisition> {
    Box::new(Ucb::new(Beta::Fixed(UCB_BETA)))
}

fn model(problem: &Problem, acquisition: Box<dyn Acquisition>) -> Model {
    let surrogate = Gp::for_space(&problem.space, KernelSpec::default());
    Model::new(Box::new(surrogate), acquisition, Box::new(MixedMaximiser::default()))
}

/// Full runs JoBS as published learns from: the paper's 30 of 50 in proportion, at least 3.
fn published_share(problem: &Problem) -> u64 {
    (problem.budget.full_runs() * 2 / 5).max(3)
}

fn as_published(problem: &Problem) -> Result<Box<dyn Method>, MethodError> {
    let parts = JobsParts {
        allocator: Box::new(FixedSplit { full_runs: published_share(problem), verification_runs: 0 }),
        predictor: Box::new(MlpEnsemble::default()),
        model: model(problem, ucb()),
        predicted_variance: false,
        promotion: None,
        recommend: Recommend::LowestBelieved,
    };
    Ok(Box::new(Jobs::new("jobs-paper", problem, parts)?))
}

fn ours(problem: &Problem) -> Result<Box<dyn Method>, MethodError> {
    let parts = JobsParts {
        allocator: Box::new(FixedSplit { full_runs: initial(problem) as u64, verification_runs: 1 }),
        predictor: Box::new(MlpEnsemble::default()),
        model: model(problem, Box::new(LogEi::default())),
        predicted_variance: true,
        promotion: Some(Promotion { every: 4, acquisition: Box::new(LogEi::default()) }),
        recommend: Recommend::FinishedPosteriorMean,
    };
    Ok(Box::new(Jobs::new("jobs", problem, parts)?))
}

/// Full runs JoBS learns from before it searches.
pub fn learning_runs(problem: &Problem) -> u64 {
    initial(problem) as u64
}
