use std::collections::BTreeMap;

use jobs_core::{Budget, SearchSpace, Seed, SpaceError, Target};
use serde::{Deserialize, Serialize};

use crate::Problem;

/// The first line: a study's problem and method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JournalHeader {
    /// Version of the format.
    pub version: u32,
    /// The space, in TOML.
    pub space: String,
    /// The budget.
    pub budget: Budget,
    /// The target.
    pub target: Target,
    /// The seed.
    pub seed: Seed,
    /// The method's name.
    pub method: String,
    /// Whatever else decides the course of the study (parts of the method, the metric and its direction), for comparison.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, String>,
}

/// Version of the format written.
pub(super) const VERSION: u32 = 2;

impl JournalHeader {
    /// The header of a study.
    pub fn of(problem: &Problem, method: &str) -> Self {
        Self {
            version: VERSION,
            space: problem.space.to_toml_string(),
            budget: problem.budget,
            target: problem.target,
            seed: problem.seed,
            method: method.to_owned(),
            settings: BTreeMap::new(),
        }
    }

    /// The same header with these settings.
    pub fn with_settings(self, settings: BTreeMap<String, String>) -> Self {
        Self { settings, ..self }
    }

    /// The first difference to `other`, in words.
    pub fn difference(&self, other: &Self) -> Option<String> {
        let pair = |what: &str, there: &dyn std::fmt::Display, here: &dyn std::fmt::Display| {
            Some(format!("{what} was {there}, and is now {here}"))
        };
        let steps = |b: &Budget| format!("{} steps in all, {} full, {} early", b.total, b.full, b.early);
        if self.space != other.space {
            return Some(space_difference(&self.space, &other.space));
        }
        if self.budget != other.budget {
            return pair("its budget", &steps(&self.budget), &steps(&other.budget));
        }
        if self.target != other.target {
            return pair("its target", &format!("{:?}", self.target), &format!("{:?}", other.target));
        }
        if self.seed != other.seed {
            return pair("it", &format!("seed {}", self.seed.0), &format!("seed {}", other.seed.0));
        }
        if self.method != other.method {
            return pair("its method", &self.method, &other.method);
        }
        let none = || "not set".to_owned();
        let keys = self.settings.keys().chain(other.settings.keys());
        let (key, there, here) =
            keys.map(|k| (k, self.settings.get(k), other.settings.get(k))).find(|(_, there, here)| there != here)?;
        let shown = |v: Option<&String>| v.cloned().unwrap_or_else(none);
        pair(&format!("its `{key}`"), &shown(there), &shown(here))
    }

    /// The problem of the header, without its candidates ([`Problem::among`] restores them).
    ///
    /// # Errors
    /// A space that cannot be parsed.
    pub fn problem(&self) -> Result<Problem, SpaceError> {
        let space = SearchSpace::from_toml_str(&self.space)?;
        Ok(Problem::new(space, self.budget, self.target, self.seed))
    }
}

/// What differs between two spaces in TOML: the first dimension that is new, gone or changed.
fn space_difference(recorded: &str, present: &str) -> String {
    let (Ok(there), Ok(here)) = (SearchSpace::from_toml_str(recorded), SearchSpace::from_toml_str(present)) else {
        return "its search space differs".into();
    };
    let added = here.dimensions().iter().find(|d| there.index_of(&d.name).is_none());
    let changed = there.dimensions().iter().find_map(|d| match here.index_of(&d.name) {
        None => Some(format!("the dimension `{}` ({}) is gone", d.name, d.domain)),
        Some(i) if here.dimensions()[i].domain != d.domain => {
            Some(format!("the dimension `{}` was {}, and is now {}", d.name, d.domain, here.dimensions()[i].domain))
        }
        Some(_) => None,
    });
    let what = changed.or_else(|| added.map(|d| format!("the dimension `{}` ({}) is new", d.name, d.domain)));
    let what = what.unwrap_or_else(|| {
        let order = |space: &SearchSpace| space.dimensions().iter().map(|d| d.name.clone()).collect::<Vec<_>>();
        let same = order(&there) == order(&here);
        if same {
            "its constraints".into()
        } else {
            format!("its dimensions are in another order, expected {}", order(&there).join(", "))
        }
    });
    format!("its search space differs: {what}")
}
