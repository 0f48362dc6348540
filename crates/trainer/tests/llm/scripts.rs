//! `scripts/fetch-data`, `scripts/fetch-model` and `scripts/gpu-check`, with a stand-in for the network and the GPU.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::published::{check, read, write};
use crate::published_files::published;

fn script(name: &str, args: &[&str], path: &str) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts").join(name);
    Command::new("bash").arg(script).args(args).env("PATH", path).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A folder for the front of `PATH` whose `curl` runs these lines with `$url` and `$out`.
fn curl(folder: &Path, lines: &str) -> String {
    let bin = folder.join("bin");
    fs::create_dir_all(&bin).unwrap();
    let body = format!(
        "#!/usr/bin/env bash\nwhile [ $# -gt 0 ]; do case $1 in --output) out=$2; shift ;; http*) url=$1 ;; esac; shift; done\n{lines}\n"
    );
    fs::write(bin.join("curl"), body).unwrap();
    assert!(Command::new("chmod").arg("+x").arg(bin.join("curl")).status().unwrap().success());
    format!("{}:{}", bin.display(), std::env::var("PATH").unwrap())
}

fn has(program: &str) -> bool {
    let found = Command::new(program).arg("-v").output().is_ok();
    if !found {
        eprintln!("SKIPPED: no program `{program}`");
    }
    found
}

/// A stand-in for `curl` serves the made-up files under their published names, in archives laid out like the published ones.
#[test]
fn fetched_data_are_read() {
    if !(has("zip") && has("unzip") && has("tar")) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let net = folder.path().join("net");
    let inside = |name: &str| {
        match name {
            "mmlu" => "mmlu/data",
            "triviaqa" => "triviaqa/triviaqa-unfiltered",
            "arc_challenge" => "arc_challenge/ARC-V1-Feb2018-2/ARC-Challenge",
            "sciq" => "sciq/SciQ dataset-2 3",
            other => other,
        }
        .to_owned()
    };
    for (name, files) in published() {
        write(&net.join(inside(name)), &files);
    }
    fs::write(net.join("arc_challenge/ARC-V1-Feb2018-2/corpus.txt"), "left out").unwrap();
    let path = curl(
        folder.path(),
        &format!(
            "cd '{}'\ncase $url in\n\
             */data.tar) tar -C mmlu -cf \"$out\" data ;;\n\
             */triviaqa-unfiltered.tar.gz) tar -C triviaqa -czf \"$out\" triviaqa-unfiltered ;;\n\
             */ARC-V1-Feb2018.zip) cd arc_challenge && zip -q -r - . > \"$out\" ;;\n\
             */SciQ.zip) cd sciq && zip -q -r - . > \"$out\" ;;\n\
             *grade_school_math*) cp gsm8k/\"$(basename $url)\" \"$out\" ;;\n\
             *TinyStories*) cp tinystories/tinystories.txt \"$out\" ;;\n\
             *) cp */\"$(basename $url)\" \"$out\" ;;\nesac",
            net.display()
        ),
    );
    let data = folder.path().join("data");
    let names: Vec<&str> = published().iter().map(|(name, _)| *name).collect();
    let done = script("fetch-data", &[&[data.to_str().unwrap()], &names[..]].concat(), &path);
    assert!(done.status.success(), "{}{}", text(&done.stdout), text(&done.stderr));
    for name in &names {
        check(name, &read(name, &data.join(name)).unwrap());
    }
    let left: Vec<_> = fs::read_dir(&data).unwrap().flatten().map(|e| e.file_name().into_string().unwrap()).collect();
    assert_eq!(left.len(), names.len(), "archives remain: {left:?}");
    // everything exists, so nothing is fetched again
    let again = script("fetch-data", &[&[data.to_str().unwrap()], &names[..]].concat(), &curl(folder.path(), "exit 9"));
    assert!(again.status.success() && !text(&again.stdout).contains("http"), "{}", text(&again.stdout));
}

#[test]
fn without_network_fetching_fails_and_leaves_no_partial_file() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    let broken = curl(folder.path(), "echo half > \"$out\"; echo 'curl: (6) Could not resolve host' >&2; exit 6");
    for (name, args) in [
        ("fetch-data", vec![data, "gsm8k"]),
        ("fetch-data", vec![data, "arc_challenge"]),
        ("fetch-model", vec!["stories15m", data]),
    ] {
        let done = script(name, &args, &broken);
        let message = text(&done.stderr);
        assert_eq!(done.status.code(), Some(1), "{message}");
        assert!(
            message.trim_end().ends_with("; see the message of curl above")
                && message.contains(&format!("{name}: could not download https://")),
            "{message}"
        );
    }
    let left = Command::new("find").args([data, "-type", "f"]).output().unwrap();
    assert_eq!(text(&left.stdout), "");
    // another file in place of the archive, as from a captive portal
    let portal = curl(folder.path(), "echo '<html>' > \"$out\"");
    let done = script("fetch-data", &[data, "mmlu"], &portal);
    assert!(!done.status.success() && text(&done.stderr).contains("mmlu.tar: it is damaged"), "{}", text(&done.stderr));
}

#[test]
fn dry_runs_list_every_address_and_write_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let path = curl(folder.path(), "exit 9");
    let done = script("fetch-data", &["--dry-run", data.to_str().unwrap()], &path);
    assert!(done.status.success(), "{}", text(&done.stderr));
    for name in ["commonsense_qa", "gsm8k", "triviaqa", "truthfulqa", "mmlu", "arc", "hellaswag", "sciq", "wikitext2"] {
        assert!(text(&done.stdout).contains(&format!("{}/{name}", data.display())), "{name}");
    }
    let done = script("fetch-model", &["--dry-run", "SmolLM2-135M", data.to_str().unwrap()], &path);
    assert!(text(&done.stdout).contains("HuggingFaceTB/SmolLM2-135M/resolve/main/model.safetensors -> "));
    assert!(!data.exists());
    for (name, args, expected) in [
        ("fetch-data", vec!["x", "gsm8"], "unknown data set gsm8 (known: commonsense_qa gsm8k"),
        ("fetch-data", vec!["--help"], "usage: scripts/fetch-data [--dry-run] [DIR [NAME ...]]"),
        ("fetch-model", vec![], "usage: scripts/fetch-model [--dry-run] NAME [DIR]"),
        ("fetch-model", vec!["smollm"], "stories15m"),
    ] {
        let done = script(name, &args, &path);
        assert_eq!(done.status.code(), Some(2), "{args:?}");
        assert!(text(&done.stderr).contains(expected), "{}", text(&done.stderr));
    }
}

#[test]
fn gpu_check_reports_a_missing_gpu_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = curl(folder.path(), "exit 9");
    std::fs::rename(folder.path().join("bin/curl"), folder.path().join("bin/nvidia-smi")).unwrap();
    let done = script("gpu-check", &[], &path);
    assert_eq!(done.status.code(), Some(3));
    assert_eq!(text(&done.stderr).trim_end(), "gpu-check: no NVIDIA GPU on this machine; nothing was checked");
}
