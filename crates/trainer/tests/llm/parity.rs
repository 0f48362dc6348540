//! Logits equal those of transformers and PEFT; damaged folders are rejected.

use burn::tensor::DType;
use trainer::Base;
use trainer::lora::Adapter;
use trainer::model::Decoder;

use crate::golden::folder as golden_folder;
use crate::golden::*;

const TOLERANCE: f32 = 1e-5;

#[test]
fn logits_equal_those_of_transformers() {
    for kind in ["llama", "llama3", "qwen2", "qwen3"] {
        let golden = record(kind);
        let found = logits(&model(kind), None, &tokens(&golden["tokens"]), 6);
        let expected = numbers(&golden["logits"]);
        let largest = expected.iter().fold(0.0, |m: f32, v| m.max(v.abs()));
        let difference = worst(&found, &expected);
        println!("{kind}: largest difference {difference:.2e}, largest logit {largest:.1}");
        assert!(difference <= TOLERANCE, "{kind}: {difference}");
    }
}

#[test]
fn adapted_logits_equal_those_of_peft_and_of_the_merged_model() {
    for kind in ["llama", "qwen3"] {
        let (golden, model, adapter) = (record(kind), model(kind), adapter(kind));
        let rows = tokens(&golden["tokens"]);
        let expected = numbers(&golden["adapted"]);
        let plain = worst(&logits(&model, None, &rows, 6), &expected);
        assert!(plain > 0.1, "the adapter of {kind} does nothing: {plain}");
        let difference = worst(&logits(&model, Some(&adapter), &rows, 6), &expected);
        let merged = worst(&logits(&adapter.merge(&model), None, &rows, 6), &expected);
        println!("{kind}: adapted {difference:.2e}, merged {merged:.1e}");
        assert!(difference <= TOLERANCE && merged <= TOLERANCE, "{kind}: {difference}, merged {merged}");
    }
}

#[test]
fn adapters_survive_writing() {
    for kind in ["llama", "qwen3"] {
        let (model, adapter) = (model(kind), adapter(kind));
        let folder = tempfile::tempdir().unwrap();
        adapter.write_peft(folder.path(), "some/base").unwrap();
        let back: Adapter<Cpu> = Adapter::read_peft(folder.path(), &model.config, &Default::default()).unwrap();
        assert_eq!(back.config, adapter.config);
        for (a, b) in adapter.parameters().iter().zip(back.parameters()) {
            assert_eq!(a.to_data(), b.to_data());
        }
    }
}

#[test]
fn logits_of_a_real_model_equal_those_of_transformers() {
    let Some(folder) = shared("models/stories260K-hf") else { return };
    let text = std::fs::read_to_string(golden_folder("stories260k.json")).unwrap();
    let golden: serde_json::Value = serde_json::from_str(&text).unwrap();
    let model = Decoder::<Cpu>::load(&folder, DType::F32, &Default::default()).unwrap();
    assert_eq!(model.config.parameters(), 260_032);
    let found = logits(&model, None, &tokens(&golden["tokens"]), 3);
    let [exact, eager, sdpa] = ["logits", "eager", "sdpa"].map(|name| numbers(&golden[name]));
    // a root mean square too: a largest difference is mostly luck
    let off = |a: &[f32], b: &[f32]| {
        let squares: f64 = a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum();
        (worst(a, b), (squares / a.len() as f64).sqrt())
    };
    for (what, (largest, rms)) in [
        ("ours from f64", off(&found, &exact)),
        ("transformers' eager f32 from f64", off(&eager, &exact)),
        ("transformers' sdpa f32 from f64", off(&sdpa, &exact)),
        ("transformers' eager from sdpa", off(&eager, &sdpa)),
        ("ours from eager", off(&found, &eager)),
        ("ours from sdpa", off(&found, &sdpa)),
    ] {
        println!("stories260K: {what}: largest {largest:.2e}, rms {rms:.2e}");
    }
    // 9.5e-6 and 8.6e-6 with AVX-512; other processors sum in another order
    assert!(off(&found, &exact).0 <= 1.2 * TOLERANCE && off(&found, &eager).0 <= 1.2 * TOLERANCE);
    // logits reach 18, where a unit in the last place is 1.9e-6: transformers' sdpa itself is more than 1e-5 from its f64
    assert!(off(&found, &sdpa).0 <= 1.5 * TOLERANCE);
    assert!(off(&found, &exact).1 <= off(&sdpa, &exact).1);
}

/// SmolLM2-135M in f32 as `../shared/models/make_smollm2_hf.py FOLDER --f32` makes it.
#[test]
fn logits_of_smollm2_equal_those_of_transformers() {
    const FOLDER: &str = "JOBS_SMOLLM2";
    let Some(folder) = std::env::var_os(FOLDER) else {
        eprintln!(
            "SKIPPED: {FOLDER} does not name the folder of SmolLM2-135M (../shared/models/make_smollm2_hf.py FOLDER --f32)"
        );
        return;
    };
    let text = std::fs::read_to_string(golden_folder("smollm2.json")).unwrap();
    let golden: serde_json::Value = serde_json::from_str(&text).unwrap();
    let base = Base::<Cpu>::open(folder.to_str().unwrap(), DType::F32, &Default::default()).unwrap();
    assert_eq!(base.decoder.config.parameters(), 134_515_008);
    let rows = tokens(&golden["tokens"]);
    let mut encoded = base.tokenizer.encode("", golden["text"].as_str().unwrap()).unwrap().tokens;
    encoded.truncate(rows[0].len()); // without the end of the sequence
    assert_eq!(encoded, rows[0]);
    let every = golden["every"].as_u64().unwrap() as usize;
    let found: Vec<f32> = logits(&base.decoder, None, &rows, 3)
        .chunks(base.decoder.config.vocabulary)
        .flat_map(|row| row.iter().step_by(every))
        .copied()
        .collect();
    let expected = numbers(&golden["logits"]);
    let largest = expected.iter().fold(0.0, |m: f32, v| m.max(v.abs()));
    let difference = worst(&found, &expected) / largest;
    println!("SmolLM2-135M: largest relative difference {difference:.1e}, largest logit {largest:.1}");
    assert!(difference <= 1e-3, "{difference}");
}

#[test]
fn a_tokenizer_of_another_model_is_rejected() {
    let copy = tempfile::tempdir().unwrap();
    for name in ["config.json", "model.safetensors"] {
        std::fs::copy(golden_folder("llama").join(name), copy.path().join(name)).unwrap();
    }
    let open =
        || Base::<Cpu>::open(copy.path().to_str().unwrap(), DType::F32, &Default::default()).unwrap_err().to_string();
    assert!(open().contains("tokenizer.json: "), "{}", open());
    let words = |highest: usize| {
        let words: serde_json::Map<_, _> = (0..=highest).map(|i| (format!("w{i}"), i.into())).collect();
        let tokenizer = serde_json::json!({
            "version": "1.0", "added_tokens": [], "model": {"type": "WordLevel", "vocab": words, "unk_token": "w0"},
        });
        std::fs::write(copy.path().join("tokenizer.json"), tokenizer.to_string()).unwrap();
    };
    words(61);
    let error = open();
    let expected =
        "tokenizer.json: does not match the model: it has tokens up to 61, but the vocabulary of the model is 61";
    assert!(error.ends_with(expected), "{error}");
    words(60);
    assert!(Base::<Cpu>::open(copy.path().to_str().unwrap(), DType::F32, &Default::default()).is_ok());
    std::fs::write(copy.path().join("tokenizer.json"), "{\"model\": 3}").unwrap();
    assert!(open().contains("not a tokenizer of the `tokenizers` library"), "{}", open());
}

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
fn errors_name_what_is_wrong_in_a_folder() {
    let edit = |from: &'static str, to: &'static str| {
        move |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(from, to).into_bytes()
    };
    for (kind, file, words, error) in [
        (
            "llama",
            "config.json",
            refusal("llama", "config.json", edit("\"llama\"", "\"lama\"")),
            "did you mean `llama`?",
        ),
        (
            "llama",
            "config.json",
            refusal("llama", "config.json", edit("\"hidden_size\": 32", "\"hidden_size\": 36")),
            "[61, 32], expected [61, 36]",
        ),
        (
            "llama",
            "config.json",
            refusal("llama", "config.json", edit("\"num_hidden_layers\": 3", "\"num_hidden_layers\": 4")),
            "no tensor `model.layers.3.input_layernorm.weight`",
        ),
        (
            "llama",
            "config.json",
            refusal("llama", "config.json", edit("\"num_hidden_layers\": 3", "\"num_hidden_layers\": 2")),
            "unexpected tensor `model.layers.2.",
        ),
        ("llama", "config.json", refusal("llama", "config.json", edit("{", "")), "config.json:"),
        (
            "llama",
            "config.json",
            refusal("llama", "config.json", edit("\"hidden_size\": 32", "\"hidden_size\": 9223372036854775807")),
            "`hidden_size` is 9223372036854775807, expected 1 to 16777216",
        ),
        (
            "llama",
            "config.json",
            refusal("llama", "config.json", edit("\"num_key_value_heads\": 2", "\"num_key_value_heads\": 3")),
            "4 query heads cannot share 3 key-value heads evenly",
        ),
        (
            "llama",
            "config.json",
            refusal("llama", "config.json", edit("\"rms_norm_eps\": 1e-06", "\"rms_norm_eps\": -1.0")),
            "`rms_norm_eps` is -1, expected a positive number",
        ),
        ("llama", "config.json", refusal("llama", "config.json", |_| vec![]), "config.json: "),
        (
            "llama3",
            "config.json",
            refusal("llama3", "config.json", edit("llama3", "yarn")),
            "rope scaling `yarn` is not supported",
        ),
        (
            "llama",
            "model.safetensors",
            refusal("llama", "model.safetensors", |b| b[..b.len() / 2].to_vec()),
            "truncated",
        ),
        (
            "llama",
            "model.safetensors",
            refusal("llama", "model.safetensors", |_| vec![]),
            "expected model.safetensors or",
        ),
        (
            "qwen2",
            "index",
            refusal("qwen2", "model-00002-of-00002.safetensors", |_| vec![]),
            "model-00002-of-00002.safetensors",
        ),
    ] {
        assert!(words.contains(error), "{kind}/{file}: {words}");
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
        (config, with(&|c| c["peft_type"] = "LOHA".into()), "adapter_config.json: peft_type `LOHA` is not supported"),
        (config, with(&|c| c["use_dora"] = true.into()), "`use_dora` is set: this variant of LoRA is not supported"),
        (config, with(&|c| c["alora_invocation_tokens"] = [3, 4].into()), "`alora_invocation_tokens` is set"),
        (config, with(&|c| c["lora_bias"] = true.into()), "`lora_bias` is set"),
        (config, with(&|c| c["target_modules"] = ["q_prj"].into()), "did you mean `q_proj`?"),
        (config, with(&|c| c["r"] = 3.into()), "is [4, 32], expected [3, 32]"),
        (config, with(&|c| c["r"] = 0.into()), "`lora rank` is 0, expected 1 to"),
        (config, with(&|c| c["layers_to_transform"] = [0, 1, 2].into()), "no tensor `base_model.model.model.layers.0."),
        (
            config,
            with(&|c| c["layers_to_transform"] = [1].into()),
            "belongs to no module listed in adapter_config.json",
        ),
        (config, with(&|c| c["layers_to_transform"] = [9].into()), "`lora layers` is 9, expected layers 0 to 2"),
        (config, b"{\n\"r\": 1".to_vec(), "adapter_config.json:2: not a PEFT configuration"),
        (weights, whole[..whole.len() - 1].to_vec(), "adapter_model.safetensors: not a complete safetensors file"),
        (weights, vec![], "adapter_model.safetensors: not a complete safetensors file"),
    ] {
        let copy = tempfile::tempdir().unwrap();
        for name in [config, weights] {
            std::fs::copy(golden_folder("llama/adapter").join(name), copy.path().join(name)).unwrap();
        }
        std::fs::write(copy.path().join(file), bytes).unwrap();
        let read = Adapter::<Cpu>::read_peft(copy.path(), &model.config, &Default::default());
        let error = read.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
