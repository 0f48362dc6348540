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
    ),
    MethodEntry::new(
        "jobs-paper",
        "JoBS as published: N full runs (N minimises the regret bound), then UCB on predictions from early runs",
        || MethodSettings::Jobs(JobsSettings::as_published()),
    ),
    MethodEntry::new("bo-logei", "Bayesian optimisation on full runs, LogEI", || {
        MethodSettings::BayesOpt(BayesOptSettings::new(AcquisitionChoice::LogEi))
    }),
    MethodEntry::new("bo-ucb", "Bayesian optimisation on full runs, UCB", || {
        MethodSettings::BayesOpt(BayesOptSettings::new(UCB))
    }),
    MethodEntry::new("turbo", "Bayesian optimisation on full runs in a trust region, UCB (after TuRBO-1)", || {
        MethodSettings::TrustRegion(BayesOptSettings::new(AcquisitionChoice::Ucb { beta: 4.0 }))
    }),
    MethodEntry::new(
        "deep-kernel",
        "Bayesian optimisation on full runs, deep-kernel GP (Wilson et al. 2016), UCB",
        || MethodSettings::BayesOpt(BayesOptSettings { deep_kernel: true, ..BayesOptSettings::new(UCB) }),
    ),
    MethodEntry::new("mf-ucb", "multi-fidelity Bayesian optimisation, UCB, level by knowledge per step", || {
        over_steps(LevelRule::Knowledge, UCB)
    }),
    MethodEntry::new("mf-kg", "multi-fidelity knowledge gradient per step; slow, runs only where named", || {
        over_steps(LevelRule::KnowledgeGradient, UCB)
    }),
    MethodEntry::new("boca", "BOCA: UCB at full steps, the lowest level that is uncertain and informative", || {
        over_steps(LevelRule::Boca { beta: BETA }, UCB)
    }),
    MethodEntry::new(
        "freeze-thaw",
        "freeze-thaw style: learning-curve GP, LogEI, runs advance one level at a time",
        || over_steps(LevelRule::Next, AcquisitionChoice::LogEi),
    ),
    MethodEntry::new("hyperband", "Hyperband (eta 3)", || MethodSettings::Hyperband {
        sampler: SamplerChoice::Uniform,
    }),
    MethodEntry::new("bohb", "BOHB: Hyperband with draws from Parzen densities", || MethodSettings::Hyperband {
        sampler: SamplerChoice::Parzen,
    }),
    MethodEntry::new("asha", "ASHA: asynchronous successive halving (eta 3)", || MethodSettings::Asha),
    MethodEntry::new("tpe", "multivariate TPE on full runs, with the defaults of Optuna", || MethodSettings::Tpe),
    MethodEntry::new("data-only", "Bayesian optimisation of the mixture only", || partial(Order::Only(Part::Data))),
    MethodEntry::new("model-only", "Bayesian optimisation of the model only", || partial(Order::Only(Part::Model))),
    MethodEntry::new("data-then-model", "Bayesian optimisation of the mixture, then of the model", || {
        partial(Order::Then(Part::Data))
    }),
    MethodEntry::new("model-then-data", "Bayesian optimisation of the model, then of the mixture", || {
        partial(Order::Then(Part::Model))
    }),
    MethodEntry::new("alternating", "Bayesian optimisation of mixture and model in alternating blocks", || {
        partial(Order::Alternate)
    }),
    MethodEntry::new("default-config", "one full run of the default configuration, no search", || {
        MethodSettings::DefaultConfiguration
    })
    .aliases(&["untuned"]),
    MethodEntry::new("random", "random search on full runs", || MethodSettings::Random),
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
