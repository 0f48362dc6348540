//! kill -9 loses nothing.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::{Folder, emulated, scripted};

/// Total number of kills.
const KILLS: usize = 100;

/// Kills studies of about 60 emulated runs at 100 random moments. Each must end with the journal, byte for byte, and the
/// recommendation of an undisturbed study. The moments depend on the machine, the result must not.
#[test]
fn a_study_killed_at_a_hundred_moments_ends_as_if_undisturbed() {
    let (mut kills, mut state) = (0, 0x2545_f491_4f6c_dd1d_u64);
    let mut moment = || {
        // xorshift64*
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        Duration::from_micros((state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % 90_000)
    };
    // most of the 60 runs of `jobs` are early runs
    for (method, full_runs, seed) in
        [("random", 60, 1), ("bo-ucb", 60, 2), ("jobs", 22, 3), ("random", 60, 4), ("mf-ucb", 30, 5)]
            .iter()
            .cycle()
            .take(12)
    {
        if kills >= KILLS {
            break;
        }
        let undisturbed = Folder::with(&emulated(method, *full_runs, *seed, ""));
        undisturbed.ok(&["run"]);
        // the same study with slow steps
        let folder = Folder::with(&emulated(method, *full_runs, *seed, "step_ms = 0.04"));
        loop {
            let mut child = folder
                .command(&["run"])
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap();
            // every fourth kill comes later, for progress on slow machines
            std::thread::sleep(moment() * if kills % 4 == 0 { 6 } else { 1 });
            if child.try_wait().unwrap().is_none() && kills < KILLS {
                child.kill().unwrap();
                child.wait().unwrap();
                kills += 1;
                continue;
            }
            let status = child.wait().unwrap();
            assert!(status.success(), "{method}: {status}");
            break;
        }
        assert_eq!(folder.journal(), undisturbed.journal(), "{method} after {kills} kills");
        assert_eq!(folder.json(&["best"]), undisturbed.json(&["best"]), "{method}");
    }
    assert_eq!(kills, KILLS);
}

/// The short form of `scripts/kill-test`: trainers with children, 1 and 4 workers, at least five kills each.
#[test]
fn kills_of_any_process_lose_double_and_leave_nothing() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/kill-test");
    if !cfg!(target_os = "linux") || Command::new("python3").arg("--version").output().is_err() {
        eprintln!("SKIPPED: scripts/kill-test needs Linux and python3");
        return;
    }
    let arguments = ["--studies", "5", "--seed", "2", "--jobs", env!("CARGO_BIN_EXE_jobs")];
    let ran = super::Ran::of(Command::new("python3").arg(script).args(arguments).output().unwrap());
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    assert_eq!(ran.out.matches("double training: 0").count(), 2, "{}", ran.out);
}

/// `timeout` signals a process and its group: two signals, one request.
#[test]
fn two_signals_at_once_stop_the_study_and_its_trainers() {
    let folder = Folder::with(&scripted("slowest", ""));
    let piped = std::process::Stdio::piped;
    let child = folder.command(&["run"]).stderr(piped()).stdout(piped()).spawn().unwrap();
    let output = folder.path().join("runs/runs/run-00000/attempt-1.out");
    while !std::fs::read_to_string(&output).is_ok_and(|text| text.contains("loading")) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let (script, id) = ("kill -s INT $1; kill -s TERM $1", child.id().to_string());
    assert!(Command::new("sh").args(["-c", script, "sh", &id]).status().unwrap().success());
    let ran = super::Ran::of(child.wait_with_output().unwrap());
    assert!(ran.code == Some(130) && ran.err.contains("the runs saved checkpoints"), "{:?} {}", ran.code, ran.err);
    let exit = folder.path().join("runs/runs/run-00000/attempt-1.exit");
    assert!(exit.exists(), "the trainer has ended before the program");
}

/// Where process 1 waits for nothing, as in many containers, an ended data loader would stay in the process table.
#[cfg(target_os = "linux")]
#[test]
fn data_loaders_end_with_their_trainer_and_leave_the_process_table() {
    let folder = Folder::with(&scripted("loaders", ""));
    folder.ok(&["run"]);
    let loaders = std::fs::read_to_string(folder.path().join("loaders")).unwrap();
    let name = |pid: &str| std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    let left: Vec<&str> = loaders.lines().filter(|pid| name(pid) == "sleep\n").collect();
    assert!(left.is_empty(), "{left:?} of {} are left", loaders.lines().count());
}

#[test]
fn a_closed_standard_error_ends_the_program_quietly() {
    let folder = Folder::with(&scripted("slow", ""));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = folder.command(&["run"]).stderr(writer).status().unwrap();
    assert_eq!(status.code(), Some(130), "stopped, as by Ctrl-C");
    folder.ok(&["run"]);
    assert!(folder.json(&["best"])["run"].is_number());
}
