//! Tables of the page: Markdown as HTML, and summaries of comparisons.

use crate::comparison::summary::{RankRow, SummaryRow};

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

/// The summary's tables, one per budget; `None` where the CSV is no summary.
pub(super) fn summary(csv_text: &str) -> Option<String> {
    let rows: Vec<SummaryRow> = rows(csv_text)?;
    Some(markdown(&crate::comparison::summary::markdown(&rows)))
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
