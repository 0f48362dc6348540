use gp::acquisition::LogEi;
use jobs::method::{BayesOpt, MultiFidelity, RandomSearch};
use jobs::{Method, MethodError, Problem};

use crate::parts::{BETA, initial_runs, model, model_over_steps, ucb};
use crate::{JobsSettings, MethodEntry, jobs_as_published};

/// All methods, in the order of legends and tables.
pub const METHODS: &[MethodEntry] = &[
    MethodEntry {
        name: "jobs",
        line: "JoBS, our form: predicted variance, promotion of early runs, verification within the budget",
        settings: "N = max(3, C/10); MLP ensemble, predicted variance; UCB beta 9; the paused run of largest LogEI promoted \
                   after every 4 early runs; one verification; recommends the finished run of lowest posterior mean",
        make: |p| JobsSettings::default().make(p),
    },
    MethodEntry {
        name: "jobs-paper",
        line: "JoBS as published: N full runs (argmin of the regret bound), then UCB on predictions from early runs",
        settings: "N by the regret bound with its default constants; MLP ensemble, predictions as if measured; UCB beta 9; \
                   recommends the lowest value measured or predicted",
        make: jobs_as_published,
    },
    MethodEntry {
        name: "bo-logei",
        line: "Bayesian optimisation on full runs, LogEI",
        settings: "C/5 (at least 3) design points; LogEI; recommends the lowest value measured",
        make: |p| {
            let model = model(p, Box::new(LogEi::default()));
            Ok(Box::new(BayesOpt::new("bo-logei", p, initial_runs(p), model)))
        },
    },
    MethodEntry {
        name: "bo-ucb",
        line: "Bayesian optimisation on full runs, UCB",
        settings: "C/5 (at least 3) design points; UCB beta 9; recommends the lowest value measured",
        make: |p| full_run_ucb(p, BETA),
    },
    MethodEntry {
        name: "mf-ucb",
        line: "multi-fidelity Bayesian optimisation over (x, steps), UCB, level by knowledge per step",
        settings: "C/5 (at least 3) design points; UCB beta 9 at full steps; levels 1, 2, 4 early runs and full; paused runs go on; \
                   recommends the lowest posterior mean at full steps",
        make: |p| multi_fidelity_ucb(p, BETA),
    },
    MethodEntry {
        name: "random",
        line: "random search on full runs",
        settings: "uniform points; recommends the lowest value measured",
        make: |_| Ok(Box::new(RandomSearch)),
    },
];

/// The entry of this name.
pub fn find(name: &str) -> Option<&'static MethodEntry> {
    METHODS.iter().find(|m| m.name == name)
}

/// Bayesian optimisation on full runs with UCB.
pub fn full_run_ucb(problem: &Problem, beta: f64) -> Result<Box<dyn Method>, MethodError> {
    Ok(Box::new(BayesOpt::new("bo-ucb", problem, initial_runs(problem), model(problem, ucb(beta)))))
}

/// Multi-fidelity Bayesian optimisation with UCB.
pub fn multi_fidelity_ucb(problem: &Problem, beta: f64) -> Result<Box<dyn Method>, MethodError> {
    let model = model_over_steps(problem, ucb(beta));
    Ok(Box::new(MultiFidelity::new("mf-ucb", problem, initial_runs(problem), model)))
}
