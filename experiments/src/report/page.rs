use std::fmt::Write as _;

use super::Section;
use super::chapters::{CHAPTERS, Placed, place};
use super::overview::overview;
use super::provenance::provenance;
use super::table::{escape, markdown, ranks, rows, summary};
use crate::comparison::summary::win_tie_losses;

const STYLE: &str = include_str!("page.css");
/// Bytes of a picture that the page takes, so that all of it stays below five megabytes.
const LARGEST: usize = 450_000;

/// The whole page.
pub(super) fn page(sections: &[Section]) -> String {
    let mut out = String::from("<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n");
    out += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>JoBS: results</title>\n";
    let _ = write!(out, "<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>JoBS: results</h1>\n");
    out += "<p>JoBS chooses the data mixture and the model configuration for fine-tuning jointly, within a fixed budget of training steps. \
            This page shows every committed result with the command that made it. Tables and pictures are generated from the results.</p>\n";
    let mut placed: Vec<(Placed, &Section)> = sections.iter().map(|s| (place(s), s)).collect();
    placed.sort_by_key(|(p, s)| (p.chapter, p.order, super::natural(&s.name)));
    let chapters: Vec<usize> = (0..CHAPTERS.len()).filter(|c| placed.iter().any(|(p, _)| p.chapter == *c)).collect();
    out += "<nav><ol>\n";
    for chapter in chapters.iter().map(|c| &CHAPTERS[*c]) {
        let _ = writeln!(out, "<li><a href=\"#{}\">{}</a></li>", chapter.id, chapter.title);
    }
    out += "</ol></nav>\n";
    out += &overview(sections);
    out += &reading();
    for (at, chapter) in chapters.iter().map(|c| (*c, &CHAPTERS[*c])) {
        let _ = writeln!(out, "<h2 id=\"{}\">{}</h2>", chapter.id, chapter.title);
        for (placed, section) in placed.iter().filter(|(p, _)| p.chapter == at) {
            out += &section_html(placed, section);
        }
    }
    out + "</body>\n</html>\n"
}

/// How to read it, and what not to read into it.
fn reading() -> String {
    markdown(
        "#### How to read this page\n\
         - Regret is the noise-free loss of the recommended configuration minus the lowest known loss. Differences below one run's noise, about 0.01 (last line of each table, where it is known), are ties whatever their p value; pictures show them in pale colours.\n\
         - Every method pays for each training step it requests, verification included; a paused run that resumes pays only for the remaining steps.\n\
         - `*` marks a method that differs from jobs at p < 0.05: Wilcoxon signed-rank test paired over seeds, Holm-corrected over the methods of a task and budget. Bold is the lowest mean.\n\
         - Saving is how many times fewer steps jobs needs to reach what the method ends with: the geometric mean over tasks.\n\
         - Settings of jobs and of its rivals were chosen on GSM8K, TriviaQA and MMLU with seeds from 1000 on. CommonsenseQA, TruthfulQA and ARC-Challenge, the recorded tables and RegMix were not tuned on.\n\
         - A picture shows at most eight methods: jobs, its published form, random search and the best others by mean rank. The tables have all of them.\n\
         - No number of the paper is shown, and none of its published comparison curves is used.",
    )
}

fn section_html(placed: &Placed, s: &Section) -> String {
    let mut out = format!("<h3 id=\"{}\">{}</h3>\n", escape(&s.name), escape(&placed.title));
    let _ = writeln!(out, "<p class=faint><code>results/{}</code></p>", escape(&s.name));
    if !placed.meaning.is_empty() {
        let _ = writeln!(out, "<p>{}</p>", escape(placed.meaning));
    }
    for (file, svg) in &s.pictures {
        if svg.len() > LARGEST {
            let (name, file) = (escape(&s.name), escape(file));
            let _ = writeln!(out, "<p class=faint>Too large for this page: <code>results/{name}/{file}</code></p>");
            continue;
        }
        let _ = writeln!(
            out,
            "<figure><img loading=lazy alt=\"{0}\" src=\"{1}\"><figcaption>{0}</figcaption></figure>",
            escape(file),
            data_uri(svg)
        );
    }
    let notes = s.tables.iter().filter(|(file, _)| s.summary.is_none() || file != "table.md");
    out += &notes.map(|(_, text)| markdown(text)).collect::<String>();
    let details = details(s);
    if !details.is_empty() {
        let _ = writeln!(out, "<details><summary>Tables</summary>\n{details}</details>");
    }
    out + &provenance(&s.manifest)
}

/// The tables of a comparison.
fn details(s: &Section) -> String {
    let mut out = String::new();
    // the rows of an ablation are no rivals, and mean ranks of forty say little
    if s.compares() {
        out += &comparison(s).unwrap_or_default();
        out += &s.ranks.as_deref().and_then(ranks).unwrap_or_default();
    }
    out + &s.summary.as_deref().and_then(summary).unwrap_or_default()
}

/// Wins, ties and losses of jobs, by budget.
fn comparison(s: &Section) -> Option<String> {
    let (summary, ranks, stages) =
        (rows(s.summary.as_deref()?)?, rows(s.ranks.as_deref()?)?, rows(s.stages.as_deref()?)?);
    Some(win_tie_losses(&summary, &ranks, &stages).iter().map(|s| markdown(&s.markdown())).collect())
}

/// An SVG picture as the address of an image (RFC 2397): percent-encoded where a quoted attribute or an address would end.
fn data_uri(svg: &str) -> String {
    let mut out = String::with_capacity(svg.len() + svg.len() / 8);
    out += "data:image/svg+xml,";
    for c in svg.chars() {
        match c {
            '%' => out += "%25",
            '#' => out += "%23",
            '<' => out += "%3C",
            '>' => out += "%3E",
            '&' => out += "%26",
            '"' => out += "%22",
            '\n' => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_addresses_that_fit_into_an_attribute() {
        let uri = data_uri("<svg fill=\"#fff\"><title>50 % &amp; it's</title>\n</svg>");
        assert_eq!(
            uri,
            "data:image/svg+xml,%3Csvg fill=%22%23fff%22%3E%3Ctitle%3E50 %25 %26amp; it's%3C/title%3E%3C/svg%3E"
        );
    }
}
