//! Runs the program in temporary folders.
#![allow(clippy::unwrap_used, missing_docs)]

mod bad_input;
mod budget_changed;
mod by_hand;
mod check_journal;
mod commands;
mod constraints;
mod docs;
mod documents;
mod edited;
mod follow;
mod former_default;
mod gpus;
mod handed_over;
mod hours;
mod kept_state;
mod killed;
mod metrics;
mod old_names;
mod one_best;
mod queue;
mod readable;
mod report_page;
mod slurm;
mod spaces;
mod steer;
mod train_py;
mod trainers;
mod transfer;
mod withdrawn;
mod without_burn;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// An empty folder to run the program in.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn with(study: &str) -> Self {
        let folder = Self::new();
        fs::write(folder.path().join("study.toml"), study).unwrap();
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jobs"));
        command.args(arguments).current_dir(self.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    /// Runs the program, expects success and returns standard output.
    fn ok(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.code, Some(0), "jobs {arguments:?}: {}{}", ran.out, ran.err);
        ran.out
    }

    fn json(&self, arguments: &[&str]) -> serde_json::Value {
        serde_json::from_str(&self.ok(&[arguments, &["--json"]].concat())).unwrap()
    }

    /// The events of the journal, whatever the format of its lines.
    fn events(&self) -> Vec<String> {
        let text = String::from_utf8(self.journal()).unwrap();
        text.lines().skip(1).map(|line| line[line.find('{').unwrap()..].to_owned()).collect()
    }

    fn journal(&self) -> Vec<u8> {
        fs::read(self.path().join("runs/journal")).unwrap()
    }
}

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// A study of emulated runs.
fn emulated(method: &str, full_runs: u64, seed: u64, rest: &str) -> String {
    format!(
        "seed = {seed}\n[budget]\ntotal_steps = {}\nearly_steps = 100\n[method]\nname = \"{method}\"\n[trainer]\nkind = \"emulator\"\ntask = \"gsm8k\"\n{rest}\n",
        full_runs * 625
    )
}

/// A study of a shell script as the trainer; a full run has 100 steps.
fn scripted(mode: &str, rest: &str) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../jobs/tests/train.sh");
    format!(
        "[budget]\ntotal_steps = 700\nfull_steps = 100\nearly_steps = 20\neval_every = 10\n[trainer]\nkind = \"command\"\n\
         command = [\"sh\", \"{}\", \"{mode}\"]\ngrace_seconds = 2\nattempts = 2\n{rest}\n\
         [[dimension]]\nname = \"mixture\"\nkind = \"simplex\"\nparts = [\"a\", \"b\"]\n\
         [[dimension]]\nname = \"rank\"\nkind = \"integer\"\nlow = 1\nhigh = 16\n",
        script.display()
    )
}
