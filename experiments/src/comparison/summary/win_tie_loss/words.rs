//! Wins, ties and losses as Markdown.

use std::fmt::Write as _;

use super::{Outcome, Pair, WinTieLoss};
use crate::comparison::summary::{BASELINE, rounded};

impl WinTieLoss {
    /// As Markdown: the main findings as a list, then a table with a line per method and a column per task. Its cells hold the
    /// baseline's mean final regret divided by the method's.
    pub fn markdown(&self) -> String {
        let mut out =
            format!("**{BASELINE} against the other methods at C = {}** ({} seeds)\n\n", self.full_runs, self.seeds);
        for line in [self.rank_line(), self.win_line(), self.loss_line(), self.median_line()].into_iter().flatten() {
            let _ = writeln!(out, "- {line}");
        }
        if self.rivals.is_empty() {
            return out;
        }
        let _ = writeln!(
            out,
            "\nMean final regret of {BASELINE} divided by each method's, best mean rank first. **Bold**: {BASELINE} is significantly \
             better (Wilcoxon signed-rank over seeds, Holm-corrected, p < 0.05){}.\n",
            if self.knows_noise() { "; (within noise): the difference is less than one run's noise" } else { "" }
        );
        let _ = writeln!(out, "| method | {} | win, tie, loss |", self.tasks.join(" | "));
        let _ = writeln!(out, "| --- |{}", " --- |".repeat(self.tasks.len() + 1));
        for rival in &self.rivals {
            let cell = |task: &String| rival.pairs.iter().find(|m| m.task == *task).map_or("-".to_owned(), share);
            let cells: Vec<String> = self.tasks.iter().map(cell).collect();
            let [wins, ties, losses] = [Outcome::Win, Outcome::Tie, Outcome::Loss].map(|o| rival.on(o).count());
            let _ = writeln!(out, "| {} | {} | {wins}, {ties}, {losses} |", rival.method, cells.join(" | "));
        }
        out
    }

    fn rank_line(&self) -> Option<String> {
        let p = self.rank?;
        let lead = match (p.position, p.lead) {
            (1, Some(lead)) => format!(", {} better than the next", rounded(lead, 2)),
            (_, Some(lead)) => format!(", {} worse than the best", rounded(-lead, 2)),
            _ => String::new(),
        };
        let cd = p.critical_difference.map_or(String::new(), |cd| format!(" (critical difference {})", rounded(cd, 2)));
        Some(format!("Mean rank {}: {} of {}{lead}{cd}.", rounded(p.mean_rank, 2), p.position, p.of))
    }

    /// The methods that it beats on the fewest tasks.
    fn win_line(&self) -> Option<String> {
        let tasks = self.tasks.len();
        let fewest = |clear: bool| {
            let wins = self.fewest_wins(clear)?;
            let whom: Vec<&str> =
                self.rivals.iter().filter(|r| r.wins(clear) == wins).map(|r| r.method.as_str()).collect();
            let every = if wins == tasks { "" } else { "at least " };
            let of = if whom.len() < self.rivals.len() {
                format!("; fewest against {}", whom.join(", "))
            } else {
                String::new()
            };
            Some((format!("{every}{wins}"), of))
        };
        let (wins, whom) = fewest(false)?;
        let mut line = format!("Significantly better than every other method on {wins} of {tasks} tasks{whom}.");
        if let Some((wins, whom)) = fewest(true).filter(|_| self.knows_noise()) {
            let _ = write!(line, " The difference exceeds one run's noise on {wins}{whom}.");
        }
        Some(line)
    }

    fn loss_line(&self) -> Option<String> {
        let mut losses: Vec<(String, bool)> = vec![];
        for rival in &self.rivals {
            let on = |m: &Pair| (format!("{} on {}", rival.method, m.task), m.is_within_noise());
            losses.extend(rival.on(Outcome::Loss).map(on));
        }
        let named = |of: &[&(String, bool)]| of.iter().map(|(whom, _)| whom.as_str()).collect::<Vec<_>>().join(", ");
        let ties: Vec<&(String, bool)> = losses.iter().filter(|(_, tie)| *tie).collect();
        let whom = if losses.is_empty() {
            "no method on any task".to_owned()
        } else {
            named(&losses.iter().collect::<Vec<_>>())
        };
        let less = match ties.len() {
            0 => String::new(),
            1 if losses.len() == 1 => " (within one run's noise)".to_owned(),
            n if n == losses.len() => " (each within one run's noise)".to_owned(),
            _ => format!(" (within one run's noise: {})", named(&ties)),
        };
        (!self.rivals.is_empty()).then(|| format!("Significantly worse than: {whom}{less}."))
    }

    fn median_line(&self) -> Option<String> {
        let half = self.medians.iter().filter(|r| r.ratio <= 0.5).count();
        let each = self.medians.iter().map(|r| format!("{} {} ({})", r.task, rounded(r.ratio, 2), r.method));
        let each: Vec<String> = each.collect();
        (!each.is_empty()).then(|| {
            format!(
                "Median final regret is at most half the best other method's on {half} of {} tasks; the ratios: {}.",
                each.len(),
                each.join(", ")
            )
        })
    }
}

fn share(pair: &Pair) -> String {
    let text = pair.ratio.map_or("?".to_owned(), |r| rounded(r, 2));
    let within_noise = pair.is_within_noise();
    match pair.outcome {
        Outcome::Win if within_noise => format!("**{text}** (within noise)"),
        Outcome::Win => format!("**{text}**"),
        Outcome::Tie => text,
        Outcome::Loss if within_noise => format!("{text} (worse, within noise)"),
        Outcome::Loss => format!("{text} (worse)"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{RankRow, StageRow, SummaryRow};
    use super::super::win_tie_losses;

    fn row(task: &str, method: &str, regret: f64, p: Option<f64>) -> SummaryRow {
        SummaryRow {
            task: task.into(),
            full_runs: 15,
            method: method.into(),
            seeds: 2,
            mean_oracle: 1.0 + regret,
            se_oracle: None,
            mean_regret: Some(regret),
            rank: None,
            p_vs_jobs: p,
            noise: None,
            saving: None,
        }
    }

    fn ranked(method: &str, mean_rank: f64) -> RankRow {
        RankRow { full_runs: 15, method: method.into(), mean_rank, blocks: 2, critical_difference: Some(0.5) }
    }

    fn stage(method: &str, median: Option<f64>) -> StageRow {
        StageRow {
            task: "t".into(),
            full_runs: 15,
            method: method.into(),
            seeds: 2,
            failed: 0,
            regret_25: None,
            regret_50: None,
            regret_100: None,
            median_regret: median,
            mean_area: None,
        }
    }

    /// On t: a is beaten, b is level, c wins; on u only a is there, and is level.
    fn made() -> Vec<SummaryRow> {
        vec![
            row("t", "jobs", 0.1, None),
            row("t", "a", 0.4, Some(0.01)),
            row("t", "b", 0.2, Some(0.05)),
            row("t", "c", 0.05, Some(0.02)),
            row("u", "jobs", 0.3, None),
            row("u", "a", 0.0, Some(0.9)),
        ]
    }

    #[test]
    fn words_follow_the_tables() {
        let ranks = [ranked("c", 1.2), ranked("jobs", 1.5), ranked("b", 2.0)];
        let stages = [stage("jobs", Some(0.1)), stage("a", Some(0.25)), stage("c", None)];
        let all = win_tie_losses(&made(), &ranks, &stages);
        assert_eq!(all.len(), 1);
        let said = all[0].markdown();
        for expected in [
            "**jobs against the other methods at C = 15** (2 seeds)",
            "- Mean rank 1.50: 2 of 3, 0.30 worse than the best (critical difference 0.50).",
            "- Significantly better than every other method on at least 0 of 2 tasks; fewest against c, b.",
            "- Significantly worse than: c on t.",
            "half the best other method's on 1 of 1 tasks; the ratios: t 0.40 (a).",
            "| method | t | u | win, tie, loss |",
            "| c | 2.00 (worse) | - | 0, 0, 1 |\n| b | 0.50 | - | 0, 1, 0 |\n| a | **0.25** | ? | 1, 1, 0 |",
        ] {
            assert!(said.contains(expected), "{expected}\nis not in\n{said}");
        }
    }

    #[test]
    fn a_winner_is_said_to_win() {
        let summary = [row("t", "jobs", 0.1, None), row("t", "a", 0.4, Some(0.01))];
        let said = win_tie_losses(&summary, &[ranked("jobs", 1.0), ranked("a", 2.0)], &[])[0].markdown();
        for expected in [
            "1 of 2, 1.00 better than the next",
            "better than every other method on 1 of 1 tasks",
            "Significantly worse than: no method on any task.",
        ] {
            assert!(said.contains(expected), "{expected}\nis not in\n{said}");
        }
        assert!(!said.contains("median"), "none is known: {said}");
    }

    /// Noise of .2: a is beaten by .3, b by .1 and c wins by .05.
    #[test]
    fn less_than_the_noise_of_a_run_is_a_tie() {
        let noisy = made().into_iter().filter(|r| r.task == "t").map(|r| match r.method.as_str() {
            "b" => SummaryRow { p_vs_jobs: Some(0.03), noise: Some(0.2), ..r },
            _ => SummaryRow { noise: Some(0.2), ..r },
        });
        let said = win_tie_losses(&noisy.collect::<Vec<_>>(), &[], &[])[0].markdown();
        for expected in [
            "- Significantly better than every other method on at least 0 of 1 tasks; fewest against c. The difference exceeds one \
             run's noise on at least 0; fewest against b, c.\n",
            "- Significantly worse than: c on t (within one run's noise).\n",
            "p < 0.05); (within noise): the difference is less than one run's noise.\n",
            "| a | **0.25** | 1, 0, 0 |\n| b | **0.50** (within noise) | 1, 0, 0 |\n| c | 2.00 (worse, within noise) | 0, 0, 1 |",
        ] {
            assert!(said.contains(expected), "{expected}\nis not in\n{said}");
        }
        let some = made().into_iter().filter(|r| r.task == "t" && r.method != "b");
        let clear = row("t", "d", -0.2, Some(0.01));
        let noisy = some.chain([clear]).map(|r| SummaryRow { noise: Some(0.2), ..r });
        let said = win_tie_losses(&noisy.collect::<Vec<_>>(), &[], &[])[0].markdown();
        let expected = "- Significantly worse than: c on t, d on t (within one run's noise: c on t).\n";
        assert!(said.contains(expected), "{expected}\nis not in\n{said}");
        let unknown = win_tie_losses(&made(), &[], &[])[0].markdown();
        assert!(!unknown.contains("within") && !unknown.contains("noise"), "{unknown}");
    }

    #[test]
    fn what_cannot_be_said_is_not() {
        assert_eq!(win_tie_losses(&[row("t", "a", 0.1, None)], &[], &[]), []);
        assert_eq!(win_tie_losses(&[], &[], &[]), []);
        let alone = win_tie_losses(&[row("t", "jobs", 0.1, None)], &[], &[]);
        assert_eq!(alone[0].markdown(), "**jobs against the other methods at C = 15** (2 seeds)\n\n");
        // nothing is half of a best other one of zero
        let zero = win_tie_losses(&made(), &[], &[stage("jobs", Some(0.1)), stage("a", Some(0.0))]);
        assert_eq!(zero[0].medians, []);
    }
}
