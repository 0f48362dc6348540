use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jobs_core::files::write_atomic;

use super::SlurmOptions;
use crate::external::Attempt;

/// Most tasks of one array, below the 1001 that Slurm allows by default.
pub(super) const MOST_TASKS: usize = 500;

/// One array: its script and the list of its tasks are in the folder of the runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Batch {
    /// Name of its job, unique among the batches of all studies.
    pub(super) name: String,
    pub(super) script: PathBuf,
    /// The attempts of its tasks, by the prefix of their files.
    pub(super) tasks: Vec<PathBuf>,
}

impl Batch {
    /// Writes the files of a new batch.
    pub(super) fn create(
        runs: &Path,
        directory: &Path,
        command: &[String],
        options: &SlurmOptions,
        tasks: &[PathBuf],
    ) -> io::Result<Self> {
        let number = (1..).find(|n| !list(runs, *n).exists()).unwrap_or(u64::MAX);
        let batch =
            Self { name: name(runs, number), script: runs.join(format!("batch-{number}.sh")), tasks: tasks.to_vec() };
        let script = batch.text(runs, directory, command, options, &list(runs, number));
        let lines: String = batch.tasks.iter().map(|t| format!("{}\n", t.display())).collect();
        write_atomic(&batch.script, script.as_bytes())?;
        write_atomic(&list(runs, number), lines.as_bytes())?;
        Ok(batch)
    }

    /// Batch and index of an attempt whose submission was not recorded.
    pub(super) fn find(runs: &Path, attempt: &Attempt) -> Option<(String, usize)> {
        let prefix = attempt.prefix().display().to_string();
        let numbers = (1..).take_while(|n| list(runs, *n).exists());
        let places = numbers.filter_map(|n| {
            let text = fs::read_to_string(list(runs, n)).ok()?;
            Some((name(runs, n), text.lines().position(|l| l == prefix)?))
        });
        places.last()
    }

    fn text(&self, runs: &Path, directory: &Path, command: &[String], options: &SlurmOptions, list: &Path) -> String {
        let mut text = String::from("#!/bin/sh\n");
        let mut line = |option: &str| {
            let _ = writeln!(text, "#SBATCH {option}");
        };
        line(&format!("--job-name={}", self.name));
        line(&format!("--array=0-{}", self.tasks.len().saturating_sub(1)));
        line("--output=/dev/null");
        line("--requeue");
        line(&format!("--signal=B:TERM@{}", options.grace.as_secs().max(1)));
        let named = [
            ("partition", &options.partition),
            ("account", &options.account),
            ("gres", &options.gres),
            ("time", &options.time),
        ];
        for (key, value) in named {
            if let Some(value) = value {
                line(&format!("--{key}={value}"));
            }
        }
        options.extra.iter().for_each(|extra| line(extra));
        let command: Vec<String> = command.iter().map(|c| quoted(c)).collect();
        let (list, script) =
            (quoted(&list.display().to_string()), quoted(&runs.join("attempt.sh").display().to_string()));
        let _ = writeln!(text, "cd {} || exit 126", quoted(&directory.display().to_string()));
        options.setup.iter().for_each(|setup| text.extend([setup, "\n"]));
        let _ = writeln!(text, "prefix=$(sed -n \"$((SLURM_ARRAY_TASK_ID + 1))p\" {list})");
        let _ = writeln!(text, "export JOBS_WORKER=0");
        let _ = writeln!(text, "exec sh {script} \"$prefix\" {}", command.join(" "));
        text
    }
}

fn list(runs: &Path, number: u64) -> PathBuf {
    runs.join(format!("batch-{number}.txt"))
}

fn name(runs: &Path, number: u64) -> String {
    format!("jobs-{:08x}-{number}", crc32fast::hash(runs.display().to_string().as_bytes()))
}

/// Quoted for the shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}
