//! Study files and journals.

use jobs::{History, Journal, JournalHeader, Phase, Problem, Report};
use jobs_cli::loaded_study::LoadedStudy;
use jobs_core::{Budget, LearningCurve, SearchSpace, Seed, Steps, Target};

use super::runs::SPACE;
use super::{Folder, Format, message};
use crate::mutate::Shape;

pub(super) fn formats() -> anyhow::Result<Vec<Format>> {
    Ok(vec![study()?, emulated_study()?, journal()?])
}

const COMMAND: &str = r#"
name = "study"
seed = 3
runs = "runs"

[budget]
total_steps = 9000
full_steps = 600
early_steps = "auto"
eval_every = 25

[objective]
metric = "eval_loss"
direction = "maximise"
target = "last"

[model]
layers = 32

[method]
name = "jobs"
predictor = "ensemble"
acquisition = "ucb"
promote = 0.5
verify = true
early_signal_check = true

[trainer]
kind = "command"
command = ["python3", "train.py"]
silence_minutes = 60
grace_seconds = 60
attempts = 3

[executor]
kind = "slurm"
workers = 2
partition = "gpu"
gres = "gpu:1"
time = "4:00:00"
extra = ["--mem=64G"]
setup = ["module load cuda"]
"#;

const BURN: &str = r#"
seed = 0
[budget]
total_steps = 3000
[trainer]
kind = "burn"
settings = "settings.toml"
[executor]
workers = 2
[[dimension]]
name = "lora_rank"
kind = "integer"
low = 1
high = 8
"#;

fn study() -> anyhow::Result<Format> {
    let settings = include_bytes!("../../../crates/trainer/src/bin/trainer/settings.toml");
    let folder = Folder::new("study.toml", &[("settings.toml", settings), ("train.py", b"")])?;
    let slurm = format!("{COMMAND}{SPACE}");
    let (before, _) = COMMAND.split_at(COMMAND.find("[executor]").unwrap_or(0));
    let local = format!("{before}[executor]\nworkers = 2\ngpus = [0, 1]\n{SPACE}");
    let files = vec![slurm.into_bytes(), local.into_bytes(), BURN.into()];
    Ok(Format::new("study", Shape::Text, 10, files, move |_, bytes| {
        let loaded = LoadedStudy::read(&folder.write(bytes)?).map_err(|e| format!("{e:#}"))?;
        loaded.header();
        Ok(())
    }))
}

/// Apart from the others, since it reads an emulator each time.
fn emulated_study() -> anyhow::Result<Format> {
    let text = "seed = 2\n[budget]\ntotal_steps = 9375\nearly_steps = 100\n[trainer]\nkind = \"emulator\"\ntask = \"mmlu\"\nstep_ms = 1\n";
    let folder = Folder::new("study.toml", &[])?;
    Ok(Format::new("emulated study", Shape::Text, 2, vec![text.into()], move |_, bytes| {
        LoadedStudy::read(&folder.write(bytes)?).map(drop).map_err(|e| format!("{e:#}"))
    }))
}

/// A study of three runs, one of which is promoted, one diverged and one withdrawn.
fn history() -> anyhow::Result<History> {
    let budget = Budget { total: Steps(1000), full: Steps(100), early: Steps(20) };
    let space = SearchSpace::from_toml_str(SPACE)?;
    let points = space.design(3, Seed(5));
    let mut history = History::new(Problem::new(space, budget, Target::Best, Seed(3)))?;
    for (i, point) in points.into_iter().enumerate() {
        let trial = history.start(point, Steps(20), Phase::Search)?;
        let last = if i == 1 { f64::NAN } else { 1.5 };
        let curve = LearningCurve::from_pairs([(Steps(10), 2.0), (Steps(20), last)])?;
        history.record_metrics(trial.run, [("accuracy".to_owned(), vec![(Steps(10), 0.5)])].into())?;
        history.tell(Report { run: trial.run, step: Steps(20), curve })?;
        if i == 0 {
            let trial = history.advance(trial.run, Steps(100), Phase::Search)?;
            let curve = LearningCurve::from_pairs([(Steps(10), 2.0), (Steps(20), 1.5), (Steps(100), 0.5)])?;
            history.tell(Report { run: trial.run, step: Steps(100), curve })?;
        }
        if i == 2 {
            history.forget(trial.run)?;
        }
    }
    Ok(history)
}

fn journal() -> anyhow::Result<Format> {
    let history = history()?;
    let folder = Folder::new("journal", &[])?;
    let path = folder.path().join("whole");
    let header = JournalHeader::of(history.problem(), "jobs");
    Journal::create(&path, &header)?.append(history.events())?;
    let old = include_bytes!("../../../crates/cli/tests/fixtures/old-names/runs/journal").to_vec();
    let files = vec![std::fs::read(&path)?, old];
    Ok(Format::new("journal", Shape::Journal, 10, files, move |_, bytes| {
        let path = folder.write(bytes)?;
        let recovered = Journal::peek(&path).map_err(message)?;
        let problem = recovered.header.problem().map_err(message)?;
        let history = History::replay(problem, recovered.events).map_err(message)?;
        history.best_finished();
        history.worst_value();
        Ok(())
    }))
}
