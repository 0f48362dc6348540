use std::path::Path;

use super::gpus::{listed_gpus, too_few_gpus};
use super::lines::line_of;
use super::old_names::written;
use super::outcome::check_outcomes;
use super::slurm::check_slurm;
use super::{EarlySteps, ExecutorKind, StudyFile, TrainerKind};
use crate::failure::Kind;

/// Errors about values, each with its line.
pub(crate) struct Complaints<'a> {
    pub(crate) text: &'a str,
    pub(crate) path: &'a Path,
}

impl Complaints<'_> {
    /// An error at a key.
    pub(crate) fn at(&self, section: &str, key: &str, problem: impl std::fmt::Display) -> anyhow::Error {
        let (written_section, written_key) = written(self.text, section, key);
        self.at_line(line_of(self.text, written_section, written_key), section, key, problem)
    }

    /// An error at a key whose line is known.
    pub(crate) fn at_line(
        &self,
        line: usize,
        section: &str,
        key: &str,
        problem: impl std::fmt::Display,
    ) -> anyhow::Error {
        let name = if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") };
        Kind::Input.error(format_args!("{}:{line}: `{name}` {problem}", self.path.display()))
    }
}

/// Rejects values out of range, and keys that belong to another kind of trainer or executor.
pub(crate) fn check(file: &StudyFile, complaints: &Complaints<'_>) -> anyhow::Result<()> {
    check_budget(file, complaints)?;
    if file.objective.metric.trim().is_empty() || file.objective.metric == "step" {
        return Err(complaints.at(
            "objective",
            "metric",
            "is not a valid name; expected a key of the trainer's lines, other than \"step\"",
        ));
    }
    let studies = &file.transfer.studies;
    if let Some((_, twice)) = studies.iter().enumerate().find(|(i, path)| studies[..*i].contains(path)) {
        return Err(complaints.at("transfer", "studies", format!("contains {} twice", twice.display())));
    }
    check_outcomes(file, complaints)?;
    check_execution(file, complaints)?;
    foreign_keys(file, complaints)
}

fn positive(complaints: &Complaints<'_>, section: &str, key: &str, value: Option<f64>) -> anyhow::Result<()> {
    match value {
        Some(v) if !(v.is_finite() && v > 0.0) => {
            Err(complaints.at(section, key, format!("is {v}, expected more than 0")))
        }
        _ => Ok(()),
    }
}

fn check_budget(file: &StudyFile, complaints: &Complaints<'_>) -> anyhow::Result<()> {
    let budget = &file.budget;
    let early = if let EarlySteps::Steps(n) = budget.early_steps { Some(n) } else { None };
    for (key, value) in [
        ("total_steps", budget.total_steps),
        ("full_steps", budget.full_steps),
        ("early_steps", early),
        ("eval_every", budget.eval_every),
    ] {
        positive(complaints, "budget", key, value.map(|v| v as f64))?;
    }
    positive(complaints, "budget", "total_hours", budget.total_hours)?;
    positive(complaints, "budget", "total_gpu_hours", budget.total_gpu_hours)?;
    if budget.total_steps.is_none() && budget.total_hours.is_none() && budget.total_gpu_hours.is_none() {
        let missing =
            "is missing, expected the number of steps of all runs together; or total_hours or total_gpu_hours";
        return Err(complaints.at("budget", "total_steps", missing));
    }
    if let EarlySteps::Word(word) = &budget.early_steps
        && word != "auto"
    {
        return Err(complaints.at(
            "budget",
            "early_steps",
            format!("is \"{word}\", expected \"auto\" or a number of steps"),
        ));
    }
    Ok(())
}

/// Checks the numbers of `[trainer]` and `[executor]`.
fn check_execution(file: &StudyFile, complaints: &Complaints<'_>) -> anyhow::Result<()> {
    let trainer = &file.trainer;
    for (key, value) in [
        ("silence_minutes", trainer.silence_minutes),
        ("grace_seconds", trainer.grace_seconds),
        ("attempts", trainer.attempts.map(f64::from)),
    ] {
        positive(complaints, "trainer", key, value)?;
    }
    if trainer.step_ms.is_some_and(|ms| !(0.0..=60_000.0).contains(&ms)) {
        return Err(complaints.at("trainer", "step_ms", "is out of range, expected 0 to 60000"));
    }
    positive(complaints, "executor", "workers", Some(file.executor.workers as f64))?;
    for (key, value) in
        [("max_failures_in_a_row", file.executor.max_failures_in_a_row), ("max_failures", file.executor.max_failures)]
    {
        positive(complaints, "executor", key, value.map(|v| v as f64))?;
    }
    check_gpus(file, complaints)?;
    positive(complaints, "executor", "poll_seconds", file.executor.poll_seconds)
}

/// Checks the list of GPUs, and that every run of this study can have its own.
fn check_gpus(file: &StudyFile, complaints: &Complaints<'_>) -> anyhow::Result<()> {
    let executor = &file.executor;
    let given = [("gpus", executor.gpus.is_some()), ("gpus_per_run", executor.gpus_per_run.is_some())];
    let Some((key, _)) = given.iter().find(|(_, given)| *given) else { return Ok(()) };
    if executor.kind == ExecutorKind::Slurm {
        let problem = "applies to executor.kind = \"local\" only; on Slurm, `gres` requests GPUs";
        return Err(complaints.at("executor", key, problem));
    }
    if file.trainer.kind != TrainerKind::Command {
        return Err(complaints.at("executor", key, "applies to trainer.kind = \"command\" only"));
    }
    let listed = listed_gpus(executor).map_err(|(key, problem)| complaints.at("executor", key, problem))?;
    let problem = listed.and_then(|gpus| too_few_gpus(&gpus, executor.workers));
    problem.map_or(Ok(()), |problem| Err(complaints.at("executor", "gpus", problem)))
}

/// Keys and whether each is given.
type Keys<'a> = &'a [(&'a str, bool)];

fn foreign_keys(file: &StudyFile, complaints: &Complaints<'_>) -> anyhow::Result<()> {
    let (t, e) = (&file.trainer, &file.executor);
    let of_command = [
        ("command", t.command.is_some()),
        ("silence_minutes", t.silence_minutes.is_some()),
        ("grace_seconds", t.grace_seconds.is_some()),
        ("attempts", t.attempts.is_some()),
    ];
    let of_emulator = [("task", t.task.is_some()), ("file", t.file.is_some()), ("step_ms", t.step_ms.is_some())];
    let of_burn = [("settings", t.settings.is_some())];
    let kinds: [(TrainerKind, Keys<'_>, &str); 3] = [
        (TrainerKind::Command, &of_command, "trainer.kind = \"command\""),
        (TrainerKind::Emulator, &of_emulator, "trainer.kind = \"emulator\""),
        (TrainerKind::Burn, &of_burn, "trainer.kind = \"burn\""),
    ];
    for (_, keys, kind) in kinds.iter().filter(|k| k.0 != t.kind) {
        if let Some((key, _)) = keys.iter().find(|(_, given)| *given) {
            return Err(complaints.at("trainer", key, format!("applies to {kind} only")));
        }
    }
    match t.kind {
        TrainerKind::Command if t.command.as_ref().is_none_or(|c| c.first().is_none_or(|p| p.trim().is_empty())) => {
            let problem =
                "is missing or empty, expected a program and its arguments, for example [\"python3\", \"train.py\"]";
            return Err(complaints.at("trainer", "command", problem));
        }
        TrainerKind::Emulator if t.task.is_some() == t.file.is_some() => {
            return Err(complaints.at("trainer", "task", "or `trainer.file` is required, and only one of them"));
        }
        TrainerKind::Command | TrainerKind::Emulator | TrainerKind::Burn => {}
    }
    let of_slurm = [
        ("partition", e.partition.is_some()),
        ("account", e.account.is_some()),
        ("gres", e.gres.is_some()),
        ("time", e.time.is_some()),
        ("extra", e.extra.is_some()),
        ("setup", e.setup.is_some()),
        ("poll_seconds", e.poll_seconds.is_some()),
        ("conf", e.conf.is_some()),
    ];
    let stray = of_slurm.iter().find(|(_, given)| *given).filter(|_| e.kind == ExecutorKind::Local);
    match stray {
        Some((key, _)) => Err(complaints.at("executor", key, "applies to executor.kind = \"slurm\" only")),
        None => check_slurm(file).map_err(|(section, key, problem)| complaints.at(section, key, problem)),
    }
}
