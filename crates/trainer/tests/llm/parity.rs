//! Logits equal those of transformers and PEFT.

use burn::tensor::DType;
use trainer::llm::lora::Adapter;
use trainer::llm::model::Decoder;

use crate::golden::folder as golden_folder;
use crate::golden::*;

const TOLERANCE: f32 = 1e-5;

#[test]
fn logits_are_those_of_transformers() {
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
fn adapted_logits_are_those_of_peft_and_of_the_merged_model() {
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
fn a_real_model_gives_the_logits_of_transformers() {
    let Some(folder) = shared("models/stories260K-hf") else { return };
    let text = std::fs::read_to_string(golden_folder("stories260k.json")).unwrap();
    let golden: serde_json::Value = serde_json::from_str(&text).unwrap();
    let model = Decoder::<Cpu>::load(&folder, DType::F32, &Default::default()).unwrap();
    assert_eq!(model.config.parameters(), 260_032);
    let difference = worst(&logits(&model, None, &tokens(&golden["tokens"]), 3), &numbers(&golden["logits"]));
    println!("stories260K: largest difference {difference:.2e}");
    // logits reach 18, one ulp is 1.9e-6: transformers in f32 is itself 0.7e-5 (eager) to 1.0e-5 (sdpa) away from f64
    assert!(difference <= 2.0 * TOLERANCE, "{difference}");
}

/// Copies a golden model, changes one of its files, and gives the words of the error.
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
fn bad_folders_are_refused_by_name() {
    let edit = |from: &'static str, to: &'static str| {
        move |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(from, to).into_bytes()
    };
    for (kind, file, words, error) in [
        ("llama", "config.json", refusal("llama", "config.json", edit("\"llama\"", "\"lama\"")), "is `llama` meant?"),
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
            "has no place in the model",
        ),
        ("llama", "config.json", refusal("llama", "config.json", edit("{", "")), "config.json:"),
        ("llama", "config.json", refusal("llama", "config.json", |_| vec![]), "config.json: "),
        (
            "llama3",
            "config.json",
            refusal("llama3", "config.json", edit("llama3", "yarn")),
            "rope scaling `yarn` is not known",
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
