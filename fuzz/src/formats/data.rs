//! Examples to train on, and settings of the trainer.

use std::path::Path;

use serde_json::json;
use trainer::data::{Columns, Domain, DomainSettings, Format as DataFormat};
use trainer::train::TrainSettings;

use super::{Folder, Format, message};
use crate::mutate::Shape;

pub(super) fn formats() -> anyhow::Result<Vec<Format>> {
    Ok(vec![jsonl()?, published()?, settings()?])
}

/// Every form of a record, several lines each.
fn jsonl() -> anyhow::Result<Format> {
    let chat =
        |i: usize| json!([{"role": "user", "content": format!("{i}?")}, {"role": "assistant", "content": "yes"}]);
    let forms = [
        |i: usize, _: serde_json::Value| json!({"text": format!("A text of {i} words.")}),
        |i, _| json!({"prompt": format!("{i} + 1 ="), "completion": " 2", "choices": [" 2", " 3"], "source": "sums"}),
        |_, chat| json!({"messages": chat}),
        |i, _| json!({"conversations": [{"from": "human", "value": format!("{i}?")}, {"from": "gpt", "value": "no"}]}),
        |i, _| json!({"instruction": "Add.", "input": format!("{i} and 1"), "output": "2"}),
    ];
    let file = |form: &fn(usize, serde_json::Value) -> serde_json::Value| {
        let lines: Vec<String> = (0..40).map(|i| form(i, chat(i)).to_string()).collect();
        lines.join("\n").into_bytes()
    };
    let mut files: Vec<Vec<u8>> = forms.iter().map(|form| file(&(*form as fn(_, _) -> _))).collect();
    files.push(
        json!((0..40).map(|i| json!({"text": format!("{i} in a list")})).collect::<Vec<_>>()).to_string().into_bytes(),
    );
    let folder = Folder::new("a.jsonl", &[])?;
    let domain = DomainSettings { path: Some("a.jsonl".into()), ..DomainSettings::built_in("a") };
    Ok(Format::new("jsonl", Shape::JsonLines, 10, files, move |_, bytes| {
        let path = folder.write(bytes)?;
        DataFormat::Jsonl.read(&path, &Columns::default()).map_err(message)?;
        Domain::read(&domain, &folder.path()).map(drop).map_err(message)
    }))
}

/// One file of each published data set.
fn published() -> anyhow::Result<Format> {
    let labelled = json!({"answerKey": "A", "question": {"stem": "Which?", "choices": [{"label": "A", "text": "a"}, {"label": "B", "text": "b"}]}});
    let science = json!({"question": "What?", "distractor1": "a", "distractor2": "b", "distractor3": "c", "correct_answer": "d", "support": "It is d."});
    let exam = json!({"data": [{"qtext": "Which?", "ra": "1", "answers": [{"aid": 1, "atext": "a"}, {"aid": 2, "atext": "b"}]}]});
    let csv = "Type,Category,Question,Best Answer,Correct Answers,Incorrect Answers,Source\nA,B,\"Is it, so?\",No,No; Never,Yes; Always,x\n";
    let all = [
        (DataFormat::Gsm8k, json!({"question": "1+1?", "answer": "<<1+1=2>>2\n#### 2"}).to_string()),
        (DataFormat::ArcChallenge, labelled.to_string()),
        (DataFormat::Hellaswag, json!({"ctx": "They", "label": 1, "endings": ["sleep.", "leave."]}).to_string()),
        (DataFormat::Sciq, json!([science, science]).to_string()),
        (DataFormat::Triviaqa, json!({"Data": [{"Answer": {"Value": "why"}, "Question": "Who?"}]}).to_string()),
        (DataFormat::Mmlu, "\"What, then?\",one,two,three,four,C\n".repeat(3)),
        (DataFormat::TruthfulQa, csv.into()),
        (
            DataFormat::PubmedQa,
            json!({"1": {"QUESTION": "Does it?", "CONTEXTS": ["x"], "final_decision": "maybe"}}).to_string(),
        ),
        (DataFormat::HeadQa, json!({"exams": {"1": exam}}).to_string()),
        (DataFormat::Mbpp, json!([{"task_id": 1, "prompt": "Write.", "code": "def f():\n  return 1"}]).to_string()),
        (DataFormat::Wikitext2, format!(" = Heading = \n \n {} \n", "words and words ".repeat(8))),
        (DataFormat::Tinystories, "\nA cat.\n\nIt met dogs.\n<|endoftext|>\nA dog.".into()),
        (DataFormat::Text, "One text.\n\nAnother.\r\n\r\nA third.".into()),
    ];
    let folder = Folder::new("data", &[])?;
    let kinds = all.clone().map(|(kind, _)| kind);
    let files = all.map(|(_, text)| text.into_bytes()).to_vec();
    Ok(Format::new("published data", Shape::JsonLines, 8, files, move |chosen, bytes| {
        let path = folder.write(bytes)?;
        kinds[chosen].read(&path, &Columns::default()).map(drop).map_err(message)
    }))
}

fn settings() -> anyhow::Result<Format> {
    let files = vec![include_bytes!("../../../crates/trainer/src/bin/trainer/settings.toml").to_vec()];
    let folder = Folder::new("settings.toml", &[])?;
    Ok(Format::new("trainer settings", Shape::Text, 6, files, move |_, bytes| {
        let path: &Path = &folder.write(bytes)?;
        TrainSettings::read(path).and_then(|settings| settings.check()).map_err(message)
    }))
}
