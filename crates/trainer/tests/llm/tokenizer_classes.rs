//! Classes of transformers that build parts of a tokenizer anew: their tokens, not the file's.

use serde_json::{Value, json};

use crate::tokenizers::{encoded, letters, open_for};

const END: u32 = 1;

/// Letters with the merges `a1` and `12`, and a pre-tokenizer that splits nothing.
fn merging() -> Value {
    let mut file = letters();
    file["pre_tokenizer"]["use_regex"] = false.into();
    let vocabulary = file["model"]["vocab"].as_object_mut().unwrap();
    for (letter, merged) in [("|", "a1"), ("}", "12")] {
        let id = vocabulary.remove(letter).unwrap();
        vocabulary.insert(merged.into(), id);
    }
    file["model"]["merges"] = json!(["a 1", "1 2"]);
    file
}

/// The tokens of `a12`, joined by spaces, and the number of notes. The class `-` is no class at all.
fn split(family: &str, class: &str) -> Result<(String, usize), String> {
    let mut named = json!({"eos_token": "<e>"});
    if class != "-" {
        named["tokenizer_class"] = class.into();
    }
    let file = merging();
    let tokenizer =
        open_for(family, &file, &[("tokenizer_config.json", named)], json!(END)).map_err(|e| e.to_string())?;
    let names = file["model"]["vocab"].as_object().unwrap();
    let name = |id: &u32| names.iter().find(|(_, own)| **own == *id).unwrap().0.as_str();
    let tokens = encoded(&tokenizer, "", "a12", 64).tokens;
    Ok((tokens.iter().map(name).collect::<Vec<_>>().join(" "), tokenizer.notes().len()))
}

/// From `AutoTokenizer` of transformers 5.24.
#[test]
fn tokens_are_those_of_the_class_that_transformers_takes() {
    let file = ("<b> a1 2 <e>".to_owned(), 0);
    let gpt2 = ("<b> a 12 <e>".to_owned(), 1);
    let qwen2 = ("<b> a 1 2 <e>".to_owned(), 1);
    let neox = ("a 12 <e>".to_owned(), 1);
    for (family, class, expected) in [
        ("llama", "-", &file),
        ("llama", "PreTrainedTokenizerFast", &file),
        ("llama", "LlamaTokenizerFast", &file), // byte-level: one of Llama 3's kind
        ("llama", "GPT2TokenizerFast", &gpt2),
        ("smollm3", "GPT2Tokenizer", &gpt2),
        ("llama", "GPTNeoXTokenizer", &neox),
        ("llama", "Qwen2Tokenizer", &qwen2),
        ("qwen2", "-", &qwen2),
        ("qwen2", "PreTrainedTokenizerFast", &qwen2),
        ("qwen3", "-", &qwen2),
        ("qwen3", "GPT2Tokenizer", &gpt2),
        ("qwen3", "PreTrainedTokenizerFast", &file),
        ("mistral", "GPT2Tokenizer", &file),
        ("granite", "Qwen2Tokenizer", &file),
    ] {
        assert_eq!(split(family, class).as_ref(), Ok(expected), "{family} {class}");
    }
    let error = split("llama", "CohereTokenizerFast").unwrap_err();
    assert!(
        error.contains("`tokenizer_class` is `CohereTokenizer`") && error.contains("PreTrainedTokenizerFast"),
        "{error}"
    );
    assert!(split("llama", "").unwrap_err().contains("`tokenizer_class` is empty"));
}

#[test]
fn a_file_that_is_no_tokenizer_is_refused() {
    for file in [json!([]), json!(3), json!("x"), Value::Null, json!({"model": []}), json!({"model": {"vocab": {}}})] {
        for class in ["PreTrainedTokenizerFast", "GPT2Tokenizer", "LlamaTokenizer"] {
            let named = ("tokenizer_config.json", json!({"tokenizer_class": class}));
            assert!(
                open_for("llama", &file, &[named], json!(END)).is_err() || file["model"].is_object(),
                "{file} {class}"
            );
        }
    }
    for members in [json!([]), json!("x"), json!({"added_tokens_decoder": {"x": 3}, "extra_special_tokens": [3, null]})]
    {
        drop(open_for("llama", &letters(), &[("tokenizer_config.json", members)], json!(END)));
    }
}

/// A file that agrees with its class is not noted.
#[test]
fn a_file_that_its_class_would_write_is_not_noted() {
    let named = ("tokenizer_config.json", json!({"tokenizer_class": "GPT2Tokenizer", "eos_token": "<e>"}));
    let tokenizer = open_for("llama", &letters(), &[named], json!(END)).unwrap();
    assert_eq!(tokenizer.notes().len(), 0);
}

#[test]
fn pieces_of_words_follow_llama_and_gemma() {
    let mut file = letters();
    let vocabulary = file["model"]["vocab"].as_object_mut().unwrap();
    let space = vocabulary.remove("Ġ").unwrap();
    vocabulary.insert("▁".into(), space.clone());
    for (part, value) in [("pre_tokenizer", Value::Null), ("post_processor", Value::Null), ("decoder", Value::Null)] {
        file[part] = value;
    }
    let tokens = |family: &str, extra: Value| {
        let mut named = json!({"eos_token": "<e>", "unk_token": "<stop>"});
        named.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let tokenizer = open_for(family, &file, &[("tokenizer_config.json", named)], json!(END)).unwrap();
        let space = space.as_u64().unwrap() as u32;
        encoded(&tokenizer, "", "a b", 64)
            .tokens
            .iter()
            .map(|id| if *id == space { '_' } else { 'x' })
            .collect::<String>()
    };
    assert_eq!(tokens("llama", json!({"tokenizer_class": "LlamaTokenizer"})), "_x_xx");
    assert_eq!(tokens("llama", json!({"tokenizer_class": "LlamaTokenizer", "add_prefix_space": false})), "x_xx");
    assert_eq!(tokens("llama", json!({"tokenizer_class": "GemmaTokenizer"})), "x_xx");
}

/// The flags of `added_tokens_decoder` replace those of the file, and a special token that the vocabulary has is never split.
#[test]
fn added_tokens_are_those_of_all_files() {
    let count = |named: Value, text: &str| {
        let tokenizer = open_for("llama", &letters(), &[("tokenizer_config.json", named)], json!(END)).unwrap();
        encoded(&tokenizer, "", text, 64).tokens.len()
    };
    // with `lstrip` the space before the token belongs to it
    let decoder =
        |strip: bool| json!({"added_tokens_decoder": {"2": {"content": "<stop>", "special": true, "lstrip": strip}}});
    assert_eq!(count(decoder(false), "a <stop>"), 5);
    assert_eq!(count(decoder(true), "a <stop>"), 4);
    let mut bare = letters();
    bare["added_tokens"].as_array_mut().unwrap().truncate(2);
    let named = ("tokenizer_config.json", json!({"extra_special_tokens": ["<stop>"]}));
    let tokenizer = open_for("llama", &bare, &[named], json!(END)).unwrap();
    assert_eq!(encoded(&tokenizer, "", "<stop>", 64).tokens.len(), 3);
}

#[test]
fn what_transformers_does_not_read_is_refused() {
    for (named, word) in [
        (json!({"split_special_tokens": null}), "split_special_tokens"),
        (json!({"tokenizer_class": "GPT2Tokenizer", "add_prefix_space": null}), "add_prefix_space"),
        (json!({"auto_map": {"AutoTokenizer": ["own.Own", null]}}), "auto_map"),
        (json!({"added_tokens_decoder": null}), "added_tokens_decoder"),
    ] {
        let error =
            open_for("llama", &letters(), &[("tokenizer_config.json", named)], json!(END)).unwrap_err().to_string();
        assert!(error.contains(&format!("tokenizer_config.json: `{word}` is ")), "{error}");
    }
    let mut random = letters();
    random["model"]["dropout"] = json!(0.1);
    let error = open_for("llama", &random, &[], json!(END)).unwrap_err().to_string();
    assert!(error.contains("`dropout` is set"), "{error}");
}
