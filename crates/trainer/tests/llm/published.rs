//! Published data sets are read by name, and their mistakes are named by line.

use std::fs;
use std::path::Path;

use trainer::data::*;

use crate::published_files::published;

pub(crate) fn write(folder: &Path, files: &[(&str, String)]) {
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

pub(crate) fn read(name: &str, path: &Path) -> Result<Domain, trainer::LlmError> {
    Domain::read(&DomainSettings { path: Some(path.into()), ..DomainSettings::built_in(name) }, Path::new(""))
}

/// First training and validation example as (prompt, completion, choices).
fn firsts(domain: &Domain) -> [(&str, &str, usize); 2] {
    [&domain.train[0], &domain.validation[0]].map(|e| (e.prompt.as_str(), e.completion.as_str(), e.choices.len()))
}

pub(crate) fn check(name: &str, domain: &Domain) {
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
            "hellaswag_train.jsonl:2: label 1 is outside the 1 endings",
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
