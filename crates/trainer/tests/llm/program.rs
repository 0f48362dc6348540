//! The program `trainer`, from the command line.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use burn::backend::Flex;
use burn::tensor::DType;
use trainer::train::TrainSettings;
use trainer::{BUILT_IN, Base};

use crate::golden::logits;

fn trainer(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trainer"));
    command.args(words);
    command
}

fn run(words: &[&str]) -> Output {
    trainer(words).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const SETTINGS: &str = r#"
steps = 60
evaluate_every = 20
batch = 4
micro_batch = 2
validation_examples = 6
train_examples = 60
[lora]
rank = 2
dropout = 0.05
[[domain]]
name = "reverse"
[[domain]]
name = "sort"
"#;

/// Runs `trainer train` again and again, killing it at a different moment each time, until it ends; returns the number of kills, or `None`
/// after 200 attempts.
fn train_with_kills(words: &[String], checkpoint: &Path) -> Option<usize> {
    for attempt in 0..200 {
        let before = std::fs::read(checkpoint).ok();
        let mut child = Command::new(env!("CARGO_BIN_EXE_trainer")).args(words).stdout(Stdio::null()).spawn().unwrap();
        // wait until it writes something new, then kill it after a delay that varies between attempts
        let start = Instant::now();
        let mut over = None;
        while over.is_none() && std::fs::read(checkpoint).ok() == before && start.elapsed() < Duration::from_secs(60) {
            std::thread::sleep(Duration::from_millis(2));
            over = child.try_wait().unwrap();
        }
        std::thread::sleep(Duration::from_millis(attempt * 37 % 90));
        if over.is_none() {
            over = child.try_wait().unwrap();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        if let Some(status) = over {
            assert!(status.success());
            return Some(attempt as usize);
        }
    }
    None
}

#[test]
fn a_killed_and_resumed_run_is_bit_identical() {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("settings.toml");
    std::fs::write(&settings, SETTINGS).unwrap();
    let out = |name: &str| folder.path().join(name).display().to_string();
    let words = |out: &str| {
        ["train", "--settings", settings.to_str().unwrap(), "--out", out, "--checkpoint-every", "1"].map(String::from)
    };
    let whole = out("whole");
    let done = Command::new(env!("CARGO_BIN_EXE_trainer")).args(words(&whole)).output().unwrap();
    assert!(done.status.success(), "{}", text(&done.stderr));

    let broken = out("broken");
    let kills = train_with_kills(&words(&broken), &Path::new(&broken).join("run.ckpt")).unwrap();
    assert!(kills >= 3, "killed only {kills} times");
    for file in ["run.ckpt", "evaluations.csv", "adapter/adapter_model.safetensors", "adapter/adapter_config.json"] {
        let [a, b] = [&whole, &broken].map(|f| std::fs::read(Path::new(f).join(file)).unwrap());
        assert!(a == b, "{file} differs after {kills} kills");
    }
}

#[test]
fn a_merged_model_evaluates_like_its_adapter() {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("settings.toml");
    std::fs::write(&settings, SETTINGS).unwrap();
    let settings = settings.to_str().unwrap();
    let [out, merged] = ["run", "merged"].map(|name| folder.path().join(name).display().to_string());
    let adapter = format!("{out}/adapter");
    for words in [
        vec!["train", "--settings", settings, "--out", &out],
        vec!["merge", "--model", "built-in", "--adapter", &adapter, "--out", &merged],
    ] {
        let done = run(&words);
        assert!(done.status.success(), "{}", text(&done.stderr));
    }
    let evaluate = |more: &[&str]| {
        let done = run(&[&["evaluate", "--settings", settings, "--questions", "4"], more].concat());
        assert!(done.status.success(), "{}", text(&done.stderr));
        text(&done.stdout)
    };
    assert_eq!(evaluate(&["--adapter", &adapter]), evaluate(&["--model", &merged]));
    assert_ne!(evaluate(&[]), evaluate(&["--model", &merged]));
}

#[test]
fn a_checkpoint_of_another_run_is_not_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let (settings, out) = (folder.path().join("settings.toml"), folder.path().join("run"));
    std::fs::write(&settings, SETTINGS).unwrap();
    let train = |more: &[&str]| {
        let words = ["train", "--settings", settings.to_str().unwrap(), "--out", out.to_str().unwrap()];
        let done = run(&[&words[..], more].concat());
        (done.status.success(), text(&done.stdout) + &text(&done.stderr))
    };
    assert!(train(&["--stop", "2"]).0);
    let before = std::fs::read(out.join("run.ckpt")).unwrap();
    for other in [&["--seed", "1"][..], &["--mixture", "sort=1"]] {
        let (ok, message) = train(other);
        assert!(
            !ok && message.contains("is a run of another mixture, configuration or seed; --fresh starts over"),
            "{message}"
        );
        assert!(before == std::fs::read(out.join("run.ckpt")).unwrap(), "the checkpoint was touched");
    }
    let (ok, message) = train(&["--stop", "3"]);
    assert!(ok && message.contains("Resuming at step 2 of 60"), "{message}");
    let (ok, message) = train(&["--stop", "3", "--seed", "1", "--fresh"]);
    assert!(ok && !message.contains("Resuming"), "{message}");
}

#[test]
fn repeated_domains_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("settings.toml");
    std::fs::write(&settings, SETTINGS).unwrap();
    let train = |steps: &str, mixture: &str| {
        let out = folder.path().join("run").display().to_string();
        let settings = settings.to_str().unwrap();
        let done =
            run(&["train", "--fresh", "--settings", settings, "--steps", steps, "--mixture", mixture, "--out", &out]);
        assert!(done.status.success(), "{}", text(&done.stderr));
        text(&done.stdout)
    };
    // 60 training examples, 4 a step
    let message = train("20", "reverse=0.9,sort=0.1");
    assert!(message.contains("reverse has too few examples and repeats them: 1.2 passes"), "{message}");
    assert!(!message.contains("sort has too few examples"), "{message}");
    assert!(!train("15", "reverse=1").contains("too few examples"), "one pass is not a repetition");
    // 160 draws from two domains of 60 examples: one repeats under any mixture
    let (settings, out) = (settings.to_str().unwrap(), folder.path().join("table").display().to_string());
    let done = run(&["record", "--settings", settings, "--steps", "40", "--runs", "1", "--out", &out]);
    assert!(text(&done.stdout).contains(" has too few examples and repeats them: "), "{}", text(&done.stdout));
}

#[test]
fn a_model_is_not_merged_into_its_own_folder() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("model").display().to_string();
    assert!(run(&["merge", "--model", "built-in", "--out", &model]).status.success());
    let before = std::fs::read(Path::new(&model).join("config.json")).unwrap();
    let done = run(&["merge", "--model", &model, "--out", &format!("{model}/.")]);
    assert!(text(&done.stderr).contains("--out is the folder of the model itself"), "{}", text(&done.stderr));
    assert_eq!(before, std::fs::read(Path::new(&model).join("config.json")).unwrap());
}

#[test]
fn recorded_runs_are_a_run_table_and_resume() {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("settings.toml");
    std::fs::write(&settings, SETTINGS).unwrap();
    let table = folder.path().join("table");
    let words = |runs: &'static str| {
        [
            "record",
            "--settings",
            settings.to_str().unwrap(),
            "--steps",
            "6",
            "--runs",
            runs,
            "--out",
            table.to_str().unwrap(),
        ]
        .map(String::from)
    };
    for (runs, lines) in [("2", 2), ("3", 1)] {
        let done = Command::new(env!("CARGO_BIN_EXE_trainer")).args(words(runs)).output().unwrap();
        assert!(done.status.success(), "{}", text(&done.stderr));
        assert_eq!(
            text(&done.stdout).matches("\nrun ").count() + usize::from(text(&done.stdout).starts_with("run ")),
            lines
        );
    }
    let read = jobs_core::RunTable::read(&table).unwrap();
    assert_eq!((read.runs.len(), read.metric.as_str()), (3, "reverse_loss"));
    assert_eq!(read.extra_metrics, ["sort_loss", "train_loss"]);
    assert!(table.join("manifest.json").exists());
}

#[test]
fn logits_are_printed_for_every_token() {
    let done = run(&["logits", "--tokens", "5,7,9"]);
    assert!(done.status.success(), "{}", text(&done.stderr));
    let rows: Vec<Vec<f32>> = serde_json::from_slice(&done.stdout).unwrap();
    let base = Base::<Flex>::open(BUILT_IN, DType::F32, &Default::default()).unwrap();
    assert_eq!((rows.len(), rows[0].len()), (3, base.decoder.config.vocabulary));
    assert_eq!(rows.concat(), logits(&base.decoder, None, &[vec![5, 7, 9]], 3));
}

#[test]
fn errors_are_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display().to_string();
    let bad = folder.path().join("bad.toml");
    std::fs::write(&bad, "steps = 10\nbatsh = 4\n").unwrap();
    for (words, expected) in [
        (vec!["train", "--out", &out, "--mixture", "revers=1"], "did you mean `reverse`?"),
        (vec!["train", "--out", &out, "--device", "gpu"], "cpu, cuda, cuda:INDEX or wgpu"),
        // an index that no machine has, so a build with CUDA rejects it too
        (vec!["train", "--out", &out, "--device", "cuda:99"], "use device cpu"),
        (vec!["evaluate", "--device", "cuda:99"], "use device cpu"),
        (vec!["bench", "--device", "cuda:99"], "use device cpu"),
        (vec!["train", "--out", &out, "--model", "/no/such"], "/no/such"),
        (vec!["train", "--out", &out, "--settings", bad.to_str().unwrap()], "bad.toml:2: unknown field `batsh`"),
        (vec!["train", "--out", &out, "--mixture", "reverse=0.4"], "sums to 0.4"),
        (vec!["record", "--out", &out, "--runs", "0"], "--runs is 0"),
        (vec!["merge", "--out", &out, "--model", "built-in", "--adapter", "/no/such"], "adapter_config.json"),
        (vec!["logits", "--tokens", "3,100000"], "--tokens holds 100000, expected tokens below"),
        (vec!["logits", "--tokens", "3", "--adapter", "/no/such"], "adapter_config.json"),
        (vec!["train", "--out", &out, "--mixture", "sort=1,sort=1"], "--mixture: `sort` twice"),
        (vec!["bench", "--tokens", "1000000"], "--tokens is 1000000, expected at most 256"),
        (vec!["bench", "--rows", "1000000000000"], "--rows is 1000000000000, expected at most"),
    ] {
        let done = run(&words);
        let message = text(&done.stderr);
        assert!(
            !done.status.success() && message.contains(expected) && !message.contains("panicked"),
            "{words:?}: {message}"
        );
        assert_eq!(message.trim().lines().count(), 1, "{message}");
    }
}

#[test]
fn the_settings_template_is_the_default() {
    let printed = text(&run(&["settings"]).stdout);
    let settings: TrainSettings = toml::from_str(&printed).unwrap();
    assert_eq!(settings, TrainSettings::default());
    // every key is in the template, commented out where the default is none
    let named = |key: &str| printed.lines().any(|l| l.trim_start_matches("# ").starts_with(&format!("{key} = ")));
    for key in ["threads", "target", "adapters", "layers"] {
        assert!(named(key), "no `{key}` in the template");
    }
}
