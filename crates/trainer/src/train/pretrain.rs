use std::collections::BTreeSet;
use std::path::Path;

use burn::tensor::Tensor;
use burn::tensor::backend::AutodiffBackend;
use jobs_core::Seed;
use rand::seq::SliceRandom;
use rayon::prelude::*;

use super::{AdamW, AdamWConfig, Decay, Schedule, clip_by_global_norm, global_norm};
use crate::base::TOKENIZER_CONFIG;
use crate::data::{Encoded, Example, Packing, Task, TextTokenizer, micro_batches};
use crate::error::{LlmError, write_file};
use crate::kernels::Training;
use crate::model::{Biases, Caps, Decoder, Factors, Family, MicroBatch, ModelConfig, RopeScaling};
use crate::weights::encode;

/// Settings for training the built-in model.
#[derive(Clone, Debug, PartialEq)]
pub struct Pretraining {
    /// Width of the residual stream.
    pub hidden: usize,
    /// Number of layers.
    pub layers: usize,
    /// Number of steps.
    pub steps: u64,
    /// Examples per step.
    pub batch: usize,
    /// Peak learning rate.
    pub learning_rate: f64,
    /// Seed of data and weights.
    pub seed: Seed,
}

impl Default for Pretraining {
    fn default() -> Self {
        Self { hidden: 64, layers: 4, steps: 1500, batch: 64, learning_rate: 3e-3, seed: Seed(0) }
    }
}

/// Easy examples per task.
const EASY: usize = 3000;
/// Examples per gradient.
const MICRO: usize = 32;

/// Trains a small character-level Llama on easy examples of the built-in tasks and writes it as a Hugging Face folder. `progress`
/// receives the number and the loss (in nats per token) of every hundredth step.
pub fn pretrain<A: Training>(
    how: &Pretraining,
    folder: &Path,
    device: &A::Device,
    mut progress: impl FnMut(u64, f64),
) -> Result<(), LlmError> {
    let examples: Vec<Example> = Task::ALL.iter().flat_map(|t| t.easy(EASY, how.seed)).collect();
    let (tokenizer_json, vocabulary) = characters(&examples);
    let config = config(how, vocabulary);
    let path = folder.join("tokenizer.json");
    let tokenizer = TextTokenizer::from_bytes(tokenizer_json.as_bytes(), &path, &config)?;
    // the loss is on the whole text, prompt included
    let mut all: Vec<Encoded> = vec![];
    for e in &examples {
        all.extend(Example::new("", format!("{}{}", e.prompt, e.completion)).encode(&tokenizer, 64)?);
    }
    let parameters = train::<A>(how, &config, &all, device, &mut progress);
    let Some(decoder) = Decoder::from_parameters(&config, parameters) else { unreachable!("all matrices are there") };
    write_file(&path, tokenizer_json.as_bytes())?;
    write_file(&folder.join("tokenizer_config.json"), TOKENIZER_CONFIG.as_bytes())?;
    let metadata = [("format".to_owned(), "pt".to_owned())].into();
    write_file(&folder.join("model.safetensors"), &encode(&decoder.named_tensors(), metadata)?)?;
    let mut json = format!("{:#}", config.to_json());
    json.push('\n');
    write_file(&folder.join("config.json"), json.as_bytes())
}

type Matrices<A> = Vec<Tensor<<A as AutodiffBackend>::InnerBackend, 2>>;

fn train<A: Training>(
    how: &Pretraining,
    config: &ModelConfig,
    all: &[Encoded],
    device: &A::Device,
    progress: &mut impl FnMut(u64, f64),
) -> Matrices<A> {
    let schedule = Schedule { peak: how.learning_rate, warmup: how.steps / 20, total: how.steps, decay: Decay::Cosine };
    let mut parameters = Decoder::<A::InnerBackend>::random(config, how.seed, device);
    let mut optimizer = AdamW::new(AdamWConfig { beta2: 0.99, ..AdamWConfig::default() }, &parameters);
    let mut order: Vec<usize> = vec![];
    let mut rng = how.seed.stream("pretrain", 0);
    for step in 0..how.steps {
        if order.len() < how.batch {
            order = (0..all.len()).collect();
            order.shuffle(&mut rng);
        }
        let batch: Vec<&Encoded> = order.drain(..how.batch.min(order.len())).map(|i| &all[i]).collect();
        let Some((loss, gradients)) = batch_gradient::<A>(config, &parameters, &batch) else { break };
        let norm = global_norm(&gradients).map_or(0.0, |n| n.into_data().iter::<f64>().sum());
        let clipped = clip_by_global_norm(gradients, norm, 1.0);
        parameters = optimizer.update(schedule.rate(step), parameters, clipped);
        if (step + 1).is_multiple_of(100) {
            progress(step + 1, loss.into_data().iter::<f64>().sum());
        }
    }
    parameters
}

/// Loss `[1]`, and gradients with respect to all parameters.
type LossAndGradients<A> = (Tensor<<A as AutodiffBackend>::InnerBackend, 1>, Matrices<A>);

/// Mean loss of a batch and its gradients, summed over micro-batches in order.
fn batch_gradient<A: Training>(
    config: &ModelConfig,
    parameters: &[Tensor<A::InnerBackend, 2>],
    batch: &[&Encoded],
) -> Option<LossAndGradients<A>> {
    let weight = 1.0 / batch.iter().map(|e| e.targets()).sum::<usize>() as f64;
    let parts = micro_batches(batch, MICRO, Packing::Pad);
    let found: Vec<Option<_>> = parts.par_iter().map(|b| whole_gradient::<A>(config, parameters, b, weight)).collect();
    found
        .into_iter()
        .flatten()
        .reduce(|(loss, sum), (other, more)| (loss + other, sum.into_iter().zip(more).map(|(a, b)| a + b).collect()))
}

fn whole_gradient<A: Training>(
    config: &ModelConfig,
    parameters: &[Tensor<A::InnerBackend, 2>],
    batch: &MicroBatch,
    weight: f64,
) -> Option<LossAndGradients<A>> {
    let variables: Vec<Tensor<A, 2>> =
        parameters.iter().map(|p| Tensor::from_inner(p.clone()).require_grad()).collect();
    let model = Decoder::from_parameters(config, variables.clone())?;
    let loss = super::losses(&model, None, batch).sum() * weight;
    let mut gradients = loss.backward();
    let of = |v: &Tensor<A, 2>| v.grad_remove(&mut gradients).unwrap_or_else(|| v.clone().inner().zeros_like());
    let by_parameter = variables.iter().map(of).collect();
    Some((loss.inner(), by_parameter))
}

fn config(how: &Pretraining, vocabulary: usize) -> ModelConfig {
    ModelConfig {
        family: &Family::LLAMA,
        hidden: how.hidden,
        intermediate: 2 * how.hidden,
        layers: how.layers,
        heads: 4,
        kv_heads: 2,
        head_dim: how.hidden / 4,
        vocabulary,
        context: 256,
        windows: vec![None; how.layers],
        norm_eps: 1e-5,
        rope_theta: 10_000.0,
        rope_scaling: RopeScaling::None,
        local_rope_theta: None,
        tied_head: true,
        bos: Some(1),
        biases: Biases::default(),
        no_rope_layers: vec![],
        factors: Factors::plain(how.hidden / 4),
        caps: Caps::default(),
        eos: Some(vec![2]),
        notes: vec![],
    }
}

/// A character-level `tokenizer.json`, and its number of tokens.
fn characters(examples: &[Example]) -> (String, usize) {
    let mut letters: BTreeSet<char> = (' '..='~').collect();
    letters.extend(examples.iter().flat_map(|e| e.prompt.chars().chain(e.completion.chars())));
    letters.insert('\n');
    let special = ["<unk>", "<s>", "</s>"];
    let words = special.map(String::from).into_iter().chain(letters.iter().map(char::to_string));
    let vocabulary: serde_json::Map<String, serde_json::Value> =
        words.enumerate().map(|(i, w)| (w, i.into())).collect();
    let count = vocabulary.len();
    let added = special.iter().enumerate().map(|(i, s)| {
        serde_json::json!({"id": i, "content": s, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true})
    });
    let json = serde_json::json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added.collect::<Vec<_>>(),
        "normalizer": null,
        "pre_tokenizer": {"type": "Split", "pattern": {"Regex": r"[\s\S]"}, "behavior": "Isolated", "invert": false},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
            "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}}
        },
        "decoder": {"type": "Fuse"},
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "<unk>"}
    });
    (format!("{json:#}\n"), count)
}
