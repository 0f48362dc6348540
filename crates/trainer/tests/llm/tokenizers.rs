//! How texts begin, end and are cut, whatever files a tokenizer comes with.

use std::path::Path;

use serde_json::{Value, json};
use trainer::LlmError;
use trainer::data::{Encoded, Example, TextTokenizer};
use trainer::model::ModelConfig;

const BEGIN: u32 = 0;
const END: u32 = 1;
const STOP: u32 = 2;

/// A byte-level tokenizer of single letters with three special tokens, as the `tokenizers` library writes it.
pub(crate) fn letters() -> Value {
    let special = ["<b>", "<e>", "<stop>"];
    let letters = ('!'..='~').chain(['Ġ', 'Ċ']).map(String::from);
    let vocabulary: serde_json::Map<String, Value> =
        special.map(String::from).into_iter().chain(letters).enumerate().map(|(id, t)| (t, id.into())).collect();
    let added = special.iter().enumerate().map(|(id, t)| {
        json!({"id": id, "content": t, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true})
    });
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": added.collect::<Vec<_>>(), "normalizer": null,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
        "post_processor": post_processor(true, false),
        "decoder": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
        "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null, "end_of_word_suffix": null,
                  "fuse_unk": false, "byte_fallback": false, "ignore_merges": false, "vocab": vocabulary, "merges": []},
    })
}

/// White space trimmed from offsets, then special tokens added.
fn post_processor(begin: bool, end: bool) -> Value {
    let token = |id: &str| json!({"SpecialToken": {"id": id, "type_id": 0}});
    let sequence = |id: &str| json!({"Sequence": {"id": id, "type_id": 0}});
    let single: Vec<Value> =
        begin.then(|| token("<b>")).into_iter().chain([sequence("A")]).chain(end.then(|| token("<e>"))).collect();
    json!({"type": "Sequence", "processors": [
        {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
        {"type": "TemplateProcessing", "single": single, "pair": [sequence("A"), sequence("B")], "special_tokens": {
            "<b>": {"id": "<b>", "ids": [0], "tokens": ["<b>"]}, "<e>": {"id": "<e>", "ids": [1], "tokens": ["<e>"]}}},
    ]})
}

/// The tokenizer of a folder with these files; `eos` is `eos_token_id` of the model's configuration.
fn open(tokenizer: &Value, beside: &[(&str, Value)], eos: Value) -> Result<TextTokenizer, LlmError> {
    open_for("llama", tokenizer, beside, eos)
}

/// The same for a model of another family.
pub(crate) fn open_for(
    family: &str,
    tokenizer: &Value,
    beside: &[(&str, Value)],
    eos: Value,
) -> Result<TextTokenizer, LlmError> {
    let folder = tempfile::tempdir().unwrap();
    let mut config = json!({
        "model_type": family, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 1, "num_attention_heads": 4,
        "num_key_value_heads": 4, "vocab_size": 99, "eos_token_id": eos,
    });
    if eos == "absent" {
        config.as_object_mut().unwrap().remove("eos_token_id");
    }
    let config = ModelConfig::parse(&config.to_string(), Path::new("config.json")).unwrap();
    std::fs::write(folder.path().join("tokenizer.json"), tokenizer.to_string()).unwrap();
    for (name, value) in beside {
        std::fs::write(folder.path().join(name), value.to_string()).unwrap();
    }
    TextTokenizer::load(folder.path(), &config)
}

pub(crate) fn encoded(tokenizer: &TextTokenizer, prompt: &str, completion: &str, longest: usize) -> Encoded {
    Example::new(prompt, completion).encode(tokenizer, longest).unwrap().remove(0)
}

const NAMED: &str = "tokenizer_config.json";

#[test]
fn the_tokenizer_s_own_end_wins_and_disagreement_is_noted() {
    let named = (NAMED, json!({"eos_token": "<e>"}));
    let generation = |ids: Value| ("generation_config.json", json!({"eos_token_id": ids}));
    let end = |beside: &[(&str, Value)], eos: Value| {
        let tokenizer = open(&letters(), beside, eos).unwrap();
        (*encoded(&tokenizer, "a", "b", 64).tokens.last().unwrap(), tokenizer.notes().len())
    };
    let b = encoded(&open(&letters(), &[], json!(END)).unwrap(), "a", "b", 64).tokens[2];
    assert_eq!(end(std::slice::from_ref(&named), json!(END)), (END, 0));
    assert_eq!(end(std::slice::from_ref(&named), json!([STOP, END])), (END, 0));
    assert_eq!(end(std::slice::from_ref(&named), Value::Null), (END, 0));
    assert_eq!(end(std::slice::from_ref(&named), json!(STOP)), (END, 1));
    assert_eq!(end(&[named.clone(), generation(json!([STOP]))], json!(END)), (END, 1));
    assert_eq!(end(&[(NAMED, json!({"eos_token": {"content": "<e>", "special": true}}))], json!(END)), (END, 0));
    assert_eq!(end(&[("special_tokens_map.json", json!({"eos_token": "<e>"}))], Value::Null), (END, 0));
    let other = ("special_tokens_map.json", json!({"eos_token": {"content": "<stop>"}}));
    assert_eq!(end(&[named.clone(), other.clone()], Value::Null), (STOP, 0), "the map wins");
    let with_added = (NAMED, json!({"eos_token": "<e>", "added_tokens_decoder": {"1": {"content": "<e>"}}}));
    assert_eq!(end(&[with_added, other], Value::Null), (END, 0), "unless the configuration has the added tokens");
    // without the tokenizer's, the only one of the model's files
    assert_eq!(end(&[], json!(STOP)), (STOP, 0));
    assert_eq!(end(&[generation(json!(STOP))], Value::Null), (STOP, 0));
    assert_eq!(end(&[], Value::Null), (b, 1), "null: said in a note");
    let unknown = |beside: &[(&str, Value)], eos: Value| {
        let tokenizer = open(&letters(), beside, eos).unwrap();
        Example::new("a", "b").encode(&tokenizer, 64).unwrap_err().to_string()
    };
    let error = unknown(&[], json!("absent"));
    assert!(error.contains("no file names the token that ends a text; add it as `eos_token`"), "{error}");
    for (beside, eos) in [(vec![], json!([END, STOP])), (vec![generation(json!(END))], json!(STOP))] {
        let error = unknown(&beside, eos);
        assert!(error.contains("tokenizer_config.json: no `eos_token`") && error.contains("(1, 2)"), "{error}");
    }
    let error = unknown(&[(NAMED, json!({"eos_token": "<x>"}))], json!(END));
    assert!(error.contains("`eos_token` is `<x>`, which tokenizer.json does not have"), "{error}");
}

#[test]
fn first_and_last_tokens_are_there_once() {
    let plain = open(&letters(), &[], json!(END)).unwrap();
    let expected = encoded(&plain, "ab", "cd", 64);
    assert_eq!((expected.tokens[0], *expected.tokens.last().unwrap(), expected.tokens.len()), (BEGIN, END, 6));
    let mut ends_itself = letters();
    ends_itself["post_processor"] = post_processor(true, true);
    assert_eq!(encoded(&open(&ends_itself, &[], json!(END)).unwrap(), "ab", "cd", 64), expected);
    assert_eq!(encoded(&plain, "ab", "cd<e>", 64), expected, "the completion's text ends itself");
    assert_eq!(encoded(&plain, "<b>ab", "cd", 64), expected, "the prompt's text begins itself");
    assert_eq!(encoded(&plain, "", "<b>abcd", 64), encoded(&plain, "", "abcd", 64));
    // the flags of older files change nothing beside a tokenizer.json, as in transformers
    let flags = (NAMED, json!({"bos_token": "<b>", "eos_token": "<e>", "add_bos_token": false, "add_eos_token": true}));
    assert_eq!(encoded(&open(&letters(), &[flags], json!(END)).unwrap(), "ab", "cd", 64), expected);
}

#[test]
fn white_space_at_the_start_of_a_completion_is_trained() {
    let tokenizer = open(&letters(), &[], json!(END)).unwrap();
    for (prompt, completion) in [("if x:", "\n    y"), ("a", " b"), ("a\n", "\n"), ("a ", " b")] {
        let found = encoded(&tokenizer, prompt, completion, 64);
        assert_eq!(found.targets(), completion.len() + 1, "{prompt:?} {completion:?}");
        assert_eq!(found.given, prompt.len() + 1);
    }
}

#[test]
fn a_cut_text_begins_like_a_text() {
    let tokenizer = open(&letters(), &[], json!(END)).unwrap();
    let cut = encoded(&tokenizer, "abcdefgh", "xyz", 6);
    assert_eq!(cut, encoded(&tokenizer, "h", "xyz", 64));
    // a completion that is too long keeps its start, after the first token alone
    let cut = encoded(&tokenizer, "ab", "uvwxyz", 4);
    assert_eq!((cut.tokens[0], cut.tokens.len(), cut.given), (BEGIN, 4, 1));
    assert_eq!(cut.tokens[1..], encoded(&tokenizer, "", "uvwxyz", 64).tokens[1..4]);
    // without a first token one of the prompt stays, so that the completion's first can be predicted
    let mut bare = letters();
    bare["post_processor"] = Value::Null;
    let cut = encoded(&open(&bare, &[], json!(END)).unwrap(), "ab", "uvwxyz", 4);
    assert_eq!((cut.given, cut.targets()), (1, 3));
    let error = Example::new("", "abc").encode(&tokenizer, 1).unwrap_err().to_string();
    assert!(error.contains("setting `sequence` is 1"), "{error}");
}

#[test]
fn state_left_in_the_file_is_not_used() {
    let expected = encoded(&open(&letters(), &[], json!(END)).unwrap(), "abcdefgh", "xyz", 64);
    let mut left = letters();
    left["truncation"] = json!({"direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0});
    left["padding"] = json!({"strategy": {"Fixed": 20}, "direction": "Left", "pad_to_multiple_of": null, "pad_id": 1, "pad_type_id": 0, "pad_token": "<e>"});
    assert_eq!(encoded(&open(&left, &[], json!(END)).unwrap(), "abcdefgh", "xyz", 64), expected);
}

#[test]
fn a_panic_of_the_library_is_one_line_that_names_the_file() {
    let mut absent = letters();
    absent["post_processor"]["processors"][1]["single"][0]["SpecialToken"]["id"] = json!("<absent>");
    let tokenizer = open(&absent, &[], json!(END)).unwrap();
    let error = Example::new("a", "b").encode(&tokenizer, 64).unwrap_err().to_string();
    assert!(error.contains("tokenizer.json: the `tokenizers` library panicked (no entry found for key)"), "{error}");
    assert!(!error.contains('\n'), "{error}");
}

#[test]
fn a_token_of_a_million_bytes_does_not_overflow_the_stack() {
    let mut unigram = letters();
    let tokens = ["<b>".to_owned(), "<e>".to_owned(), "<stop>".to_owned(), "a".repeat(1_000_000)];
    let vocabulary: Vec<Value> = tokens.iter().map(|token| json!([token, -1.0])).collect();
    unigram["model"] = json!({"type": "Unigram", "unk_id": 0, "byte_fallback": false, "vocab": vocabulary});
    let error = open(&unigram, &[], json!(END)).unwrap_err().to_string();
    assert!(error.contains("token 3 of `vocab` has 1000000 bytes, expected at most 4096"), "{error}");
}

#[test]
fn added_tokens_beyond_the_vocabulary_matter_only_where_a_text_has_them() {
    let with = |id: u32| {
        let mut more = letters();
        more["added_tokens"].as_array_mut().unwrap().push(json!({
            "id": id, "content": "<far>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true,
        }));
        open(&more, &[], json!(END))
    };
    let error = with(500).unwrap_err().to_string();
    assert!(error.contains("added token `<far>` has id 500, but the library gives it 99"), "{error}");
    let tokenizer = with(99).unwrap();
    assert_eq!(encoded(&tokenizer, "a", "b", 64).tokens.len(), 4);
    let error = Example::new("a<far>", "b").encode(&tokenizer, 64).unwrap_err().to_string();
    assert!(error.contains("a text has token 99") && error.contains("`<far>`, but the model has 99 tokens"), "{error}");
    // tokens that only tokenizer_config.json knows would be split into letters
    for named in [
        json!({"extra_special_tokens": {"tool": "<tool>"}}),
        json!({"additional_special_tokens": ["<tool>"]}),
        json!({"pad_token": {"content": "<tool>"}}),
    ] {
        let tokenizer = open(&letters(), &[(NAMED, named)], json!(END)).unwrap();
        assert_eq!(encoded(&tokenizer, "a", "b", 64).tokens.len(), 4);
        let error = Example::new("a<tool>", "b").encode(&tokenizer, 64).unwrap_err().to_string();
        assert!(error.contains("a text has the special token `<tool>`, which the file lacks"), "{error}");
    }
    let added = json!({"added_tokens_decoder": {"3": {"content": "<new>"}}});
    let error = open(&letters(), &[(NAMED, added)], json!(END)).unwrap_err().to_string();
    assert!(error.contains("`added_tokens_decoder` has `<new>` as 3, but the library gives it 99"), "{error}");
}

#[test]
fn a_conversation_is_what_the_template_makes_of_it() {
    let template = "{{ bos_token }}{% for m in messages %}[{{ m['role'][0] }}]{{ m['content'] }}{{ eos_token }}{% endfor %}\
                    {% if add_generation_prompt %}[a]{% endif %}";
    let named = json!({"bos_token": "<b>", "eos_token": "<e>", "chat_template": template});
    let chat = open(&letters(), &[(NAMED, named)], json!(END)).unwrap();
    let say = |role: &str, content: &str| json!({"role": role, "content": content});
    let example = Example { messages: vec![say("user", "hi")], ..Example::new("user: hi", "yo") };
    let found = example.encode(&chat, 64).unwrap().remove(0);
    // tokens of the rendered text, once with the first and the last token
    let expected = encoded(&chat, "[u]hi<e>[a]", "yo", 64);
    assert_eq!(found, expected);
    let cut = example.encode(&chat, 6).unwrap().remove(0);
    assert_eq!((cut.tokens[0], cut.targets(), cut.tokens.len()), (BEGIN, 3, 6), "a cut conversation begins like one");
    let plain = open(&letters(), &[], json!(END)).unwrap();
    let error = example.encode(&plain, 64).unwrap_err().to_string();
    assert!(error.contains("the data has conversations, but tokenizer_config.json has no `chat_template`"), "{error}");
}
