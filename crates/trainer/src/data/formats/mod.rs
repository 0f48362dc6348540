//! Readers for published data sets and for plain files of examples.

mod answers;
mod choices;
mod conversation;
mod jsonl;
mod records;
mod text;

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use flate2::read::GzDecoder;
use serde::{Deserialize, Serialize};

pub use self::jsonl::Columns;
use self::records::records;
use super::Example;
use crate::error::{LlmError, nearest};

/// Format of a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// JSON objects, one per line or in one list: `prompt` and `completion` (and `choices`), `text`, chat `messages`, ShareGPT's
    /// `conversations`, or Alpaca's `instruction`, `input` and `output`.
    Jsonl,
    /// Plain text; blank lines separate documents.
    Text,
    /// GSM8K: `train.jsonl`, `test.jsonl` with `question`, `answer`.
    Gsm8k,
    /// MMLU: `test/*.csv` for training, `val/*.csv` for validation.
    Mmlu,
    /// CommonsenseQA: `train_rand_split.jsonl`, `dev_rand_split.jsonl`.
    CommonsenseQa,
    /// ARC-Challenge: `ARC-Challenge-Train.jsonl`, `ARC-Challenge-Dev.jsonl`.
    ArcChallenge,
    /// HellaSwag: `hellaswag_train.jsonl`, `hellaswag_val.jsonl`.
    Hellaswag,
    /// SciQ: `train.json`, `valid.json`.
    Sciq,
    /// TriviaQA, unfiltered: `unfiltered-web-train.json`, `unfiltered-web-dev.json`.
    Triviaqa,
    /// TruthfulQA: `TruthfulQA.csv`.
    TruthfulQa,
    /// PubMedQA: `ori_pqal.json`.
    PubmedQa,
    /// HEAD-QA: `HEAD_EN.json`.
    HeadQa,
    /// MBPP: `sanitized-mbpp.json`.
    Mbpp,
    /// WikiText-2: `train.txt` for training, `valid.txt` for validation; without `train.txt`, `valid.txt` and `test.txt`.
    Wikitext2,
    /// TinyStories, `tinystories.txt`: stories end with `<|endoftext|>` as published, or start on the next line.
    Tinystories,
}

/// Training and validation examples; the second list is empty if the source has no split.
type Lists = (Vec<Example>, Vec<Example>);

/// What a source has.
#[derive(Debug)]
pub struct Split {
    /// Training examples.
    pub train: Vec<Example>,
    /// Validation examples; empty if the source has no split.
    pub validation: Vec<Example>,
    /// What a reader should know about how the source was read, one sentence each.
    pub notes: Vec<String>,
}

impl Format {
    /// The published format of the data set with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        Some(match plain.as_str() {
            "gsm8k" => Self::Gsm8k,
            "mmlu" => Self::Mmlu,
            "commonsenseqa" => Self::CommonsenseQa,
            "arcchallenge" => Self::ArcChallenge,
            "hellaswag" => Self::Hellaswag,
            "sciq" => Self::Sciq,
            "triviaqa" => Self::Triviaqa,
            "truthfulqa" | "truthfulqagen" => Self::TruthfulQa,
            "pubmedqa" => Self::PubmedQa,
            "headqa" => Self::HeadQa,
            "mbpp" | "mbppsanitized" => Self::Mbpp,
            "wikitext" | "wikitext2" => Self::Wikitext2,
            "tinystories" => Self::Tinystories,
            _ => return None,
        })
    }

    /// Reads a file, or a folder in the published layout; `columns` are for JSONL. An error names the file and line at fault.
    pub fn read(self, path: &Path, columns: &Columns) -> Result<Split, LlmError> {
        if !path.exists() {
            return Err(LlmError::file(path, format!("no such file or folder{}", neighbour(path))));
        }
        if self != Self::Jsonl && *columns != Columns::default() {
            return Err(LlmError::setting(
                "columns",
                "set",
                format!("none: {} has columns of its own", path.display()),
            ));
        }
        let mut notes = vec![];
        let (train, validation) = self.lists(path, columns, &mut notes)?;
        Ok(Split { train, validation, notes })
    }

    fn lists(self, path: &Path, columns: &Columns, notes: &mut Vec<String>) -> Result<Lists, LlmError> {
        let file = |name: &str| if path.is_dir() { path.join(name) } else { path.to_owned() };
        let split = |train: &str, validation: &str, read: fn(&Path) -> Result<Vec<Example>, LlmError>| {
            let second = if path.is_dir() { read(&path.join(validation))? } else { vec![] };
            Ok((read(&file(train))?, second))
        };
        match self {
            Self::Jsonl | Self::Text if path.is_dir() => {
                Err(LlmError::file(path, "is a folder, expected a file (or a `format` that is published as a folder)"))
            }
            Self::Jsonl => {
                let (examples, of_file) = jsonl::read(path, columns)?;
                notes.extend(of_file);
                Ok((examples, vec![]))
            }
            Self::Text => Ok((text::paragraphs(path)?, vec![])),
            Self::Gsm8k => split("train.jsonl", "test.jsonl", answers::gsm8k),
            Self::Mmlu => choices::mmlu(path),
            Self::CommonsenseQa => split("train_rand_split.jsonl", "dev_rand_split.jsonl", choices::stem_and_labels),
            Self::ArcChallenge => {
                split("ARC-Challenge-Train.jsonl", "ARC-Challenge-Dev.jsonl", choices::stem_and_labels)
            }
            Self::Hellaswag => split("hellaswag_train.jsonl", "hellaswag_val.jsonl", choices::hellaswag),
            Self::Sciq => split("train.json", "valid.json", choices::sciq),
            Self::Triviaqa => split("unfiltered-web-train.json", "unfiltered-web-dev.json", answers::triviaqa),
            Self::TruthfulQa => Ok((choices::truthful_qa(&file("TruthfulQA.csv"))?, vec![])),
            Self::PubmedQa => Ok((choices::pubmed_qa(&file("ori_pqal.json"))?, vec![])),
            Self::HeadQa => Ok((choices::head_qa(&file("HEAD_EN.json"))?, vec![])),
            Self::Mbpp => Ok((answers::mbpp(&file("sanitized-mbpp.json"))?, vec![])),
            Self::Wikitext2 if path.join("train.txt").exists() => split("train.txt", "valid.txt", text::wikitext),
            Self::Wikitext2 => split("valid.txt", "test.txt", text::wikitext),
            Self::Tinystories => Ok((text::stories(&file("tinystories.txt"))?, vec![])),
        }
    }
}

/// A hint at the nearest existing name in the folder of a missing path.
fn neighbour(path: &Path) -> String {
    let Some(name) = path.file_name().map(|n| n.to_string_lossy().into_owned()) else { return String::new() };
    let entries = path.parent().and_then(|p| std::fs::read_dir(p).ok());
    let names: Vec<String> =
        entries.into_iter().flatten().flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    nearest(&name, names.iter().map(String::as_str))
}

/// Reads a text file, compressed if its name ends in `.gz`, and drops a byte order mark.
pub(crate) fn text_of(path: &Path) -> Result<String, LlmError> {
    let failed = |e: std::io::Error| LlmError::io(path, e);
    let mut text = String::new();
    let file = File::open(path).map_err(failed)?;
    if path.extension().is_some_and(|end| end == "gz") {
        GzDecoder::new(file).read_to_string(&mut text).map_err(failed)?;
    } else {
        BufReader::new(file).read_to_string(&mut text).map_err(failed)?;
    }
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

/// Reads one JSON value per line and converts it by `example`, whose error becomes an error about the line; skips empty lines.
pub(crate) fn json_lines<T: for<'a> Deserialize<'a>>(
    path: &Path,
    what: &str,
    example: impl Fn(T) -> Result<Example, String>,
) -> Result<Vec<Example>, LlmError> {
    let text = text_of(path)?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let parse = |(i, line): (usize, &str)| {
        let value = serde_json::from_str(line).map_err(|e| format!("{e}; expected {what}"));
        value.and_then(&example).map_err(|problem| LlmError::Line { path: path.into(), line: i + 1, problem })
    };
    lines.map(parse).collect()
}

/// Reads a JSON file.
pub(crate) fn json_file<T: for<'a> Deserialize<'a>>(path: &Path, what: &str) -> Result<T, LlmError> {
    serde_json::from_str(&text_of(path)?).map_err(|e| LlmError::Line {
        path: path.into(),
        line: e.line(),
        problem: format!("{e}; expected {what}"),
    })
}

/// The prompt for a question, the same for all data sets.
pub(crate) fn question(text: &str) -> String {
    format!("Question: {}\nAnswer:", text.trim())
}
