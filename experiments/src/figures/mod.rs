//! The figures, one folder each, with at most four files: `mod.rs` (arguments and `run`), `rows.rs` (what is computed), `picture.rs`
//! and `text.rs` (what is printed).
//!
//! | figure | without |
//! | --- | --- |
//! | fig2, fig3, fig6, fig7, fig8 | `text.rs`: the table is the only text |
//! | fig5 | all but `mod.rs`: its rows, pictures and text are those of every comparison ([`crate::comparison`]) |

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

/// Arguments of a figure.
#[derive(Clone, Debug, Args)]
pub struct FigureArgs {
    /// Seeds
    #[arg(long, default_value_t = 5, value_name = "N")]
    pub seeds: u64,
    /// Folder for the results [default: results/NAME, with --smoke results/smoke/NAME]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Quick smoke run
    #[arg(long)]
    pub smoke: bool,
    /// Cells computed in parallel, where there are cells [default: one per core]
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

/// Writes NAME.csv, the picture NAME.svg and the manifest.
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
    manifest.file(&out.join(format!("{name}.svg")))?;
    manifest.write(&out.join("manifest.json"))?;
    println!("Results are in {}", out.display());
    Ok(())
}
