//! Against a real Slurm of one machine with three virtual nodes: a study that is disturbed in every way, and one that runs into
//! time limits. Skipped with a message where Slurm cannot start.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use common::{FullRuns, problem};
use jobs::external::{CommandExecutor, CommandOptions};
use jobs::slurm::{SlurmLauncher, SlurmOptions};
use jobs::{DriveError, DriveOptions, Observer, Status, Study, drive};
use jobs_core::Steps;

/// A Slurm that ends with its guard.
struct Slurm {
    script: PathBuf,
    folder: tempfile::TempDir,
}

impl Slurm {
    /// `None`, with a message, where none can start.
    fn start() -> Option<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/slurm/slurm-local");
        let has = |program: &str| {
            Command::new("sh").args(["-c", &format!("command -v {program}")]).output().is_ok_and(|o| o.status.success())
        };
        let root = Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout.starts_with(b"0"));
        let missing = match () {
            () if !script.exists() => "../shared/slurm/slurm-local is not there",
            () if !root => "only root can start it",
            () if !has("slurmctld") || !has("slurmd") || !has("munged") => "slurm-wlm and munge are not installed",
            () => "",
        };
        if !missing.is_empty() {
            println!("SKIPPED: no Slurm to test against: {missing}");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let slurm = Self { script, folder };
        let started = slurm.control("start");
        if !started.contains("idle") {
            println!("SKIPPED: Slurm did not start here: {started}");
            return None;
        }
        Some(slurm)
    }

    fn control(&self, word: &str) -> String {
        let out = Command::new("bash")
            .arg(&self.script)
            .arg(word)
            .arg(self.folder.path())
            .env("NODES", "3")
            .output()
            .unwrap();
        format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
    }

    fn conf(&self) -> PathBuf {
        self.folder.path().join("slurm.conf")
    }

    /// Runs a line of shell with this Slurm.
    fn shell(&self, line: &str) -> String {
        let out = Command::new("sh")
            .args(["-c", line])
            .env("SLURM_CONF", self.conf())
            .env("D", self.folder.path())
            .output()
            .unwrap();
        format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
    }
}

impl Drop for Slurm {
    fn drop(&mut self) {
        self.shell("scancel --me; sleep 1");
        self.control("stop");
    }
}

/// Every process with its parent and its command line.
fn processes() -> Vec<(u32, u32, String)> {
    let of = |pid: u32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
        let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        Some((pid, parent, String::from_utf8_lossy(&line).replace('\0', " ")))
    };
    let all = fs::read_dir("/proc").unwrap().filter_map(|e| e.ok()?.file_name().to_str()?.parse().ok());
    all.filter_map(of).collect()
}

/// The power goes: a node's daemon, the daemon of its one step, and whatever that has started.
fn kill_node(slurm: &Slurm, node: &str) {
    let job = slurm.shell(&format!("squeue -h -w {node} -t R -o %A"));
    let all = processes();
    let mut gone =
        vec![fs::read_to_string(slurm.folder.path().join(format!("{node}.pid"))).unwrap().trim().parse().unwrap()];
    let step = format!("slurmstepd: [{}.batch]", job.trim());
    gone.extend(all.iter().filter(|(_, _, line)| line.starts_with(&step)).map(|p| p.0));
    assert_eq!(gone.len(), 2, "the daemons of node {node}, which runs job {job}");
    let mut i = 1;
    while i < gone.len() {
        let parent = gone[i];
        gone.extend(all.iter().filter(|p| p.1 == parent).map(|p| p.0));
        i += 1;
    }
    println!("node {node} with job {} loses processes {gone:?}", job.trim());
    let words: Vec<String> = gone.iter().map(u32::to_string).collect();
    println!("{}", slurm.shell(&format!("kill -s KILL {}", words.join(" "))));
}

#[derive(Default)]
struct Notes(Vec<String>);

impl Observer for Notes {
    fn noted(&mut self, note: &str) {
        println!("{note}");
        self.0.push(note.to_owned());
    }
}

fn executor(slurm: &Slurm, mode: &str, runs: &Path, options: SlurmOptions) -> CommandExecutor<SlurmLauncher> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/train.sh");
    let command = vec!["sh".into(), script.to_str().unwrap().into(), mode.into()];
    let commands = CommandOptions {
        runs: runs.to_owned(),
        metric: "eval_loss".into(),
        maximise: false,
        silence: Some(Duration::from_secs(60)),
        grace: Duration::from_secs(5),
        attempts: 3,
    };
    let options = SlurmOptions { poll: Duration::from_millis(500), conf: Some(slurm.conf()), ..options };
    CommandExecutor::new(SlurmLauncher::new(command, runs, runs, options).unwrap(), commands)
}

fn assert_all_as_scripted(study: &Study) {
    for r in study.history().runs() {
        let rank = r.point.integer("rank").unwrap() as f64;
        assert_eq!((r.status, r.curve.len()), (Status::Finished, 10), "run {}", r.id);
        assert!(
            r.curve.iter().all(|(s, v)| (v - (1.9 - 0.005 * s.as_f64() + rank / 1000.0)).abs() < 1e-9),
            "run {}",
            r.id
        );
    }
}

/// Waits for a run's latest output to hold so many lines, and gives the number of its Slurm task.
fn task_at(runs: &Path, run: usize, lines: usize) -> String {
    let folder = runs.join(format!("run-{run:05}"));
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(60) {
        let measured = fs::read_to_string(folder.join("attempt-1.out")).map_or(0, |t| t.matches("eval_loss").count());
        if let (true, Ok(id)) = (measured >= lines, fs::read_to_string(folder.join("attempt-1.slurm"))) {
            return id.trim().to_owned();
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let output = fs::read_to_string(folder.join("attempt-1.out"));
    assert!(lines == 0, "run {run} did not come to {lines} lines: {output:?}");
    String::new()
}

/// Cancels one task, requeues another, takes the controller away and brings it back, kills a node, and the study's process besides.
fn disturbed(slurm: &Slurm, runs: &Path) {
    let p = problem(600, 5);
    let mut study = Study::new(p.clone(), Box::new(FullRuns)).unwrap();
    let mut notes = Notes::default();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let cancelled = task_at(runs, 0, 3);
            println!("cancel {cancelled}: {}", slurm.shell(&format!("scancel {cancelled}")));
            let requeued = task_at(runs, 1, 3);
            println!("requeue {requeued}: {}", slurm.shell(&format!("scontrol requeue {requeued}")));
            println!("the controller goes: {}", slurm.shell("kill $(cat $D/slurmctld.pid); sleep 3"));
            println!("and comes back: {}", slurm.shell("slurmctld -f $SLURM_CONF; sleep 1; sinfo -N"));
            hurry(slurm, 5);
        });
        let began = Instant::now();
        // the process that drives it stops in the middle; its tasks keep running
        let stop = || began.elapsed() > Duration::from_secs(9);
        let end = drive(
            &mut study,
            &mut executor(slurm, "slower", runs, SlurmOptions::default()),
            &mut [&mut notes],
            DriveOptions { workers: 3, stop: &stop, ..DriveOptions::default() },
        );
        assert!(matches!(end, Err(DriveError::Interrupted)), "{end:?}");
    });
    let mut rest = Study::replay(p.clone(), Box::new(FullRuns), study.events().to_vec()).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| hurry(slurm, 30));
        scope.spawn(|| {
            let task = task_at(runs, 4, 2);
            let busy = slurm.shell(&format!("squeue -h -j {task} -o %N"));
            let node = busy.trim();
            kill_node(slurm, node);
            std::thread::sleep(Duration::from_secs(2));
            println!("{node} is back: {}", slurm.shell(&format!("slurmd -f $SLURM_CONF -N {node}; sleep 1; sinfo -N")));
        });
        let mut tasks = executor(slurm, "slower", runs, SlurmOptions::default());
        drive(&mut rest, &mut tasks, &mut [&mut notes], DriveOptions { workers: 3, ..DriveOptions::default() })
            .unwrap();
    });
    assert_eq!(rest.history().spent(), Steps(600));
    assert_all_as_scripted(&rest);
    let notes = notes.0.join("\n");
    assert!(notes.contains("Slurm ended it: cancelled"), "{notes}");
    assert!(runs.join("run-00001/attempt-1.r1.out").exists(), "the requeued task ran again");
}

/// Slurm lets a requeued task wait for two minutes before it starts again; this asks it not to, for so many seconds.
fn hurry(slurm: &Slurm, seconds: u32) {
    for _ in 0..seconds {
        slurm.shell("for j in $(squeue -h -t PD -r -o %i); do scontrol update jobid=$j starttime=now; done; sleep 1");
    }
}

/// A run that takes 50 s with a limit of one minute: asked to stop 40 s before it, and finished by a further task.
fn limited(slurm: &Slurm, runs: &Path) {
    let p = problem(100, 8);
    let mut study = Study::new(p.clone(), Box::new(FullRuns)).unwrap();
    let options = SlurmOptions { time: Some("1".into()), grace: Duration::from_secs(40), ..SlurmOptions::default() };
    let mut notes = Notes::default();
    drive(
        &mut study,
        &mut executor(slurm, "slowest", runs, options),
        &mut [&mut notes],
        DriveOptions { workers: 1, ..DriveOptions::default() },
    )
    .unwrap();
    assert_all_as_scripted(&study);
    assert!(!notes.0.is_empty(), "it took more than one task");
}

#[test]
fn a_study_on_slurm_survives_what_happens_to_clusters() {
    let Some(slurm) = Slurm::start() else { return };
    let (disturbed_runs, limited_runs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let began = Instant::now();
    std::thread::scope(|scope| {
        if std::env::var_os("JOBS_SLOW_TESTS").is_some() {
            scope.spawn(|| limited(&slurm, limited_runs.path()));
        } else {
            println!("SKIPPED: the time limit, which takes two minutes: set JOBS_SLOW_TESTS=1");
        }
        disturbed(&slurm, disturbed_runs.path());
    });
    println!("{} s", began.elapsed().as_secs());
}
