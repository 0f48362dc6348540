//! `trainer bench`: times training steps. `scripts/peers-trainer` gives the same work to PyTorch and PEFT.

use std::time::Instant;

use anyhow::bail;
use burn::tensor::DType;
use jobs_core::Seed;
use rand::RngExt;
use rayon::prelude::*;
use trainer::kernels::Training;
use trainer::lora::{Adapter, LoraConfig, Module};
use trainer::model::Decoder;
use trainer::train::{AdamW, AdamWConfig, MicroBatch, clip_by_global_norm, global_norm, gradient};
use trainer::{Base, Device, OnDevice};

use crate::cli::BenchArgs;
use crate::output::emit;

/// Most tokens per step.
const MOST_TOKENS: usize = 1 << 24;

pub(crate) fn run(args: &BenchArgs) -> anyhow::Result<()> {
    if args.rows == 0 || args.tokens < 2 || args.steps == 0 || args.threads == 0 || args.micro == Some(0) {
        bail!("--rows, --steps, --threads and --micro must be at least 1 and --tokens at least 2");
    }
    let device: Device = args.device.parse()?;
    device.run(Time(args))?
}

struct Time<'a>(&'a BenchArgs);

impl OnDevice for Time<'_> {
    type Output = anyhow::Result<()>;

    fn run<A: Training>(self, device: &A::Device) -> anyhow::Result<()> {
        time::<A>(self.0, device)
    }
}

fn time<A: Training>(args: &BenchArgs, device: &A::Device) -> anyhow::Result<()> {
    let dtype = if args.bf16 { DType::BF16 } else { DType::F32 };
    let model = Base::<A::InnerBackend>::open(&args.model, dtype, device)?.decoder;
    let config = LoraConfig {
        modules: vec![Module::Q, Module::V, Module::Gate, Module::Up, Module::Down],
        layers: (0..model.config.layers).collect(),
        rank: args.rank,
        alpha: 16.0,
        dropout: 0.0,
    };
    config.check(&model.config)?;
    if args.tokens > model.config.context {
        bail!("--tokens is {}, expected at most {}, the model's context", args.tokens, model.config.context);
    }
    if args.rows > MOST_TOKENS / args.tokens {
        bail!("--rows is {}, expected at most {}: {MOST_TOKENS} tokens per step", args.rows, MOST_TOKENS / args.tokens);
    }
    let batches = batches(args, model.config.vocabulary as u32);
    let adapter = Adapter::<A::InnerBackend>::new(&config, &model.config, Seed(0), device);
    let seconds = steps::<A>(args, &model, adapter, &batches)?;
    let median = seconds[seconds.len() / 2];
    let tokens = (args.rows * args.tokens) as f64;
    let line = serde_json::json!({
        "seconds_per_step": median,
        "fastest": seconds[0],
        "tokens_per_second": tokens / median,
        "rows": args.rows,
        "tokens": args.tokens,
        "threads": args.threads,
        "device": args.device,
        "bf16": args.bf16,
        "parameters": model.config.parameters(),
    });
    emit(&line.to_string())?;
    Ok(())
}

/// Micro-batches of random tokens with a loss on every token.
fn batches(args: &BenchArgs, vocabulary: u32) -> Vec<MicroBatch> {
    let mut rng = Seed(0).stream("tokens", 0);
    let row = |_| (0..args.tokens).map(|_| rng.random_range(0..vocabulary)).collect::<Vec<u32>>();
    let rows: Vec<Vec<u32>> = (0..args.rows).map(row).collect();
    let micro = args.micro.unwrap_or(args.rows.div_ceil(args.threads));
    rows.chunks(micro).map(|rows| MicroBatch::from_column(rows, 1)).collect()
}

/// Seconds of every timed step, in increasing order. The first two steps are not timed.
fn steps<A: Training>(
    args: &BenchArgs,
    model: &Decoder<A::InnerBackend>,
    mut adapter: Adapter<A::InnerBackend>,
    batches: &[MicroBatch],
) -> anyhow::Result<Vec<f64>> {
    let mut optimizer = AdamW::new(AdamWConfig::default(), &adapter.parameters());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(args.threads).build()?;
    let weight = 1.0 / (args.rows * (args.tokens - 1)) as f64;
    let mut seconds = vec![];
    for step in 0..args.steps + 2 {
        let clock = Instant::now();
        let one = |b| gradient::<A>(model, &adapter, b, weight, None, args.recompute).by_parameter;
        let all: Vec<_> = pool.install(|| batches.par_iter().map(one).collect());
        let add = |a: Vec<_>, b: Vec<_>| a.into_iter().zip(b).map(|(a, b)| a + b).collect();
        let Some(sum) = all.into_iter().reduce(add) else { bail!("no rows") };
        let norm = global_norm(&sum).map_or(0.0, |n| n.into_data().iter::<f64>().sum());
        adapter =
            adapter.with_parameters(optimizer.update(1e-4, adapter.parameters(), clip_by_global_norm(sum, norm, 1.0)));
        // wait for the device
        let _ = adapter.pairs[0].b.clone().into_data();
        if step >= 2 {
            seconds.push(clock.elapsed().as_secs_f64());
        }
    }
    seconds.sort_by(f64::total_cmp);
    Ok(seconds)
}
