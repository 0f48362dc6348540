//! Wins, ties and losses of JoBS: a square for each method and task, coloured by which of the two is significantly better.

use std::path::Path;

use plot::style::{
    BEHIND, Colour, INK, LABEL_SIZE, NOTE, PAPER, SHADE, TICK_SIZE, TITLE_SIZE, method_style, task_label,
};
use plot::{Anchor, Entry, Fill, Frame, Key, Legend, Svg, Text, save, text_width};

use crate::comparison::summary::{BASELINE, Outcome, WinTieLoss};

const CELL: (f64, f64) = (86.0, 20.0);
const HEAD: f64 = 40.0;
const FOOT: f64 = 14.0;
const MARGIN: f64 = 14.0;
/// Part of paper in the colour of a difference within noise.
const PALE: f64 = 0.6;

/// Draws `win-tie-loss.svg` into a folder; nothing where JoBS has no rivals.
///
/// # Errors
/// If a file cannot be written.
pub fn win_tie_loss(win_tie_losses: &[WinTieLoss], folder: &Path) -> anyhow::Result<bool> {
    if win_tie_losses.iter().all(|s| s.rivals.is_empty()) {
        return Ok(false);
    }
    save(&win_tie_loss_picture(win_tie_losses), "Wins, ties and losses of JoBS", folder, "win-tie-loss")?;
    Ok(true)
}

/// The picture: a block per budget, a line per method, a column per task.
pub fn win_tie_loss_picture(win_tie_losses: &[WinTieLoss]) -> Svg {
    let labels =
        win_tie_losses.iter().flat_map(|s| &s.rivals).map(|r| text_width(method_style(&r.method).label, LABEL_SIZE));
    let left = MARGIN + labels.fold(90.0, f64::max) + 10.0;
    let columns = win_tie_losses.iter().map(|s| s.tasks.len()).max().unwrap_or(0).max(3);
    let names = win_tie_losses.iter().flat_map(|s| &s.tasks).map(|t| text_width(task_label(t), TICK_SIZE) + 8.0);
    let cell = names.fold(CELL.0, f64::max);
    let width = left + columns as f64 * cell + MARGIN;
    let legend = Legend::new(entries(win_tie_losses.iter().any(WinTieLoss::knows_noise)), width - 2.0 * MARGIN);
    let block = |s: &WinTieLoss| HEAD + s.rivals.len() as f64 * CELL.1 + FOOT;
    let blocks: f64 = win_tie_losses.iter().map(block).sum();
    let mut svg = Svg::new(width, MARGIN + blocks + LABEL_SIZE + 8.0 + legend.height() + MARGIN);
    let mut top = MARGIN;
    for of in win_tie_losses {
        draw(&mut svg, of, (left, top), cell);
        top += block(of);
    }
    let note =
        "numbers: mean final regret of JoBS divided by the method's; significant: Wilcoxon over seeds, Holm, p < 0.05";
    svg.text((width / 2.0, top + LABEL_SIZE), note, Text::new(TICK_SIZE, Anchor::Middle).colour(NOTE));
    legend.draw(&mut svg, (MARGIN, top + LABEL_SIZE + 8.0));
    svg
}

fn draw(svg: &mut Svg, of: &WinTieLoss, (left, top): (f64, f64), width: f64) {
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
            let Some(pair) = rival.pairs.iter().find(|m| m.task == *task) else { continue };
            let x = left + column as f64 * width;
            let (fill, ink) = colours(pair.outcome, pair.is_within_noise());
            let frame = Frame { x: x + 1.0, y: y + 1.0, width: width - 2.0, height: CELL.1 - 2.0 };
            svg.rectangle(frame, Fill { colour: fill, opacity: 1.0 });
            let text = pair.ratio.map_or("?".to_owned(), ratio);
            svg.text((middle(column), base - 0.5), &text, Text::new(TICK_SIZE, Anchor::Middle).colour(ink));
        }
    }
}

/// Of the square and of the text on it; differences within noise are pale.
fn colours(outcome: Outcome, within_noise: bool) -> (Colour, Colour) {
    let strong = match outcome {
        Outcome::Win => method_style(BASELINE).colour,
        Outcome::Tie => return (SHADE, INK),
        Outcome::Loss => BEHIND,
    };
    if within_noise { (strong.mixed(PAPER, PALE), INK) } else { (strong, PAPER) }
}

fn entries(noise_known: bool) -> Vec<Entry> {
    let entry = |side, tie, text: &str| Entry { key: Key::Patch(colours(side, tie).0), text: text.into() };
    let mut entries = vec![
        entry(Outcome::Win, false, "JoBS significantly better"),
        entry(Outcome::Tie, false, "tie: no significant difference"),
        entry(Outcome::Loss, false, "JoBS significantly worse"),
    ];
    if noise_known {
        entries.insert(1, entry(Outcome::Win, true, "better, but within one run's noise"));
        entries.push(entry(Outcome::Loss, true, "worse, but within one run's noise"));
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
    use crate::comparison::summary::{Pair, Rival};

    #[test]
    fn every_square_shows_the_outcome() {
        let pair = |task: &str, outcome, ratio, within_noise| Pair { task: task.into(), outcome, ratio, within_noise };
        let pairs = vec![
            pair("gsm8k", Outcome::Win, Some(0.254), Some(false)),
            pair("mmlu", Outcome::Loss, Some(1.5), Some(false)),
            pair("triviaqa", Outcome::Tie, None, Some(true)),
            pair("a", Outcome::Win, Some(0.5), Some(true)),
            pair("b", Outcome::Loss, Some(2.5), Some(true)),
        ];
        let of = WinTieLoss {
            full_runs: 15,
            seeds: 30,
            tasks: ["gsm8k", "mmlu", "triviaqa", "a", "b"].map(String::from).into(),
            rank: None,
            rivals: vec![Rival { method: "boca".into(), pairs }],
            medians: vec![],
        };
        let document = win_tie_loss_picture(std::slice::from_ref(&of)).document("");
        for expected in ["C = 15 (30 seeds)", ">BOCA<", ">.25<", ">1.50<", ">?<", ">TriviaQA<"] {
            assert!(document.contains(expected), "{expected}");
        }
        for (side, tie) in [Outcome::Win, Outcome::Loss, Outcome::Tie].into_iter().flat_map(|s| [(s, false), (s, true)])
        {
            let colour = colours(side, tie).0.to_string();
            assert!(document.matches(&colour).count() >= 2, "{side:?} {tie}: a square and its key");
        }
        assert_eq!(colours(Outcome::Tie, true), colours(Outcome::Tie, false));
        assert_ne!(colours(Outcome::Win, true).0, colours(Outcome::Win, false).0, "ties are pale");
        assert_ne!(colours(Outcome::Loss, true).0, colours(Outcome::Loss, false).0, "ties are pale");
        let mut unknown = of.clone();
        unknown.rivals[0].pairs.iter_mut().for_each(|m| m.within_noise = None);
        assert!(!win_tie_loss_picture(&[unknown]).document("").contains("noise"));
        let folder = tempfile::tempdir().unwrap();
        assert!(!win_tie_loss(&[WinTieLoss { rivals: vec![], ..of }], folder.path()).unwrap(), "nothing to draw");
        assert_eq!([0.004, 0.996, 1.0, 12.3].map(ratio), [".00", "1.00", "1.00", "12"]);
    }
}
