//! report: one self-contained HTML page of what a results folder holds, in the order in which a reader asks.
//!
//! Every folder below `results` with a `manifest.json` is a section of one of seven chapters. Pictures are embedded as SVG and tables are
//! folded, so that the page needs no network and stays below five megabytes. It reads in light and dark, on a phone and on paper.

mod chapters;
mod overview;
mod page;
mod provenance;
mod table;

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use serde_json::Value;

use crate::files::write_atomic;
use crate::user_error::user;

/// What `report` takes.
#[derive(Clone, Debug, Args)]
pub struct ReportArgs {
    /// Folder of the results
    #[arg(long, default_value = "results", value_name = "DIR")]
    pub results: PathBuf,
    /// The page to write [default: report.html in that folder]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// One folder of results.
struct Section {
    /// Path below the results folder.
    name: String,
    manifest: Value,
    /// File name and SVG.
    pictures: Vec<(String, String)>,
    /// File name and text: Markdown.
    tables: Vec<(String, String)>,
    summary: Option<String>,
    ranks: Option<String>,
    stages: Option<String>,
}

impl Section {
    /// What was made here.
    fn experiment(&self) -> &str {
        self.manifest["settings"]["experiment"].as_str().unwrap_or(&self.name)
    }

    /// Whether its methods are rivals; the rows of an ablation are not.
    fn compares(&self) -> bool {
        self.experiment() != "ablation"
    }
}

/// Writes the page.
pub fn run(args: &ReportArgs) -> anyhow::Result<()> {
    let mut folders = vec![];
    find(&args.results, 0, &mut folders);
    folders.sort();
    if folders.is_empty() {
        let results = args.results.display();
        return Err(user(format!(
            "{results}: no folder with a manifest.json; make results first, say with `all --smoke`"
        )));
    }
    let sections: Vec<Section> = folders.iter().map(|f| section(&args.results, f)).collect::<anyhow::Result<_>>()?;
    let page = page::page(&sections);
    let out = args.out.clone().unwrap_or_else(|| args.results.join("report.html"));
    write_atomic(&out, page.as_bytes())?;
    println!("{} sections, {:.1} MB: {}", sections.len(), page.len() as f64 / 1e6, out.display());
    Ok(())
}

/// A name with its numbers padded: `fig5-c4` before `fig5-c10`.
fn natural(name: &str) -> String {
    let mut out = String::new();
    for part in name.split_inclusive(|c: char| !c.is_ascii_digit()) {
        let digits = part.trim_end_matches(|c: char| !c.is_ascii_digit());
        out += &format!("{digits:0>9}{}", &part[digits.len()..]);
    }
    out
}

/// Pictures that the page leaves out: the loss curves where there are regret curves, and mean ranks, which the tables have.
fn is_shown(file: &str, folder: &Path) -> bool {
    let is_comparison = folder.join("fig5-regret.svg").exists();
    !(is_comparison && matches!(file, "fig5.svg" | "ranks.svg"))
}

/// Folders with a manifest, a few levels deep; kept cells and smoke runs of other results aside.
fn find(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    if folder.join("manifest.json").exists() {
        found.push(folder.to_owned());
    }
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.filter_map(Result::ok).map(|e| e.path()).filter(|p| p.is_dir()) {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if depth < 3 && !name.starts_with("cells") && name != "smoke" {
            find(&path, depth + 1, found);
        }
    }
}

fn section(root: &Path, folder: &Path) -> anyhow::Result<Section> {
    let name = folder.strip_prefix(root).unwrap_or(folder).display().to_string();
    let bytes = std::fs::read(folder.join("manifest.json")).with_context(|| folder.display().to_string())?;
    let manifest: Value =
        serde_json::from_slice(&bytes).map_err(|e| user(format!("{}/manifest.json: {e}", folder.display())))?;
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder)?.filter_map(Result::ok).map(|e| e.path()).filter(|p| p.is_file()).collect();
    files.sort();
    let (mut pictures, mut tables) = (vec![], vec![]);
    for path in &files {
        let file = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        match path.extension().and_then(|e| e.to_str()) {
            Some("svg") if is_shown(&file, folder) => pictures.push((file, std::fs::read_to_string(path)?)),
            Some("md") => tables.push((file, std::fs::read_to_string(path)?)),
            _ => {}
        }
    }
    let text = |file: &str| std::fs::read_to_string(folder.join(file)).ok();
    Ok(Section {
        name,
        manifest,
        pictures,
        tables,
        summary: text("summary.csv"),
        ranks: text("ranks.csv"),
        stages: text("stages.csv"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_are_ordered_as_numbers() {
        assert!(natural("fig5-c4") < natural("fig5-c10") && natural("fig5-c10-c20") < natural("fig5-c15"));
    }

    #[test]
    fn a_page_holds_everything_and_asks_for_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let fig = folder.path().join("fig5");
        std::fs::create_dir_all(fig.join("cells")).unwrap();
        let manifest = r#"{"command":["experiments","fig5 <&>"],"git":{"commit":"abc"},"seeds":[0,1],"settings":{"experiment":"fig5","methods":[{"name":"jobs","settings":"as ours"}]},"wall_seconds":3.5,"device":{"cpu":"x"}}"#;
        std::fs::write(fig.join("manifest.json"), manifest).unwrap();
        std::fs::write(fig.join("cells/manifest.json"), "{").unwrap();
        std::fs::write(fig.join("a.svg"), "<svg id=\"a\"></svg>").unwrap();
        std::fs::write(fig.join("a.png"), b"\x89PNG").unwrap();
        std::fs::write(fig.join("notes.md"), "# Notes\n\nSome `code` & text\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n")
            .unwrap();
        let summary = "task,full_runs,method,seeds,mean_oracle,se_oracle,mean_regret,rank,p_vs_jobs,noise\n\
                       t,15,jobs,2,1.0,0.1,0.01,1.0,,1.5\nt,15,random,2,2.0,0.1,0.5,2.0,0.001,1.5\n";
        std::fs::write(fig.join("summary.csv"), summary).unwrap();
        let ranks = "full_runs,method,mean_rank,blocks,critical_difference\n15,jobs,1.0,2,\n15,random,2.0,2,\n";
        std::fs::write(fig.join("ranks.csv"), ranks).unwrap();
        let stages = "task,full_runs,method,seeds,failed,regret_25,regret_50,regret_100,median_regret,mean_area\n";
        std::fs::write(fig.join("stages.csv"), stages).unwrap();
        let args = ReportArgs { results: folder.path().to_owned(), out: None };
        run(&args).unwrap();
        let page = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
        for expected in [
            "data:image/svg+xml,%3Csvg id=%22a%22%3E%3C/svg%3E",
            "<h2 id=\"win\">Does it win?</h2>",
            "fig5 &lt;&amp;&gt;",
            "<code>code</code> &amp; text",
            "<td>1</td>",
            "prefers-color-scheme: dark",
            "@media print",
            "name=\"viewport\"",
            "as ours",
            "0.0100",
            "<td>fig5</td><td>15</td><td>2</td><td>0.0100</td><td>0.5000 random</td><td>1.00 (1 of 2)</td><td>1 (0) of 1</td><td>0 (0) of 1</td>",
        ] {
            assert!(page.contains(expected), "{expected} is missing");
        }
        for outside in ["http://", "https://", "<script", "src=\"/"] {
            assert!(!page.contains(outside), "{outside}");
        }
        let empty = tempfile::tempdir().unwrap();
        let said = run(&ReportArgs { results: empty.path().to_owned(), out: None }).unwrap_err().to_string();
        assert!(said.contains("no folder with a manifest.json"), "{said}");
    }
}
