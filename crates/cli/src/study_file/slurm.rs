//! What may stand in the script of a Slurm job: a value that held a line feed or a blank would add lines of shell, or options.

use super::{ExecutorKind, StudyFile};

/// Options that `jobs` sets itself.
const OWN: [&str; 11] = [
    "--array",
    "-a",
    "--job-name",
    "-J",
    "--output",
    "-o",
    "--signal",
    "--requeue",
    "--no-requeue",
    "--wrap",
    "--parsable",
];

/// A section, a key, and the problem with its value.
type Problem = (&'static str, &'static str, String);

/// Checks every value that gets into a script of Slurm.
pub(super) fn check_slurm(file: &StudyFile) -> Result<(), Problem> {
    let table = &file.executor;
    if table.kind != ExecutorKind::Slurm {
        return Ok(());
    }
    let values =
        [("partition", &table.partition), ("account", &table.account), ("gres", &table.gres), ("time", &table.time)];
    for (key, value) in values {
        if let Some(value) = value {
            check_value(value).map_err(|problem| ("executor", key, problem))?;
        }
    }
    for option in table.extra.iter().flatten() {
        check_option(option).map_err(|problem| ("executor", "extra", problem))?;
    }
    for line in table.setup.iter().flatten() {
        check_line(line).map_err(|problem| ("executor", "setup", problem))?;
    }
    let conf = table.conf.iter().map(|path| ("executor", "conf", path));
    for (section, key, path) in conf.chain([("", "runs", &file.runs)]) {
        check_line(&path.to_string_lossy()).map_err(|problem| (section, key, problem))?;
    }
    Ok(())
}

/// A value of one option.
fn check_value(value: &str) -> Result<(), String> {
    let shown = value.escape_debug();
    let is_foreign = |c: char| c.is_whitespace() || c.is_control() || "'\"`\\$;#&|<>!".contains(c);
    match value.chars().find(|&c| is_foreign(c)) {
        _ if value.is_empty() => Err("is empty, expected a value; remove the key for the cluster's default".into()),
        _ if value.starts_with('-') => {
            Err(format!("is \"{shown}\", expected a value, not an option; options belong to `extra`"))
        }
        Some(c) => Err(format!("is \"{shown}\", which holds {c:?}; expected a single value, as sbatch takes it")),
        None => Ok(()),
    }
}

/// An entry of `extra`: one option with its value.
fn check_option(option: &str) -> Result<(), String> {
    check_line(option)?;
    let shown = option.escape_debug();
    let mut words = option.split_whitespace();
    let first = words.next().unwrap_or_default();
    let name = first.split('=').next().unwrap_or_default();
    if !first.starts_with('-') || first.trim_start_matches('-').is_empty() {
        return Err(format!("contains \"{shown}\", expected an option of sbatch, such as \"--mem=64G\""));
    }
    if OWN.contains(&name) || name.starts_with("-a") || name.starts_with("-J") || name.starts_with("-o") {
        return Err(format!("contains \"{shown}\", but `jobs` sets {name} itself; remove it"));
    }
    if words.any(|word| word.starts_with('-')) {
        return Err(format!("contains \"{shown}\", which holds two options; expected one in each entry"));
    }
    Ok(())
}

/// Text that stays on its line.
fn check_line(line: &str) -> Result<(), String> {
    match line.chars().find(|&c| c.is_control() && c != '\t') {
        Some(c) => Err(format!("contains {c:?} in \"{}\", expected a single line in each entry", line.escape_debug())),
        None => Ok(()),
    }
}
