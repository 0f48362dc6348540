//! fig5 live in full: methods on several targets of real fine-tuning, compared by test losses.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jobs_core::{Point, Seed, Steps};
use methods::METHODS;
use trainer::train::{LiveTrainer, TrainSettings, open};

use super::paired;
use super::references::{self, Reference};
use super::truth::Tests;
use crate::comparison::args::Fig5Args;
use crate::comparison::execute::execute_with;
use crate::comparison::results_folder::{results_folder, writable};
use crate::comparison::suite::{Suite, chosen_methods, seeds, sorted_budgets};
use crate::tasks::Task;
use crate::user_error::user;

/// What a study leaves.
const STUDY_FILES: [&str; 5] = ["space.toml", "runs.csv", "curves.csv", "recommended.toml", "tests.csv"];

/// Compares methods on the target domains that `--tasks` names.
///
/// # Errors
/// A mistake in the arguments, or training that failed.
pub(super) fn run(args: &Fig5Args, settings: &TrainSettings) -> anyhow::Result<()> {
    let (methods, seeds) = (chosen_methods(METHODS, &args.run.methods)?, seeds(&args.run, 0)?);
    let out = results_folder(&args.run, "fig5-live");
    writable(&out)?;
    let studies = out.join("studies");
    let (mut tasks, mut references) = (vec![], vec![]);
    for name in &args.tasks.names {
        let trainer = trainer(settings, name)?;
        let tests = Tests::new(Arc::clone(&trainer), name, studies.clone())?;
        let defined_by = identity(trainer.as_ref())?;
        references.push(Reference::of(name, trainer.as_ref(), &tests, &defined_by, &out)?);
        tasks.push(Task::new(name, Box::new(trainer), Box::new(tests), f64::NAN, &defined_by));
    }
    let suite = Suite {
        name: "fig5",
        tasks,
        methods,
        budgets: sorted_budgets(&args.full_runs),
        early: Steps(args.tasks.early),
        seeds,
        out: out.clone(),
        compares: false,
        notes: serde_json::json!({ "live": settings_without_paths(settings) }),
    };
    references::write(&references, &out)?;
    execute_with(suite, &args.run, |suite, rows| {
        let mut files = vec![out.join(references::FILE), paired::write(rows, &references, &out)?];
        for cell in suite.cells() {
            let folder = studies.join(cell.file_name());
            files.extend(STUDY_FILES.map(|f| folder.join(f)).into_iter().filter(|f| f.is_file()));
        }
        Ok(files)
    })
}

/// The trainer of these settings with another target.
fn trainer(settings: &TrainSettings, target: &str) -> anyhow::Result<Arc<dyn LiveTrainer>> {
    let settings = TrainSettings { target: Some(target.to_owned()), ..settings.clone() };
    Ok(Arc::from(open(settings, None).map_err(|e| user(format!("--tasks {target}: {e}")))?))
}

/// What determines every run: a run at step 0 holds the hash of settings, space, model and data.
fn identity(trainer: &dyn LiveTrainer) -> anyhow::Result<Vec<u8>> {
    let first: Vec<Point> = trainer.space().design(1, Seed(0));
    let run = first.first().map(|point| trainer.start(point, Seed(0))).transpose()?;
    Ok(run.map(|run| run.save()).transpose()?.unwrap_or_default())
}

/// Settings as the manifest records them: where files lie changes no result.
fn settings_without_paths(settings: &TrainSettings) -> TrainSettings {
    let name = |path: &Path| path.file_name().map(PathBuf::from);
    let mut settings = settings.clone();
    if let Some(model) = name(Path::new(&settings.model)) {
        settings.model = model.display().to_string();
    }
    for file in settings.domains.iter_mut().flat_map(|d| [&mut d.path, &mut d.validation]) {
        *file = file.as_deref().and_then(name);
    }
    settings
}
