//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Fine-tune language models with LoRA, record such runs, and train the built-in model.
#[derive(Debug, Parser)]
#[command(name = "trainer", version, about, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Fine-tune one configuration; stopped at any moment, the same command goes on
    #[command(visible_alias = "finetune")]
    Train(TrainArgs),
    /// Losses and accuracies of a model, with or without an adapter, on every domain
    Evaluate(EvaluateArgs),
    /// Train many random configurations and write them as a run table; goes on where it was stopped
    Record(RecordArgs),
    /// Add an adapter to its base and write the model (without an adapter: write the base)
    Merge(MergeArgs),
    /// Train the built-in model: a small Llama on easy examples of the built-in tasks
    Pretrain(PretrainArgs),
    /// Time training steps on random tokens and print one line of JSON
    Bench(BenchArgs),
    /// Print the logits after each of some tokens as JSON, one list a token, to compare with other programs
    Logits(LogitsArgs),
    /// Print the default settings, to be changed and given as --settings
    Settings,
}

/// Where settings come from.
#[derive(Debug, Args)]
pub(crate) struct SettingsArgs {
    /// Settings in TOML (see `trainer settings`) [default: the built-in model on the built-in tasks]
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,
    /// Model: `built-in` or a Hugging Face folder; overrides the settings
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: Option<String>,
    /// `cpu`, `cuda`, `cuda:INDEX` or `wgpu`; overrides the settings
    #[arg(long, value_name = "DEVICE")]
    pub(crate) device: Option<String>,
    /// Threads on the CPU; they change no result [default: all cores]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// Steps of a full run; overrides the settings
    #[arg(long, value_name = "N")]
    pub(crate) steps: Option<u64>,
}

/// What `train` takes.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  trainer train --out run                                   built-in model, equal shares\n  trainer train --settings my.toml --mixture gsm8k=0.7,mmlu=0.3 --out run\n  trainer train --settings my.toml --space space.toml --point point.toml --out run\n\nOUT holds run.ckpt (the whole state), evaluations.csv, and at the end adapter/ in PEFT's format."
)]
pub(crate) struct TrainArgs {
    /// Settings.
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    /// Folder for checkpoint, curves and adapter
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Shares of domains, the rest 0 [default: equal shares]
    #[arg(long, value_name = "DOMAIN=SHARE,...", value_delimiter = ',', conflicts_with = "point")]
    pub(crate) mixture: Vec<String>,
    /// A configuration as TOML: `lora_rank = 8`, `[mixture]` ...; needs --space or the default space
    #[arg(long, value_name = "FILE")]
    pub(crate) point: Option<PathBuf>,
    /// The space of the point [default: mixture, layers, projections, rank, dropout, alpha, place]
    #[arg(long, value_name = "FILE", requires = "point")]
    pub(crate) space: Option<PathBuf>,
    /// Seed of data order, adapter and dropout
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) seed: u64,
    /// Stop at this step [default: a full run]
    #[arg(long, value_name = "STEP")]
    pub(crate) stop: Option<u64>,
    /// Steps between checkpoints
    #[arg(long, default_value_t = 50, value_name = "N")]
    pub(crate) checkpoint_every: u64,
    /// Begin anew, whatever OUT holds
    #[arg(long)]
    pub(crate) fresh: bool,
}

/// What `evaluate` takes.
#[derive(Debug, Args)]
pub(crate) struct EvaluateArgs {
    /// Settings.
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    /// PEFT folder of an adapter
    #[arg(long, value_name = "DIR")]
    pub(crate) adapter: Option<PathBuf>,
    /// Questions asked per domain
    #[arg(long, default_value_t = 50, value_name = "N")]
    pub(crate) questions: usize,
}

/// What `record` takes.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  trainer record --settings stories.toml --space space.toml --runs 80 --out results/curves/stories260k\n\nFinished runs are kept; more --runs adds to them."
)]
pub(crate) struct RecordArgs {
    /// Settings.
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    /// The space whose points are drawn [default: mixture, layers, projections, rank, dropout, alpha, place]
    #[arg(long, value_name = "FILE")]
    pub(crate) space: Option<PathBuf>,
    /// Runs in all
    #[arg(long, value_name = "N")]
    pub(crate) runs: u64,
    /// Folder of the run table
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Seed of points and runs
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) seed: u64,
}

/// What `merge` takes.
#[derive(Debug, Args)]
pub(crate) struct MergeArgs {
    /// Model: `built-in` or a Hugging Face folder
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: String,
    /// PEFT folder of an adapter
    #[arg(long, value_name = "DIR")]
    pub(crate) adapter: Option<PathBuf>,
    /// Folder for the model
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

/// What `logits` takes.
#[derive(Debug, Args)]
pub(crate) struct LogitsArgs {
    /// Model: `built-in` or a Hugging Face folder
    #[arg(long, default_value = "built-in", value_name = "MODEL")]
    pub(crate) model: String,
    /// PEFT folder of an adapter
    #[arg(long, value_name = "DIR")]
    pub(crate) adapter: Option<PathBuf>,
    /// Tokens by number
    #[arg(long, value_name = "ID,...", value_delimiter = ',', required = true)]
    pub(crate) tokens: Vec<u32>,
}

/// What `pretrain` takes.
#[derive(Debug, Args)]
pub(crate) struct PretrainArgs {
    /// Folder for the model
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Steps
    #[arg(long, default_value_t = 1500, value_name = "N")]
    pub(crate) steps: u64,
    /// Seed
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) seed: u64,
}

/// What `bench` takes.
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// Model: `built-in` or a Hugging Face folder
    #[arg(long, default_value = "built-in", value_name = "MODEL")]
    pub(crate) model: String,
    /// `cpu`, `cuda`, `cuda:INDEX` or `wgpu`
    #[arg(long, default_value = "cpu", value_name = "DEVICE")]
    pub(crate) device: String,
    /// Compute in bfloat16
    #[arg(long)]
    pub(crate) bf16: bool,
    /// Rows of a step
    #[arg(long, default_value_t = 8, value_name = "N")]
    pub(crate) rows: usize,
    /// Rows of a micro-batch [default: those of a step shared among the threads]
    #[arg(long, value_name = "N")]
    pub(crate) micro: Option<usize>,
    /// Tokens of a row
    #[arg(long, default_value_t = 64, value_name = "N")]
    pub(crate) tokens: usize,
    /// Rank of the adapters, on q, v, gate, up and down of every layer
    #[arg(long, default_value_t = 8, value_name = "N")]
    pub(crate) rank: usize,
    /// Steps that are timed, after two that are not
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub(crate) steps: usize,
    /// Threads on the CPU
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) threads: usize,
    /// Run layers again on the way back instead of keeping what they computed
    #[arg(long)]
    pub(crate) recompute: bool,
}
