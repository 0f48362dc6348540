//! Published data sets: a few made-up examples in each published form, read by name, and fetched from a network that is not there.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use trainer::data::*;

/// Name of the domain, and its published files with their content.
type Published = (&'static str, Vec<(&'static str, String)>);

fn repeat(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect()
}

/// Every data set `scripts/fetch-data` knows, under the folder it makes.
fn published() -> Vec<Published> {
    let labelled = |first: usize| {
        repeat(3, |i| {
            let (i, key) = (i + first, ["A", "B", "C"][i % 3]);
            format!(
                "{{\"id\": \"x{i}\", \"answerKey\": \"{key}\", \"question\": {{\"stem\": \"Which is {i}?\", \"choices\": \
                 [{{\"label\": \"A\", \"text\": \"a{i}\"}}, {{\"label\": \"B\", \"text\": \"b{i}\"}}, {{\"label\": \"C\", \"text\": \"c{i}\"}}]}}}}\n"
            )
        })
    };
    let sums = |first: usize| {
        repeat(3, |i| format!("{{\"question\": \"{i}+{first}?\", \"answer\": \"<<{i}+{first}=9>>9\\n#### 9\"}}\n"))
    };
    let scenes = |first: usize| {
        repeat(3, |i| {
            format!(
                "{{\"ind\": {i}, \"activity_label\": \"Waiting\", \"ctx\": \"Somebody waits {first}{i} hours. They\", \"label\": {i}, \
                 \"endings\": [\"sleep.\", \"leave.\", \"sing.\", \"sit.\"], \"split\": \"train\"}}\n"
            )
        })
    };
    let science = |first: usize| {
        let one = |i: usize| {
            format!(
                "{{\"question\": \"What is {first}{i}?\", \"distractor3\": \"d3\", \"distractor1\": \"d1\", \"distractor2\": \"d2\", \
                 \"correct_answer\": \"right\", \"support\": \"{}\"}}",
                if i == 0 { "" } else { "It is right." }
            )
        };
        format!("[{}]", [one(0), one(1)].join(","))
    };
    let trivia = |first: usize| {
        format!(
            "{{\"Data\": [{{\"Answer\": {{\"Aliases\": [\"Y\"], \"Value\": \"why\"}}, \"Question\": \"Who {first}?\", \
             \"SearchResults\": [{{\"Title\": \"t\"}}]}}], \"Domain\": \"unfiltered-web\"}}"
        )
    };
    let article = |n: usize| {
        repeat(4, |i| format!(" = Heading {i} = \n \n {} of article {n} . \n", "words and words ".repeat(8 + i)))
    };
    let mmlu = |first: usize| repeat(3, |i| format!("\"What, then, is {first}{i}?\",one,two,three,four,C\n"));
    let truthful = repeat(40, |i| {
        format!("Adversarial,Myths,\"Is {i}, in truth, so?\",It is not,It is not; Never,It is {i}; Always,http://x\n")
    });
    let pubmed = repeat(40, |i| {
        format!(
            "\"{i}\": {{\"QUESTION\": \"Does {i} help?\", \"CONTEXTS\": [\"We saw.\"], \"final_decision\": \"maybe\"}},"
        )
    });
    let code = repeat(40, |i| {
        format!("{{\"task_id\": {i}, \"prompt\": \"Write {i}.\", \"code\": \"def f():\\n  return {i}\"}},")
    });
    vec![
        ("gsm8k", vec![("train.jsonl", sums(10)), ("test.jsonl", sums(20))]),
        ("commonsense_qa", vec![("train_rand_split.jsonl", labelled(10)), ("dev_rand_split.jsonl", labelled(20))]),
        ("arc_challenge", vec![("ARC-Challenge-Train.jsonl", labelled(30)), ("ARC-Challenge-Dev.jsonl", labelled(40))]),
        ("hellaswag", vec![("hellaswag_train.jsonl", scenes(1)), ("hellaswag_val.jsonl", scenes(2))]),
        ("sciq", vec![("train.json", science(1)), ("valid.json", science(2))]),
        ("triviaqa", vec![("unfiltered-web-train.json", trivia(1)), ("unfiltered-web-dev.json", trivia(2))]),
        (
            "mmlu",
            vec![("test/astronomy_test.csv", mmlu(1)), ("val/astronomy_val.csv", mmlu(2)), ("dev/x_dev.csv", mmlu(3))],
        ),
        (
            "truthfulqa",
            vec![(
                "TruthfulQA.csv",
                format!(
                    "\u{feff}Type,Category,Question,Best Answer,Correct Answers,Incorrect Answers,Source\n{truthful}"
                ),
            )],
        ),
        ("wikitext2", vec![("train.txt", article(1)), ("valid.txt", article(2)), ("test.txt", article(3))]),
        ("mbpp", vec![("sanitized-mbpp.json", format!("[{}]", code.trim_end_matches(',')))]),
        ("pubmed_qa", vec![("ori_pqal.json", format!("{{{}}}", pubmed.trim_end_matches(',')))]),
        (
            "tinystories",
            vec![("tinystories.txt", repeat(40, |i| format!("\nA cat.\n\nIt met {i} dogs.\n<|endoftext|>")))],
        ),
    ]
}

fn write(folder: &Path, files: &[(&str, String)]) {
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn read(name: &str, path: &Path) -> Result<Domain, trainer::LlmError> {
    Domain::read(
        &DomainSettings { name: name.into(), path: Some(path.into()), format: None, validation: None },
        Path::new(""),
    )
}

/// First training and validation example as (prompt, completion, choices).
fn firsts(domain: &Domain) -> [(&str, &str, usize); 2] {
    [&domain.train[0], &domain.validation[0]].map(|e| (e.prompt.as_str(), e.completion.as_str(), e.choices.len()))
}

fn check(name: &str, domain: &Domain) {
    let q = |text: &str| format!("Question: {text}\nAnswer:");
    let [train, validation] = firsts(domain);
    match name {
        "gsm8k" => assert_eq!([train.0, validation.0, train.1], [&q("0+10?"), &q("0+20?"), " 9\n#### 9"]),
        "commonsense_qa" => {
            assert_eq!((train, validation.0), ((q("Which is 10?").as_str(), " a10", 3), &*q("Which is 20?")))
        }
        "arc_challenge" => {
            assert_eq!((train, validation.0), ((q("Which is 30?").as_str(), " a30", 3), &*q("Which is 40?")))
        }
        "hellaswag" => {
            assert_eq!(train, ("Somebody waits 10 hours. They", " sleep.", 4));
            assert_eq!(domain.train[2].completion, " sing.");
            assert_eq!(validation.0, "Somebody waits 20 hours. They");
        }
        "sciq" => {
            assert_eq!((train, validation.0), ((q("What is 10?").as_str(), " right", 4), &*q("What is 20?")));
            assert_eq!(domain.train[1].prompt, format!("It is right.\n{}", q("What is 11?")));
        }
        "triviaqa" => assert_eq!((train, validation.0), ((q("Who 1?").as_str(), " why", 0), &*q("Who 2?"))),
        "mmlu" => assert_eq!(
            (train, validation.0),
            ((q("What, then, is 10?").as_str(), " three", 4), &*q("What, then, is 20?"))
        ),
        "truthfulqa" => {
            assert!(train.0.contains(", in truth, so?") && train.1 == " It is not" && train.2 == 3, "{train:?}")
        }
        "wikitext2" => {
            assert_eq!((domain.train.len(), domain.validation.len()), (4, 4));
            assert!(train.1.ends_with("of article 1 .") && validation.1.ends_with("of article 2 ."), "{train:?}");
        }
        "mbpp" => assert!(train.0.starts_with("Write ") && train.1.starts_with("def f():\n  return"), "{train:?}"),
        "pubmed_qa" => {
            assert!(train.0.starts_with("We saw.\nQuestion: Does ") && train.1 == " maybe" && train.2 == 3, "{train:?}")
        }
        "tinystories" => assert!(train.1.starts_with("A cat.\n\nIt met ") && train.1.ends_with(" dogs."), "{train:?}"),
        other => unreachable!("{other}"),
    }
}

#[test]
fn every_published_form_is_read_by_name() {
    let folder = tempfile::tempdir().unwrap();
    for (name, files) in published() {
        let folder = folder.path().join(name);
        write(&folder, &files);
        check(name, &read(name, &folder).unwrap());
    }
    // WikiText-2 without its training part
    fs::remove_file(folder.path().join("wikitext2/train.txt")).unwrap();
    let domain = read("wikitext2", &folder.path().join("wikitext2")).unwrap();
    assert!(
        domain.train[0].completion.ends_with("of article 2 .")
            && domain.validation[0].completion.ends_with("of article 3 .")
    );
}

#[test]
fn mistakes_in_published_files_are_named_by_line() {
    let folder = tempfile::tempdir().unwrap();
    for (name, file, text, expected) in [
        ("gsm8k", "train.jsonl", "\n{\"question\": 3}\n", "train.jsonl:2: invalid type"),
        (
            "hellaswag",
            "hellaswag_train.jsonl",
            "\n{\"ctx\": \"a\", \"endings\": [\"b\"], \"label\": 1}",
            "hellaswag_train.jsonl:2: label 1 names none of 1 endings",
        ),
        (
            "arc_challenge",
            "ARC-Challenge-Train.jsonl",
            "\n\n{\"answerKey\": \"E\", \"question\": {\"stem\": \"s\", \"choices\": []}}",
            "ARC-Challenge-Train.jsonl:3: answerKey `E` labels none",
        ),
        ("sciq", "train.json", "[\n{\"question\": \"q\"}]", "train.json:2: missing field `correct_answer`"),
        (
            "triviaqa",
            "unfiltered-web-train.json",
            "{\n\"Data\": [{\"Question\": \"q\"}]}",
            "unfiltered-web-train.json:2: missing field `Answer`",
        ),
        ("mmlu", "test/a.csv", "q,1,2,3,4,A\nq,1,2,3,4,E\n", "a.csv:2: the answer is `E`, expected A, B, C or D"),
        ("truthfulqa", "TruthfulQA.csv", "Question,Best\nq,b\n", "TruthfulQA.csv:1: no column `Best Answer`"),
    ] {
        let path = folder.path().join(name);
        for (other, files) in published() {
            if other == name {
                write(&path, &files);
            }
        }
        write(&path, &[(file, text.into())]);
        let error = read(name, &path).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        fs::remove_dir_all(&path).unwrap();
    }
    // a folder that lacks a file
    fs::create_dir_all(folder.path().join("sciq")).unwrap();
    let error = read("sciq", &folder.path().join("sciq")).unwrap_err().to_string();
    assert!(error.contains(".json: No such file"), "{error}");
}

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

/// `curl` hands out the made-up files under their published names, in archives laid out like the published ones.
#[test]
fn what_fetch_data_brings_is_read() {
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
    assert_eq!(left.len(), names.len(), "archives are left: {left:?}");
    // all is there: nothing is fetched again
    let again = script("fetch-data", &[&[data.to_str().unwrap()], &names[..]].concat(), &curl(folder.path(), "exit 9"));
    assert!(again.status.success() && !text(&again.stdout).contains("http"), "{}", text(&again.stdout));
}

#[test]
fn without_network_fetching_says_so_and_leaves_nothing_half_done() {
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
        let said = text(&done.stderr);
        assert_eq!(done.status.code(), Some(1), "{said}");
        assert!(
            said.trim_end().ends_with("(curl says why above)")
                && said.contains(&format!("{name}: could not download https://")),
            "{said}"
        );
    }
    let left = Command::new("find").args([data, "-type", "f"]).output().unwrap();
    assert_eq!(text(&left.stdout), "");
    // an archive of something else, as a captive portal gives
    let portal = curl(folder.path(), "echo '<html>' > \"$out\"");
    let done = script("fetch-data", &[data, "mmlu"], &portal);
    assert!(!done.status.success() && text(&done.stderr).contains("mmlu.tar: it is damaged"), "{}", text(&done.stderr));
}

#[test]
fn dry_runs_name_every_address_and_touch_nothing() {
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
fn gpu_check_says_in_one_line_that_there_is_no_gpu() {
    let folder = tempfile::tempdir().unwrap();
    let path = curl(folder.path(), "exit 9");
    std::fs::rename(folder.path().join("bin/curl"), folder.path().join("bin/nvidia-smi")).unwrap();
    let done = script("gpu-check", &[], &path);
    assert_eq!(done.status.code(), Some(3));
    assert_eq!(text(&done.stderr).trim_end(), "gpu-check: no NVIDIA GPU on this machine; nothing was checked");
}
