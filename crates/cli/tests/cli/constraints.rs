//! `[[outcome_constraint]]`: checked with its line, kept in the journal, and followed by every command that names the best run.

use std::fs;

use super::{Folder, scripted};

/// A trainer whose loss falls with the rank and whose metric `general` rises with it: 0.1 times the rank.
fn study(constraints: &str, rest: &str) -> Folder {
    let script = "to=$(sed -n 's/.*\"to\": *\\([0-9]*\\).*/\\1/p' \"$1\")\nfrom=$(sed -n 's/.*\"from\": *\\([0-9]*\\).*/\\1/p' \"$1\")\n\
                  rank=$(sed -n 's/.*\"rank\": *\\([0-9]*\\).*/\\1/p' \"$1\")\nstep=$from\n\
                  while [ \"$step\" -lt \"$to\" ]; do\n  step=$((step + 10))\n\
                  awk -v s=$step -v r=$rank 'BEGIN { printf \"{\\\"step\\\": %d, \\\"eval_loss\\\": %.4f, \\\"general\\\": %.4f}\\n\", s, 3 - r / 10 + 1 / s, r / 10 }'\n\
                  done\n";
    let text = scripted("good", rest);
    let command = text.lines().find(|l| l.starts_with("command")).unwrap().to_owned();
    let folder = Folder::with(&(text.replace(&command, "command = [\"sh\", \"print.sh\"]") + constraints));
    fs::write(folder.path().join("print.sh"), script).unwrap();
    folder
}

fn limit(lines: &str) -> String {
    format!("[[outcome_constraint]]\nmetric = \"general\"\n{lines}\n")
}

#[test]
fn every_command_names_the_best_run_that_satisfies_the_constraints() {
    let folder = study(&limit("at_most = 0.8"), "");
    assert!(folder.ok(&["check"]).contains("constraint: general <= 0.8"));
    let ran = folder.ok(&["run"]);
    let best = folder.json(&["best"]);
    let rank = best["configuration"]["rank"].as_i64().unwrap();
    assert!(rank <= 8 && best["feasible"] == true, "{best}");
    assert!(rank >= 6, "the search finds the limit: {best}");
    let general = &best["constraints"][0];
    assert!(general["at_most"] == 0.8 && general["value"].as_f64().unwrap() <= 0.8 && general["satisfied"] == true);
    let run = format!("run {}", best["run"]);
    assert!(ran.contains(&run) && ran.contains("Constraints: general 0."), "{ran}");
    let status = folder.ok(&["status"]);
    assert!(status.contains(&format!("best: {run},")) && status.contains("constraints: general 0."), "{status}");
    folder.ok(&["report"]);
    let report = fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(report.contains("Constraints: general 0.") && report.contains("of runs that satisfy all constraints"));
    folder.ok(&["check", "--journal"]);
}

#[test]
fn where_no_run_is_feasible_the_best_says_so_and_has_an_exit_code() {
    let folder = study(&limit("at_least = 7.5"), "");
    let ran = folder.run(&["run"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.contains("warning: no run satisfies all constraints yet; run"), "{}", ran.out);
    let best = folder.run(&["best", "--json"]);
    assert_eq!((best.code, best.err.as_str()), (Some(7), "error: no run satisfies all constraints\n"));
    let best: serde_json::Value = serde_json::from_str(&best.out).unwrap();
    assert_eq!(best["feasible"], false);
    assert!(best["warnings"][0].as_str().unwrap().contains("(at least 7.5000: violated)"), "{best}");
    assert!(folder.ok(&["status"]).contains("warning: no run satisfies all constraints yet"));
}

#[test]
fn a_run_that_does_not_report_the_metric_is_not_feasible() {
    let folder = study(&limit("at_most = 9").replace("general", "safety"), "");
    let checked = folder.ok(&["check"]);
    assert!(checked.contains("no `safety`, which has a limit, was reported together with `eval_loss`"), "{checked}");
    folder.ok(&["run"]);
    let best = folder.run(&["best"]);
    assert_eq!(best.code, Some(7));
    assert!(best.out.contains("safety not reported (at most 9.0000)"), "{}", best.out);
}

#[test]
fn a_changed_constraint_is_another_study() {
    let folder = study(&limit("at_most = 0.8"), "");
    folder.ok(&["run"]);
    let text = fs::read_to_string(folder.path().join("study.toml")).unwrap();
    fs::write(folder.path().join("study.toml"), text.replace("at_most = 0.8", "at_most = 0.9")).unwrap();
    let ran = folder.run(&["run"]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("general <= 0.8") && ran.err.contains("general <= 0.9"), "{}", ran.err);
}

#[test]
fn invalid_constraints_are_refused_with_their_line() {
    let line = |text: &str, n: usize| text.lines().position(|l| l.contains("outcome_constraint")).unwrap() + n;
    let two = limit("at_most = 1") + &limit("at_least = 0");
    for (constraints, at, said) in [
        (limit(""), 2, "`outcome_constraint.metric` is `general` without a limit; expected `at_most` or `at_least`"),
        (limit("at_most = 1\nat_least = 2"), 4, "`outcome_constraint.at_least` is 2, above at_most = 1"),
        (limit("at_most = nan"), 3, "`outcome_constraint.at_most` is NaN, expected a finite number"),
        (two, 5, "`outcome_constraint.metric` is `general`, as in constraint 1; give both limits in one table"),
        (limit("at_most = 1").replace("general", "eval_loss"), 2, "is `eval_loss`, the objective of the study"),
        (limit("at_most = 1").replace("general", "step"), 2, "is not a valid name"),
        (limit("atmost = 1"), 3, "unknown key \"atmost\"; did you mean \"at_most\"?"),
    ] {
        let folder = study(&constraints, "");
        let text = fs::read_to_string(folder.path().join("study.toml")).unwrap();
        let ran = folder.run(&["check", "--no-run"]);
        assert_eq!(ran.code, Some(2), "{constraints}: {}", ran.out);
        let place = format!("study.toml:{}: ", line(&text, at));
        assert!(ran.err.contains(&place) && ran.err.contains(said), "{place}{said}\n{}", ran.err);
    }
    let emulated = Folder::with(&super::emulated("jobs", 4, 0, &limit("at_most = 1")));
    assert!(emulated.run(&["run"]).err.contains("the trainer reports no other metric"));
    let random = study(&limit("at_most = 1"), "[method]\nname = \"random\"");
    assert!(random.ok(&["check", "--no-run"]).contains("the method random does not search for runs that satisfy"));
}
