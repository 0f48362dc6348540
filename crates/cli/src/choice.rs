//! The method of a study: an entry of `methods::METHODS`, or `jobs` with other parts.

use std::collections::BTreeMap;

use jobs::{JournalHeader, Method, MethodError, Problem};
use jobs_core::Predictor;
use jobs_core::nearest::unknown;
use methods::{
    AcquisitionChoice, JobsOptions, JobsSettings, METHODS, MethodSettings, PredictorChoice, WITHOUT_BURN, find,
};
use predictor::KernelResidual;

use crate::study_file::{MethodTable, Promote};

const ACQUISITIONS: &[&str] = &["ucb", "log-ei"];
const PREDICTORS: &[&str] = &["kernel", "ensemble", "ridge", "shift", "none"];
/// The predictor of `jobs` unless the study file names one.
const DEFAULT_PREDICTOR: &str = "kernel";
/// The same in studies whose journals do not record the predictor: they were begun before the default changed.
const FORMER_PREDICTOR: &str = "ensemble";
/// Where the header of a journal records the predictor.
const PREDICTOR_SETTING: &str = "method.predictor";
/// Where it records the version of the search of `jobs`. Journals of the first version do not.
const VERSION_SETTING: &str = "method.version";
/// Promoted runs pause at levels, and predictors see the target's value so far.
const VERSION: &str = "2";

/// Rejects unknown names and invalid values. The error is the key and the problem.
pub fn check(table: &MethodTable, problem: &Problem) -> Result<(), (&'static str, String)> {
    let names: Vec<&str> = METHODS.iter().map(|m| m.name).collect();
    let is_unknown = |what: &str, name: &str, known: &[&str]| format!("is invalid: {}", unknown(what, name, known));
    if find(&table.name).is_none() {
        return Err(("name", is_unknown("method", &table.name, &names)));
    }
    if let Some((part, _)) = parts(table).iter().find(|(_, given)| given.is_some() && table.name != "jobs") {
        return Err((part, format!("applies to the method jobs only; remove it for {}", table.name)));
    }
    if let Some(name) = table.acquisition.as_deref().filter(|n| !ACQUISITIONS.contains(n)) {
        return Err(("acquisition", is_unknown("acquisition", name, ACQUISITIONS)));
    }
    if let Some(name) = table.predictor.as_deref().filter(|n| !PREDICTORS.contains(n)) {
        return Err(("predictor", is_unknown("predictor", name, PREDICTORS)));
    }
    match &table.promote {
        Some(Promote::Share(share)) if !(*share > 0.0 && *share < 1.0) => {
            return Err((
                "promote",
                format!("is {share}, expected a share of the budget between 0 and 1, or \"never\""),
            ));
        }
        Some(Promote::Word(word)) if word != "never" => {
            return Err(("promote", format!("is \"{word}\", expected a share of the budget, or \"never\"")));
        }
        _ => {}
    }
    if let Some(key) = without_burn(table) {
        return Err((key, format!("cannot be used: {WITHOUT_BURN}")));
    }
    make(table, problem).map(|_| ()).map_err(|e| ("name", format!("does not fit the budget: {e}")))
}

/// The key that asks for networks in a program without Burn.
fn without_burn(table: &MethodTable) -> Option<&'static str> {
    let settings =
        if table.name == "jobs" { MethodSettings::Jobs(jobs_settings(table)) } else { (find(&table.name)?.settings)() };
    let key = if table.name == "jobs" { "predictor" } else { "name" };
    (!cfg!(feature = "burn") && settings.needs_burn()).then_some(key)
}

/// The chosen parts, and for `jobs` its predictor and version in any case. The header of a journal records them to detect changes.
pub fn settings(table: &MethodTable) -> BTreeMap<String, String> {
    let chosen = parts(table).into_iter().filter_map(|(name, value)| Some((format!("method.{name}"), value?)));
    let mut settings: BTreeMap<String, String> = chosen.collect();
    if table.name == "jobs" {
        settings.entry(PREDICTOR_SETTING.to_owned()).or_insert_with(|| DEFAULT_PREDICTOR.to_owned());
        if !table.is_first_version {
            settings.insert(VERSION_SETTING.to_owned(), VERSION.to_owned());
        }
    }
    settings
}

/// The method of a study with this journal: one that was begun by the first version of `jobs` keeps it.
pub fn begun_with(table: &MethodTable, header: &JournalHeader) -> MethodTable {
    let is_first_version = table.name == "jobs" && !header.settings.contains_key(VERSION_SETTING);
    let predictor = table.predictor.clone().or_else(|| is_first_version.then(|| FORMER_PREDICTOR.to_owned()));
    MethodTable { predictor, is_first_version, ..table.clone() }
}

/// The header of a journal as a present program would have written it: with the predictor.
pub fn with_predictor(header: JournalHeader) -> JournalHeader {
    let mut settings = header.settings.clone();
    if header.method == "jobs" {
        settings.entry(PREDICTOR_SETTING.to_owned()).or_insert_with(|| FORMER_PREDICTOR.to_owned());
    }
    header.with_settings(settings)
}

fn parts(table: &MethodTable) -> [(&'static str, Option<String>); 5] {
    let promote = table.promote.as_ref().map(|v| match v {
        Promote::Share(share) => share.to_string(),
        Promote::Word(word) => word.clone(),
    });
    [
        ("predictor", table.predictor.clone()),
        ("acquisition", table.acquisition.clone()),
        ("promote", promote),
        ("verify", table.verify.map(|v| v.to_string())),
        ("early_signal_check", table.early_signal_check.map(|v| v.to_string())),
    ]
}

/// The predictor of final values from early ones. Where the method has none, the default one.
pub fn predictor(table: &MethodTable) -> Box<dyn Predictor> {
    // a study file that asks for more than this program has was refused before
    let chosen = named_predictor(table.predictor.as_deref()).make().ok().flatten();
    chosen.unwrap_or_else(|| Box::new(KernelResidual::default()))
}

fn named_predictor(name: Option<&str>) -> PredictorChoice {
    match name.unwrap_or(DEFAULT_PREDICTOR) {
        "none" => PredictorChoice::None,
        "ensemble" => PredictorChoice::MlpEnsemble,
        "ridge" => PredictorChoice::RidgeResidual,
        "shift" => PredictorChoice::LastValueShift,
        _ => PredictorChoice::KernelResidual,
    }
}

/// The method for a problem.
pub fn make(table: &MethodTable, problem: &Problem) -> Result<Box<dyn Method>, MethodError> {
    let entry = find(&table.name).ok_or(MethodError::NotApplicable("there is no method of this name"))?;
    if table.name != "jobs" {
        return entry.make(problem);
    }
    jobs_settings(table).make(entry.name, problem)
}

/// The method `jobs` with the parts the table chooses.
pub fn jobs_settings(table: &MethodTable) -> JobsSettings {
    let mut options = JobsOptions { predictor: named_predictor(table.predictor.as_deref()), ..JobsOptions::default() };
    if table.acquisition.as_deref() == Some("log-ei") {
        options.acquisition = AcquisitionChoice::LogEi;
    }
    match table.promote {
        Some(Promote::Share(share)) => options.promote = Some(share),
        Some(Promote::Word(_)) => options.promote = None,
        None => {}
    }
    options.verify = table.verify.unwrap_or(options.verify);
    options.early_signal_check = table.early_signal_check.unwrap_or(options.early_signal_check);
    if table.is_first_version { JobsSettings::first_version(options) } else { options.into() }
}
