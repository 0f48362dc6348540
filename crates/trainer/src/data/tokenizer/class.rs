//! The tokenizer class that transformers 5 picks for a model, and what it builds in place of what `tokenizer.json` says.
//!
//! `AutoTokenizer` keeps vocabulary, merges and post-processor of the file in every case. A class with a constructor of its own makes
//! normalizer, pre-tokenizer and the options of the BPE model anew; all others use those of the file.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokenizers::normalizers::NormalizerWrapper;
use tokenizers::pre_tokenizers::PreTokenizerWrapper;

use crate::caught::caught;
use crate::model::TokenizerClass;

/// A class whose normalizer, pre-tokenizer and options of the BPE model are its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Qwen2,
    Gpt2,
    GptNeoX,
    Llama,
    Gemma,
}

/// Classes that use the file as it is.
const OF_THE_FILE: [&str; 4] = ["PreTrainedTokenizerFast", "TokenizersBackend", "BloomTokenizer", "BloomTokenizerFast"];

const QWEN2: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

impl Class {
    const ALL: [Self; 5] = [Self::Qwen2, Self::Gpt2, Self::GptNeoX, Self::Llama, Self::Gemma];

    /// Name in transformers.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Qwen2 => "Qwen2Tokenizer",
            Self::Gpt2 => "GPT2Tokenizer",
            Self::GptNeoX => "GPTNeoXTokenizer",
            Self::Llama => "LlamaTokenizer",
            Self::Gemma => "GemmaTokenizer",
        }
    }

    /// The class for a family and the name in the files; `None`: the file is used as it is. An error names a class that is not supported.
    pub(super) fn of(family: TokenizerClass, named: Option<&str>, byte_level: bool) -> Result<Option<Self>, String> {
        let of_the_file = named.is_some_and(|name| OF_THE_FILE.contains(&name));
        let named = named.map(|name| name.trim_end_matches("Fast"));
        let name = match family {
            TokenizerClass::OfTheFile => return Ok(None),
            TokenizerClass::Always(name) => Some(name),
            // a byte-level file under Llama's name is one of Llama 3's kind
            _ if of_the_file || named == Some("LlamaTokenizer") && byte_level => None,
            TokenizerClass::Named => named,
            TokenizerClass::Default(name) => named.or(Some(name)),
        };
        let Some(name) = name else { return Ok(None) };
        let known = || Self::ALL.map(Self::name).join(", ");
        let found = Self::ALL.into_iter().find(|class| class.name() == name);
        found.map(Some).ok_or_else(|| {
            format!(
                "`tokenizer_class` is `{name}`, whose tokenizer may differ from tokenizer.json; expected PreTrainedTokenizerFast, \
                 for the file as it is, or one of {}",
                known()
            )
        })
    }

    /// The special token that the class has where the files name none.
    pub(super) fn default_token(self, key: &str) -> Option<&'static str> {
        let end = "<|endoftext|>";
        match (self, key) {
            (Self::Qwen2, "unk_token" | "eos_token" | "pad_token") => Some(end),
            (Self::Gpt2 | Self::GptNeoX, "unk_token" | "bos_token" | "eos_token") => Some(end),
            (Self::GptNeoX, "pad_token") => Some("<|padding|>"),
            (Self::Llama | Self::Gemma, "unk_token") => Some("<unk>"),
            (Self::Llama, "bos_token") => Some("<s>"),
            (Self::Llama, "eos_token") => Some("</s>"),
            (Self::Gemma, "bos_token") => Some("<bos>"),
            (Self::Gemma, "eos_token") => Some("<eos>"),
            (Self::Gemma, "pad_token") => Some("<pad>"),
            (Self::Gemma, "mask_token") => Some("<mask>"),
            _ => None,
        }
    }

    /// Puts what the class builds into the members of a `tokenizer.json`; says whether that changes anything. `config` is
    /// `tokenizer_config.json`, `unknown` the unknown token. An error says why the class cannot use the file.
    pub(super) fn build(self, file: &mut Value, config: &Value, unknown: Option<&str>) -> Result<bool, String> {
        let before = parts(file)?;
        let model = &file["model"];
        let kind = model["type"].as_str().unwrap_or("BPE");
        if kind != "BPE" || !model["vocab"].is_object() {
            return Err(format!("{} makes a BPE model of the {kind} model in tokenizer.json", self.name()));
        }
        let normalizer = self.normalizer();
        file["pre_tokenizer"] = self.pre_tokenizer(config)?;
        file["normalizer"] = normalizer;
        if self == Self::GptNeoX {
            // the only class that adds nothing to a text, whatever the file's post-processor says
            file["post_processor"] = Value::Null;
        }
        let (fused, affix) = (matches!(self, Self::Llama | Self::Gemma), json!(""));
        let affix = if fused { Value::Null } else { affix };
        let unknown = if self == Self::Gemma { json!(unknown.ok_or("`unk_token` is null")?) } else { Value::Null };
        let options = json!({
            "dropout": null, "unk_token": unknown, "continuing_subword_prefix": affix, "end_of_word_suffix": affix,
            "fuse_unk": fused, "byte_fallback": fused, "ignore_merges": false,
        });
        for (name, value) in options.as_object().into_iter().flatten() {
            file["model"][name] = value.clone();
        }
        if file["model"]["merges"].is_null() {
            file["model"]["merges"] = json!([]);
        }
        Ok(before != parts(file)?)
    }

    fn normalizer(self) -> Value {
        match self {
            Self::Qwen2 | Self::GptNeoX => json!({"type": "NFC"}),
            Self::Gpt2 | Self::Llama => Value::Null,
            Self::Gemma => json!({"type": "Replace", "pattern": {"String": " "}, "content": "▁"}),
        }
    }

    fn pre_tokenizer(self, config: &Value) -> Result<Value, String> {
        let prefix = match (&config["add_prefix_space"], config.get("add_prefix_space").is_some()) {
            (Value::Bool(prefix), _) => *prefix,
            // of the constructor
            (Value::Null, false) => self == Self::Llama,
            (Value::Null, true) if matches!(self, Self::Qwen2 | Self::Llama) => self == Self::Llama,
            (other, _) => return Err(format!("`add_prefix_space` is {other}, expected true or false")),
        };
        let bytes = |regex: bool| json!({"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": false, "use_regex": regex});
        Ok(match self {
            Self::Qwen2 => {
                let split =
                    json!({"type": "Split", "pattern": {"Regex": QWEN2}, "behavior": "Isolated", "invert": false});
                json!({"type": "Sequence", "pretokenizers": [split, bytes(false)]})
            }
            Self::Gpt2 | Self::GptNeoX => bytes(true),
            Self::Llama => {
                let first = if config["legacy"] == true { "always" } else { "first" };
                let scheme = if prefix { first } else { "never" };
                json!({"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": false})
            }
            Self::Gemma => {
                json!({"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": false})
            }
        })
    }
}

/// Normalizer, pre-tokenizer and options of a `tokenizer.json` as the library would write them, without what changes only offsets.
fn parts(file: &Value) -> Result<[Value; 4], String> {
    let model = &file["model"];
    let default = |value: &Value, default: Value| if value.is_null() { default } else { value.clone() };
    let names =
        ["fuse_unk", "byte_fallback", "ignore_merges", "dropout", "continuing_subword_prefix", "end_of_word_suffix"];
    let defaults = [json!(false), json!(false), json!(false), json!(0.0), json!(""), json!("")];
    let mut options: Vec<Value> =
        names.into_iter().zip(defaults).map(|(name, value)| default(&model[name], value)).collect();
    options.push(model["unk_token"].clone());
    let normalizer = written::<NormalizerWrapper>(&file["normalizer"])?;
    let mut pre_tokenizer = file["pre_tokenizer"].clone();
    super::keep_white_space(&mut pre_tokenizer);
    Ok([normalizer, written::<PreTokenizerWrapper>(&pre_tokenizer)?, options.into(), file["post_processor"].clone()])
}

fn written<T: DeserializeOwned + Serialize>(part: &Value) -> Result<Value, String> {
    let read = caught(|| serde_json::from_value::<Option<T>>(part.clone()))?.map_err(|e| e.to_string())?;
    serde_json::to_value(read).map_err(|e| e.to_string())
}
