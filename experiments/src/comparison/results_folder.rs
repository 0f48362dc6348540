//! What foreseeing looks like: single runs (`fig3`), the error against N (`fig4`), and what happens when the search moves away
//! from where the predictor learnt (`shift`).

use std::path::Path;

use crate::user_error::user;
use manifest::ManifestBuilder;

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

/// Draws a picture's two files and notes them.
pub(crate) fn draw(
    out: &Path,
    name: &str,
    title: &str,
    svg: &plot::Svg,
    manifest: &mut ManifestBuilder,
) -> anyhow::Result<()> {
    plot::save(svg, title, out, name)?;
    for ending in ["svg", "png"] {
        manifest.file(&out.join(format!("{name}.{ending}")))?;
    }
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
