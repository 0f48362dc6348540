//! Models, adapters and checkpoints.

use std::path::Path;

use anyhow::Context;
use burn::backend::Flex;
use burn::tensor::DType;
use jobs_core::{SearchSpace, Seed, Steps};
use serde_json::{Value, json};
use trainer::data::DomainSettings;
use trainer::lora::{Adapter, LoraConfig, Module};
use trainer::model::{Decoder, ModelConfig, Rotary};
use trainer::train::{LoraSettings, TrainSettings, open};
use trainer::weights::{WeightFiles, encode};

use super::{Folder, Format, message, utf8};
use crate::mutate::Shape;

pub(super) fn formats() -> anyhow::Result<Vec<Format>> {
    Ok(vec![config(), weights()?, index()?, adapter_config()?, adapter_weights()?, checkpoint()?])
}

/// The configurations that the trainer is compared with transformers on.
fn config() -> Format {
    let files: [&[u8]; 11] = [
        include_bytes!("../../../crates/trainer/models/tiny/config.json"),
        include_bytes!("../../../crates/trainer/tests/golden/biases/config.json"),
        include_bytes!("../../../crates/trainer/tests/golden/granite/config.json"),
        include_bytes!("../../../crates/trainer/tests/golden/llama/config.json"),
        include_bytes!("../../../crates/trainer/tests/golden/llama3/config.json"),
        include_bytes!("../../../crates/trainer/tests/golden/longrope/config.json"),
        include_bytes!("../../../crates/trainer/tests/golden/mistral/config.json"),
        include_bytes!("../../../crates/trainer/tests/golden/qwen2/config.json"),
        include_bytes!("../../../crates/trainer/tests/golden/qwen3/config.json"),
        include_bytes!("../../../crates/trainer/tests/golden/smollm3/config.json"),
        include_bytes!("../../../crates/trainer/tests/golden/yarn/config.json"),
    ];
    Format::new("model config", Shape::Json, 14, files.map(<[u8]>::to_vec).to_vec(), |_, bytes| {
        let config = ModelConfig::parse(utf8(bytes)?, Path::new("config.json")).map_err(message)?;
        config.parameters();
        config.to_json();
        // made only once the weights are there, whose shapes bound the size
        if config.head_dim < 1 << 16 {
            Rotary::new(&config);
        }
        Ok(())
    })
}

/// A Llama of one layer.
fn small() -> anyhow::Result<Decoder<Flex>> {
    let config = json!({
        "model_type": "llama", "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,
        "vocab_size": 9, "tie_word_embeddings": true, "eos_token_id": 1, "max_position_embeddings": 32,
    });
    let config = ModelConfig::parse(&config.to_string(), Path::new("config.json"))?;
    let parameters = Decoder::<Flex>::random(&config, Seed(0), &Default::default());
    Decoder::from_parameters(&config, parameters).context("too few matrices")
}

fn bytes_of(model: &Decoder<Flex>) -> anyhow::Result<Vec<u8>> {
    Ok(encode(&model.named_tensors(), Default::default())?)
}

fn weights() -> anyhow::Result<Format> {
    let model = small()?;
    let files = vec![bytes_of(&model)?];
    Ok(Format::new("safetensors", Shape::Safetensors, 10, files, move |_, bytes| {
        let files = WeightFiles::from_bytes(bytes, Path::new("model.safetensors")).map_err(message)?;
        let device = Default::default();
        Decoder::<Flex>::from_files(model.config.clone(), files, DType::F32, &device).map(drop).map_err(message)
    }))
}

fn index() -> anyhow::Result<Format> {
    let model = small()?;
    let names = model.named_tensors().into_iter().map(|t| (t.name, Value::from("one.safetensors")));
    let index = json!({"metadata": {"total_size": 1}, "weight_map": names.collect::<serde_json::Map<_, _>>()});
    let name = "model.safetensors.index.json";
    let folder = Folder::new(name, &[("one.safetensors", &bytes_of(&model)?)])?;
    Ok(Format::new("safetensors index", Shape::Json, 3, vec![index.to_string().into_bytes()], move |_, bytes| {
        folder.write(bytes)?;
        WeightFiles::open(&folder.path()).map(drop).map_err(message)
    }))
}

/// The files of an adapter of [`small`].
fn adapter(model: &Decoder<Flex>) -> anyhow::Result<[Vec<u8>; 2]> {
    let lora =
        LoraConfig { modules: vec![Module::Q, Module::Down], layers: vec![0], rank: 2, alpha: 4.0, dropout: 0.1 };
    let folder = tempfile::tempdir()?;
    Adapter::<Flex>::new(&lora, &model.config, Seed(1), &Default::default()).write_peft(folder.path(), "base")?;
    let read = |name: &str| std::fs::read(folder.path().join(name));
    Ok([read("adapter_config.json")?, read("adapter_model.safetensors")?])
}

fn adapter_config() -> anyhow::Result<Format> {
    let model = small()?;
    let [config, weights] = adapter(&model)?;
    let mut patterns: Value = serde_json::from_slice(&config)?;
    for (member, value) in [
        ("target_modules", json!(r".*\.0\..*\.(q_proj|down_proj)")),
        ("layers_to_transform", Value::Null),
        ("rank_pattern", json!({"(q|v)_proj": 2, "down_proj": 2})),
        ("alpha_pattern", json!({".*": 6})),
        ("exclude_modules", json!(["k_proj"])),
    ] {
        patterns[member] = value;
    }
    let files = vec![config, patterns.to_string().into_bytes()];
    let folder = Folder::new("adapter_config.json", &[("adapter_model.safetensors", &weights)])?;
    Ok(Format::new("adapter config", Shape::Json, 8, files, move |_, bytes| {
        folder.write(bytes)?;
        Adapter::read_peft(&folder.path(), model.clone()).map(drop).map_err(message)
    }))
}

fn adapter_weights() -> anyhow::Result<Format> {
    let model = small()?;
    let [config, weights] = adapter(&model)?;
    let folder = Folder::new("adapter_model.safetensors", &[("adapter_config.json", &config)])?;
    Ok(Format::new("adapter weights", Shape::Safetensors, 6, vec![weights], move |_, bytes| {
        folder.write(bytes)?;
        Adapter::read_peft(&folder.path(), model.clone()).map(drop).map_err(message)
    }))
}

/// A run of the built-in model after two of four steps.
fn checkpoint() -> anyhow::Result<Format> {
    let lora = LoraSettings { layers: Some(1), modules: vec![Module::Q], ..LoraSettings::default() };
    let settings = TrainSettings {
        steps: 4,
        evaluate_every: 2,
        batch: 2,
        micro_batch: 2,
        threads: Some(1),
        train_examples: 8,
        validation_examples: 2,
        lora,
        domains: vec![DomainSettings::built_in("addition"), DomainSettings::built_in("sort")],
        ..TrainSettings::default()
    };
    let space = "[[dimension]]\nname = \"lora_rank\"\nkind = \"integer\"\nlow = 1\nhigh = 2\n";
    let trainer = open(settings, Some(SearchSpace::from_toml_str(space)?))?;
    let point = &trainer.space().design(1, Seed(0))[0];
    let mut run = trainer.start_live(point, Seed(1))?;
    run.advance_to(Steps(2))?;
    let files = vec![run.save()?];
    Ok(Format::new("checkpoint", Shape::Checkpoint, 4, files, move |_, bytes| {
        let mut run = trainer.resume(bytes).map_err(message)?;
        run.advance_to(Steps(3)).map(drop).map_err(message)
    }))
}
