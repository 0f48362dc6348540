//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Fine-tune language models with LoRA, record training runs, and train the built-in model
#[derive(Debug, Parser)]
#[command(name = "trainer", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// Command.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Fine-tune one configuration; after an interruption, the same command resumes
    #[command(visible_alias = "finetune")]
    Train(TrainArgs),
    /// Evaluate a model, with or without an adapter: losses and accuracies on every domain
    Evaluate(EvaluateArgs),
    /// Train random configurations and write them as a run table; resumes where it stopped
    Record(RecordArgs),
    /// Merge an adapter into its base and write the model (without an adapter: write the base)
    Merge(MergeArgs),
    /// Train the built-in model: a small Llama on easy examples of the built-in tasks
    Pretrain(PretrainArgs),
    /// Time training steps on random tokens and print one line of JSON
    Bench(BenchArgs),
    /// Print the logits after each given token as JSON, one list per token, to compare with other programs
    Logits(LogitsArgs),
    /// Print the default settings as a template for --settings
    Settings,
}

/// Settings, from a file and from options that override it.
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
    /// Threads on the CPU; results do not depend on them [default: all cores]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// Steps of a full run; overrides the settings
    #[arg(long, value_name = "N")]
    pub(crate) steps: Option<u64>,
}

/// Options of `train`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  trainer train --out run                                   built-in model, equal shares\n  trainer train --settings my.toml --mixture gsm8k=0.7,mmlu=0.3 --out run\n  trainer train --settings my.toml --space space.toml --point point.toml --out run\n\nWrites to the --out folder: run.ckpt (the complete state), evaluations.csv, and finally adapter/ in PEFT's format."
)]
pub(crate) struct TrainArgs {
    /// Settings.
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    /// Folder for checkpoint, evaluations and adapter
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Shares of the domains; domains not listed get 0 [default: equal shares]
    #[arg(long, value_name = "DOMAIN=SHARE,...", value_delimiter = ',', conflicts_with = "point")]
    pub(crate) mixture: Vec<String>,
    /// A configuration as TOML: `lora_rank = 8`, `[mixture]` ...; needs --space or the default space
    #[arg(long, value_name = "FILE")]
    pub(crate) point: Option<PathBuf>,
    /// Search space of the point [default: mixture, number of layers, projections, rank, dropout, alpha, first or last layers]
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
    /// Start over even if --out has a checkpoint
    #[arg(long)]
    pub(crate) fresh: bool,
}

/// Options of `evaluate`.
#[derive(Debug, Args)]
pub(crate) struct EvaluateArgs {
    /// Settings.
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    /// Adapter, as a PEFT folder
    #[arg(long, value_name = "DIR")]
    pub(crate) adapter: Option<PathBuf>,
    /// Questions per domain
    #[arg(long, default_value_t = 50, value_name = "N")]
    pub(crate) questions: usize,
}

/// Options of `record`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  trainer record --settings stories.toml --space space.toml --runs 80 --out results/curves/stories260k\n\nFinished runs are kept; a larger --runs adds to them."
)]
pub(crate) struct RecordArgs {
    /// Settings.
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    /// Search space to sample from [default: mixture, number of layers, projections, rank, dropout, alpha, first or last layers]
    #[arg(long, value_name = "FILE")]
    pub(crate) space: Option<PathBuf>,
    /// Total number of runs
    #[arg(long, value_name = "N")]
    pub(crate) runs: u64,
    /// Folder of the run table
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Seed of configurations and runs
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) seed: u64,
}

/// Options of `merge`.
#[derive(Debug, Args)]
pub(crate) struct MergeArgs {
    /// Model: `built-in` or a Hugging Face folder
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: String,
    /// Adapter, as a PEFT folder
    #[arg(long, value_name = "DIR")]
    pub(crate) adapter: Option<PathBuf>,
    /// Folder for the model
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

/// Options of `logits`.
#[derive(Debug, Args)]
pub(crate) struct LogitsArgs {
    /// Model: `built-in` or a Hugging Face folder
    #[arg(long, default_value = "built-in", value_name = "MODEL")]
    pub(crate) model: String,
    /// Adapter, as a PEFT folder
    #[arg(long, value_name = "DIR")]
    pub(crate) adapter: Option<PathBuf>,
    /// Token ids
    #[arg(long, value_name = "ID,...", value_delimiter = ',', required = true)]
    pub(crate) tokens: Vec<u32>,
}

/// Options of `pretrain`.
#[derive(Debug, Args)]
pub(crate) struct PretrainArgs {
    /// Folder for the model
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Number of steps
    #[arg(long, default_value_t = 1500, value_name = "N")]
    pub(crate) steps: u64,
    /// Seed of data and weights
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) seed: u64,
}

/// Options of `bench`.
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
    /// Rows per step
    #[arg(long, default_value_t = 8, value_name = "N")]
    pub(crate) rows: usize,
    /// Rows per micro-batch [default: --rows divided by --threads]
    #[arg(long, value_name = "N")]
    pub(crate) micro: Option<usize>,
    /// Tokens per row
    #[arg(long, default_value_t = 64, value_name = "N")]
    pub(crate) tokens: usize,
    /// Rank of the adapters on q, v, gate, up and down of every layer
    #[arg(long, default_value_t = 8, value_name = "N")]
    pub(crate) rank: usize,
    /// Timed steps, after two warm-up steps
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub(crate) steps: usize,
    /// Threads on the CPU
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) threads: usize,
    /// Recompute layers in the backward pass instead of storing their activations
    #[arg(long)]
    pub(crate) recompute: bool,
}
