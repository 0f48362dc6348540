use std::path::Path;
use std::process::{Command, Output};

/// Why a program of Slurm failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It may work later: the controller does not answer, or too many jobs are submitted.
    Temporary(String),
    /// It will not work.
    Permanent(String),
}

/// Fragments of messages while the controller is down or busy, or while a limit on submitted jobs is reached.
const TEMPORARY: [&str; 13] = [
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
    "zero bytes",
    "transmit",
];

/// Runs a program of Slurm and returns its output.
pub(super) fn run(program: &str, arguments: &[&str], conf: Option<&Path>) -> Result<String, Refusal> {
    let output = Command::new(program).args(arguments).envs(conf.map(|conf| ("SLURM_CONF", conf))).output();
    let Output { status, stdout, stderr } = output.map_err(|e| {
        Refusal::Permanent(format!("cannot run `{program}`: {e}; run the study on a machine that can submit jobs"))
    })?;
    if status.success() {
        return Ok(String::from_utf8_lossy(&stdout).into_owned());
    }
    let errors = String::from_utf8_lossy(&stderr);
    let errors = errors.split_whitespace().collect::<Vec<_>>().join(" ");
    let message = format!("{program}: {}", if errors.is_empty() { status.to_string() } else { errors });
    let lower = message.to_lowercase();
    Err(if TEMPORARY.iter().any(|p| lower.contains(p)) {
        Refusal::Temporary(message)
    } else {
        Refusal::Permanent(message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failing(message: &str) -> Refusal {
        run("sh", &["-c", "echo \"$1\" >&2; exit 1", "sh", message], None).unwrap_err()
    }

    #[test]
    fn temporary_and_permanent_errors() {
        for message in [
            "slurm_load_jobs error: Unable to contact slurm controller (connect failure)",
            "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation",
            "sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)",
        ] {
            assert!(matches!(failing(message), Refusal::Temporary(_)), "{message}");
        }
        for message in [
            "sbatch: error: invalid partition specified: gqu",
            "sbatch: error: Invalid generic resource (gres) specification",
        ] {
            assert!(matches!(failing(message), Refusal::Permanent(error) if error.contains(message)), "{message}");
        }
        assert!(matches!(run("no-such-program", &[], None), Err(Refusal::Permanent(_))));
        assert_eq!(run("echo", &["5;cluster"], None), Ok("5;cluster\n".into()));
    }
}
