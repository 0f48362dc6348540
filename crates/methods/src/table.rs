use gp::acquisition::LogEi;
use gp::maximise::MixedMaximiser;
use gp::{DeepGp, KernelSpec};
use jobs::{Method, MethodError, Problem};
use jobs_core::Acquisition;

use crate::parts::{BETA, initial_runs, model, model_over_steps, taught, ucb};
use crate::{
    Asha, BayesOpt, DefaultConfiguration, Hyperband, JobsSettings, LevelRule, MethodEntry, Model, MultiFidelity, Order,
    Part, Partial, ParzenSampler, RandomSearch, Tpe, TrustRegion, Uniform, jobs_as_published,
};

/// All methods, in the order of legends and tables.
pub const METHODS: &[MethodEntry] = &[
    MethodEntry {
        name: "jobs",
        line: "JoBS, our form: early runs first, losses on a logarithmic scale, predicted variance, promotion, verification, full runs where early losses tell nothing",
        settings: "early runs of the design: a tenth of those the budget pays for, 4 to 12; losses on a logarithmic scale, headroom 1; MLP ensemble, predicted variance from three full runs on; UCB, beta from 9 to 4 over the budget (towards 2 without early runs), a full run after which none can be ended by LogEI; after 24 early runs, half of the steps promote the paused run of \
                   largest LogEI, evenly along the rest; the last full run verifies; full runs while foreseeing was no better than \
                   expecting on the last 6 promoted runs; recommends the finished run of lowest posterior mean",
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
    MethodEntry::row(
        "turbo",
        "BO on full runs in a trust region around the best one, UCB beta 4 (after TuRBO-1)",
        |p| turbo(p, ucb(4.0)),
    ),
    MethodEntry::row("deep-kernel", "BO on full runs, UCB beta 9, deep-kernel GP (Wilson et al. 2016)", |p| {
        let surrogate = DeepGp::for_space(&p.space, KernelSpec::default())
            .map_err(|_| MethodError::NotApplicable("no deep kernel fits the space"))?;
        let model = Model::new(taught(p, surrogate), ucb(BETA), Box::new(MixedMaximiser::default()));
        Ok(Box::new(BayesOpt::new("deep-kernel", p, initial_runs(p), model)))
    }),
    MethodEntry {
        name: "mf-ucb",
        line: "multi-fidelity Bayesian optimisation over (x, steps), UCB, level by knowledge per step",
        settings: "C/5 (at least 3) design points; UCB beta 9 at full steps; levels 1, 2, 4 early runs and full; paused runs go on; \
                   recommends the lowest posterior mean at full steps",
        make: |p| multi_fidelity_ucb(p, BETA),
    },
    MethodEntry::row(
        "mf-kg",
        "multi-fidelity knowledge gradient per step over (x, steps); slow, runs only where named",
        |p| match p.transfer.is_empty() {
            true => over_steps("mf-kg", p, LevelRule::KnowledgeGradient, ucb(BETA)),
            false => Err(MethodError::NotApplicable("its look ahead knows no trends, and earlier studies teach some")),
        },
    ),
    MethodEntry::row("boca", "BOCA: UCB at full steps, the lowest level that is uncertain and telling", |p| {
        over_steps("boca", p, LevelRule::Boca { beta: BETA }, ucb(BETA))
    }),
    MethodEntry::row(
        "freeze-thaw",
        "freeze-thaw style: learning-curve GP, LogEI, old and new runs a level at a time",
        |p| over_steps("freeze-thaw", p, LevelRule::Next, Box::new(LogEi::default())),
    ),
    MethodEntry::row(
        "hyperband",
        "Hyperband, eta 3, lowest rung at least a quarter of an early run and a 25th of a full one",
        |p| Ok(Box::new(Hyperband::new("hyperband", p, Box::new(Uniform))?)),
    ),
    MethodEntry::row("bohb", "BOHB: Hyperband whose draws come from Parzen densities, one in three uniform", |p| {
        Ok(Box::new(Hyperband::new("bohb", p, Box::new(ParzenSampler))?))
    }),
    MethodEntry::row("asha", "ASHA, eta 3, the same rungs", |p| Ok(Box::new(Asha::new(p)?))),
    MethodEntry::row("tpe", "multivariate TPE on full runs, settings as Optuna's", |p| Ok(Box::new(Tpe::new(p)))),
    MethodEntry::row("data-only", "BO (UCB, full runs) of the mixture, the model untuned", |p| {
        partial("data-only", p, Order::Only(Part::Data))
    }),
    MethodEntry::row("model-only", "BO (UCB, full runs) of the model, the mixture uniform", |p| {
        partial("model-only", p, Order::Only(Part::Model))
    }),
    MethodEntry::row("data-then-model", "BO (UCB, full runs): half the budget for the mixture, then the model", |p| {
        partial("data-then-model", p, Order::Then(Part::Data))
    }),
    MethodEntry::row("model-then-data", "BO (UCB, full runs): half the budget for the model, then the mixture", |p| {
        partial("model-then-data", p, Order::Then(Part::Model))
    }),
    MethodEntry::row("alternating", "BO (UCB, full runs): mixture and model by turns of three runs", |p| {
        partial("alternating", p, Order::Alternate)
    }),
    MethodEntry::row(
        "untuned",
        "one run of equal shares and a usual LoRA setting (rank 8, alpha 16, queries and values)",
        |p| Ok(Box::new(DefaultConfiguration::new(p)?)),
    ),
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

/// Bayesian optimisation on full runs in a trust region.
pub fn turbo(problem: &Problem, acquisition: Box<dyn Acquisition>) -> Result<Box<dyn Method>, MethodError> {
    let model = model(problem, acquisition);
    Ok(Box::new(TrustRegion::new("turbo", problem, initial_runs(problem), model)?))
}

/// Multi-fidelity Bayesian optimisation with UCB.
pub fn multi_fidelity_ucb(problem: &Problem, beta: f64) -> Result<Box<dyn Method>, MethodError> {
    let model = model_over_steps(problem, ucb(beta));
    let initial = initial_runs(problem);
    Ok(Box::new(MultiFidelity::new("mf-ucb", problem, initial, &[1.0, 2.0, 4.0], LevelRule::Knowledge, model)?))
}

/// Multi-fidelity optimisation by another rule, over the levels of mf-ucb.
fn over_steps(
    name: &str,
    problem: &Problem,
    rule: LevelRule,
    acquisition: Box<dyn Acquisition>,
) -> Result<Box<dyn Method>, MethodError> {
    let model = model_over_steps(problem, acquisition);
    Ok(Box::new(MultiFidelity::new(name, problem, initial_runs(problem), &[1.0, 2.0, 4.0], rule, model)?))
}

/// One part of the configuration at a time, with the settings of bo-ucb.
fn partial(name: &str, problem: &Problem, order: Order) -> Result<Box<dyn Method>, MethodError> {
    Ok(Box::new(Partial::new(name, problem, order, initial_runs(problem).div_ceil(2), model(problem, ucb(BETA)))?))
}
