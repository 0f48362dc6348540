use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jobs_core::Target;
use predictor::Device;
use predictor::evaluate::Split;

/// Arguments of `predictor-eval`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Examples:\n  experiments predictor-eval --runs my-runs\n  experiments predictor-eval --runs tables/* --n 10,20,30 --early 50,100 --split random,trial --out results/my-eval\n\nA run table is a folder with space.toml, runs.csv and curves.csv (see jobs_core::run_table). Runs cut short and, for the target\n`last`, diverged runs have no final value and are left out; how many is printed."
)]
pub struct PredictorEvalArgs {
    /// Run tables: folders with space.toml, runs.csv and curves.csv, or folders of such folders
    #[arg(long, value_name = "DIR", num_args = 1.., required = true)]
    pub runs: Vec<PathBuf>,
    /// Numbers of full runs to learn from [default: 20,30]
    #[arg(long, value_delimiter = ',', value_name = "N,...")]
    pub n: Vec<usize>,
    /// Steps of an early run [default: 50,100, or 8 % and 16 % of a full run where those do not fit]
    #[arg(long, value_delimiter = ',', value_name = "STEPS,...")]
    pub early: Vec<u64>,
    /// How runs are split into examples and runs to predict
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [SplitName::Random], value_name = "HOW,...")]
    pub split: Vec<SplitName>,
    /// The column of runs.csv that names the search a run came from, for `--split trial`
    #[arg(long, default_value = "trial", value_name = "COLUMN")]
    pub trial_column: String,
    /// Number of splits
    #[arg(long, default_value_t = 30, value_name = "N")]
    pub splits: usize,
    /// What is predicted
    #[arg(long, value_enum, default_value_t = TargetName::Last)]
    pub target: TargetName,
    /// Predictors, comma-separated [default: all]
    #[arg(long, value_delimiter = ',', value_name = "NAME,...")]
    pub predictors: Vec<String>,
    /// Where networks are trained: cpu, cuda or cuda:INDEX (needs a build with `--features cuda`)
    #[arg(long, default_value = "cpu", value_name = "DEVICE")]
    pub device: Device,
    /// Root of the splits' and predictors' randomness
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub seed: u64,
    /// Folder for the results
    #[arg(long, default_value = "results/predictor-eval", value_name = "DIR")]
    pub out: PathBuf,
    /// Evaluations in parallel [default: one per core]
    #[arg(long, value_name = "N")]
    pub workers: Option<usize>,
}

/// Names of [`Split`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SplitName {
    /// At random
    Random,
    /// The runs of one search (each in turn) from examples of the others
    Trial,
}

impl SplitName {
    /// As in the CSV.
    pub fn name(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::Trial => "trial",
        }
    }

    pub(super) fn split(self) -> Split {
        match self {
            Self::Random => Split::Random,
            Self::Trial => Split::BySearch,
        }
    }
}

/// Names of [`Target`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TargetName {
    /// The loss at the last evaluation
    Last,
    /// The lowest loss along the run
    Best,
}

impl From<TargetName> for Target {
    fn from(name: TargetName) -> Self {
        match name {
            TargetName::Last => Self::Last,
            TargetName::Best => Self::Best,
        }
    }
}
