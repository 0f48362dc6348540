//! Damaged model and adapter folders are rejected, with an error that names the file and what is wrong in it.

use burn::tensor::DType;
use trainer::lora::Adapter;
use trainer::model::Decoder;

use crate::golden::folder as golden_folder;
use crate::golden::*;

/// Copies a golden model, changes one of its files (an empty result removes it), and returns the error of loading it.
fn refusal(kind: &str, file: &str, change: impl Fn(Vec<u8>) -> Vec<u8>) -> String {
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(golden_folder(kind)).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    let path = copy.path().join(file);
    let bytes = change(std::fs::read(&path).unwrap());
    if bytes.is_empty() {
        std::fs::remove_file(&path).unwrap()
    } else {
        std::fs::write(&path, bytes).unwrap()
    }
    Decoder::<Cpu>::load(copy.path(), DType::F32, &Default::default()).unwrap_err().to_string()
}

#[test]
fn errors_name_what_is_wrong_in_config_json() {
    for (kind, from, to, expected) in [
        ("llama", "\"llama\"", "\"lama\"", "did you mean `llama`?"),
        ("llama", "\"hidden_size\": 32", "\"hidden_size\": 36", "[61, 32], expected [61, 36]"),
        (
            "llama",
            "\"num_hidden_layers\": 3",
            "\"num_hidden_layers\": 4",
            "no tensor `model.layers.3.input_layernorm.weight`",
        ),
        ("llama", "{", "", "config.json:"),
        (
            "llama",
            "\"hidden_size\": 32",
            "\"hidden_size\": 9223372036854775807",
            "`hidden_size` is 9223372036854775807, expected 1 to 16777216",
        ),
        (
            "llama",
            "\"num_key_value_heads\": 2",
            "\"num_key_value_heads\": 3",
            "4 query heads cannot share 3 key-value heads evenly",
        ),
        (
            "llama",
            "\"rms_norm_eps\": 1e-06",
            "\"rms_norm_eps\": -1.0",
            "`rms_norm_eps` is -1, expected a positive number",
        ),
    ] {
        let edit = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(from, to).into_bytes();
        let error = refusal(kind, "config.json", edit);
        assert!(error.contains(expected), "{from} -> {to}: {error}");
    }
}

#[test]
fn errors_name_missing_and_truncated_files() {
    let index_part = "model-00002-of-00002.safetensors";
    let truncated = refusal("llama", "model.safetensors", |b| b[..b.len() / 2].to_vec());
    assert!(truncated.contains("truncated"), "{truncated}");
    for (kind, file, expected) in [
        ("llama", "config.json", "config.json: "),
        ("llama", "model.safetensors", "expected model.safetensors or"),
        ("qwen2", index_part, index_part),
    ] {
        let error = refusal(kind, file, |_| vec![]);
        assert!(error.contains(expected), "{kind}/{file}: {error}");
    }
}

#[test]
fn errors_name_what_is_wrong_in_an_adapter() {
    let model = model("llama");
    let (config, weights) = ("adapter_config.json", "adapter_model.safetensors");
    let with = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut json: serde_json::Value =
            serde_json::from_slice(&std::fs::read(golden_folder("llama/adapter").join(config)).unwrap()).unwrap();
        change(&mut json);
        json.to_string().into_bytes()
    };
    let whole = std::fs::read(golden_folder("llama/adapter").join(weights)).unwrap();
    for (file, bytes, expected) in [
        (
            config,
            with(&|c| c["peft_type"] = "LOHA".into()),
            "adapter_config.json: `peft_type` is LOHA, expected `LORA`",
        ),
        (config, with(&|c| c["alora_invocation_tokens"] = [3, 4].into()), "`alora_invocation_tokens` is set"),
        (config, with(&|c| c["lora_bias"] = true.into()), "`lora_bias` is set"),
        (config, with(&|c| c["target_modules"] = ["q_prj"].into()), "`target_modules` fits no module of the model"),
        (config, with(&|c| c["r"] = 3.into()), "is [4, 32], expected [3, 32]"),
        (config, with(&|c| c["r"] = 0.into()), "`lora rank` is 0, expected 1 to 65536"),
        (config, with(&|c| c["layers_to_transform"] = [0, 1, 2].into()), "no tensor `base_model.model.model.layers.0."),
        (
            config,
            with(&|c| c["layers_to_transform"] = [1].into()),
            "belongs to no module listed in adapter_config.json",
        ),
        (
            config,
            with(&|c| c["layers_to_transform"] = [9].into()),
            "`layers_to_transform` has 9, expected layers 0 to 2",
        ),
        (config, b"{\n\"r\": 1".to_vec(), "adapter_config.json:2: not a PEFT configuration"),
        (weights, whole[..whole.len() - 1].to_vec(), "adapter_model.safetensors: not a complete safetensors file"),
        (weights, vec![], "adapter_model.safetensors: not a complete safetensors file"),
    ] {
        let copy = tempfile::tempdir().unwrap();
        for name in [config, weights] {
            std::fs::copy(golden_folder("llama/adapter").join(name), copy.path().join(name)).unwrap();
        }
        std::fs::write(copy.path().join(file), bytes).unwrap();
        let read = Adapter::<Cpu>::read_peft(copy.path(), model.clone());
        let error = read.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
