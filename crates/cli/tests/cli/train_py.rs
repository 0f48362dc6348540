//! The script `train.py` of `jobs init`, with the installed torch, transformers and peft. Skipped with a message where they are missing;
//! `JOBS_TEST_PYTHON` names another interpreter.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::{Folder, Ran};

/// The interpreter, if it has the packages.
fn python() -> Option<String> {
    let python = std::env::var("JOBS_TEST_PYTHON").unwrap_or_else(|_| "python3".into());
    let imports = Command::new(&python).args(["-c", "import torch, transformers, peft"]).output();
    if imports.is_ok_and(|out| out.status.success()) {
        return Some(python);
    }
    eprintln!("SKIPPED: {python} has no torch, transformers and peft; name an interpreter in JOBS_TEST_PYTHON");
    None
}

/// A study of a tiny model with examples in every format.
fn prepared(python: &str) -> Folder {
    let folder = Folder::new();
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/tiny_model.py");
    let made = Command::new(python).arg(model).arg(folder.path().join("model")).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let init =
        ["init", "--domains", "text,chat", "--model", "model", "--modules", "q_proj,v_proj", "--full-steps", "50"];
    folder.ok(&init);
    let rows = |example: &dyn Fn(u32) -> Value| (0..20).map(|i| format!("{}\n", example(i))).collect::<String>();
    let chat = |i: u32| {
        let turn = |role: &str, content: String| json!({ "role": role, "content": content });
        json!({ "messages": [turn("user", format!("{i}+1")), turn("assistant", (i + 1).to_string())] })
    };
    for (name, text) in [
        ("text", rows(&|i| json!({ "text": format!("{i}+1={}", i + 1) }))),
        ("chat", rows(&chat)),
        ("ends", rows(&|i| json!({ "prompt": i.to_string(), "completion": "" }))),
        ("eval", rows(&|i| json!({ "prompt": format!("{i}+1="), "completion": (i + 1).to_string() }))),
        ("wrong", "{\"text\": \"a\"}\n{\"txt\": \"b\"}\n".to_owned()),
    ] {
        fs::create_dir_all(folder.path().join("data")).unwrap();
        fs::write(folder.path().join(format!("data/{name}.jsonl")), text).unwrap();
    }
    folder
}

/// Writes a request whose checkpoint is in the folder `name`.
fn request(folder: &Folder, name: &str, changes: &Value) {
    let checkpoint = folder.path().join(changes["checkpoint"].as_str().unwrap_or(name));
    fs::create_dir_all(&checkpoint).unwrap();
    let mut request = json!({
        "run": 0, "seed": 7, "from": 0, "to": 6, "full_steps": 6, "resume": false, "metric": "eval_loss",
        "configuration": { "lora_rank": "4", "lora_alpha": 8.0, "lora_dropout": 0.05, "lora_layers": 2, "lora_front_layers": false,
            "lora_q_proj": true, "lora_v_proj": false, "learning_rate": 0.05, "mixture": { "text": 0.5, "chat": 0.5 } },
    });
    for (key, value) in changes.as_object().unwrap() {
        request[key] = value.clone();
    }
    request["checkpoint"] = json!(checkpoint);
    fs::write(folder.path().join(format!("{name}.json")), request.to_string()).unwrap();
}

fn python_of(folder: &Folder, python: &str, arguments: &[&str]) -> Ran {
    let offline = [("HF_HUB_OFFLINE", "1"), ("TOKENIZERS_PARALLELISM", "false"), ("OMP_NUM_THREADS", "1")];
    Ran::of(Command::new(python).args(arguments).current_dir(folder.path()).envs(offline).output().unwrap())
}

/// Trains a request and returns the lines as (step, loss).
fn train(folder: &Folder, python: &str, name: &str, changes: &Value) -> Vec<(u64, f64)> {
    request(folder, name, changes);
    let ran = python_of(folder, python, &["train.py", &format!("{name}.json")]);
    assert_eq!(ran.code, Some(0), "{name}: {}", ran.err);
    lines(&ran.out)
}

fn lines(out: &str) -> Vec<(u64, f64)> {
    let read = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        (line["step"].as_u64().unwrap(), line["eval_loss"].as_f64().unwrap())
    };
    out.lines().map(read).collect()
}

#[test]
fn the_script_trains_what_was_asked_for() {
    let Some(python) = python() else { return };
    let folder = prepared(&python);
    let train = |name: &str, changes: Value| train(&folder, &python, name, &changes);
    let whole = train("whole", json!({}));
    assert_eq!(whole.iter().map(|l| l.0).collect::<Vec<_>>(), [2, 4, 6]);
    assert_eq!(train("again", json!({})), whole, "the same request gives the same losses");
    assert_ne!(train("seed", json!({ "seed": 8 })), whole);
    let half = train("half", json!({ "to": 3 }));
    let rest = train("rest", json!({ "from": 3, "resume": true, "checkpoint": "half" }));
    assert_eq!((half[0], &rest[..]), (whole[0], &whole[1..]), "a resumed run is the whole one");
    // one example in which only the end-of-sequence token carries a loss
    let ends = train("ends", json!({ "configuration": { "learning_rate": 0.05, "mixture": { "ends": 1.0 } } }));
    assert!(ends.iter().all(|l| l.1.is_finite()) && ends[0] != ends[2], "{ends:?}");

    let adapter = folder.path().join("whole/adapter");
    let read = |file: &str| serde_json::from_slice::<Value>(&fs::read(adapter.join(file)).unwrap()).unwrap();
    let best = whole.iter().map(|l| l.1).fold(f64::INFINITY, f64::min);
    assert_eq!(read("score.json")["score"], best, "the adapter that is kept is the one that is scored");
    let config = read("adapter_config.json");
    assert_eq!((&config["r"], &config["layers_to_transform"]), (&4.into(), &json!([2, 3])));
    assert_eq!(config["target_modules"], json!(["q_proj"]));

    request(&folder, "wrong", &json!({ "configuration": { "mixture": { "wrong": 1.0 } } }));
    let wrong = python_of(&folder, &python, &["train.py", "wrong.json"]);
    assert!(wrong.code == Some(1) && wrong.err.contains("data/wrong.jsonl:2: "), "{}", wrong.err);

    request(&folder, "two", &json!({}));
    let two =
        python_of(&folder, &python, &["-m", "torch.distributed.run", "--nproc_per_node", "2", "train.py", "two.json"]);
    assert_eq!(two.code, Some(0), "{}", two.err);
    let two = lines(&two.out);
    assert_eq!(two.len(), 3, "one process reports");
    assert!(two.iter().zip(&whole).all(|(a, b)| (a.1 - b.1).abs() < 1e-3), "{two:?} {whole:?}");
}

#[test]
fn check_finds_that_the_script_trains_what_best_says() {
    let Some(python) = python() else { return };
    let folder = prepared(&python);
    let study = folder.path().join("study.toml");
    let text = fs::read_to_string(&study).unwrap().replace("\"python3\"", &json!(python).to_string());
    fs::write(&study, text).unwrap();
    let run = |arguments: &[&str]| {
        Ran::of(folder.command(arguments).env("HF_HUB_OFFLINE", "1").env("OMP_NUM_THREADS", "1").output().unwrap())
    };
    let checked = run(&["check", "--steps", "1"]);
    let said = "the adapter that the trainer wrote has the arguments that `jobs best` would say";
    assert!(checked.code == Some(0) && checked.out.contains(said), "{}{}", checked.out, checked.err);
    let script = folder.path().join("train.py");
    let text = fs::read_to_string(&script).unwrap();
    fs::write(&script, text.replace("range(n) if", "range(1) if").replace("range(layers - n, layers)", "range(1)"))
        .unwrap();
    let checked = run(&["check", "--steps", "1"]);
    assert!(
        checked.code == Some(3) && checked.err.contains("`layers_to_transform`: the trainer used"),
        "{}",
        checked.err
    );
}
