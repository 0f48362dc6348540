use std::path::Path;
use std::process::{Command, Output};

/// What went wrong with one of Slurm's programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It may work later: the controller is away, or too much is submitted already.
    ForNow(String),
    /// It will not work like this.
    ForGood(String),
}

/// What Slurm says while its controller is away or busy, or while a limit on submitted jobs is reached.
const PASSING: [&str; 11] = [
    "unable to contact",
    "connection refused",
    "connect failure",
    "communication",
    "socket timed out",
    "timed out",
    "slurmctld",
    "temporarily",
    "try again",
    "policy",
    "limit",
];

/// Runs one of Slurm's programs and gives its output.
pub(super) fn run(program: &str, arguments: &[&str], conf: Option<&Path>) -> Result<String, Refusal> {
    let output = Command::new(program).args(arguments).envs(conf.map(|conf| ("SLURM_CONF", conf))).output();
    let Output { status, stdout, stderr } = output.map_err(|e| {
        Refusal::ForGood(format!("cannot run `{program}`: {e}; is this a machine from which jobs are submitted?"))
    })?;
    if status.success() {
        return Ok(String::from_utf8_lossy(&stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&stderr);
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let words = format!("{program}: {}", if said.is_empty() { status.to_string() } else { said });
    let small = words.to_lowercase();
    Err(if PASSING.iter().any(|p| small.contains(p)) { Refusal::ForNow(words) } else { Refusal::ForGood(words) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failing(words: &str) -> Refusal {
        run("sh", &["-c", "echo \"$1\" >&2; exit 1", "sh", words], None).unwrap_err()
    }

    #[test]
    fn what_passes_and_what_does_not() {
        for words in [
            "slurm_load_jobs error: Unable to contact slurm controller (connect failure)",
            "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation",
            "sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)",
        ] {
            assert!(matches!(failing(words), Refusal::ForNow(_)), "{words}");
        }
        for words in [
            "sbatch: error: invalid partition specified: gqu",
            "sbatch: error: Invalid generic resource (gres) specification",
        ] {
            assert!(matches!(failing(words), Refusal::ForGood(said) if said.contains(words)), "{words}");
        }
        assert!(matches!(run("no-such-program", &[], None), Err(Refusal::ForGood(_))));
        assert_eq!(run("echo", &["5;cluster"], None), Ok("5;cluster\n".into()));
    }
}
