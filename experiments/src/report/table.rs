//! Tables of the page: Markdown as HTML, and summaries of comparisons.

use std::collections::BTreeMap;

use crate::summary::{RankRow, SummaryRow, rounded};

/// Text that means nothing to HTML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The Markdown our own files use: headings, paragraphs, lists, tables, bold, code.
pub(super) fn markdown(text: &str) -> String {
    let mut out = String::new();
    let lines: Vec<&str> = text.lines().collect();
    let mut i = 0;
    while i < lines.len() {
        let line = lines[i];
        if line.starts_with('|') {
            let end = (i..lines.len()).find(|&j| !lines[j].starts_with('|')).unwrap_or(lines.len());
            out += &pipes(&lines[i..end]);
            i = end;
            continue;
        }
        let heading = line.trim_start_matches('#');
        if heading.len() < line.len() {
            out += &format!("<h4>{}</h4>\n", inline(heading.trim()));
        } else if let Some(item) = line.strip_prefix("- ") {
            out += &format!("<p class=item>{}</p>\n", inline(item));
        } else if !line.trim().is_empty() {
            out += &format!("<p>{}</p>\n", inline(line));
        }
        i += 1;
    }
    out
}

fn pipes(lines: &[&str]) -> String {
    let cells =
        |line: &str| -> Vec<String> { line.trim().trim_matches('|').split('|').map(|c| inline(c.trim())).collect() };
    let mut out = String::from("<div class=wide><table>\n");
    for (i, line) in lines.iter().enumerate() {
        if i == 1 && line.contains("---") {
            continue;
        }
        let tag = if i == 0 { "th" } else { "td" };
        let row: String = cells(line).iter().map(|c| format!("<{tag}>{c}</{tag}>")).collect();
        out += &format!("<tr>{row}</tr>\n");
    }
    out + "</table></div>\n"
}

/// Bold and code.
fn inline(text: &str) -> String {
    let mut out = escape(text);
    for (mark, open, close) in [("**", "<b>", "</b>"), ("`", "<code>", "</code>")] {
        let parts: Vec<&str> = out.split(mark).collect();
        if parts.len() % 2 == 1 {
            let joined = parts.iter().enumerate().map(|(i, p)| match i {
                0 => (*p).to_owned(),
                i if i % 2 == 1 => format!("{open}{p}"),
                _ => format!("{close}{p}"),
            });
            out = joined.collect();
        }
    }
    out
}

/// The rows of a CSV file; `None` where it is no such file.
pub(super) fn rows<R: serde::de::DeserializeOwned>(csv_text: &str) -> Option<Vec<R>> {
    csv::Reader::from_reader(csv_text.as_bytes()).deserialize().collect::<Result<_, _>>().ok()
}

/// Mean regrets by task and method, a table per budget; `None` where the CSV is no summary.
pub(super) fn summary(csv_text: &str) -> Option<String> {
    let rows: Vec<SummaryRow> = rows(csv_text)?;
    let mut out = String::new();
    for budget in rows.chunk_by(|a, b| a.full_runs == b.full_runs) {
        let tasks: Vec<&str> = budget.chunk_by(|a, b| a.task == b.task).map(|c| c[0].task.as_str()).collect();
        let mut by: BTreeMap<(&str, &str), &SummaryRow> = BTreeMap::new();
        let mut methods: Vec<&str> = vec![];
        for row in budget {
            by.insert((&row.method, &row.task), row);
            if !methods.contains(&row.method.as_str()) {
                methods.push(&row.method);
            }
        }
        let seeds = budget.iter().map(|r| r.seeds).max().unwrap_or(0);
        let title = format!("Budget of {} full runs: mean final regret, {seeds} seeds", budget[0].full_runs);
        out += &format!("<h4>{}</h4>\n<div class=wide><table>\n<tr><th>method</th>", escape(&title));
        tasks.iter().for_each(|t| out += &format!("<th>{}</th>", escape(t)));
        out += "<th>mean</th></tr>\n";
        for method in &methods {
            let own: Vec<Option<&&SummaryRow>> = tasks.iter().map(|t| by.get(&(*method, *t))).collect();
            out += &format!("<tr><td>{}</td>", escape(method));
            for (task, row) in tasks.iter().zip(&own) {
                let lowest =
                    methods.iter().filter_map(|m| by.get(&(*m, *task))?.mean_regret).fold(f64::INFINITY, f64::min);
                out += &cell(*row, lowest);
            }
            let values: Option<Vec<f64>> = own.iter().map(|r| r.and_then(|r| r.mean_regret)).collect();
            let mean = values.map(|v| v.iter().sum::<f64>() / v.len().max(1) as f64);
            out += &format!("<td>{}</td></tr>\n", mean.map_or("-".into(), |m| rounded(m, 4)));
        }
        out += "</table></div>\n";
    }
    Some(out)
}

/// Bold: lowest. A mark where the method differs significantly from jobs.
fn cell(row: Option<&&SummaryRow>, lowest: f64) -> String {
    let Some((row, regret)) = row.and_then(|r| Some((r, r.mean_regret?))) else { return "<td>-</td>".into() };
    let text = rounded(regret, 4);
    let text = if text == rounded(lowest, 4) { format!("<b>{text}</b>") } else { text };
    let mark = if row.p_vs_jobs.is_some_and(|p| p < 0.05) { "<sup>*</sup>" } else { "" };
    format!("<td>{text}{mark}</td>")
}

/// Mean ranks, a line per budget.
pub(super) fn ranks(csv_text: &str) -> Option<String> {
    let rows: Vec<RankRow> = rows(csv_text)?;
    let mut out = String::new();
    for budget in rows.chunk_by(|a, b| a.full_runs == b.full_runs) {
        let list: Vec<String> = budget.iter().map(|r| format!("{} {:.2}", escape(&r.method), r.mean_rank)).collect();
        let cd = budget[0].critical_difference.map_or(String::new(), |cd| format!("; critical difference {cd:.2}"));
        out += &format!("<p><b>C = {}</b>, mean rank: {}{cd}.</p>\n", budget[0].full_runs, list.join(", "));
    }
    Some(out)
}
