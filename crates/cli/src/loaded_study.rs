//! A study file with everything that follows from it: the problem, the direction of the metric, the folders.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ::emulator::EmulatorTrainer;
use anyhow::Context;
use jobs::{JournalHeader, Problem, TimeLimit};
use jobs_core::{Budget, LearningCurve, SearchSpace, Seed, SpaceError, Steps, Trainer};

use crate::failure::Kind;
use crate::model::Model;
use crate::study_file::{
    Complaints, EarlySteps, MethodTable, OldNames, Sense, StudyFile, TrainerKind, check, normalised,
    outcome_constraints, parse,
};
use crate::{burn, choice, dependencies, emulator};

/// Length of a full run over that of an early run, for `early_steps = "auto"`: the ratio of the recorded Llama-3-8B runs (625 to
/// 100 steps). At this length, early losses rank configurations well (rank correlation 0.86 to 0.91 with final losses).
const FULL_OVER_EARLY: f64 = 6.25;

/// Full runs that a study with a budget in time is planned for, until its own runs show how many there are.
const RUNS_AT_FIRST: u64 = 15;

/// The setting in the header of journals of finite spaces that says when configurations are repeated.
const REPEATS: &str = "repeats";

/// A study file, read and checked.
#[derive(Clone, Debug)]
pub struct LoadedStudy {
    /// The file.
    pub file: StudyFile,
    /// Its path.
    pub path: PathBuf,
    /// The problem.
    pub problem: Problem,
    /// Whether larger or smaller metrics are better.
    pub direction: Direction,
    /// What is known of the model.
    pub model: Model,
    /// Names of earlier versions that the file uses.
    pub old_names: OldNames,
}

/// The sign between the metric and the loss. Only this type changes signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Direction {
    /// Whether larger is better.
    pub maximise: bool,
}

impl Direction {
    /// Converts between metric and loss, in both directions.
    pub fn turn(self, value: f64) -> f64 {
        if self.maximise { -value } else { value }
    }

    /// Converts a curve between metric and loss, in both directions.
    pub fn turn_curve(self, curve: &LearningCurve) -> LearningCurve {
        curve.map(|value| self.turn(value))
    }
}

impl LoadedStudy {
    /// Reads and checks a study file.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|e| {
            let hint = if e.kind() == std::io::ErrorKind::NotFound { "; `jobs init` writes one" } else { "" };
            Kind::Input.error(format_args!("{}: {e}{hint}", path.display()))
        })?;
        let file = parse(&text, path)?;
        let complaints = Complaints { text: &text, path };
        check(&file, &complaints)?;
        let emulated = match file.trainer.kind {
            TrainerKind::Emulator => Some(emulator::load(&file.trainer, folder_of(path), &complaints_of(&complaints))?),
            TrainerKind::Command | TrainerKind::Burn => None,
        };
        let space = search_space(&file, emulated.as_ref(), &complaints)?;
        let model = Model::of(&file, &space, folder_of(path), &complaints)?;
        let full = full_steps(&file, emulated.as_ref(), &space, &complaints)?;
        let early = early_steps(&file, full);
        // without a number of steps the plan begins with this many runs, until the first one shows how long a step takes
        let total = file.budget.total_steps.unwrap_or_else(|| full.0.saturating_mul(RUNS_AT_FIRST));
        let budget = Budget { total: Steps(total), full, early };
        budget
            .check()
            .map_err(|e| complaints.at("budget", "total_steps", format!("does not fit the other lengths: {e}")))?;
        let constraints = outcome_constraints(&file);
        let problem = Problem { constraints, ..Problem::new(space, budget, file.objective.target, Seed(file.seed)) };
        choice::check(&file.method, &problem).map_err(|(key, problem)| complaints.at("method", key, problem))?;
        let direction = Direction { maximise: file.objective.direction == Sense::Maximise };
        Ok(Self { file, path: path.to_owned(), problem, direction, model, old_names: OldNames::of(&text) })
    }

    /// Name of the study: `name`, or the name of the file.
    pub fn name(&self) -> String {
        let stem = || self.path.file_stem().map_or_else(|| "study".into(), |s| s.to_string_lossy().into_owned());
        self.file.name.clone().unwrap_or_else(stem)
    }

    /// Folder of the study file.
    pub fn directory(&self) -> anyhow::Result<PathBuf> {
        std::path::absolute(folder_of(&self.path)).with_context(|| self.path.display().to_string())
    }

    /// Folder of all files of the study.
    pub fn runs(&self) -> anyhow::Result<PathBuf> {
        Ok(self.directory()?.join(&self.file.runs))
    }

    /// Path of the journal.
    pub fn journal(&self) -> anyhow::Result<PathBuf> {
        Ok(self.runs()?.join("journal"))
    }

    /// The hashes of the files that the study depends on.
    pub fn hashes(&self) -> BTreeMap<String, String> {
        let (Ok(folder), Ok(runs)) = (self.directory(), self.runs()) else { return BTreeMap::new() };
        dependencies::hashes(&self.file, &folder, &runs)
    }

    /// The budget in time of runs on so many workers at once, if there is one.
    pub fn time_limit(&self, workers: usize) -> Option<TimeLimit> {
        let budget = &self.file.budget;
        let gpus = self.file.executor.gpus_per_run.unwrap_or(1).max(1) as f64;
        let hours = budget.total_hours.map(|hours| hours * workers.max(1) as f64);
        let limits = [hours, budget.total_gpu_hours.map(|hours| hours / gpus)];
        let least = limits.into_iter().flatten().reduce(f64::min)?;
        Some(TimeLimit { seconds: 3600.0 * least, most: budget.total_steps.map(Steps) })
    }

    /// The header of the journal.
    pub fn header(&self) -> JournalHeader {
        self.header_of(&self.file.method)
    }

    fn header_of(&self, method: &MethodTable) -> JournalHeader {
        let objective = &self.file.objective;
        let mut settings: BTreeMap<String, String> = choice::settings(method);
        settings.insert("metric".into(), objective.metric.clone());
        settings.insert("direction".into(), if self.direction.maximise { "maximise" } else { "minimise" }.into());
        let sources: Vec<String> = self.file.transfer.studies.iter().map(|p| p.display().to_string()).collect();
        if !sources.is_empty() {
            settings.insert("transfer.studies".into(), sources.join(", "));
        }
        let limits: Vec<String> = self.problem.constraints.iter().map(ToString::to_string).collect();
        if !limits.is_empty() {
            settings.insert("outcome_constraints".into(), limits.join(", "));
        }
        if self.problem.space.is_finite() {
            settings.insert(REPEATS.into(), "once all are tried".into());
        }
        settings.extend(self.hashes());
        JournalHeader::of(&self.problem, &method.name).with_settings(self.old_names.settings(settings))
    }

    /// The problem as it was when the journal began: with the budget of that time.
    pub fn problem_of(&self, header: &JournalHeader) -> Problem {
        let budget = Budget { total: header.budget.total, ..self.problem.budget };
        // journals of earlier versions do not have the rule, and go on without it
        let untried_first = header.settings.contains_key(REPEATS);
        Problem { budget, untried_first, ..self.problem.clone() }
    }

    /// The method that the study began with.
    pub fn method_of(&self, header: &JournalHeader) -> MethodTable {
        choice::begun_with(&self.file.method, header)
    }

    /// The first difference between the header of a journal and this study, in words. Names of earlier versions count as the
    /// present ones. The number of steps in all may change (`more_budget`).
    pub fn difference(&self, header: &JournalHeader) -> Option<String> {
        let total = self.problem.budget.total;
        let normal = |h: JournalHeader| {
            let (mut settings, budget) = (normalised(&h.settings), Budget { total, ..h.budget });
            settings.remove(REPEATS);
            JournalHeader { budget, ..h }.with_settings(settings)
        };
        let (recorded, present) = (choice::with_predictor(header.clone()), self.header_of(&self.method_of(header)));
        let (recorded, present) = dependencies::comparable(normal(recorded), normal(present));
        recorded.difference(&present)
    }

    /// An error at a key of the study file, with its line.
    pub fn complaint(&self, section: &str, key: &str, problem: &str) -> anyhow::Error {
        // without the text, the error lacks only its line number
        let text = std::fs::read_to_string(&self.path).unwrap_or_default();
        Complaints { text: &text, path: &self.path }.at(section, key, problem)
    }

    /// Name of the metric.
    pub fn metric(&self) -> &str {
        &self.file.objective.metric
    }
}

/// The search space: that of the file, or of the emulator. If both have one, they must be equal.
fn search_space(
    file: &StudyFile,
    emulated: Option<&EmulatorTrainer>,
    complaints: &Complaints<'_>,
) -> anyhow::Result<SearchSpace> {
    let space = match emulated {
        Some(known) if file.dimension.is_empty() => known.space().clone(),
        _ => SearchSpace::from_toml_file(complaints.path).map_err(|e| match e {
            SpaceError::Syntax { .. } => Kind::Input.error(e),
            other => Kind::Input.error(format_args!("{}: {other}", complaints.path.display())),
        })?,
    };
    if let Some(known) = emulated.filter(|known| *known.space() != space) {
        let names: Vec<_> = known.space().dimensions().iter().map(|d| d.name.as_str()).collect();
        let problem = format!(
            "has its own search space, which differs from the file; remove every [[dimension]], or use these: {}",
            names.join(", ")
        );
        return Err(complaints.at("trainer", "task", problem));
    }
    Ok(space)
}

/// Length of a full run: that of the trainer if it has its own, otherwise `full_steps`.
fn full_steps(
    file: &StudyFile,
    emulated: Option<&EmulatorTrainer>,
    space: &SearchSpace,
    complaints: &Complaints<'_>,
) -> anyhow::Result<Steps> {
    let known_steps = match file.trainer.kind {
        TrainerKind::Burn => {
            let key = if cfg!(feature = "burn") { "settings" } else { "kind" };
            let steps = burn::full_steps(&file.trainer, folder_of(complaints.path), space);
            Some(steps.map_err(|e| complaints.at("trainer", key, format!("cannot be used: {e}")))?)
        }
        TrainerKind::Emulator => emulated.map(Trainer::full_steps),
        TrainerKind::Command => None,
    };
    match (known_steps, file.budget.full_steps) {
        (Some(known), Some(given)) if known.0 != given => {
            let problem = format!("is {given}, but a full run of this trainer has {known} steps");
            Err(complaints.at("budget", "full_steps", problem))
        }
        (Some(known), _) => Ok(known),
        (None, Some(given)) => Ok(Steps(given)),
        (None, None) => {
            Err(complaints.at("budget", "full_steps", "is missing, expected the number of steps of a full run"))
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn complaints_of<'a>(complaints: &'a Complaints<'_>) -> impl Fn(&str, String) -> anyhow::Error + 'a {
    |key, problem| complaints.at("trainer", key, problem)
}

/// Length of an early run: as given, or a full run over [`FULL_OVER_EARLY`], rounded to evaluations.
fn early_steps(file: &StudyFile, full: Steps) -> Steps {
    if let EarlySteps::Steps(steps) = file.budget.early_steps {
        return Steps(steps);
    }
    let every = file.budget.eval_every.unwrap_or(1).max(1);
    let wanted = (full.as_f64() / FULL_OVER_EARLY / every as f64).round() as u64;
    Steps((wanted.max(1).saturating_mul(every)).min(full.0))
}
