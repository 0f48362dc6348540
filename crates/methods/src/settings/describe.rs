//! The sentences that people read, made from the settings.

use std::fmt;

use super::{
    AblationSettings, FullRunsFirst, InitialEarlyRuns, JobsOptions, JobsSettings, Levels, MethodSettings, SamplerChoice,
};
use crate::joint::Recommend;
use crate::{LevelRule, Order, Part};

impl fmt::Display for MethodSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Jobs(settings) => settings.fmt(f),
            Self::JobsOnline => f.write_str(
                "JoBS as published on logarithmic losses; after each full run, the predictor's cross-validated error \
                 decides whether another full run is worth its steps",
            ),
            Self::BayesOpt(s) => {
                let model = if s.deep_kernel { "deep-kernel GP".to_owned() } else { s.gp.to_string() };
                write!(f, "full runs; {}; {}; {model}; recommends the lowest measured value", s.initial, s.acquisition)
            }
            Self::TrustRegion(s) => write!(
                f,
                "full runs in a trust region around the best; {}; {}; {}; recommends the lowest measured value",
                s.initial, s.acquisition, s.gp
            ),
            Self::MultiFidelity(s) => {
                let [a, b, c] = s.levels;
                write!(
                    f,
                    "{}; {} at full steps; levels of {a}, {b} and {c} early runs and a full run, {}; paused runs resume; {}; \
                     recommends the lowest posterior mean at full steps",
                    s.initial, s.acquisition, s.rule, s.gp
                )
            }
            Self::Partial { order, search } => write!(
                f,
                "full runs; {order}; half of {} per part; {}; {}; recommends the lowest measured value",
                search.initial, search.acquisition, search.gp
            ),
            Self::Hyperband { sampler } => {
                let draws = match sampler {
                    SamplerChoice::Uniform => "uniform draws",
                    SamplerChoice::Parzen => "draws from Parzen densities, one in three uniform",
                };
                write!(f, "{RUNGS}; {draws}; recommends the lowest measured value")
            }
            Self::Asha => write!(f, "{RUNGS}; uniform draws; recommends the lowest measured value"),
            Self::Tpe => f.write_str(
                "full runs; multivariate Parzen densities with the defaults of Optuna; recommends the lowest measured value",
            ),
            Self::DefaultConfiguration => {
                f.write_str("one full run: equal shares, LoRA rank 8 and alpha 16 on queries and values")
            }
            Self::Random => f.write_str("full runs at uniform points; recommends the lowest measured value"),
        }
    }
}

const RUNGS: &str = "eta 3; the lowest rung is at least a quarter of an early run and at least a 25th of a full run";

impl fmt::Display for LevelRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Knowledge => f.write_str("the level of most knowledge per step"),
            Self::Boca { beta } => write!(f, "the lowest level that is uncertain and informative (beta {beta})"),
            Self::Next => f.write_str("one level at a time"),
            Self::KnowledgeGradient => f.write_str("configuration and level by the knowledge gradient per step"),
        }
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Only(Part::Data) => f.write_str("the mixture only, the model at its default configuration"),
            Self::Only(Part::Model) => f.write_str("the model only, the mixture uniform"),
            Self::Then(Part::Data) => f.write_str("the mixture for half of the budget, then the model"),
            Self::Then(Part::Model) => f.write_str("the model for half of the budget, then the mixture"),
            Self::Alternate => f.write_str("mixture and model in alternating blocks of three runs"),
        }
    }
}

impl fmt::Display for JobsSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (options, ablation) = (&self.options, &self.ablation);
        let parts = [start(ablation), predictor(options, ablation), Some(options.acquisition.to_string())];
        let last = ablation.last_by_improvement.then(|| "LogEI for a full run that no other can follow".to_owned());
        let gp = Some(ablation.gp.to_string());
        let check = options.early_signal_check.then(|| "full runs while early losses are uninformative".to_owned());
        let verify = options.verify.then(|| "the last full run verifies the best early run".to_owned());
        let recommend = match ablation.recommend {
            Recommend::LowestEstimate => "the run of lowest value, measured or predicted",
            Recommend::PosteriorMean => "the run of lowest posterior mean",
            Recommend::FinishedPosteriorMean => "the full run of lowest posterior mean",
        };
        let all = parts.into_iter().chain([last, gp, promotion(options, ablation), verify, check]).flatten();
        let all: Vec<String> = all.chain([format!("recommends {recommend}")]).collect();
        f.write_str(&all.join("; "))
    }
}

/// What comes before the search.
fn start(ablation: &AblationSettings) -> Option<String> {
    let full = match ablation.full_runs_first {
        FullRunsFirst::Fixed { runs: 0, .. } => None,
        FullRunsFirst::Fixed { runs, at_most: [1, 1] } => Some(format!("{runs} full runs first")),
        FullRunsFirst::Fixed { runs, at_most: [n, d] } => {
            Some(format!("{runs} full runs first, at most {n}/{d} of the budget's"))
        }
        FullRunsFirst::RegretBound => Some("N full runs first, N the minimiser of the regret bound".to_owned()),
    };
    let early = match ablation.initial_early_runs {
        InitialEarlyRuns::Fixed(0) => None,
        InitialEarlyRuns::Fixed(n) => Some(format!("{n} initial early runs")),
        InitialEarlyRuns::Share { one_in, least, most } => {
            Some(format!("initial early runs: one in {one_in} of those the budget covers, {least} to {most}"))
        }
    };
    let both: Vec<String> = full.into_iter().chain(early).collect();
    (!both.is_empty()).then(|| both.join("; "))
}

/// How early losses are used.
fn predictor(options: &JobsOptions, ablation: &AblationSettings) -> Option<String> {
    let scale = match ablation.log_losses {
        Some(headroom) => format!("losses on a logarithmic scale (headroom {headroom})"),
        None => "losses as they are".to_owned(),
    };
    let variance = match ablation.variance_from {
        Some(0) => "with their variance".to_owned(),
        Some(n) => format!("with their variance from {n} full runs on"),
        None => "as if measured".to_owned(),
    };
    let sees = if ablation.target_so_far { "" } else { " on losses as they are recorded" };
    let is_curve_model = options.predictor == super::PredictorChoice::None;
    let predictions = if is_curve_model { String::new() } else { format!(", predictions {variance}") };
    Some(format!("{scale}; {}{sees}{predictions}", options.predictor))
}

fn promotion(options: &JobsOptions, ablation: &AblationSettings) -> Option<String> {
    let share = options.promote?;
    let after = match ablation.promote_after {
        0 => "from the start".to_owned(),
        n => format!("after {n} early runs"),
    };
    let late = match ablation.promotion_lateness {
        1.0 => "evenly over the rest".to_owned(),
        lateness => format!("with lateness {lateness}"),
    };
    let how = match ablation.levels {
        Levels::Doubling => "to twice its steps or the end",
        Levels::None => "to the end",
    };
    let percent = 100.0 * share;
    Some(format!("{after}, {percent}% of the steps promote the paused run of largest LogEI {how}, {late}"))
}
