//! Where JoBS wins and where it does not: a square for each method and task, in the colour of who is significantly ahead.

use std::path::Path;

use plot::style::{
    BEHIND, Colour, INK, LABEL_SIZE, NOTE, PAPER, SHADE, TICK_SIZE, TITLE_SIZE, method_style, task_label,
};
use plot::{Anchor, Entry, Fill, Frame, Key, Legend, Svg, Text, save, text_width};

use crate::comparison::summary::{BASELINE, Side, Standing};

const CELL: (f64, f64) = (86.0, 20.0);
const HEAD: f64 = 40.0;
const FOOT: f64 = 14.0;
const MARGIN: f64 = 14.0;
/// Part of paper in the colour of a tie.
const PALE: f64 = 0.6;

/// Draws `standing.svg` and `standing.png` into a folder; nothing where JoBS has no rivals.
///
/// # Errors
/// If a file cannot be written.
pub fn standing(standings: &[Standing], folder: &Path) -> anyhow::Result<bool> {
    if standings.iter().all(|s| s.rivals.is_empty()) {
        return Ok(false);
    }
    save(&standing_picture(standings), "Where JoBS is ahead, level and behind", folder, "standing")?;
    Ok(true)
}

/// The picture: a block per budget, a line per method, a column per task.
pub fn standing_picture(standings: &[Standing]) -> Svg {
    let labels =
        standings.iter().flat_map(|s| &s.rivals).map(|r| text_width(method_style(&r.method).label, LABEL_SIZE));
    let left = MARGIN + labels.fold(90.0, f64::max) + 10.0;
    let columns = standings.iter().map(|s| s.tasks.len()).max().unwrap_or(0).max(3);
    let names = standings.iter().flat_map(|s| &s.tasks).map(|t| text_width(task_label(t), TICK_SIZE) + 8.0);
    let cell = names.fold(CELL.0, f64::max);
    let width = left + columns as f64 * cell + MARGIN;
    let legend = Legend::new(entries(standings.iter().any(Standing::knows_noise)), width - 2.0 * MARGIN);
    let block = |s: &Standing| HEAD + s.rivals.len() as f64 * CELL.1 + FOOT;
    let blocks: f64 = standings.iter().map(block).sum();
    let mut svg = Svg::new(width, MARGIN + blocks + LABEL_SIZE + 8.0 + legend.height() + MARGIN);
    let mut top = MARGIN;
    for of in standings {
        draw(&mut svg, of, (left, top), cell);
        top += block(of);
    }
    let note = "numbers: mean final regret of JoBS as a share of the method's; significant: Wilcoxon over seeds, Holm, p < 0.05";
    svg.text((width / 2.0, top + LABEL_SIZE), note, Text::new(TICK_SIZE, Anchor::Middle).colour(NOTE));
    legend.draw(&mut svg, (MARGIN, top + LABEL_SIZE + 8.0));
    svg
}

fn draw(svg: &mut Svg, of: &Standing, (left, top): (f64, f64), width: f64) {
    let title = format!("C = {} ({} seeds)", of.full_runs, of.seeds);
    svg.text((MARGIN, top + 16.0), &title, Text::new(TITLE_SIZE, Anchor::Start).bold());
    let middle = |column: usize| left + (column as f64 + 0.5) * width;
    for (column, task) in of.tasks.iter().enumerate() {
        svg.text((middle(column), top + HEAD - 6.0), task_label(task), Text::new(TICK_SIZE, Anchor::Middle));
    }
    for (line, rival) in of.rivals.iter().enumerate() {
        let y = top + HEAD + line as f64 * CELL.1;
        let base = y + CELL.1 * 0.5 + 4.5;
        svg.text((left - 10.0, base), method_style(&rival.method).label, Text::new(LABEL_SIZE, Anchor::End));
        for (column, task) in of.tasks.iter().enumerate() {
            let Some(meeting) = rival.meetings.iter().find(|m| m.task == *task) else { continue };
            let x = left + column as f64 * width;
            let (fill, ink) = colours(meeting.side, meeting.is_tie());
            let frame = Frame { x: x + 1.0, y: y + 1.0, width: width - 2.0, height: CELL.1 - 2.0 };
            svg.rectangle(frame, Fill { colour: fill, opacity: 1.0 });
            let text = meeting.ratio.map_or("?".to_owned(), ratio);
            svg.text((middle(column), base - 0.5), &text, Text::new(TICK_SIZE, Anchor::Middle).colour(ink));
        }
    }
}

/// Of the square, and of what is written on it; ties are pale.
fn colours(side: Side, tie: bool) -> (Colour, Colour) {
    let strong = match side {
        Side::Ahead => method_style(BASELINE).colour,
        Side::Level => return (SHADE, INK),
        Side::Behind => BEHIND,
    };
    if tie { (strong.mixed(PAPER, PALE), INK) } else { (strong, PAPER) }
}

fn entries(noise_known: bool) -> Vec<Entry> {
    let entry = |side, tie, text: &str| Entry { key: Key::Patch(colours(side, tie).0), text: text.into() };
    let mut entries = vec![
        entry(Side::Ahead, false, "JoBS significantly ahead"),
        entry(Side::Level, false, "level"),
        entry(Side::Behind, false, "JoBS significantly behind"),
    ];
    if noise_known {
        entries.insert(1, entry(Side::Ahead, true, "ahead by less than one run's noise: a tie"));
        entries.push(entry(Side::Behind, true, "behind by less than that"));
    }
    entries
}

/// Two digits, without the zero before the point.
fn ratio(value: f64) -> String {
    let text = if value < 9.995 { format!("{value:.2}") } else { format!("{value:.0}") };
    text.strip_prefix('0').map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparison::summary::{Meeting, Rival};

    #[test]
    fn every_square_says_who_is_ahead() {
        let meeting = |task: &str, side, ratio, tie| Meeting { task: task.into(), side, ratio, tie };
        let meetings = vec![
            meeting("gsm8k", Side::Ahead, Some(0.254), Some(false)),
            meeting("mmlu", Side::Behind, Some(1.5), Some(false)),
            meeting("triviaqa", Side::Level, None, Some(true)),
            meeting("a", Side::Ahead, Some(0.5), Some(true)),
            meeting("b", Side::Behind, Some(2.5), Some(true)),
        ];
        let of = Standing {
            full_runs: 15,
            seeds: 30,
            tasks: ["gsm8k", "mmlu", "triviaqa", "a", "b"].map(String::from).into(),
            rank: None,
            rivals: vec![Rival { method: "boca".into(), meetings }],
            medians: vec![],
        };
        let document = standing_picture(std::slice::from_ref(&of)).document("");
        for expected in ["C = 15 (30 seeds)", ">BOCA<", ">.25<", ">1.50<", ">?<", ">TriviaQA<"] {
            assert!(document.contains(expected), "{expected}");
        }
        for (side, tie) in [Side::Ahead, Side::Behind, Side::Level].into_iter().flat_map(|s| [(s, false), (s, true)]) {
            let colour = colours(side, tie).0.to_string();
            assert!(document.matches(&colour).count() >= 2, "{side:?} {tie}: a square and its key");
        }
        assert_eq!(colours(Side::Level, true), colours(Side::Level, false));
        assert_ne!(colours(Side::Ahead, true).0, colours(Side::Ahead, false).0, "ties are pale");
        assert_ne!(colours(Side::Behind, true).0, colours(Side::Behind, false).0, "ties are pale");
        let mut unknown = of.clone();
        unknown.rivals[0].meetings.iter_mut().for_each(|m| m.tie = None);
        assert!(!standing_picture(&[unknown]).document("").contains("noise"));
        let folder = tempfile::tempdir().unwrap();
        assert!(!standing(&[Standing { rivals: vec![], ..of }], folder.path()).unwrap(), "nothing to draw");
        assert_eq!([0.004, 0.996, 1.0, 12.3].map(ratio), [".00", "1.00", "1.00", "12"]);
    }
}
