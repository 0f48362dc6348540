//! Files in the other forms that transformers and PEFT read: they give the same logits, or are refused by name.

use std::path::Path;

use burn::tensor::DType;
use serde_json::{Value, json};
use trainer::lora::Adapter;
use trainer::model::{Biases, Decoder, ModelConfig, RopeScaling};
use trainer::weights::{NamedTensor, encode};

use crate::golden::folder as golden_folder;
use crate::golden::*;

const TOLERANCE: f32 = 1e-5;

fn config_of(kind: &str) -> Value {
    serde_json::from_slice(&std::fs::read(golden_folder(kind).join("config.json")).unwrap()).unwrap()
}

/// A folder with a golden model's files, of which `change` may change any.
fn variant(kind: &str, change: impl FnOnce(&Path)) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(golden_folder(kind)).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    change(copy.path());
    copy
}

fn load(folder: &Path) -> Result<Decoder<Cpu>, trainer::LlmError> {
    Decoder::load(folder, DType::F32, &Default::default())
}

/// Asserts that a variant has the logits of the golden model; gives its decoder.
fn assert_same(what: &str, kind: &str, change: impl FnOnce(&Path)) -> Decoder<Cpu> {
    let golden = record(kind);
    let copy = variant(kind, change);
    let decoder = load(copy.path()).unwrap_or_else(|e| panic!("{what}: {e}"));
    let found = logits(&decoder, None, &tokens(&golden["tokens"]), 6);
    let difference = worst(&found, &numbers(&golden["logits"]));
    assert!(difference <= TOLERANCE, "{what}: {difference}");
    decoder
}

/// Changes the configuration of a folder.
fn edit(folder: &Path, change: impl FnOnce(&mut Value)) {
    let path = folder.join("config.json");
    let mut config: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    change(&mut config);
    std::fs::write(&path, config.to_string()).unwrap();
}

#[test]
fn rotary_keys_of_every_version_are_read_as_transformers_reads_them() {
    type Edit = fn(&mut Value);
    let edits: [(&str, Edit); 8] = [
        ("rope_scaling with the base beside it", |c| {
            c["rope_scaling"] = c["rope_parameters"].take();
            c["rope_theta"] = c["rope_scaling"]["rope_theta"].take();
            c["rope_scaling"].as_object_mut().unwrap().remove("rope_theta");
        }),
        ("an empty rope_parameters beside rope_scaling", |c| {
            c["rope_scaling"] = c["rope_parameters"].take();
            c["rope_parameters"] = json!({});
        }),
        ("an empty rope_scaling beside rope_parameters", |c| c["rope_scaling"] = json!({})),
        ("rope_scaling wins over rope_parameters", |c| {
            c["rope_scaling"] = c["rope_parameters"].take();
            c["rope_parameters"] = json!({"rope_type": "linear", "factor": 3.0, "rope_theta": 9.0});
        }),
        ("the base inside wins over the one beside", |c| c["rope_theta"] = json!(77.0)),
        ("type and rope_type", |c| c["rope_parameters"]["type"] = json!("linear")),
        ("type alone", |c| {
            let kind = c["rope_parameters"].as_object_mut().unwrap().remove("rope_type");
            c["rope_parameters"]["type"] = kind.unwrap();
        }),
        ("the context of pre-training beside", |c| {
            let inside = c["rope_parameters"].as_object_mut().unwrap().remove("original_max_position_embeddings");
            c["original_max_position_embeddings"] = inside.unwrap();
        }),
    ];
    for (what, change) in edits {
        assert_same(what, "llama3", |folder| edit(folder, change));
    }
    // null is false, absence is true
    let truncation = |value: Option<Value>| {
        let mut config = config_of("yarn");
        if let Some(value) = value {
            config["rope_parameters"]["truncate"] = value;
        }
        match ModelConfig::parse(&config.to_string(), "config.json".as_ref()).unwrap().rope_scaling {
            RopeScaling::Yarn(yarn) => yarn.truncate,
            other => panic!("{other:?}"),
        }
    };
    assert!(truncation(None) && truncation(Some(json!(true))) && !truncation(Some(Value::Null)));
    // within the context dynamic scaling changes nothing
    assert_same("dynamic", "llama", |folder| {
        edit(folder, |c| c["rope_parameters"] = json!({"rope_type": "dynamic", "factor": 2.0, "rope_theta": 10000.0}));
    });
}

#[test]
fn what_the_decoder_does_not_compute_is_refused() {
    type Edit = fn(&mut Value);
    let edits: [(Edit, &str); 16] = [
        (|c| c["partial_rotary_factor"] = json!(0.5), "`partial_rotary_factor` is 0.5, expected 1"),
        (|c| c["rope_parameters"]["partial_rotary_factor"] = json!(0.5), "`partial_rotary_factor` is 0.5"),
        (|c| c["rope_parameters"]["rope_theta"] = Value::Null, "`rope_parameters`: invalid type: null"),
        (|c| c["rope_parameters"]["rope_type"] = Value::Null, "`rope_parameters`: invalid type: null"),
        (|c| c["original_max_position_embeddings"] = Value::Null, "invalid type: null"),
        (|c| c["rope_parameters"] = json!({"full_attention": {}}), "`rope_parameters.full_attention`"),
        (|c| c["original_max_position_embeddings"] = json!(32), "is 64 in the RoPE parameters and 32 beside them"),
        (|c| c["rope_parameters"]["rope_type"] = json!("spiral"), "rope scaling `spiral` is not supported"),
        (|c| c["quantization_config"] = json!({"quant_method": "gptq"}), "`quantization_config` is set"),
        (|c| c["is_causal"] = json!(false), "`is_causal` is not true"),
        (|c| c["is_causal"] = Value::Null, "`is_causal` is not true"),
        (|c| c["rope_parameters"]["low_freq_factor"] = json!(4.0), "`low_freq_factor` is 4, expected less than"),
        (|c| c["hidden_act"] = json!("gelu"), "hidden_act `gelu` is not supported"),
        (|c| c["rms_norm_eps"] = Value::Null, "invalid type: null"),
        (|c| c["attention_bias"] = json!(true), "no tensor `model.layers.0.self_attn.q_proj.bias`"),
        (|c| c["model_type"] = json!("qwen3"), "no tensor `model.layers.0.self_attn.q_norm.weight`"),
    ];
    for (change, expected) in edits {
        let error = load(variant("llama3", |folder| edit(folder, change)).path()).unwrap_err().to_string();
        assert!(error.contains(expected), "{expected}: {error}");
    }
    let window = |kind: &str, change: Edit| load(variant(kind, |folder| edit(folder, change)).path());
    let error =
        window("qwen3", |c| c["layer_types"] = json!(["full_attention", "sliding_attention", "full_attention"]));
    assert!(error.unwrap_err().to_string().contains("`use_sliding_window` is not true"));
}

#[test]
fn texts_are_no_longer_than_the_window_of_attention() {
    let context = |kind: &str, key: &str, value: Option<Value>| {
        let mut config = config_of(kind);
        match value {
            Some(value) => config[key] = value,
            None => drop(config.as_object_mut().unwrap().remove(key)),
        }
        let config = ModelConfig::parse(&config.to_string(), "config.json".as_ref()).unwrap();
        (config.context, config.notes.len())
    };
    assert_eq!(context("mistral", "sliding_window", Some(Value::Null)), (256, 0));
    assert_eq!(context("mistral", "sliding_window", Some(json!(100))), (100, 1));
    let long = |config: &mut Value| config["max_position_embeddings"] = json!(100_000);
    let mut config = config_of("mistral");
    long(&mut config);
    config.as_object_mut().unwrap().remove("sliding_window");
    let config = ModelConfig::parse(&config.to_string(), "config.json".as_ref()).unwrap();
    assert_eq!(config.context, 4096, "transformers' default where the key is absent");
    assert_eq!(context("longrope", "use_cache", None), (64, 1), "beyond that the frequencies change");
    assert_eq!(context("qwen3", "use_sliding_window", Some(json!(true))), (256, 0), "a window of 4096");
}

fn write(folder: &Path, tensors: &[NamedTensor]) {
    std::fs::write(folder.join("model.safetensors"), encode(tensors, Default::default()).unwrap()).unwrap();
}

#[test]
fn weights_are_read_in_every_form_that_transformers_loads() {
    let (all, bare) = (model("llama").named_tensors(), |t: &NamedTensor| NamedTensor {
        name: t.name.strip_prefix("model.").unwrap_or(&t.name).to_owned(),
        ..t.clone()
    });
    let renamed = |from: &str, to: &str| -> Vec<NamedTensor> {
        all.iter().map(|t| NamedTensor { name: t.name.replace(from, to), ..t.clone() }).collect()
    };
    let bare: Vec<NamedTensor> = all.iter().map(bare).collect();
    assert_same("without the prefix", "llama", |folder| write(folder, &bare));
    let only_head = renamed("model.embed_tokens", "lm_head");
    let tied = assert_same("only the head of a tied model", "llama", |folder| write(folder, &only_head));
    assert!(tied.config.tied_head && tied.config.notes.is_empty());

    let head = NamedTensor { name: "lm_head.weight".into(), ..all[0].clone() };
    let both = [&all[..], std::slice::from_ref(&head)].concat();
    assert!(assert_same("both of a tied model", "llama", |folder| write(folder, &both)).config.tied_head);
    let other = NamedTensor { values: head.values.iter().map(|v| -v).collect(), ..head };
    let untied = load(variant("llama", |folder| write(folder, &[&all[..], &[other]].concat())).path()).unwrap();
    assert!(!untied.config.tied_head && untied.config.notes[0].contains("not tied"), "{:?}", untied.config.notes);
    let rows = tokens(&record("llama")["tokens"]);
    let negated: Vec<f32> = logits(&model("llama"), None, &rows, 6).iter().map(|v| -v).collect();
    assert!(worst(&logits(&untied, None, &rows, 6), &negated) <= TOLERANCE, "the head of the file is used");

    let extra = |name: &str| NamedTensor { name: name.into(), shape: vec![1], values: vec![f32::NAN] };
    let more = [&all[..], &[extra("model.layers.0.self_attn.q_proj.bias"), extra("zzz")]].concat();
    let with_extra = assert_same("tensors that are not needed", "llama", |folder| write(folder, &more));
    let expected =
        "`model.layers.0.self_attn.q_proj.bias` and 1 more tensors are ignored: config.json describes no such weight";
    assert_eq!(with_extra.config.notes, [expected]);

    let twin = [&all[..], &[NamedTensor { name: "norm.weight".into(), ..all[1].clone() }]].concat();
    let error = load(variant("llama", |folder| write(folder, &twin)).path()).unwrap_err().to_string();
    assert!(error.contains("has `model.norm.weight` both with and without the prefix"), "{error}");

    assert_same("an index that lists too much", "qwen2", |folder| {
        let path = folder.join("model.safetensors.index.json");
        let mut index: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        index["weight_map"]["model.old.weight"] = json!("model-00001-of-00002.safetensors");
        std::fs::write(&path, index.to_string()).unwrap();
    });
}

#[test]
fn weights_in_f64_are_read_and_numbers_that_are_not_finite_refused() {
    use safetensors::tensor::{Dtype, TensorView};
    let all = model("llama").named_tensors();
    assert_same("f64", "llama", |folder| {
        let bytes: Vec<Vec<u8>> =
            all.iter().map(|t| t.values.iter().flat_map(|&v| f64::from(v).to_le_bytes()).collect()).collect();
        let views = all
            .iter()
            .zip(&bytes)
            .map(|(t, bytes)| (t.name.as_str(), TensorView::new(Dtype::F64, t.shape.clone(), bytes).unwrap()));
        std::fs::write(folder.join("model.safetensors"), safetensors::serialize(views, None).unwrap()).unwrap();
    });
    for wrong in [f32::NAN, f32::INFINITY] {
        let mut damaged = all.clone();
        damaged[3].values[5] = wrong;
        let error = load(variant("llama", |folder| write(folder, &damaged)).path()).unwrap_err().to_string();
        let expected = format!("tensor `{}` has 1 values that are not finite numbers, the first at 5", damaged[3].name);
        assert!(error.contains(&expected), "{error}");
    }
}

#[test]
fn older_formats_are_refused_with_the_command_that_converts_them() {
    let weights = variant("llama", |folder| {
        std::fs::rename(folder.join("model.safetensors"), folder.join("pytorch_model.bin")).unwrap();
    });
    let error = load(weights.path()).unwrap_err().to_string();
    assert!(error.contains("pytorch_model.bin is not read, convert them with: python -c"), "{error}");
    let adapter = tempfile::tempdir().unwrap();
    std::fs::copy(golden_folder("llama/adapter/adapter_config.json"), adapter.path().join("adapter_config.json"))
        .unwrap();
    std::fs::write(adapter.path().join("adapter_model.bin"), "").unwrap();
    let error = Adapter::read_peft(adapter.path(), model("llama")).unwrap_err().to_string();
    assert!(error.contains("adapter_model.bin is not read, convert it with: python -c"), "{error}");
}

#[test]
fn biases_follow_the_configuration_and_the_family() {
    let biases = |kind: &str, key: &str, on: bool| {
        let mut config = config_of(kind);
        config[key] = on.into();
        ModelConfig::parse(&config.to_string(), "config.json".as_ref()).map(|config| config.biases)
    };
    let none = Biases::default();
    assert_eq!(biases("llama", "attention_bias", true).unwrap(), Biases { qkv: true, output: true, ..none });
    assert_eq!(biases("llama", "mlp_bias", true).unwrap(), Biases { mlp: true, ..none });
    assert_eq!(biases("mistral", "attention_bias", true).unwrap(), none, "transformers ignores the key");
    assert_eq!(biases("qwen2", "attention_bias", false).unwrap(), Biases { qkv: true, ..none });
    assert!(biases("qwen2", "mlp_bias", true).unwrap_err().to_string().contains("`mlp_bias` is true"));
}
