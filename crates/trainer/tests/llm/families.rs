//! Members of `config.json` whose meaning depends on the family.

use serde_json::{Value, json};
use trainer::lora::{LoraConfig, Module};
use trainer::model::{ModelConfig, RopeScaling};

use crate::golden::*;

fn edited(kind: &str, members: Value) -> Result<ModelConfig, String> {
    let text = std::fs::read(folder(kind).join("config.json")).unwrap();
    let mut config: Value = serde_json::from_slice(&text).unwrap();
    for (name, value) in members.as_object().unwrap() {
        if *value == "absent" {
            config.as_object_mut().unwrap().remove(name);
        } else {
            config[name] = value.clone();
        }
    }
    ModelConfig::parse(&config.to_string(), "config.json".as_ref()).map_err(|e| e.to_string())
}

/// What transformers refuses, or what the decoder does not compute, is refused by name.
#[test]
fn members_that_do_not_fit_the_family_are_refused() {
    let scaled = |kind: &str| json!({"rope_scaling": {"rope_type": kind, "factor": 2.0}, "rope_parameters": "absent"});
    let flat = json!({"rope_parameters": {"rope_theta": 500.0, "rope_type": "default"}});
    let local = json!({"rope_parameters": {"sliding_attention": {"rope_type": "linear", "factor": 2.0}}});
    for (kind, members, word) in [
        ("granite", json!({"head_dim": null}), "`head_dim` is null"),
        ("phi3", json!({"head_dim": null}), "`head_dim` is null"),
        ("mistral", json!({"num_key_value_heads": null}), "`num_key_value_heads` is null"),
        ("gemma2", json!({"num_key_value_heads": null}), "`num_key_value_heads` is null"),
        ("llama", json!({"hidden_size": 34, "head_dim": 8}), "hidden_size 34 is not a multiple of 4 heads"),
        ("llama", json!({"layer_types": ["full_attention"]}), "`layer_types` has 1 entries"),
        ("llama", json!({"rope_parameters": {"rope_type": "dynamic", "factor": null}}), "positive `factor`"),
        (
            "gemma2",
            json!({"layer_types": ["full_attention", "chunked_attention", "full_attention"]}),
            "chunked_attention",
        ),
        (
            "qwen3",
            json!({"layer_types": ["full_attention", "attention", "full_attention"]}),
            "`layer_types` has `attention`",
        ),
        ("gemma2", json!({"sliding_window": null}), "`sliding_window` is null"),
        ("gemma2", json!({"hidden_activation": "gelu"}), "hidden_activation `gelu`"),
        ("gemma2", json!({"final_logit_softcapping": 0.0}), "`final_logit_softcapping` is 0"),
        ("gemma3", json!({"use_bidirectional_attention": true}), "`use_bidirectional_attention` is true"),
        ("gemma3", flat, "`rope_parameters.rope_theta`"),
        ("gemma3", local, "`rope_parameters.sliding_attention` has a scaling"),
        ("phi3", scaled("linear"), "rope scaling `linear`"),
        ("phi3", json!({"resid_pdrop": 0.1}), "`resid_pdrop` is above 0"),
        ("phi3", json!({"partial_rotary_factor": 0.75}), "`partial_rotary_factor` is 0.75"),
    ] {
        let error = edited(kind, members.clone()).unwrap_err();
        assert!(error.contains(word), "{kind} {members}: {error}");
    }
    assert!(
        edited("mistral", json!({"head_dim": null})).is_ok()
            && edited("olmo2", json!({"num_key_value_heads": null})).is_ok()
    );
}

#[test]
fn windows_and_bases_of_gemma_differ_between_layers() {
    let windows = |kind, members| edited(kind, members).unwrap().windows;
    let absent = json!({"layer_types": "absent", "sliding_window_pattern": "absent"});
    assert_eq!(windows("gemma2", absent.clone()), [Some(7), None, Some(7)]);
    assert_eq!(windows("gemma3", absent), [Some(7), Some(7), Some(7)], "every sixth layer sees all tokens");
    assert_eq!(
        windows("gemma3", json!({"layer_types": "absent", "sliding_window_pattern": 2})),
        [Some(7), None, Some(7)]
    );
    // Gemma 3 ignores the cap of scores, and the name of the type of older versions
    let config = edited("gemma3", json!({"attn_logit_softcapping": 2.0, "final_logit_softcapping": 3.0})).unwrap();
    assert_eq!((config.caps.attention, config.caps.logits), (None, Some(3.0)));
    let old = |key: &str| json!({"rope_parameters": "absent", "rope_scaling": {key: "linear", "factor": 8.0}});
    let config = edited("gemma3", old("rope_type")).unwrap();
    assert_eq!(config.rope_scaling, RopeScaling::Linear { factor: 8.0 });
    assert_eq!((config.rope_theta, config.local_rope_theta), (1_000_000.0, Some(10_000.0)));
    assert_eq!(edited("gemma3", old("type")).unwrap().rope_scaling, RopeScaling::None);
}

#[test]
fn fused_projections_are_adapted_as_a_whole() {
    let model = edited("phi3", json!({})).unwrap();
    let check = |modules: &[Module]| {
        LoraConfig { modules: modules.to_vec(), layers: vec![0], rank: 2, alpha: 2.0, dropout: 0.0 }.check(&model)
    };
    assert!(check(&[Module::Q, Module::O, Module::Gate, Module::Down]).is_ok());
    let error = check(&[Module::Q, Module::K]).unwrap_err().to_string();
    assert!(error.contains("k_proj") && error.contains("q_proj (for its qkv_proj)"), "{error}");
}
