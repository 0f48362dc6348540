//! The summary in words.

use super::rows::Summary;
use crate::comparison::results_folder::distinct;

/// A line per choice, a column per task.
pub(super) fn in_words(summary: &[Summary]) -> String {
    let tasks = distinct(summary, |s| &s.task);
    let mut out =
        format!("\nFinal regret (mean over {} seeds)\n  N                   ", summary.first().map_or(0, |s| s.seeds));
    tasks.iter().for_each(|t| out += &format!("{:>16}", t.chars().take(15).collect::<String>()));
    out += "   mean N\n";
    for choice in distinct(summary, |s| &s.choice) {
        out += &format!("  {choice:20}");
        let mut n = 0.0;
        for task in &tasks {
            match summary.iter().find(|s| s.task == *task && s.choice == choice) {
                Some(s) => {
                    out += &format!("  {:.4} +- {:.3}", s.regret, s.regret_se);
                    n = s.full_runs;
                }
                None => out += &format!("{:>16}", "-"),
            }
        }
        out += &format!("{n:9.1}\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::rows::{MEAN, ONLINE, ORACLE, Row, summarise};
    use super::in_words;

    #[test]
    fn the_oracle_is_the_best_fixed_choice_of_each_task() {
        let row = |task: &str, choice: &str, seed, full_runs, regret| Row {
            task: task.into(),
            choice: choice.into(),
            seed,
            full_runs,
            regret,
        };
        let mut rows = vec![];
        for seed in 0..2 {
            let s = seed as f64 * 0.2;
            rows.extend([
                row("a", "5", seed, 5, 1.0 + s),
                row("a", "10", seed, 10, 2.0 + s),
                row("a", ONLINE[0], seed, 7, 0.5),
            ]);
            rows.extend([
                row("b", "5", seed, 5, 4.0),
                row("b", "10", seed, 10, 3.0),
                row("b", ONLINE[0], seed, 9, 3.5),
            ]);
        }
        let all = summarise(&rows);
        let of = |task: &str, choice: &str| all.iter().find(|s| s.task == task && s.choice == choice).unwrap();
        assert_eq!((of("a", ORACLE).full_runs, of("b", ORACLE).full_runs), (5.0, 10.0));
        assert!((of(MEAN, ORACLE).regret - (1.1 + 3.0) / 2.0).abs() < 1e-12);
        assert!((of(MEAN, ONLINE[0]).full_runs - 8.0).abs() < 1e-12);
        // seeds' means of N = 5 are 2.5 and 2.6
        assert!((of(MEAN, "5").regret_se - 0.05).abs() < 1e-12);
        assert!(in_words(&all).contains("oracle"));
    }
}
