use crate::parts::BETA;
use crate::{
    AcquisitionChoice, BayesOptSettings, JobsSettings, LevelRule, MethodEntry, MethodSettings, MultiFidelitySettings,
    Order, Part, SamplerChoice,
};

/// All methods, in the order of legends and tables.
pub const METHODS: &[MethodEntry] = &[
    MethodEntry::new(
        "jobs",
        "JoBS as shipped: initial early runs, losses on a logarithmic scale, promotion, verification, early-signal check",
        || MethodSettings::Jobs(JobsSettings::default()),
    )
    .legacy(
        "early runs of the design: a tenth of those the budget pays for, 4 to 12; losses on a logarithmic scale, headroom 1; MLP ensemble, predicted variance from three full runs on; UCB, beta from 9 to 4 over the budget (towards 2 without early runs), a full run after which none can be ended by LogEI; after 24 early runs, half of the steps promote the paused run of \
                   largest LogEI, evenly along the rest; the last full run verifies; full runs while foreseeing was no better than \
                   expecting on the last 6 promoted runs; recommends the finished run of lowest posterior mean",
    ),
    MethodEntry::new(
        "jobs-paper",
        "JoBS as published: N full runs (N minimises the regret bound), then UCB on predictions from early runs",
        || MethodSettings::Jobs(JobsSettings::as_published()),
    )
    .legacy(
        "N by the regret bound with its default constants; MLP ensemble, predictions as if measured; UCB beta 9; \
                   recommends the lowest value measured or predicted",
    ),
    MethodEntry::new("bo-logei", "Bayesian optimisation on full runs, LogEI", || {
        MethodSettings::BayesOpt(BayesOptSettings::new(AcquisitionChoice::LogEi))
    })
    .legacy("C/5 (at least 3) design points; LogEI; recommends the lowest value measured"),
    MethodEntry::new("bo-ucb", "Bayesian optimisation on full runs, UCB", || {
        MethodSettings::BayesOpt(BayesOptSettings::new(UCB))
    })
    .legacy("C/5 (at least 3) design points; UCB beta 9; recommends the lowest value measured"),
    MethodEntry::new("turbo", "Bayesian optimisation on full runs in a trust region, UCB (after TuRBO-1)", || {
        MethodSettings::TrustRegion(BayesOptSettings::new(AcquisitionChoice::Ucb { beta: 4.0 }))
    })
    .legacy("BO on full runs in a trust region around the best one, UCB beta 4 (after TuRBO-1)"),
    MethodEntry::new("deep-kernel", "Bayesian optimisation on full runs, deep-kernel GP (Wilson et al. 2016), UCB", || {
        MethodSettings::BayesOpt(BayesOptSettings { deep_kernel: true, ..BayesOptSettings::new(UCB) })
    })
    .legacy("BO on full runs, UCB beta 9, deep-kernel GP (Wilson et al. 2016)"),
    MethodEntry::new("mf-ucb", "multi-fidelity Bayesian optimisation, UCB, level by knowledge per step", || {
        over_steps(LevelRule::Knowledge, UCB)
    })
    .legacy(
        "C/5 (at least 3) design points; UCB beta 9 at full steps; levels 1, 2, 4 early runs and full; paused runs go on; \
                   recommends the lowest posterior mean at full steps",
    ),
    MethodEntry::new("mf-kg", "multi-fidelity knowledge gradient per step; slow, runs only where named", || {
        over_steps(LevelRule::KnowledgeGradient, UCB)
    })
    .legacy("multi-fidelity knowledge gradient per step over (x, steps); slow, runs only where named"),
    MethodEntry::new("boca", "BOCA: UCB at full steps, the lowest level that is uncertain and informative", || {
        over_steps(LevelRule::Boca { beta: BETA }, UCB)
    })
    .legacy("BOCA: UCB at full steps, the lowest level that is uncertain and telling"),
    MethodEntry::new("freeze-thaw", "freeze-thaw style: learning-curve GP, LogEI, runs advance one level at a time", || {
        over_steps(LevelRule::Next, AcquisitionChoice::LogEi)
    })
    .legacy("freeze-thaw style: learning-curve GP, LogEI, old and new runs a level at a time"),
    MethodEntry::new("hyperband", "Hyperband (eta 3)", || MethodSettings::Hyperband { sampler: SamplerChoice::Uniform })
        .legacy("Hyperband, eta 3, lowest rung at least a quarter of an early run and a 25th of a full one"),
    MethodEntry::new("bohb", "BOHB: Hyperband with draws from Parzen densities", || MethodSettings::Hyperband {
        sampler: SamplerChoice::Parzen,
    })
    .legacy("BOHB: Hyperband whose draws come from Parzen densities, one in three uniform"),
    MethodEntry::new("asha", "ASHA: asynchronous successive halving (eta 3)", || MethodSettings::Asha)
        .legacy("ASHA, eta 3, the same rungs"),
    MethodEntry::new("tpe", "multivariate TPE on full runs, with the defaults of Optuna", || MethodSettings::Tpe)
        .legacy("multivariate TPE on full runs, settings as Optuna's"),
    MethodEntry::new("data-only", "Bayesian optimisation of the mixture only", || partial(Order::Only(Part::Data)))
        .legacy("BO (UCB, full runs) of the mixture, the model untuned"),
    MethodEntry::new("model-only", "Bayesian optimisation of the model only", || partial(Order::Only(Part::Model)))
        .legacy("BO (UCB, full runs) of the model, the mixture uniform"),
    MethodEntry::new("data-then-model", "Bayesian optimisation of the mixture, then of the model", || {
        partial(Order::Then(Part::Data))
    })
    .legacy("BO (UCB, full runs): half the budget for the mixture, then the model"),
    MethodEntry::new("model-then-data", "Bayesian optimisation of the model, then of the mixture", || {
        partial(Order::Then(Part::Model))
    })
    .legacy("BO (UCB, full runs): half the budget for the model, then the mixture"),
    MethodEntry::new("alternating", "Bayesian optimisation of mixture and model in alternating blocks", || {
        partial(Order::Alternate)
    })
    .legacy("BO (UCB, full runs): mixture and model by turns of three runs"),
    MethodEntry::new("default-config", "one full run of the default configuration, no search", || {
        MethodSettings::DefaultConfiguration
    })
    .aliases(&["untuned"])
    .legacy("one run of equal shares and a usual LoRA setting (rank 8, alpha 16, queries and values)"),
    MethodEntry::new("random", "random search on full runs", || MethodSettings::Random)
        .legacy("uniform points; recommends the lowest value measured"),
];

const UCB: AcquisitionChoice = AcquisitionChoice::Ucb { beta: BETA };

/// The entry of this name, present or former.
pub fn find(name: &str) -> Option<&'static MethodEntry> {
    METHODS.iter().find(|m| m.is_called(name))
}

/// Multi-fidelity Bayesian optimisation by this rule.
fn over_steps(rule: LevelRule, acquisition: AcquisitionChoice) -> MethodSettings {
    MethodSettings::MultiFidelity(MultiFidelitySettings::new(acquisition, rule))
}

/// One part of the configuration at a time, with the search of bo-ucb.
fn partial(order: Order) -> MethodSettings {
    MethodSettings::Partial { order, search: BayesOptSettings::new(UCB) }
}
