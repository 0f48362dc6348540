//! The families of tasks: where their tables are, and how long an early run is.

use std::path::{Path, PathBuf};

use emulator::noise_of_runs;
use jobs_core::run_table::RecordedRun;
use jobs_core::{LearningCurve, RunTable, Steps};

use crate::regmix;
use crate::replay::early_steps;
use crate::synthetic::{self, Distractions};
use crate::tasks::{Mixtures, Task, run_tables, tasks_with};
use crate::user_error::user;

/// Tasks of one kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Family {
    /// Its name.
    pub name: &'static str,
    source: Source,
}

/// Where the tasks of a family come from.
#[derive(Clone, Copy, Debug)]
enum Source {
    /// The emulators of the program.
    Emulators(Mixtures),
    /// Functions with a known optimum, with these (interaction, informativeness of early losses).
    Synthetic(&'static [(f64, f64)]),
    /// Every table in this folder of the program's own results.
    Own(&'static str, Metrics),
    /// Every table in this folder of `--data`.
    Data(&'static str, Metrics),
    /// RegMix's files in this folder of `--data`: these sets of mixtures.
    RegMix(&'static str, &'static [&'static str]),
}

/// Which columns of `curves.csv` are targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Metrics {
    /// The table's own metric.
    Own,
    /// Its own and every other loss.
    All,
    /// This one, which is maximised.
    Score(&'static str),
}

/// All families. Llama is the one that `jobs` was developed on.
pub(super) const FAMILIES: &[Family] = &[
    Family { name: "llama", source: Source::Emulators(Mixtures::Any) },
    Family { name: "llama-ood", source: Source::Emulators(Mixtures::WithoutOwn) },
    Family {
        name: "synthetic",
        source: Source::Synthetic(&[(0.0, 1.0), (0.5, 1.0), (1.0, 1.0), (0.5, 0.5), (0.5, 0.0)]),
    },
    Family { name: "stories260k", source: Source::Own("results/curves/stories260k", Metrics::All) },
    Family { name: "taskset", source: Source::Data("taskset", Metrics::Own) },
    Family { name: "slimpajama", source: Source::Data("slimpajama", Metrics::All) },
    Family { name: "steplaw", source: Source::Data("steplaw", Metrics::Own) },
    Family { name: "mixture-loss", source: Source::Data("llama3-8b-lora/mixture_loss", Metrics::Own) },
    Family { name: "accuracy", source: Source::Data("llama3-8b-lora/mixture_loss", Metrics::Score("accuracy")) },
    Family { name: "regmix", source: Source::RegMix("regmix", &["train_1m", "test_60m", "test_1B"]) },
];

/// Early runs of the emulated and synthetic tasks.
const EARLY: Steps = Steps(100);

impl Family {
    /// Its tasks, and the steps of an early run; `None` where its tables are not there. `share` of a full run is an early one (to the
    /// nearest evaluation), by default a sixth.
    pub(super) fn tasks(&self, data: Option<&Path>, share: Option<f64>) -> anyhow::Result<Option<(Vec<Task>, Steps)>> {
        let folder = match self.source {
            Source::Emulators(mixtures) => {
                return with_early(tasks_with(&[], &[], mixtures)?, share).map(Some);
            }
            Source::Synthetic(shapes) => {
                let made = shapes.iter().map(|&(k, tell)| synthetic::task(k, tell, Distractions::Wavy));
                return with_early(made.collect::<anyhow::Result<_>>()?, share).map(Some);
            }
            Source::Own(folder, _) => PathBuf::from(folder),
            Source::Data(folder, _) | Source::RegMix(folder, _) => match data {
                Some(data) => data.join(folder),
                None => return Ok(None),
            },
        };
        if !folder.is_dir() {
            return Ok(None);
        }
        match self.source {
            Source::RegMix(_, sets) => Ok(Some((regmix::tasks(&folder, sets, &[])?, Steps(1)))),
            Source::Own(_, metrics) | Source::Data(_, metrics) => recorded(&folder, metrics, share).map(Some),
            Source::Emulators(_) | Source::Synthetic(_) => Ok(None),
        }
    }
}

/// These tasks with the early runs of `fig5`, or with this share of a full run.
fn with_early(tasks: Vec<Task>, share: Option<f64>) -> anyhow::Result<(Vec<Task>, Steps)> {
    let full = tasks.first().map_or(EARLY, Task::full_steps);
    let early = share.map_or(EARLY, |share| Steps(((full.as_f64() * share / 25.0).round().max(1.0) * 25.0) as u64));
    Ok((tasks, early))
}

/// The replays of the tables in a folder. All of them have early runs of one length, that of the first.
fn recorded(folder: &Path, metrics: Metrics, share: Option<f64>) -> anyhow::Result<(Vec<Task>, Steps)> {
    let (mut tasks, mut early) = (vec![], None);
    for (folder, name) in run_tables::named(&[folder.to_owned()]) {
        let table = RunTable::read(&folder).map_err(user)?;
        let bytes = run_tables::bytes(&folder)?;
        for (metric, table) in by_metric(&table, metrics)? {
            let name = if metrics == Metrics::All { format!("{name} {metric}") } else { name.clone() };
            let defined_by = [bytes.as_slice(), metric.as_bytes()].concat();
            let (task, trainer) = Task::recorded(&name, &table, &defined_by)?;
            let full = task.full_steps();
            let asked = share.map(|share| {
                let interval = trainer.interval().as_f64();
                ((full.as_f64() * share / interval).round().max(1.0) * interval) as u64
            });
            let own = early_steps(&trainer, &task, asked)?;
            early.get_or_insert(own);
            tasks.push(task.with_noise(noise_of_runs(&table)));
        }
    }
    Ok((tasks, early.unwrap_or(Steps(1))))
}

/// The table once for each target.
fn by_metric(table: &RunTable, metrics: Metrics) -> anyhow::Result<Vec<(String, RunTable)>> {
    let own = (table.metric.clone(), table.clone());
    match metrics {
        Metrics::Own => Ok(vec![own]),
        Metrics::All => {
            let losses = (0..table.extra_metrics.len()).filter(|&i| table.extra_metrics[i].contains("loss"));
            let others = losses.map(|i| target(table, i, 1.0));
            Ok(std::iter::once(own).chain(others).collect())
        }
        Metrics::Score(name) => {
            let at = table.extra_metrics.iter().position(|m| m == name);
            let at = at.ok_or_else(|| user(format!("the table has no metric `{name}`")))?;
            Ok(vec![target(table, at, -1.0)])
        }
    }
}

/// The table with a further metric, times `sign`, as its target.
fn target(table: &RunTable, at: usize, sign: f64) -> (String, RunTable) {
    let metric = table.extra_metrics[at].clone();
    let run = |r: &RecordedRun| {
        let mut curve = LearningCurve::new();
        // what follows a loss that is not finite is refused, as in the table's own curves; step 0 is before training
        r.extras[at]
            .iter()
            .filter(|(step, _)| *step > Steps::ZERO)
            .for_each(|&(step, v)| drop(curve.push(step, sign * v)));
        RecordedRun { curve, extras: vec![], ..r.clone() }
    };
    let runs = table.runs.iter().map(run).collect();
    (metric.clone(), RunTable { metric, extra_metrics: vec![], runs, ..table.clone() })
}
