//! Results folders: where they are, and how files enter them together with the manifest.

use std::path::{Path, PathBuf};

use manifest::ManifestBuilder;

use super::args::RunArgs;
use crate::user_error::user;

/// `results/NAME`, with --smoke `results/smoke/NAME`, unless --out names another folder.
pub(crate) fn results_folder(args: &RunArgs, name: &str) -> PathBuf {
    let folder = if args.smoke { "results/smoke" } else { "results" };
    args.out.clone().unwrap_or_else(|| Path::new(folder).join(name))
}

/// Makes the folder and checks that it is writable, before anything is computed.
pub(crate) fn writable(out: &Path) -> anyhow::Result<()> {
    let probe = out.join(".probe");
    let tried = std::fs::create_dir_all(out)
        .and_then(|()| std::fs::write(&probe, b""))
        .and_then(|()| std::fs::remove_file(&probe));
    tried.map_err(|e| user(format!("cannot write to the results folder {}: {e}", out.display())))
}

/// Makes the results folder.
pub(crate) fn folder(out: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(out).map_err(|e| user(format!("cannot write to the results folder {}: {e}", out.display())))
}

/// Writes a file of the results and notes it in the manifest.
pub(crate) fn write(out: &Path, name: &str, bytes: &[u8], manifest: &mut ManifestBuilder) -> anyhow::Result<()> {
    let path = out.join(name);
    crate::files::write_atomic(&path, bytes)?;
    Ok(manifest.file(&path)?)
}

/// Draws a picture and notes its file.
pub(crate) fn draw(
    out: &Path,
    name: &str,
    title: &str,
    svg: &plot::Svg,
    manifest: &mut ManifestBuilder,
) -> anyhow::Result<()> {
    plot::save(svg, title, out, name)?;
    manifest.file(&out.join(format!("{name}.svg")))?;
    Ok(())
}

/// In order of appearance.
pub(crate) fn distinct<'a, R>(rows: &'a [R], of: impl Fn(&'a R) -> &'a String) -> Vec<&'a str> {
    let mut all: Vec<&str> = vec![];
    for row in rows {
        if !all.contains(&of(row).as_str()) {
            all.push(of(row));
        }
    }
    all
}
