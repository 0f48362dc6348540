//! Tokenizers with what lies beside them.

use std::path::Path;

use serde_json::{Map, Value, json};
use trainer::data::{Example, TextTokenizer};
use trainer::model::ModelConfig;

use super::{Folder, Format, message};
use crate::mutate::Shape;

pub(super) fn formats() -> anyhow::Result<Vec<Format>> {
    Ok(vec![tokenizer()?, beside()?])
}

const TINY: &[u8] = include_bytes!("../../../crates/trainer/models/tiny/tokenizer.json");

/// A model with room for every token of the tokenizers below.
fn model() -> anyhow::Result<ModelConfig> {
    let config = json!({
        "model_type": "llama", "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,
        "vocab_size": 300, "eos_token_id": 1,
    });
    Ok(ModelConfig::parse(&config.to_string(), Path::new("config.json"))?)
}

fn tokenizer() -> anyhow::Result<Format> {
    let model = model()?;
    let files =
        [TINY.to_vec()].into_iter().chain([byte_level(), word_pieces(), unigram()].map(|t| t.to_string().into_bytes()));
    Ok(Format::new("tokenizer", Shape::Json, 10, files.collect(), move |_, bytes| {
        let tokenizer = TextTokenizer::from_bytes(bytes, Path::new("tokenizer.json"), &model).map_err(message)?;
        encode(&tokenizer, false)
    }))
}

/// `tokenizer_config.json` with a chat template.
fn beside() -> anyhow::Result<Format> {
    let model = model()?;
    let template = "{% for m in messages %}<{{ m['role'] }}>{{ m.content | trim }}\n{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}";
    let config = json!({
        "added_tokens_decoder": {"0": {"content": "<unk>", "special": true}}, "bos_token": null, "eos_token": "</s>",
        "chat_template": template, "model_max_length": 128, "split_special_tokens": false,
    });
    let several =
        json!({"eos_token": {"content": "</s>"}, "chat_template": [{"name": "default", "template": template}]});
    let folder = Folder::new("tokenizer_config.json", &[("tokenizer.json", TINY)])?;
    let files = vec![config.to_string().into_bytes(), several.to_string().into_bytes()];
    Ok(Format::new("tokenizer config", Shape::Json, 8, files, move |_, bytes| {
        folder.write(bytes)?;
        let tokenizer = TextTokenizer::load(&folder.path(), &model).map_err(message)?;
        encode(&tokenizer, true)
    }))
}

fn encode(tokenizer: &TextTokenizer, chat: bool) -> Result<(), String> {
    let texts = [("", "a b"), ("What is 1 + 2?\n", " 3 </s>"), ("naïve 🙂 ", "<s>\u{0}\t x"), ("", "")];
    let mut examples: Vec<Example> =
        texts.into_iter().map(|(prompt, completion)| Example::new(prompt, completion)).collect();
    if chat {
        let messages =
            vec![json!({"role": "system", "content": "Be brief."}), json!({"role": "user", "content": "1 + 2?"})];
        examples.push(Example { messages, ..Example::new("1 + 2?", "3") });
    }
    examples.iter().try_for_each(|example| example.encode(tokenizer, 16).map(drop).map_err(message))
}

fn added(special: &[&str]) -> Vec<Value> {
    let token = |(id, t): (usize, &&str)| json!({"id": id, "content": t, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true});
    special.iter().enumerate().map(token).collect()
}

fn vocabulary<'a>(tokens: impl IntoIterator<Item = &'a str>) -> Map<String, Value> {
    tokens.into_iter().enumerate().map(|(id, t)| (t.to_owned(), id.into())).collect()
}

/// As of GPT-2 and Llama 3: bytes, merges, a template that adds the first token.
fn byte_level() -> Value {
    let letters: Vec<String> = ('!'..='~').chain(['Ġ', 'Ċ', 'Ã', '¯']).map(String::from).collect();
    let tokens =
        ["<s>", "</s>"].into_iter().chain(letters.iter().map(String::as_str)).chain(["Ġa", "is", "at", "What"]);
    let level = json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false});
    let template = json!({
        "type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}},
    });
    json!({
        "version": "1.0", "truncation": {"direction": "Right", "max_length": 16, "strategy": "LongestFirst", "stride": 2},
        "padding": {"strategy": {"Fixed": 8}, "direction": "Right", "pad_to_multiple_of": 8, "pad_id": 1, "pad_type_id": 0, "pad_token": "</s>"},
        "added_tokens": added(&["<s>", "</s>"]),
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "NFC"}, {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}, {"type": "Prepend", "prepend": "a"}]},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": r"\p{L}+|\p{N}{1,3}|[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"}, "behavior": "Isolated", "invert": false}, level]},
        "post_processor": {"type": "Sequence", "processors": [level, template]}, "decoder": level,
        "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null, "end_of_word_suffix": null,
            "fuse_unk": false, "byte_fallback": false, "ignore_merges": true, "vocab": vocabulary(tokens),
            "merges": [["Ġ", "a"], ["i", "s"], ["a", "t"]]},
    })
}

/// As of BERT.
fn word_pieces() -> Value {
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": added(&["[UNK]", "[SEP]", "[CLS]"]),
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 1], "cls": ["[CLS]", 2]},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
            "vocab": vocabulary(["[UNK]", "[SEP]", "[CLS]", "a", "b", "##b", "what", "is", "1", "2", "3", "+", "?"])},
    })
}

/// As of SentencePiece.
fn unigram() -> Value {
    let pieces = ["<unk>", "</s>", "▁", "▁a", "b", "▁What", "▁is", "1", "2", "3", "+", "?"];
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": added(&["<unk>", "</s>"]),
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, {"type": "Strip", "strip_left": true, "strip_right": false}]},
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": true},
        "post_processor": {"type": "RobertaProcessing", "sep": ["</s>", 1], "cls": ["</s>", 1], "trim_offsets": true, "add_prefix_space": true},
        "decoder": {"type": "Sequence", "decoders": [{"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": true}]},
        "model": {"type": "Unigram", "unk_id": 0, "byte_fallback": false,
            "vocab": pieces.iter().enumerate().map(|(i, p)| json!([p, -(i as f64) - 0.5])).collect::<Vec<_>>()},
    })
}
