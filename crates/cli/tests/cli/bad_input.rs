//! Errors name the file and line, the problem and the expected value. The exit code is 2.

use super::{Folder, emulated, scripted};

/// What is wrong with the budget and the keys: part of a valid study, what replaces it, and a part of the error.
const WRONG_KEYS: &[[&str; 3]] = &[
    ["total_steps", "totel_steps", "error: study.toml:2: unknown key \"totel_steps\"; did you mean \"total_steps\"?"],
    ["[trainer]", "[triner]", "unknown key \"triner\"; did you mean \"trainer\"?"],
    ["\"command\"", "\"comand\"", "unknown value \"comand\"; did you mean \"command\"?"],
    [
        "= 700",
        "= 70",
        "study.toml:2: `budget.total_steps` does not fit the other lengths: a budget of 70 steps does not pay for one full run",
    ],
    ["= 20\n", "= 200\n", "an early run (200 steps) is longer than a full run (100 steps)"],
    [
        "= 20\n",
        "= \"soon\"\n",
        "study.toml:4: `budget.early_steps` is \"soon\", expected \"auto\" or a number of steps",
    ],
    ["= 20\n", "= 0\n", "study.toml:4: `budget.early_steps` is 0, expected more than 0"],
    ["full_steps = 100\n", "", "`budget.full_steps` is missing"],
];
/// What is wrong with values elsewhere.
const WRONG_VALUES: &[[&str; 3]] = &[
    ["attempts = 2", "attempts = 2\ntask = \"gsm8k\"", "`trainer.task` applies to trainer.kind = \"emulator\" only"],
    ["attempts = 2", "attempts = 2\n[executor]\nworkers = 0", "`executor.workers` is 0"],
    [
        "attempts = 2",
        "attempts = 2\n[executor]\ngres = \"gpu:1\"",
        "`executor.gres` applies to executor.kind = \"slurm\" only",
    ],
    ["attempts = 2", "attempts = 2\n[method]\nname = \"job\"", "unknown method `job`; did you mean `jobs`?"],
    [
        "attempts = 2",
        "attempts = 2\n[method]\nname = \"random\"\nverify = true",
        "`method.verify` applies to the method jobs only",
    ],
    ["attempts = 2", "attempts = 2\n[method]\npredictor = \"ensembel\"", "did you mean `ensemble`?"],
    ["attempts = 2", "attempts = 2\n[method]\npromote = 2", "`method.promote` is 2, expected a share"],
    ["attempts = 2", "attempts = 2\n[objective]\ndirection = \"minimse\"", "did you mean \"minimise\"?"],
    ["\"integer\"", "\"interger\"", "has unknown kind `interger`"],
    ["low = 1", "low = 20", "dimension `rank` needs finite bounds with low < high"],
    ["parts = [\"a\", \"b\"]", "parts = [\"a\"]", "needs at least two parts"],
    ["kind = \"command\"\n", "", "missing key \"kind\""],
];

#[test]
fn errors_in_a_study_file() {
    let valid = scripted("good", "");
    for [from, to, said] in WRONG_KEYS.iter().chain(WRONG_VALUES) {
        assert!(valid.contains(from), "{from}");
        let ran = Folder::with(&valid.replacen(from, to, 1)).run(&["check", "--no-run"]);
        assert!(ran.code == Some(2) && ran.err.contains(said), "{from} -> {to}: {:?} {}", ran.code, ran.err);
        assert!(!ran.err.contains("panicked") && ran.out.is_empty(), "{}", ran.err);
    }
    assert!(Folder::with(&valid).ok(&["check", "--no-run"]).contains("is valid"));
    let broken = Folder::with("[budget\n").run(&["status"]);
    assert!(broken.code == Some(2) && broken.err.contains("study.toml:1: "), "{}", broken.err);
}

#[test]
fn errors_on_the_command_line() {
    let empty = Folder::new();
    for (arguments, said) in [
        (&["run"][..], "study.toml: No such file or directory (os error 2); `jobs init` writes one"),
        (&["rum"], "some similar subcommands exist: 'run'"),
        (&["init"], "--domains"),
        (&["init", "--domains", "maths"], "at least two names"),
        (&["init", "--domains", "maths,maths"], "names `maths` twice"),
        (&["init", "--emulator", "gms8k"], "did you mean `gsm8k`?"),
        (&["init", "--domains", "a,b", "--full-steps", "0"], "--full-steps is 0"),
        (&["tell"], "<RUN>"),
    ] {
        let ran = empty.run(arguments);
        assert!(ran.code == Some(2) && ran.err.contains(said), "{arguments:?}: {:?} {}", ran.code, ran.err);
    }
    assert_eq!(std::fs::read_dir(empty.path()).unwrap().count(), 0, "no files are written");
    let study = Folder::with(&emulated("random", 2, 0, ""));
    for (arguments, code, said) in [
        (&["best"][..], 6, "no run yet"),
        (&["import", "nowhere"], 2, "nowhere"),
        (&["tell", "0", "nowhere.jsonl"], 2, "nowhere.jsonl"),
        (&["run", "--workers", "0"], 2, "--workers is 0"),
    ] {
        let ran = study.run(arguments);
        assert!(ran.code == Some(code) && ran.err.contains(said), "{arguments:?}: {:?} {}", ran.code, ran.err);
    }
}

#[test]
fn a_started_study_keeps_its_settings_and_has_one_writer() {
    let folder = Folder::with(&emulated("random", 2, 0, ""));
    folder.ok(&["run"]);
    for (change, said) in [
        (
            emulated("random", 2, 0, "").replace("early_steps = 100", "early_steps = 120"),
            "its budget was 1250 steps in all, 625 full, 100 early, and is now 1250 steps in all, 625 full, 120 early",
        ),
        (emulated("random", 2, 7, ""), "it was seed 0, and is now seed 7; restore the study file"),
        (emulated("bo-ucb", 2, 0, ""), "its method was random, and is now bo-ucb"),
        (
            emulated("random", 2, 0, "[objective]\nmetric = \"accuracy\""),
            "its `metric` was eval_loss, and is now accuracy",
        ),
    ] {
        std::fs::write(folder.path().join("study.toml"), change).unwrap();
        for command in ["run", "status", "best"] {
            let ran = folder.run(&[command]);
            assert!(ran.code == Some(2) && ran.err.contains(said), "{command}: {:?} {}", ran.code, ran.err);
        }
    }
    std::fs::write(folder.path().join("study.toml"), emulated("random", 2, 0, "")).unwrap();
    let lock = jobs::StudyLock::take(&folder.path().join("runs/lock")).unwrap();
    let ran = folder.run(&["run"]);
    assert!(ran.code == Some(4) && ran.err.contains(&format!("process {}", std::process::id())), "{}", ran.err);
    folder.ok(&["status"]);
    drop(lock);
    folder.ok(&["run"]);
}
