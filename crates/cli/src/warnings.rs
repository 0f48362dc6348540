//! What is possible and probably not meant, one line each.

use jobs::History;
use jobs_core::{Domain, Point, RecordValue, Role};

use crate::loaded_study::LoadedStudy;
use crate::numbers::number;

/// Words of metrics that are better when larger.
const HIGHER: [&str; 16] = [
    "accuracy",
    "acc",
    "f1",
    "bleu",
    "rouge",
    "rougel",
    "reward",
    "auc",
    "auroc",
    "recall",
    "precision",
    "meteor",
    "em",
    "match",
    "pass",
    "winrate",
];
/// Words of metrics that are better when smaller.
const LOWER: [&str; 8] = ["loss", "perplexity", "ppl", "error", "wer", "cer", "rmse", "nll"];
/// Runs with a value before a constant metric is reported.
const FEWEST: usize = 3;
/// Share of a range that counts as its end.
const EDGE: f64 = 1e-6;

/// A metric whose name says that the direction is the other one.
pub fn direction(loaded: &LoadedStudy) -> Option<String> {
    let words: Vec<String> =
        loaded.metric().split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_ascii_lowercase).collect();
    let has = |known: &[&str]| words.iter().any(|w| known.contains(&w.as_str()));
    let (does, other) = match (loaded.direction.maximise, has(&HIGHER), has(&LOWER)) {
        (false, true, false) => ("minimises", "maximise"),
        (true, false, true) => ("maximises", "minimise"),
        _ => return None,
    };
    Some(format!(
        "the study {does} `{}`; if that is not meant, set direction = \"{other}\" in [objective]",
        loaded.metric()
    ))
}

/// A metric that never changes.
pub fn constant(loaded: &LoadedStudy, history: &History) -> Option<String> {
    let runs: Vec<_> = history.counted().filter(|r| !r.curve.is_empty()).collect();
    let first = *runs.first()?.curve.losses().first()?;
    if runs.len() < FEWEST || !runs.iter().flat_map(|r| r.curve.losses()).all(|&v| v == first) {
        return None;
    }
    let value = number(loaded.direction.turn(first));
    Some(format!("`{}` was {value} in every evaluation of all {} runs", loaded.metric(), runs.len()))
}

/// Dimensions whose best value is an end of their range.
pub fn at_bounds(loaded: &LoadedStudy, best: &Point) -> Vec<String> {
    let (space, record) = (best.space(), best.record());
    let dimensions = space.dimensions().iter().zip(space.roles()).zip(space.layout());
    let warning = |((d, role), range): ((&jobs_core::Dimension, &Option<Role>), &std::ops::Range<usize>)| {
        let (low, high) = match &d.domain {
            Domain::Real { low, high, .. } => (*low, *high),
            Domain::Integer { low, high, .. } => (*low as f64, *high as f64),
            Domain::Ordered { .. } => d.domain.ends()?,
            Domain::Simplex { .. } | Domain::Boolean | Domain::Categorical { .. } | Domain::Fixed { .. } => {
                return None;
            }
        };
        let place = space.encode(best)[range.start];
        let (end, name) = if place <= EDGE {
            (low, "lower")
        } else if place >= 1.0 - EDGE {
            (high, "upper")
        } else {
            return None;
        };
        // the ends of what is possible are no ends of a range
        let natural = match role {
            Some(Role::Layers) => end == 1.0 || loaded.model.layers.is_some_and(|n| end == f64::from(n)),
            Some(Role::Dropout) => end == 0.0,
            Some(Role::Rank) => end == 1.0,
            _ => false,
        };
        let value = match record.0.get(&d.name) {
            Some(RecordValue::Integer(v)) => v.to_string(),
            _ => number(end),
        };
        (!natural)
            .then(|| format!("the best `{}` is {value}, its {name} bound; a wider range may hold a better one", d.name))
    };
    dimensions.filter_map(warning).collect()
}

/// Constraints with a method that does not model them.
pub fn constraints_not_modelled(loaded: &LoadedStudy) -> Option<String> {
    let (method, has) = (&loaded.file.method.name, !loaded.problem.constraints.is_empty());
    (has && method != "jobs").then(|| {
        format!(
            "the method {method} does not search for runs that satisfy the constraints, it only recommends none of the others; \
             the method jobs does"
        )
    })
}

/// All warnings about a recommendation.
pub fn of_best(loaded: &LoadedStudy, history: &History, best: &Point) -> Vec<String> {
    let general = direction(loaded).into_iter().chain(constant(loaded, history));
    general.chain(at_bounds(loaded, best)).collect()
}
