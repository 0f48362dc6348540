//! fig2: how the best mixture depends on the LoRA settings.
//!
//! Each panel is a slice of a task's landscape: from left to right the share of one domain (the others in proportion to the best
//! configuration's), from bottom to top a number of the model; all else as in the best configuration. The line joins the best share at
//! each setting: where it is not upright, data and model have to be chosen together. Shown is the pair that moves most: the one for which
//! keeping to one share at all settings costs most; how much it costs is in the panel. With `--runs` the landscape is a Gaussian process fitted to
//! recorded runs, which are drawn as dots; without, the built-in emulators'.

mod picture;
mod rows;

use self::picture::picture;
use self::rows::{COLUMNS, ROWS, Slice, emulated, recorded};
use crate::figures::{FigureArgs, finish};
use clap::Args;
use manifest::ManifestBuilder;
use std::path::PathBuf;

/// Arguments of `fig2`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  experiments fig2 --runs tables/gsm8k tables/mmlu      on recorded runs")]
pub struct Fig2Args {
    /// Folders and size.
    #[command(flatten)]
    pub figure: FigureArgs,
    /// Run tables, or folders of such; a folder's name is the task's [default: the built-in emulators]
    #[arg(long, value_name = "DIR", num_args = 1..)]
    pub runs: Vec<PathBuf>,
}

/// Draws it.
pub fn run(args: &Fig2Args) -> anyhow::Result<()> {
    let out = args.figure.folder("fig2")?;
    let manifest = ManifestBuilder::start(&serde_json::json!({
        "experiment": "fig2", "seeds": [0], "runs": args.runs, "columns": COLUMNS, "rows": ROWS,
    }));
    let mut landscapes = if args.runs.is_empty() { emulated()? } else { recorded(&args.runs)? };
    if args.figure.smoke {
        landscapes.truncate(2);
    }
    let mut rows = vec![];
    let slices: Vec<Slice> = landscapes.iter().map(|l| Slice::of(l, &mut rows)).collect::<Result<_, _>>()?;
    let picture = picture(&landscapes, &slices);
    finish("fig2", &rows, &picture, "The best mixture moves with the LoRA setting", &out, manifest)
}
