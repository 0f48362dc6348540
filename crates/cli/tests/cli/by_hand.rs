//! `jobs ask` and `jobs tell`, and the same study run by the library.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use emulator::{Emulator, EmulatorTrainer, LLAMA3_8B};
use jobs::{DriveOptions, InlineExecutor, Journal, Problem, Study, drive};
use jobs_core::{Budget, Seed, Steps, Target, Trainer};

use super::{Folder, emulated, scripted};

/// With one worker, the program requests the same runs as the loop of the library.
#[test]
fn one_worker_gives_the_sequence_of_the_library() {
    let folder = Folder::with(&emulated("jobs", 8, 11, ""));
    folder.ok(&["run"]);
    let by_program = Journal::peek(&folder.path().join("runs/journal")).unwrap().events;
    let (name, bytes) = LLAMA3_8B[1];
    let trainer = EmulatorTrainer::new(Emulator::from_bytes(bytes, name).unwrap());
    let budget = Budget { total: Steps(8 * 625), full: Steps(625), early: Steps(100) };
    let problem = Problem::new(trainer.space().clone(), budget, Target::Best, Seed(11));
    let mut study = Study::new(problem.clone(), methods::find("jobs").unwrap().make(&problem).unwrap()).unwrap();
    drive(&mut study, &mut InlineExecutor::new(&trainer), &mut [], DriveOptions::default()).unwrap();
    assert_eq!(by_program, study.events());
}

#[test]
fn asking_and_telling() {
    let folder = Folder::with(&scripted("good", "[objective]\nmetric = \"accuracy\"\ndirection = \"maximise\""));
    let asked = folder.json(&["ask", "--count", "3"]);
    assert_eq!(asked.as_array().unwrap().len(), 3);
    assert!((0..3).all(|i| asked[i]["run"] == i && asked[i]["to"].as_u64().unwrap() > 0), "{asked}");
    let tell = |run: u64, lines: &str| {
        let run = run.to_string();
        let mut child = folder
            .command(&["tell", &run])
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
        super::Ran::of(child.wait_with_output().unwrap())
    };
    let to = asked[1]["to"].as_u64().unwrap();
    let last = format!("{{\"step\": {to}, \"accuracy\": 0.75}}\n");
    for (lines, said) in [
        (String::new(), "expected a line {\"step\": "),
        ("{\"step\": 5, \"accuracy\": 0.5}\n".into(), "is at step 5 of"),
        (format!("{last}{{\"step\": 5, \"accuracy\": 0.5}}\n"), "standard input:2: step 5 does not come after step"),
        ("{\"step\": 5000, \"accuracy\": 0.5}\n".into(), "standard input:1: step 5000 is past the requested step"),
        ("{\"step\": 5, \"accuracy\": \n".into(), "standard input:1: not JSON"),
    ] {
        let ran = tell(1, &lines);
        assert!(ran.code == Some(2) && ran.err.contains(said), "{lines}: {:?} {}", ran.code, ran.err);
    }
    assert!(tell(7, &last).err.contains("there is no run 7"));
    assert_eq!(tell(1, &last).code, Some(0), "results may come in any order");
    assert!(tell(1, &last).err.contains("its result was recorded"));
    assert_eq!(tell(0, "{\"step\": 3, \"accuracy\": NaN}\n").code, Some(0), "a diverged run is data");
    let pending = folder.json(&["ask", "--pending"]);
    assert_eq!((pending.as_array().unwrap().len(), &pending[0]["run"]), (1, &asked[2]["run"]));
    let status = folder.json(&["status"]);
    assert_eq!(status["by_status"]["running"], 1);
    assert_eq!(status["rows"][1]["last"], 0.75, "shown as a metric");
    let events = fs::read_to_string(folder.path().join("runs/journal")).unwrap();
    assert!(events.contains("-0.75"), "recorded as a loss");
}
