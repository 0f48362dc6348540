//! Domains: formats, splits, encoding, packing.

use std::collections::HashSet;
use std::path::Path;

use burn::tensor::DType;
use trainer::data::*;
use trainer::train::{TrainSettings, losses, read_domains};
use trainer::{BUILT_IN, Base, LlmError};

use crate::golden::{Cpu, shared};

fn base() -> Base<Cpu> {
    Base::open(BUILT_IN, DType::F32, &Default::default()).unwrap()
}

fn settings(name: &str, path: &Path) -> DomainSettings {
    DomainSettings { path: Some(path.into()), ..DomainSettings::built_in(name) }
}

#[test]
fn only_completions_have_a_loss() {
    let base = base();
    let encode = |prompt: &str, completion: &str, longest| {
        Example::new(prompt, completion).encode(&base.tokenizer, longest).unwrap()
    };
    let all = encode("12+7=", "19", 64);
    assert_eq!((all[0].tokens.len(), all[0].given, all[0].targets()), (1 + 5 + 2 + 1, 6, 3)); // <s>, prompt, answer, </s>
    assert_eq!(all[0].tokens, encode("", "12+7=19", 64)[0].tokens);
    // too long: the prompt loses its start but not the first token, the answer stays complete
    let cut = &encode("abcdefgh=", "xy", 6)[0];
    assert_eq!((&cut.tokens, cut.targets()), (&encode("", "h=xy", 64)[0].tokens, 3));
    // a text is split into pieces that all begin with the first token; every other token is a target once
    let pieces = encode("", "abcdefghij", 5);
    let lengths: Vec<usize> = pieces.iter().map(|p| p.tokens.len()).collect();
    assert_eq!((lengths, pieces[0].targets()), (vec![5, 5, 4], 4));
    assert!(pieces.iter().all(|p| p.tokens[0] == 1));
    let whole: Vec<u32> = pieces.iter().flat_map(|p| p.tokens[1..].to_vec()).collect();
    assert_eq!(whole, encode("", "abcdefghij", 64)[0].tokens[1..]);
}

#[test]
fn packing_and_padding_give_the_same_losses() {
    let base = base();
    let words =
        [("12+7=", "19"), ("reverse(abc)=", "cba"), ("", "a text of its own"), ("sort(ba)=", "ab"), ("9+9=", "18")];
    let all: Vec<Encoded> =
        words.iter().flat_map(|(p, c)| Example::new(*p, *c).encode(&base.tokenizer, 64).unwrap()).collect();
    let of = |packing, size| {
        let mut sums = vec![0.0; all.len()];
        let mut rows = 0;
        for (first, group) in all.iter().collect::<Vec<_>>().chunks(size).enumerate() {
            for batch in micro_batches(group, size, packing) {
                rows += batch.rows.tokens.len();
                let found: Vec<f32> = losses(&base.decoder, None, &batch).into_data().to_vec().unwrap();
                found.iter().zip(&batch.owners).for_each(|(l, &o)| sums[first * size + o as usize] += f64::from(*l));
            }
        }
        (sums, rows)
    };
    let ((alone, _), (padded, five), (packed, fewer)) =
        (of(Packing::Pad, 1), of(Packing::Pad, 5), of(Packing::Pack, 5));
    assert!(fewer < five, "{fewer} rows packed, {five} padded");
    for i in 0..all.len() {
        assert!(alone[i] > 0.0);
        assert!(
            (alone[i] - padded[i]).abs() < 1e-4 && (alone[i] - packed[i]).abs() < 1e-4,
            "{i}: {alone:?} {packed:?}"
        );
    }
}

#[test]
fn splits_do_not_overlap() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.jsonl");
    let line = |i: usize| format!("{{\"prompt\": \"{}+1=\", \"completion\": \"{}\"}}\n", i % 150, i % 150 + 1);
    std::fs::write(&path, (0..300).map(line).collect::<String>()).unwrap();
    let domain = Domain::read(&settings("mine", &path), Path::new("")).unwrap();
    let train: HashSet<&str> = domain.train.iter().map(|e| e.prompt.as_str()).collect();
    assert!(!domain.validation.is_empty() && domain.train.len() > 200);
    assert!(domain.validation.iter().all(|e| !train.contains(e.prompt.as_str())));
    // a validation file that shares examples with the training file
    let other = folder.path().join("other.jsonl");
    std::fs::write(&other, (140..160).map(line).collect::<String>()).unwrap();
    let with = DomainSettings { validation: Some(other), ..settings("mine", &path) };
    let domain = Domain::read(&with, Path::new("")).unwrap();
    let held: HashSet<&str> = domain.validation.iter().map(|e| e.prompt.as_str()).collect();
    assert_eq!((domain.validation.len(), held.len()), (20, 20));
    assert!(domain.train.len() == 260 && domain.train.iter().all(|e| !held.contains(e.prompt.as_str())));
}

#[test]
fn no_domain_is_trained_on_validation_examples_of_the_target() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, lines: &[(&str, &str)]| {
        let path = folder.path().join(name);
        let line = |(p, c): &(&str, &str)| serde_json::json!({"prompt": p, "completion": c}).to_string() + "\n";
        std::fs::write(&path, lines.iter().map(line).collect::<String>()).unwrap();
        path
    };
    let own = file("a.jsonl", &[("1+1=", "2"), ("1+2=", "3"), ("1+2=", "3")]);
    let held = file("held.jsonl", &[("2+2=", "4"), ("2+3=", "5")]);
    // the same texts with other white space, and with the boundary elsewhere
    let other = file("b.jsonl", &[("2+2=", "4\n"), ("2+", "3=5"), ("3+3=", "6"), ("1+1=", "2")]);
    let domain = |name: &str, path: &Path, validation: &Path| DomainSettings {
        validation: Some(validation.into()),
        ..settings(name, path)
    };
    let all = |other: &Path, target: &str| TrainSettings {
        domains: vec![domain("a", &own, &held), domain("b", other, &own)],
        target: Some(target.into()),
        ..TrainSettings::default()
    };
    let (domains, notes) = read_domains(&all(&other, "a"), &base().tokenizer).unwrap();
    assert_eq!((domains[0].train.len(), domains[1].train.len()), (3, 1)); // `1+1=` is b's own
    assert_eq!(
        notes,
        [
            "domain `b`: 2 of 3 training examples are validation examples of the target `a` and were removed",
            "domain `a`: 3 of 3 training examples are validation examples of `b`, whose loss is therefore too low",
            "domain `a`: 1 training examples repeat others",
        ]
    );
    let error = read_domains(&all(&held, "a"), &base().tokenizer).unwrap_err().to_string();
    assert!(error.contains("setting `domain `b`` is made of validation examples of the target `a` alone"), "{error}");
}

/// The training and validation examples of a file together, and the notes.
fn read_text(name: &str, text: &[u8], columns: Columns) -> Result<(Vec<Example>, Vec<String>), LlmError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    let split = Format::Jsonl.read(&path, &columns)?;
    let here = folder.path().display().to_string() + "/";
    Ok((split.train, split.notes.iter().map(|note| note.replace(&here, "")).collect()))
}

#[test]
fn records_of_published_sets_are_read() {
    let plain = Columns::default();
    let one = |text: &str| {
        let (examples, notes) = read_text("a.jsonl", text.as_bytes(), plain.clone()).unwrap();
        (examples[0].prompt.clone(), examples[0].completion.clone(), notes)
    };
    let extra = one(r#"{"id": 7, "prompt": "a", "completion": "b", "choices": null, "source": "x"}"#);
    assert_eq!(extra, ("a".into(), "b".into(), vec!["a.jsonl: the columns `id`, `source` are ignored".to_owned()]));
    let (prompt, completion, notes) = one(r#"{"instruction": "say", "input": "", "output": "x"}"#);
    assert!(prompt.starts_with("Below is an instruction that describes a task. Write") && notes.is_empty());
    assert!(prompt.ends_with("### Instruction:\nsay\n\n### Response:\n") && completion == "x");
    let (prompt, ..) = one(r#"[{"instruction": "say", "input": "this", "output": "x"}]"#);
    assert!(
        prompt.contains("further context. Write") && prompt.contains("### Input:\nthis\n\n### Response:"),
        "{prompt}"
    );
    let (prompt, _, notes) = one("{\"prompt\":\"cut \\ud83d\",\"completion\":\"b\"}");
    assert_eq!(prompt, "cut \u{fffd}");
    assert!(notes[0].contains("a.jsonl: line 1: halves of surrogate pairs"), "{notes:?}");

    let mut packed = flate2::write::GzEncoder::new(vec![], flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, b"{\"text\": \"a\"}\n{\"text\": \"b\"}\n").unwrap();
    assert_eq!(read_text("a.jsonl.gz", &packed.finish().unwrap(), plain).unwrap().0.len(), 2);

    let columns = Columns { prompt: Some("question".into()), completion: Some("text".into()), ..Columns::default() };
    let (examples, _) =
        read_text("a.jsonl", br#"{"question": "q", "text": "t", "completion": 3}"#, columns.clone()).unwrap();
    assert_eq!(examples, [Example::new("q", "t")]);
    let error = read_text("a.jsonl", br#"{"quest": "q", "text": "t"}"#, columns).unwrap_err().to_string();
    assert!(
        error.contains("no column `question`, which the settings name for `prompt`; did you mean `quest`?"),
        "{error}"
    );
}

#[test]
fn each_answer_of_a_conversation_is_an_example() {
    let turns = [("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d"), ("user", "e")];
    let chat = turns.map(|(role, content)| serde_json::json!({"role": role, "content": content}));
    let sharegpt = turns.map(
        |(role, content)| serde_json::json!({"from": if role == "user" { "human" } else { "gpt" }, "value": content}),
    );
    let parts =
        turns.map(|(role, content)| serde_json::json!({"role": role, "content": [{"type": "text", "text": content}]}));
    let read =
        |record: serde_json::Value| read_text("a.jsonl", record.to_string().as_bytes(), Columns::default()).unwrap().0;
    let expected = read(serde_json::json!({"messages": chat}));
    assert_eq!(
        expected.iter().map(|e| (e.messages.len(), e.completion.as_str())).collect::<Vec<_>>(),
        [(1, "b"), (3, "d")]
    );
    assert_eq!(read(serde_json::json!({"conversations": sharegpt})), expected);
    assert_eq!(read(serde_json::json!({"messages": parts})), expected);
    assert_eq!(read(serde_json::json!({"prompt": chat[..1], "completion": chat[1..2]})), expected[..1]);
}

#[test]
fn errors_name_the_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.jsonl");
    for (text, words) in [
        (
            "{\"prompt\": \"a\", \"completion\": \"b\"}\n{\"promt\": \"a\"}\n",
            "mine.jsonl:2: has the columns promt; expected one of",
        ),
        ("{\"prompt\": \"a\"}\n", "mine.jsonl:1: has the columns prompt; expected one of {\"text\"}"),
        ("{\"promt\": \"a\", \"completion\": \"b\"}\n", "mine.jsonl:1: unknown column `promt`; did you mean `prompt`?"),
        ("{\"text\": \"a\", \"messages\": []}\n", "mine.jsonl:1: has both `text` and `messages`; say which to read"),
        ("{\"text\": 3}\n", "mine.jsonl:1: `text` is 3, expected a text"),
        ("{\"text\": \"a\"\n", "mine.jsonl:1: not JSON"),
        ("[{\"text\": \"a\"}, 7]", "mine.jsonl: record 2: is 7, expected an object"),
        (
            "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}]}\n",
            "mine.jsonl:1: `messages` has no message of the assistant",
        ),
        (
            "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image\"}]}]}\n",
            "`messages[0]`: a part has the type image, expected `text`",
        ),
        (
            "{\"conversations\": [{\"from\": \"tool\", \"value\": \"a\"}]}\n",
            "`conversations[0].from` is tool, expected human, gpt or system",
        ),
        ("{\"text\": \"\"}\n", "mine.jsonl:1: nothing to learn"),
        (
            "{\"completion\": \"a\", \"choices\": [\"b\"]}\n",
            "mine.jsonl:1: the completion `a` is not among its choices",
        ),
        ("", "no training example"),
        ("\n\n{\"prompt\": \"a\"}\n", "mine.jsonl:3: has the columns prompt"),
        ("{\"text\": \"a\"}\n", "0 of 1 examples are held out"),
    ] {
        std::fs::write(&path, text).unwrap();
        let error = Domain::read(&settings("mine", &path), Path::new("")).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    let error =
        Domain::read(&settings("mine", &folder.path().join("mine.json")), Path::new("")).unwrap_err().to_string();
    assert!(error.contains("did you mean `mine.jsonl`?"), "{error}");
    let error = Domain::read(&settings("mine", folder.path()), Path::new("")).unwrap_err().to_string();
    assert!(error.contains("is a folder, expected a file"), "{error}");
    // byte order mark and Windows line ends
    std::fs::write(
        &path,
        (0..40).map(|i| format!("{{\"text\": \"a{i}\"}}\r\n")).fold("\u{feff}".into(), |a: String, b| a + &b),
    )
    .unwrap();
    assert_eq!(Domain::read(&settings("mine", &path), Path::new("")).unwrap().train[0].completion, "a0");
    let nameless = DomainSettings { path: None, ..settings("adition", &path) };
    let error = Domain::read(&nameless, Path::new("")).unwrap_err().to_string();
    assert!(error.contains("addition"), "{error}");
}

#[test]
fn published_formats_are_read() {
    let Some(text) = shared("data/text") else { return };
    for (name, folder, least, choices) in [
        ("gsm8k", "gsm8k", 7000, 0),
        ("mmlu", "mmlu", 13_000, 4),
        ("commonsense_qa", "commonsenseqa", 9000, 5),
        ("truthfulqa", "truthfulqa", 600, 2),
        ("pubmed_qa", "pubmedqa", 800, 3),
        ("head_qa", "headqa", 2000, 4),
        ("mbpp", "mbpp_sanitized", 300, 0),
        ("wikitext2", "wikitext2", 1000, 0),
        ("tinystories", "tinystories", 1000, 0),
    ] {
        let domain = Domain::read(&settings(name, &text.join(folder)), Path::new("")).unwrap();
        println!("{name}: {} to train, {} to validate", domain.train.len(), domain.validation.len());
        assert!(domain.train.len() >= least && domain.validation.len() >= 30, "{name}");
        assert!(domain.train[0].choices.len() >= choices, "{name}");
        let train: HashSet<_> = domain.train.iter().map(|e| (&e.prompt, &e.completion)).collect();
        assert!(domain.validation.iter().all(|e| !train.contains(&(&e.prompt, &e.completion))), "{name} overlaps");
    }
}
