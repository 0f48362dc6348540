//! What people and programs read: numbers, errors as JSON, the progress of runs, text of trainers.

use std::fs;
use std::time::{Duration, Instant};

use super::{Folder, Ran, emulated, scripted};

/// A trainer that prints a constant exponent: losses such as `1.075e-6`.
fn with_exponent(exponent: &str) -> Folder {
    let script = "to=$(sed -n 's/.*\"to\": *\\([0-9]*\\).*/\\1/p' \"$1\")\nrank=$(sed -n 's/.*\"rank\": *\\([0-9]*\\).*/\\1/p' \"$1\")\n\
                  printf '{\"step\": %s, \"eval_loss\": 1.0%02de%s}\\n' \"$to\" \"$rank\" \"$2\"\n";
    let text = scripted("good", "[method]\nname = \"random\"");
    let command = text.lines().find(|l| l.starts_with("command")).unwrap().to_owned();
    let run = format!("command = [\"sh\", \"-c\", \"exec sh t.sh \\\"$1\\\" {exponent}\", \"sh\"]");
    let folder = Folder::with(&text.replace(&command, &run));
    fs::write(folder.path().join("t.sh"), script).unwrap();
    folder
}

#[test]
fn values_of_any_size_are_short_and_differ() {
    for exponent in ["-6", "300", "-300"] {
        let folder = with_exponent(exponent);
        let ran = folder.run(&["run"]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        let short = |text: &str| text.lines().all(|l| l.len() < 200) && !text.contains("0.0000");
        let (status, best) = (folder.ok(&["status"]), folder.ok(&["best"]));
        folder.ok(&["report"]);
        let page = fs::read_to_string(folder.path().join("report.html")).unwrap();
        for text in [&ran.err, &ran.out, &status, &best] {
            assert!(short(text) && text.contains(&format!("e{exponent}")), "{text}");
        }
        assert!(page.contains(&format!("e{exponent}<")) && !page.contains("0000000000"), "e{exponent}");
        let values: std::collections::BTreeSet<&str> =
            status.lines().filter(|l| l.contains("finished")).filter_map(|l| l.split_whitespace().last()).collect();
        assert!(values.len() > 1, "{status}");
    }
}

#[test]
fn errors_are_json_on_standard_output_with_the_same_code() {
    let folder = Folder::with(&emulated("random", 2, 0, ""));
    for (arguments, code, said) in [
        (&["best", "--json"][..], 6, "no run yet"),
        (&["--json", "forget", "0"], 6, "no run yet"),
        (&["tell", "0", "nowhere", "--json"], 2, "nowhere"),
        (&["run", "--json", "--workers", "0"], 2, "--workers is 0"),
        (&["statsu", "--json"], 2, "similar subcommand exists: 'status'"),
        (&["status", "--json", "--nosuch"], 2, "unexpected argument '--nosuch'"),
    ] {
        let ran = folder.run(arguments);
        let error: serde_json::Value = serde_json::from_str(&ran.out).unwrap_or_default();
        assert_eq!(
            (ran.code, &error["error"]["code"]),
            (Some(code), &code.into()),
            "{arguments:?} {} {}",
            ran.out,
            ran.err
        );
        assert!(error["error"]["message"].as_str().unwrap().contains(said), "{error}");
        assert!(ran.err.contains(said), "people read it too: {}", ran.err);
    }
    let status = folder.json(&["status"]);
    assert_eq!((&status["runs"], &status["total"]), (&0.into(), &1250.into()), "a new study is no error");
    assert!(folder.run(&["best"]).out.is_empty(), "text stays on standard error");
    let help = folder.run(&["--json", "--help"]);
    assert!(help.code == Some(0) && help.out.contains("Usage"), "{}", help.out);
}

#[test]
fn the_budget_used_has_one_name_and_keeps_the_old_one() {
    let folder = Folder::with(&emulated("random", 2, 0, ""));
    let ran = folder.run(&["run", "--json"]);
    let mut values: Vec<serde_json::Value> = ran.out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let best = values.pop().unwrap()["best"].clone();
    values.extend([best, folder.json(&["status"]), folder.json(&["best"]), folder.json(&["check", "--journal"])]);
    values.push(folder.json(&["forget", "0"]));
    for value in values {
        assert!(value["budget_used"].is_u64() && value["budget_used"] == value["spent"], "{value}");
    }
}

#[test]
fn status_shows_the_step_of_a_run_and_why_a_study_stopped() {
    let folder = Folder::with(&scripted("slower", "[method]\nname = \"random\""));
    let piped = std::process::Stdio::piped;
    let child = folder.command(&["run"]).stderr(piped()).stdout(piped()).spawn().unwrap();
    let began = Instant::now();
    let mut seen = String::new();
    while !seen.contains("10 -> 100") && !seen.contains("20 -> 100") && began.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(100));
        seen = folder.ok(&["status"]);
    }
    assert!(seen.contains("0 -> 100") && !seen.contains(" 0 -> 100"), "{seen}");
    assert!(folder.json(&["status"])["rows"][0]["reached"].as_u64().unwrap() >= 10);
    let status = folder.json(&["status"]);
    assert!(status["began"].as_str().unwrap().starts_with("20") && status["rows"][0]["since"].is_string(), "{status}");
    assert!(status["seconds_left"].as_f64().unwrap() > 0.0 && seen.contains("began 20") && seen.contains("since"));
    assert!(std::process::Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    Ran::of(child.wait_with_output().unwrap());
    let stopped = folder.ok(&["status"]);
    assert!(stopped.contains("stopped: stopped; ") && stopped.contains("waiting") && !stopped.contains(" left"));
    let folder = Folder::with(&scripted("broken", ""));
    folder.run(&["run"]);
    let status = folder.json(&["status"]);
    assert!(status["stopped"].as_str().unwrap().contains("no such model"), "{status}");
}

#[test]
fn the_estimate_tells_start_up_from_steps() {
    // half a second to start, and 30 ms for ten steps
    let text = scripted("slow", "[method]\nname = \"random\"")
        .replace("\"sh\", \"/", "\"sh\", \"-c\", \"sleep 0.5; exec sh \\\"$@\\\"\", \"sh\", \"/");
    let folder = Folder::with(&text);
    let checked = folder.json(&["check", "--steps", "50"]);
    let of = |key: &str| checked["dry_run"][key].as_f64().unwrap();
    assert!(of("seconds_per_start") > 0.4 && of("seconds_per_step") < 0.02, "{checked}");
    assert!(folder.ok(&["check", "--steps", "50"]).contains("for start and end of about 35 trials"));
    let ran = folder.run(&["run"]);
    assert!(
        ran.err.contains("for 600 steps of") && ran.err.contains("for start and end of about 6 trials"),
        "{}",
        ran.err
    );
    let done = folder.ok(&["status"]);
    assert!(done.contains("finished: the budget is used") && done.contains("last result 20"), "{done}");
}

#[test]
fn escapes_of_a_trainer_do_not_reach_the_terminal() {
    let text = scripted("good", "");
    let command = text.lines().find(|l| l.starts_with("command")).unwrap().to_owned();
    let folder = Folder::with(&text.replace(&command, "command = [\"sh\", \"t.sh\"]"));
    let script = "printf '\\033]0;owned\\007\\033[31mgarbage\\033[0m\\n{\"step\": 1, \"\\033[2Jx\\n'\nprintf '\\033[31;1mno memory\\033[0m\\r\\n' >&2\nexit 1\n";
    fs::write(folder.path().join("t.sh"), script).unwrap();
    for arguments in [&["check"][..], &["run"], &["status"]] {
        let ran = folder.run(arguments);
        let all = ran.out + &ran.err;
        assert!(!all.contains(['\u{1b}', '\u{7}', '\r']), "{arguments:?}: {all:?}");
        assert!(all.contains("no memory"), "{arguments:?}: {all}");
    }
}
