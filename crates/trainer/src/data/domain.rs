use std::collections::HashSet;
use std::path::{Path, PathBuf};

use jobs_core::Seed;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::{Encoded, Example, Format, Task, TextTokenizer};
use crate::LlmError;

/// Where a domain's examples come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DomainSettings {
    /// Its name: a part of the mixture.
    pub name: String,
    /// File or folder; absent for a built-in task.
    #[serde(default)]
    pub path: Option<PathBuf>,
    /// Format of the file; by default that of the domain's name, else JSONL.
    #[serde(default)]
    pub format: Option<Format>,
    /// A file of examples to validate on; by default a part is held back.
    #[serde(default)]
    pub validation: Option<PathBuf>,
}

/// A domain: examples to train on and others to validate on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// Its name.
    pub name: String,
    /// To train on.
    pub train: Vec<Example>,
    /// To validate on; none of them is among `train`.
    pub validation: Vec<Example>,
}

/// A domain as tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedDomain {
    /// Its name.
    pub name: String,
    /// To train on; never empty.
    pub train: Vec<Encoded>,
    /// To validate on; never empty.
    pub validation: Vec<Encoded>,
    /// Validation examples as text, for questions.
    pub questions: Vec<Example>,
}

/// One in this many examples is held back where the source has no split of its own.
const HELD_BACK: u64 = 10;
/// Seed of splits and samples: data do not change with the run.
const DATA: Seed = Seed(0x6a6f_6273);

impl Domain {
    /// Reads a domain. `folder` is where relative paths start.
    pub fn read(settings: &DomainSettings, folder: &Path) -> Result<Self, LlmError> {
        let name = settings.name.clone();
        let Some(path) = &settings.path else {
            let task = Task::from_name(&name).map_err(|expected| {
                LlmError::setting(format!("domain `{name}`: path"), "missing", format!("a path, or {expected}"))
            })?;
            return Ok(Self::split(name, task.examples(DATA), vec![]));
        };
        let path = folder.join(path);
        let format = settings.format.or_else(|| Format::from_name(&name)).unwrap_or(Format::Jsonl);
        let (train, mut validation) = format.read(&path)?;
        if let Some(other) = &settings.validation {
            let (mut first, rest) = format.read(&folder.join(other))?;
            first.extend(rest);
            validation = first;
        }
        let all = train.len();
        let domain = Self::split(name, train, validation);
        for (what, examples) in [("train", &domain.train), ("validate", &domain.validation)] {
            if examples.is_empty() {
                let found = format!("holds no example to {what} on: of {all}, {} validate", domain.validation.len());
                return Err(LlmError::file(&path, found));
            }
        }
        Ok(domain)
    }

    /// Holds examples back by a hash of their words where `validation` is empty, so that the same example never stands on both sides,
    /// and drops from `train` what stands in `validation`.
    fn split(name: String, train: Vec<Example>, validation: Vec<Example>) -> Self {
        if validation.is_empty() {
            let (validation, train) = train
                .into_iter()
                .partition(|e| DATA.derive(&e.prompt, hash(&e.completion)).0.is_multiple_of(HELD_BACK));
            return Self { name, train, validation };
        }
        let seen: HashSet<(&str, &str)> =
            validation.iter().map(|e| (e.prompt.as_str(), e.completion.as_str())).collect();
        let train = train.into_iter().filter(|e| !seen.contains(&(e.prompt.as_str(), e.completion.as_str()))).collect();
        Self { name, train, validation }
    }

    /// The domain as tokens, with at most so many examples of each kind, sampled without regard to order.
    pub fn encode(
        mut self,
        tokenizer: &TextTokenizer,
        longest: usize,
        most_train: usize,
        most_validation: usize,
    ) -> Result<EncodedDomain, LlmError> {
        for (kind, (examples, most)) in
            [(&mut self.train, most_train), (&mut self.validation, most_validation)].into_iter().enumerate()
        {
            examples.shuffle(&mut DATA.stream(&self.name, kind as u64));
            examples.truncate(most);
        }
        let encode = |examples: &[Example], most: usize| -> Result<Vec<Encoded>, LlmError> {
            let mut all = vec![];
            for example in examples {
                all.extend(example.encode(tokenizer, longest)?.into_iter().filter(|e| e.targets() > 0));
            }
            all.truncate(most); // long texts give several pieces
            Ok(all)
        };
        let (train, validation) = (encode(&self.train, most_train)?, encode(&self.validation, most_validation)?);
        if train.is_empty() || validation.is_empty() {
            let found = format!("{} to train and {} to validate on", train.len(), validation.len());
            return Err(LlmError::setting(format!("domain `{}`", self.name), found, "examples of both kinds"));
        }
        Ok(EncodedDomain { name: self.name, train, validation, questions: self.validation })
    }
}

/// 64-bit FNV-1a.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3))
}
