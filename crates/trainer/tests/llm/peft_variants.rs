//! Adapters in the other forms that PEFT writes: they give the same logits, or are refused by name.

use std::path::Path;

use serde_json::{Value, json};
use trainer::lora::Adapter;
use trainer::model::Decoder;
use trainer::weights::{NamedTensor, WeightFiles, encode};

use crate::golden::folder as golden_folder;
use crate::golden::*;

const TOLERANCE: f32 = 1e-5;

/// Reads the golden Llama's adapter after a change of its configuration and its folder.
fn read(
    base: Decoder<Cpu>,
    change: impl FnOnce(&mut Value),
    weights: impl FnOnce(&Path),
) -> Result<(Decoder<Cpu>, Adapter<Cpu>), trainer::LlmError> {
    let copy = tempfile::tempdir().unwrap();
    let source = golden_folder("llama/adapter");
    let mut config: Value =
        serde_json::from_slice(&std::fs::read(source.join("adapter_config.json")).unwrap()).unwrap();
    change(&mut config);
    std::fs::write(copy.path().join("adapter_config.json"), config.to_string()).unwrap();
    std::fs::copy(source.join("adapter_model.safetensors"), copy.path().join("adapter_model.safetensors")).unwrap();
    weights(copy.path());
    Adapter::read_peft(copy.path(), base)
}

fn adapted_logits((base, adapter): &(Decoder<Cpu>, Adapter<Cpu>)) -> Vec<f32> {
    logits(base, Some(adapter), &tokens(&record("llama")["tokens"]), 6)
}

#[test]
fn other_ways_to_say_the_same_give_the_same_logits() {
    let expected = numbers(&record("llama")["adapted"]);
    // the golden adapter: rank 4, alpha 6, q_proj, v_proj and down_proj of layers 1 and 2
    let edits: [(&str, Value); 8] = [
        (
            "a pattern",
            json!({"target_modules": r".*\.[12]\..*\.(q_proj|v_proj|down_proj)", "layers_to_transform": null}),
        ),
        (
            "look-ahead",
            json!({"target_modules": r"(?!.*layers\.0\.).*\.(?:q_proj|v_proj|down_proj)", "layers_to_transform": null}),
        ),
        ("ends of names", json!({"target_modules": ["self_attn.q_proj", "v_proj", "mlp.down_proj"]})),
        ("a name of layers", json!({"layers_pattern": "layers"})),
        (
            "exclusions",
            json!({"target_modules": ["q_proj", "k_proj", "v_proj", "down_proj"], "exclude_modules": ["k_proj"]}),
        ),
        ("rank-stabilised", json!({"use_rslora": true, "lora_alpha": 3})),
        (
            "patterns of ranks and alphas",
            json!({"r": 2, "lora_alpha": 12, "rank_pattern": {"(q|v)_proj": 4, "down_proj": 4}, "alpha_pattern": {".*": 6}}),
        ),
        (
            "members that change nothing",
            json!({
                "init_lora_weights": "gaussian", "loftq_config": {}, "megatron_core": "megatron.core", "qalora_group_size": 16,
                "eva_config": {"rho": 2.0}, "brand_new": null, "another_one": [], "and_this": false, "or_this": 0, "use_rslora": 0, "use_dora": "", "runtime_config": {"a": 1},
            }),
        ),
    ];
    for (what, edit) in edits {
        let change = |config: &mut Value| {
            for (key, value) in edit.as_object().unwrap() {
                config[key] = value.clone();
            }
        };
        let read = read(model("llama"), change, |_| {}).unwrap_or_else(|e| panic!("{what}: {e}"));
        let difference = worst(&adapted_logits(&read), &expected);
        assert!(difference <= TOLERANCE, "{what}: {difference}");
    }
}

#[test]
fn defaults_of_peft_are_taken_where_members_are_null_or_empty() {
    let sites = |edit: Value| {
        let change = |config: &mut Value| {
            for (key, value) in edit.as_object().unwrap() {
                config[key] = value.clone();
            }
        };
        // the file has no tensors for what is targeted here: the error names the first
        read(model("llama"), change, |_| {}).unwrap_err().to_string()
    };
    let first = "no tensor `base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight`";
    assert!(sites(json!({"layers_to_transform": []})).contains(first), "an empty list means all layers");
    assert!(sites(json!({"target_modules": "all-linear", "layers_to_transform": null})).contains(first));
    let left = "tensor `base_model.model.model.layers.1.mlp.down_proj.lora_A.weight` belongs to no module";
    assert!(sites(json!({"target_modules": null})).contains(left), "null means q_proj and v_proj");
}

#[test]
fn variants_that_change_the_base_or_the_arithmetic_are_refused() {
    for (edit, expected) in [
        (json!({"init_lora_weights": "olora"}), "`init_lora_weights` is \"olora\", which changes the base's weights"),
        (json!({"init_lora_weights": "pissa_niter_16"}), "`init_lora_weights` is \"pissa_niter_16\""),
        (json!({"init_lora_weights": "loftq"}), "`init_lora_weights` is \"loftq\""),
        (json!({"init_lora_weights": 3}), "`init_lora_weights` is 3"),
        (json!({"bias": "lora_only"}), "`bias` is `lora_only`, expected `none`"),
        (json!({"lora_bias": true}), "`lora_bias` is set: this variant of LoRA is not supported"),
        (json!({"a_variant_of_tomorrow": {"x": 1}}), "`a_variant_of_tomorrow` is set: this variant"),
        (json!({"kasa_config": {}}), "`kasa_config` is set"),
        (json!({"trainable_token_indices": [3]}), "`trainable_token_indices` is set"),
        (json!({"target_modules": 3}), "`target_modules` is 3, expected a list of module names, or a pattern"),
        (json!({"target_modules": "(", "layers_to_transform": null}), "pattern `^(?:()$` is not supported"),
        (json!({"target_modules": "q_proj"}), "`layers_to_transform` is set although `target_modules` is a pattern"),
        (json!({"r": "four"}), "`r` is \"four\", expected a whole number"),
        (json!({"r": null}), "`r` is missing"),
        (json!({"rank_pattern": {"q_proj": "x"}}), "`rank_pattern.q_proj` is \"x\", expected a rank"),
        (json!({"rank_pattern": {"q_proj": 4, ".*q_proj": 3}}), "both fit"),
        (json!({"lora_dropout": 1.0}), "`lora_dropout` is 1, expected a probability"),
        (json!({"layers_pattern": "layers", "layers_to_transform": null}), "`layers_pattern` is set without"),
        (json!({"modules_to_save": ["lm_head"]}), "`modules_to_save` lists `lm_head`, of which the file has no copy"),
        (json!({"modules_to_save": ["norm"]}), "`modules_to_save` has `norm`, expected only"),
        (json!({"peft_type": null}), "`peft_type` is missing, expected `LORA`"),
    ] {
        let change = |config: &mut Value| {
            for (key, value) in edit.as_object().unwrap() {
                config[key] = value.clone();
            }
        };
        let error = read(model("llama"), change, |_| {}).unwrap_err().to_string();
        assert!(error.contains("adapter_config.json") && error.contains(expected), "{edit}: {error}");
    }
}

/// Adds tensors to an adapter's file.
fn add(folder: &Path, more: &[NamedTensor]) {
    let (_, adapter) = adapted("llama");
    let own = tempfile::tempdir().unwrap();
    adapter.write_peft(own.path(), "base").unwrap();
    let bytes = std::fs::read(own.path().join("adapter_model.safetensors")).unwrap();
    let mut files = WeightFiles::from_bytes(&bytes, own.path()).unwrap();
    let shapes: Vec<(String, Vec<usize>)> = adapter
        .sites
        .iter()
        .zip(&adapter.pairs)
        .flat_map(|(s, p)| {
            let name =
                |f: &str| format!("base_model.model.model.layers.{}.{}.lora_{f}.weight", s.layer, s.module.path());
            [(name("A"), p.a.dims().to_vec()), (name("B"), p.b.dims().to_vec())]
        })
        .collect();
    let mut all: Vec<NamedTensor> = shapes
        .into_iter()
        .map(|(name, shape)| NamedTensor { values: files.take(&name, &shape).unwrap(), name, shape })
        .collect();
    all.extend_from_slice(more);
    std::fs::write(folder.join("adapter_model.safetensors"), encode(&all, Default::default()).unwrap()).unwrap();
}

#[test]
fn saved_embeddings_and_heads_replace_those_of_the_base() {
    let base = model("llama");
    let [vocabulary, hidden] = base.embedding.dims();
    let saved = |name: &str, factor: f32| NamedTensor {
        name: format!("base_model.model.{name}"),
        shape: vec![vocabulary, hidden],
        values: base.embedding.to_data().iter::<f32>().map(|v| factor * v).collect(),
    };
    let (embedding, head) = (saved("model.embed_tokens.weight", 1.0), saved("lm_head.weight", -2.0));
    let plain = adapted_logits(&read(base.clone(), |_| {}, |_| {}).unwrap());
    let modules = |config: &mut Value| config["modules_to_save"] = json!(["embed_tokens", "lm_head"]);

    let error = read(base.clone(), |_| {}, |f| add(f, &[embedding.clone(), head.clone()])).unwrap_err().to_string();
    assert!(error.contains("one tensor in the base"), "{error}");
    let only = |config: &mut Value| config["modules_to_save"] = json!(["lm_head"]);
    let error = read(base.clone(), only, |f| add(f, std::slice::from_ref(&head))).unwrap_err().to_string();
    assert!(error.contains("one tensor in the base"), "{error}");
    // the same tensor for both, or for one of a shared pair without `modules_to_save`
    let same = saved("lm_head.weight", 1.0);
    for more in [&[embedding.clone(), same.clone()][..], &[same]] {
        let read = read(base.clone(), |_| {}, |f| add(f, more)).unwrap();
        assert!(read.0.config.tied_head && worst(&adapted_logits(&read), &plain) <= TOLERANCE);
    }
    // copies that PEFT would tie
    let keeps = |config: &mut Value| {
        modules(config);
        config["ensure_weight_tying"] = json!(true);
    };
    let both = [saved("model.embed_tokens.weight", 1.0), saved("lm_head.weight", 1.0)];
    let error = read(base.clone(), keeps, |f| add(f, &both)).unwrap_err().to_string();
    assert!(error.contains("`ensure_weight_tying` is set, and the base's embedding and head are tied"), "{error}");
    // the name that a copy has beside an adapter
    let beside = saved("lm_head.base_layer.weight", 1.0);
    let error = read(base.clone(), |_| {}, |f| add(f, &[beside])).unwrap_err().to_string();
    assert!(error.contains("`base_model.model.lm_head.base_layer.weight` belongs to no module"), "{error}");
    // a base whose head is its own
    let mut untied = base.clone();
    untied.config.tied_head = false;
    let read = read(untied, modules, |f| add(f, &[embedding, head])).unwrap();
    let expected: Vec<f32> = plain.iter().map(|v| -2.0 * v).collect();
    assert!(worst(&adapted_logits(&read), &expected) <= 4.0 * TOLERANCE);
}
