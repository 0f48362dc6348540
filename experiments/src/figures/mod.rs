//! Figures that need no comparison of methods, or gather several: fig2, fig6, fig7, fig8.

pub mod fig1;
pub mod fig2;
pub mod fig3;
pub mod fig4;
pub mod fig5;
pub mod fig6;
pub mod fig7;
pub mod fig8;

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::user_error::user;
use manifest::ManifestBuilder;

/// What a figure takes.
#[derive(Clone, Debug, Args)]
pub struct FigureArgs {
    /// Seeds
    #[arg(long, default_value_t = 5, value_name = "N")]
    pub seeds: u64,
    /// Folder for the results [default: results/NAME, with --smoke results/smoke/NAME]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Everything in small
    #[arg(long)]
    pub smoke: bool,
    /// Cells computed side by side, where there are cells [default: one per core]
    #[arg(long, value_name = "N")]
    pub workers: Option<usize>,
}

impl FigureArgs {
    pub(crate) fn folder(&self, name: &str) -> anyhow::Result<PathBuf> {
        if self.seeds == 0 {
            return Err(user("--seeds is 0, expected at least 1"));
        }
        let folder = if self.smoke { "results/smoke" } else { "results" };
        let out = self.out.clone().unwrap_or_else(|| Path::new(folder).join(name));
        std::fs::create_dir_all(&out).map_err(|e| user(format!("cannot write to {}: {e}", out.display())))?;
        Ok(out)
    }
}

/// Writes NAME.csv beside the pictures NAME.svg and NAME.png, and the manifest of all.
pub(crate) fn finish<R: Serialize>(
    name: &str,
    rows: &[R],
    picture: &plot::Svg,
    title: &str,
    out: &Path,
    mut manifest: ManifestBuilder,
) -> anyhow::Result<()> {
    let table = out.join(format!("{name}.csv"));
    crate::comparison::summary::write_csv(&table, rows)?;
    plot::save(picture, title, out, name)?;
    manifest.file(&table)?;
    for kind in ["svg", "png"] {
        manifest.file(&out.join(format!("{name}.{kind}")))?;
    }
    manifest.write(&out.join("manifest.json"))?;
    println!("Results are in {}", out.display());
    Ok(())
}
