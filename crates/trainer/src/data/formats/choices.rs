//! Questions with choices. The completion is the text of the correct choice, not its letter: the loss of a letter carries little signal.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::{Lists, json_file, json_lines, question};
use crate::data::Example;
use crate::error::LlmError;

fn choose(prompt: String, choices: &[&str], right: usize) -> Example {
    let spaced = |c: &&str| format!(" {}", c.trim());
    Example::new(prompt, spaced(&choices[right])).with_choices(choices.iter().map(spaced).collect())
}

#[derive(Deserialize)]
struct Labelled {
    question: Stem,
    #[serde(rename = "answerKey")]
    key: String,
}

#[derive(Deserialize)]
struct Stem {
    stem: String,
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    label: String,
    text: String,
}

/// CommonsenseQA and ARC: a stem, labelled choices and the correct label.
pub(super) fn stem_and_labels(path: &Path) -> Result<Vec<Example>, LlmError> {
    json_lines(path, "`question` with `stem` and `choices`, and `answerKey`", |q: Labelled| {
        let right = q.question.choices.iter().position(|c| c.label == q.key);
        let right = right.ok_or_else(|| format!("answerKey `{}` labels none of the choices", q.key))?;
        let choices: Vec<&str> = q.question.choices.iter().map(|c| c.text.as_str()).collect();
        Ok(choose(question(&q.question.stem), &choices, right))
    })
}

#[derive(Deserialize)]
struct Continuation {
    ctx: String,
    endings: Vec<String>,
    label: usize,
}

/// HellaSwag: the continuation of a scene.
pub(super) fn hellaswag(path: &Path) -> Result<Vec<Example>, LlmError> {
    json_lines(path, "HellaSwag's `ctx`, `endings` and `label`", |c: Continuation| {
        if c.label >= c.endings.len() {
            return Err(format!("label {} is outside the {} endings", c.label, c.endings.len()));
        }
        let endings: Vec<&str> = c.endings.iter().map(String::as_str).collect();
        Ok(choose(c.ctx.trim_end().to_owned(), &endings, c.label))
    })
}

#[derive(Deserialize)]
struct Science {
    question: String,
    correct_answer: String,
    distractor1: String,
    distractor2: String,
    distractor3: String,
    #[serde(default)]
    support: String,
}

/// SciQ: science questions, after their supporting paragraph if there is one.
pub(super) fn sciq(path: &Path) -> Result<Vec<Example>, LlmError> {
    let all: Vec<Science> = json_file(path, "SciQ's `question`, `correct_answer`, `distractor1` to `distractor3`")?;
    let example = |q: &Science| {
        let support = if q.support.is_empty() { String::new() } else { format!("{}\n", q.support.trim()) };
        let prompt = support + &question(&q.question);
        choose(prompt, &[&q.correct_answer, &q.distractor1, &q.distractor2, &q.distractor3], 0)
    };
    Ok(all.iter().map(example).collect())
}

/// MMLU has no training split: test files are for training, validation files for validation.
pub(super) fn mmlu(path: &Path) -> Result<Lists, LlmError> {
    if path.is_file() {
        return Ok((mmlu_file(path)?, vec![]));
    }
    let all = |part: &str| -> Result<Vec<Example>, LlmError> {
        let folder = path.join(part);
        let entries = std::fs::read_dir(&folder).map_err(|e| LlmError::io(&folder, e))?;
        let mut files: Vec<_> = entries.flatten().map(|e| e.path()).collect();
        files.sort();
        files.retain(|f| f.extension().is_some_and(|e| e == "csv"));
        let mut examples = vec![];
        for file in files {
            examples.extend(mmlu_file(&file)?);
        }
        Ok(examples)
    };
    Ok((all("test")?, all("val")?))
}

fn mmlu_file(path: &Path) -> Result<Vec<Example>, LlmError> {
    let rows = csv_rows(path, false)?;
    let example = |(line, row): &(usize, csv::StringRecord)| {
        let wrong = |problem: String| LlmError::Line { path: path.into(), line: *line, problem };
        if row.len() != 6 {
            return Err(wrong(format!("{} cells, expected 6: question, four choices and a letter", row.len())));
        }
        let right = ["A", "B", "C", "D"].iter().position(|l| *l == row[5].trim());
        let right = right.ok_or_else(|| wrong(format!("the answer is `{}`, expected A, B, C or D", &row[5])))?;
        Ok(choose(question(&row[0]), &[&row[1], &row[2], &row[3], &row[4]], right))
    };
    rows.iter().map(example).collect()
}

/// TruthfulQA: the best answer and the incorrect ones.
pub(super) fn truthful_qa(path: &Path) -> Result<Vec<Example>, LlmError> {
    let rows = csv_rows(path, true)?;
    let Some((_, header)) = rows.first() else { return Ok(vec![]) };
    let column = |name: &str| {
        header.iter().position(|h| h.trim_start_matches('\u{feff}') == name).ok_or_else(|| LlmError::Line {
            path: path.into(),
            line: 1,
            problem: format!("no column `{name}`"),
        })
    };
    let (asked, best, wrong) = (column("Question")?, column("Best Answer")?, column("Incorrect Answers")?);
    let example = |(line, row): &(usize, csv::StringRecord)| {
        let cell = |c: usize| {
            row.get(c).ok_or_else(|| LlmError::Line {
                path: path.into(),
                line: *line,
                problem: format!("{} cells, but the header has {}", row.len(), header.len()),
            })
        };
        let choices: Vec<&str> =
            [cell(best)?].into_iter().chain(cell(wrong)?.split(';').filter(|c| !c.trim().is_empty())).collect();
        Ok(choose(question(cell(asked)?), &choices, 0))
    };
    rows[1..].iter().map(example).collect()
}

#[derive(Deserialize)]
struct PubMed {
    #[serde(rename = "QUESTION")]
    question: String,
    #[serde(rename = "CONTEXTS")]
    contexts: Vec<String>,
    final_decision: String,
}

/// PubMedQA: yes, no or maybe, after the abstract.
pub(super) fn pubmed_qa(path: &Path) -> Result<Vec<Example>, LlmError> {
    let all: BTreeMap<String, PubMed> = json_file(path, "PubMedQA's questions by identifier")?;
    const DECISIONS: [&str; 3] = ["yes", "no", "maybe"];
    let example = |(id, q): (&String, &PubMed)| {
        let right = DECISIONS.iter().position(|d| *d == q.final_decision).ok_or_else(|| {
            LlmError::file(path, format!("question {id}: `{}`, expected yes, no or maybe", q.final_decision))
        })?;
        Ok(choose(format!("{}\n{}", q.contexts.join(" "), question(&q.question)), &DECISIONS, right))
    };
    all.iter().map(example).collect()
}

#[derive(Deserialize)]
struct HeadQa {
    exams: BTreeMap<String, Exam>,
}

#[derive(Deserialize)]
struct Exam {
    data: Vec<HeadQuestion>,
}

#[derive(Deserialize)]
struct HeadQuestion {
    qtext: String,
    ra: String,
    answers: Vec<HeadAnswer>,
}

#[derive(Deserialize)]
struct HeadAnswer {
    aid: u32,
    atext: String,
}

/// HEAD-QA: questions of health care examinations.
pub(super) fn head_qa(path: &Path) -> Result<Vec<Example>, LlmError> {
    let all: HeadQa = json_file(path, "HEAD-QA's `exams`")?;
    let example = |q: &HeadQuestion| {
        let right = q.answers.iter().position(|a| a.aid.to_string() == q.ra).ok_or_else(|| {
            LlmError::file(path, format!("question `{}`: correct answer `{}` is not among the answers", q.qtext, q.ra))
        })?;
        let choices: Vec<&str> = q.answers.iter().map(|a| a.atext.as_str()).collect();
        Ok(choose(question(&q.qtext), &choices, right))
    };
    all.exams.values().flat_map(|e| &e.data).map(example).collect()
}

/// Rows of a CSV file with their line numbers, including the header.
fn csv_rows(path: &Path, header: bool) -> Result<Vec<(usize, csv::StringRecord)>, LlmError> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_path(path)
        .map_err(|e| LlmError::io(path, e))?;
    let mut rows = vec![];
    for record in reader.records() {
        let row = record.map_err(|e| LlmError::Line {
            path: path.into(),
            line: e.position().map_or(0, |p| p.line() as usize),
            problem: e.to_string(),
        })?;
        rows.push((row.position().map_or(0, |p| p.line() as usize), row));
    }
    if header && rows.is_empty() {
        return Err(LlmError::file(path, "the file is empty, expected a header"));
    }
    Ok(rows)
}
