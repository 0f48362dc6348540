use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use jobs_core::Seed;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::formats::Split;
use super::{Columns, Encoded, Example, Format, Task, TextTokenizer};
use crate::error::LlmError;

/// Source of a domain's examples.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DomainSettings {
    /// Name: a part of the mixture.
    pub name: String,
    /// File or folder; none for a built-in task.
    #[serde(default)]
    pub path: Option<PathBuf>,
    /// Format of the file; by default the one the domain is published in, otherwise JSONL.
    #[serde(default)]
    pub format: Option<Format>,
    /// Names of the columns of a JSONL file, if not ours.
    #[serde(default)]
    pub columns: Columns,
    /// A file of validation examples; by default a part of the examples is held out.
    #[serde(default)]
    pub validation: Option<PathBuf>,
}

impl DomainSettings {
    /// A built-in task, or the settings to which a path is added.
    pub fn built_in(name: impl Into<String>) -> Self {
        Self { name: name.into(), path: None, format: None, columns: Columns::default(), validation: None }
    }
}

/// A domain: training and validation examples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// Name.
    pub name: String,
    /// Training examples.
    pub train: Vec<Example>,
    /// Validation examples, disjoint from `train`.
    pub validation: Vec<Example>,
    /// What a reader should know about how the files were read, one sentence each.
    pub notes: Vec<String>,
}

/// A tokenised domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedDomain {
    /// Name.
    pub name: String,
    /// Training examples; never empty.
    pub train: Vec<Encoded>,
    /// Validation examples; never empty.
    pub validation: Vec<Encoded>,
    /// Validation examples as text, for accuracies.
    pub questions: Vec<Example>,
}

/// One in this many examples is held out if the source has no validation split.
const HELD_OUT: u64 = 10;
/// Seed of splits and samples; the data do not depend on the seed of a run.
const DATA: Seed = Seed(0x6a6f_6273);

impl Domain {
    /// Reads a domain; paths are relative to `folder`. An error names the file and line at fault.
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
        let Split { train, mut validation, mut notes } = format.read(&path, &settings.columns)?;
        if let Some(other) = &settings.validation {
            let own = format.read(&folder.join(other), &settings.columns)?;
            validation = [own.train, own.validation].concat();
            notes.extend(own.notes);
        }
        let all = train.len();
        let domain = Self { notes, ..Self::split(name, train, validation) };
        for (what, examples) in [("training", &domain.train), ("validation", &domain.validation)] {
            if examples.is_empty() {
                let found = format!("no {what} example: {} of {all} examples are held out", domain.validation.len());
                return Err(LlmError::file(&path, found));
            }
        }
        Ok(domain)
    }

    /// Holds examples out by a hash of their text if `validation` is empty, so duplicates stay on one side; otherwise removes from
    /// `train` what is in `validation`.
    fn split(name: String, train: Vec<Example>, validation: Vec<Example>) -> Self {
        if validation.is_empty() {
            let (validation, train) =
                train.into_iter().partition(|e| DATA.derive(&e.prompt, hash(&e.completion)).0.is_multiple_of(HELD_OUT));
            return Self { name, train, validation, notes: vec![] };
        }
        let seen: HashSet<String> = validation.iter().map(Example::key).collect();
        let train = train.into_iter().filter(|e| !seen.contains(&e.key())).collect();
        Self { name, train, validation, notes: vec![] }
    }

    /// Tokenises the domain, with a random sample of at most `most_train` and `most_validation` examples of at most `longest` tokens.
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
            all.truncate(most); // a long text gives several pieces
            Ok(all)
        };
        let (train, validation) = (encode(&self.train, most_train)?, encode(&self.validation, most_validation)?);
        if train.is_empty() || validation.is_empty() {
            let found = format!("{} training and {} validation examples", train.len(), validation.len());
            return Err(LlmError::setting(format!("domain `{}`", self.name), found, "at least one of each"));
        }
        Ok(EncodedDomain { name: self.name, train, validation, questions: self.validation })
    }
}

/// Reads the domains of some settings; `target` is the index of the one whose validation loss is the learning curve.
///
/// Its validation examples are removed from the training examples of every domain: otherwise the search would be drawn to the domain
/// that has the answers. The notes say what was removed, which other validation examples are trained on, and how many training examples
/// repeat others.
pub(crate) fn read_all(
    settings: &[DomainSettings],
    target: usize,
    folder: &Path,
) -> Result<(Vec<Domain>, Vec<String>), LlmError> {
    let mut domains = settings.iter().map(|d| Domain::read(d, folder)).collect::<Result<Vec<_>, _>>()?;
    let mut notes: Vec<String> = domains.iter_mut().flat_map(|domain| std::mem::take(&mut domain.notes)).collect();
    let held = owners(&domains);
    let names: Vec<String> = domains.iter().map(|d| d.name.clone()).collect();
    // one pass over the examples, however many domains there are; by owner and domain, as the notes are ordered
    let (mut shared, mut repeats) = (BTreeMap::new(), vec![]);
    for (at, domain) in domains.iter_mut().enumerate() {
        let (all, mut distinct) = (domain.train.len(), HashSet::new());
        domain.train.retain(|example| {
            let key = example.key();
            let owners = held.get(&key);
            let is_target = owners.is_some_and(|owners| owners.contains(&target));
            for &owner in owners.into_iter().flatten().filter(|owner| !is_target || **owner == target) {
                shared.entry((owner, at)).or_insert((0, all)).0 += 1;
            }
            if !is_target {
                distinct.insert(key);
            }
            !is_target
        });
        if domain.train.is_empty() && all > 0 {
            let found = format!("made of validation examples of the target `{}` alone", names[target]);
            return Err(LlmError::setting(format!("domain `{}`", domain.name), found, "training examples of its own"));
        }
        let repeated = domain.train.len() - distinct.len();
        if repeated > 0 {
            repeats.push(format!("domain `{}`: {repeated} training examples repeat others", domain.name));
        }
    }
    for ((owner, at), (count, all)) in shared {
        let words = format!("domain `{}`: {count} of {all} training examples are validation examples", names[at]);
        notes.push(if owner == target {
            format!("{words} of the target `{}` and were removed", names[owner])
        } else {
            format!("{words} of `{}`, whose loss is therefore too low", names[owner])
        });
    }
    notes.extend(repeats);
    Ok((domains, notes))
}

/// The domains that validate on each example, by its key.
fn owners(domains: &[Domain]) -> HashMap<String, BTreeSet<usize>> {
    let mut owners: HashMap<String, BTreeSet<usize>> = HashMap::new();
    for (owner, domain) in domains.iter().enumerate() {
        for example in &domain.validation {
            owners.entry(example.key()).or_default().insert(owner);
        }
    }
    owners
}

/// 64-bit FNV-1a.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3))
}
