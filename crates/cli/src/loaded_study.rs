//! A study file with everything that follows from it: the problem, the direction of the metric, the folders.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use jobs::{JournalHeader, Problem};
use jobs_core::{Budget, LearningCurve, SearchSpace, Seed, SpaceError, Steps, Trainer};
use trainer::train::check_space;

use crate::failure::Kind;
use crate::study_file::{Complaints, EarlySteps, OldNames, Sense, StudyFile, TrainerKind, check, normalised, parse};
use crate::{burn, choice, emulator};

/// An early run is a full one over this, where the study file leaves it to us: the share of the recorded Llama-3-8B studies
/// (100 of 625 steps), at which early losses order configurations well (rank correlation 0.86 to 0.91 with final ones).
const FULL_OVER_EARLY: f64 = 6.25;

/// A study with everything settled: what the file says and what follows from it.
#[derive(Clone, Debug)]
pub struct LoadedStudy {
    /// The file.
    pub file: StudyFile,
    /// Where it lies.
    pub path: PathBuf,
    /// What the study is about.
    pub problem: Problem,
    /// Which way the metric is better.
    pub direction: Direction,
    /// Names of earlier versions that the file uses.
    pub old_names: OldNames,
}

/// How the metric and the loss belong together: the only place where a sign is turned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Direction {
    /// Whether larger is better.
    pub maximise: bool,
}

impl Direction {
    /// A loss in the user's terms, and the other way round.
    pub fn turn(self, value: f64) -> f64 {
        if self.maximise { -value } else { value }
    }

    /// A curve in the user's terms, and the other way round.
    pub fn turn_curve(self, curve: &LearningCurve) -> LearningCurve {
        curve.map(|value| self.turn(value))
    }
}

impl LoadedStudy {
    /// Reads and checks a study file.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|e| {
            let hint = if e.kind() == std::io::ErrorKind::NotFound { "; `jobs init` writes one" } else { "" };
            Kind::Input.says(format_args!("{}: {e}{hint}", path.display()))
        })?;
        let file = parse(&text, path)?;
        let complaints = Complaints { text: &text, path };
        check(&file, &complaints)?;
        let emulated = match file.trainer.kind {
            TrainerKind::Emulator => Some(emulator::load(&file.trainer, folder_of(path), &complaints_of(&complaints))?),
            TrainerKind::Command | TrainerKind::Burn => None,
        };
        let space = match &emulated {
            Some(known) if file.dimension.is_empty() => known.space().clone(),
            _ => SearchSpace::from_toml_file(path).map_err(|e| match e {
                SpaceError::Syntax { .. } => Kind::Input.says(e),
                other => Kind::Input.says(format_args!("{}: {other}", path.display())),
            })?,
        };
        if let Some(known) = emulated.as_ref().filter(|known| *known.space() != space) {
            let names: Vec<_> = known.space().dimensions().iter().map(|d| d.name.as_str()).collect();
            let problem = format!(
                "has a space of its own, other than the file's (leave every [[dimension]] out, or write its: {})",
                names.join(", ")
            );
            return Err(complaints.at("trainer", "task", problem));
        }
        let known_steps = match file.trainer.kind {
            TrainerKind::Burn => {
                let wrong = |e: trainer::LlmError| complaints.at("trainer", "settings", format!("cannot be used: {e}"));
                let settings = burn::settings(&file.trainer, folder_of(path)).map_err(wrong)?;
                check_space(&space, &settings).map_err(wrong)?;
                Some(Steps(settings.steps))
            }
            TrainerKind::Emulator => emulated.as_ref().map(Trainer::full_steps),
            TrainerKind::Command => None,
        };
        let full = match (known_steps, file.budget.full_steps) {
            (Some(known), Some(said)) if known.0 != said => {
                let problem = format!("is {said}, but a full run of this trainer has {known} steps");
                return Err(complaints.at("budget", "full_steps", problem));
            }
            (Some(known), _) => known,
            (None, Some(said)) => Steps(said),
            (None, None) => {
                return Err(complaints.at("budget", "full_steps", "is missing, expected the steps of a full run"));
            }
        };
        let early = early_steps(&file, full);
        let budget = Budget { total: Steps(file.budget.total_steps), full, early };
        budget
            .check()
            .map_err(|e| complaints.at("budget", "total_steps", format!("and the others do not fit: {e}")))?;
        let problem = Problem::new(space, budget, file.objective.target, Seed(file.seed));
        choice::check(&file.method, &problem).map_err(|(key, said)| complaints.at("method", key, said))?;
        let direction = Direction { maximise: file.objective.direction == Sense::Maximise };
        Ok(Self { file, path: path.to_owned(), problem, direction, old_names: OldNames::of(&text) })
    }

    /// What people call it.
    pub fn name(&self) -> String {
        let stem = || self.path.file_stem().map_or_else(|| "study".into(), |s| s.to_string_lossy().into_owned());
        self.file.name.clone().unwrap_or_else(stem)
    }

    /// Folder of the study file.
    pub fn directory(&self) -> anyhow::Result<PathBuf> {
        std::path::absolute(folder_of(&self.path)).with_context(|| self.path.display().to_string())
    }

    /// Folder of everything that is written.
    pub fn runs(&self) -> anyhow::Result<PathBuf> {
        Ok(self.directory()?.join(&self.file.runs))
    }

    /// The journal.
    pub fn journal(&self) -> anyhow::Result<PathBuf> {
        Ok(self.runs()?.join("journal"))
    }

    /// What the journal begins with.
    pub fn header(&self) -> JournalHeader {
        let (objective, method) = (&self.file.objective, &self.file.method);
        let mut settings: BTreeMap<String, String> = choice::settings(method);
        settings.insert("metric".into(), objective.metric.clone());
        settings.insert("direction".into(), if self.direction.maximise { "maximise" } else { "minimise" }.into());
        let earlier: Vec<String> = self.file.transfer.studies.iter().map(|p| p.display().to_string()).collect();
        if !earlier.is_empty() {
            settings.insert("transfer.studies".into(), earlier.join(", "));
        }
        JournalHeader::of(&self.problem, &method.name).with_settings(self.old_names.settings(settings))
    }

    /// The first difference between the header of a journal and this study, in words. Names of earlier versions count as the
    /// present ones.
    pub fn difference(&self, header: &JournalHeader) -> Option<String> {
        let normal = |h: JournalHeader| {
            let settings = normalised(&h.settings);
            h.with_settings(settings)
        };
        normal(header.clone()).difference(&normal(self.header()))
    }

    /// An error at a key of the study file, with its line.
    pub fn complaint(&self, section: &str, key: &str, problem: &str) -> anyhow::Error {
        // the file was there when it was read; a line number is all that is lost otherwise
        let text = std::fs::read_to_string(&self.path).unwrap_or_default();
        Complaints { text: &text, path: &self.path }.at(section, key, problem)
    }

    /// What the metric is called.
    pub fn metric(&self) -> &str {
        &self.file.objective.metric
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn complaints_of<'a>(complaints: &'a Complaints<'_>) -> impl Fn(&str, String) -> anyhow::Error + 'a {
    |key, problem| complaints.at("trainer", key, problem)
}

/// B_small: as said, or a sixth of a full run, rounded to whole evaluations.
fn early_steps(file: &StudyFile, full: Steps) -> Steps {
    if let EarlySteps::Steps(steps) = file.budget.early_steps {
        return Steps(steps);
    }
    let every = file.budget.eval_every.unwrap_or(1).max(1);
    let wanted = (full.as_f64() / FULL_OVER_EARLY / every as f64).round() as u64;
    Steps((wanted.max(1).saturating_mul(every)).min(full.0))
}
