use std::fmt;

use super::{FACTOR, Plan, SLACK};
use crate::{BoundPoint, ErrorRole};

/// Rows of the curve shown.
const ROWS: usize = 14;

impl fmt::Display for Plan {
    /// The plan as a page of text, for a terminal 80 columns wide.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (budget, a) = (&self.budget, &self.allocation);
        writeln!(f, "Budget: {} steps = {} full runs of {}", budget.total, budget.full_runs(), budget.full)?;
        writeln!(f, "\nRecommended split")?;
        let (full, early) = (budget.full.0, budget.early.0);
        let row = |f: &mut fmt::Formatter<'_>, what: &str, runs: u64, steps: u64, why: &str| {
            let cost = u128::from(runs) * u128::from(steps);
            writeln!(f, "  {what:8}{runs:>8} runs of {steps:>6} steps = {cost:>9}   {why}")
        };
        row(f, "learn", a.full_runs, full, "N: space-filling, to train the predictor")?;
        row(f, "search", a.early_runs, early, "T: early runs, their final loss predicted")?;
        row(f, "verify", a.verification_runs, full, "V: the recommendation run in full")?;
        writeln!(f, "  left over {:>36}", self.left_over)?;
        self.write_choice(f)?;
        self.write_curve(f)?;
        self.write_sensitivity(f)
    }
}

impl Plan {
    fn write_choice(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slack = 100.0 * SLACK;
        match (self.as_good.first(), self.as_good.last()) {
            (Some(low), Some(high)) if low < high => writeln!(
                f,
                "\nAny N from {low} to {high} has a bound within {slack} % of the lowest: choose any of them."
            )?,
            (Some(_), _) => writeln!(f, "\nNo other N has a bound within {slack} % of the lowest.")?,
            _ => writeln!(f, "\nNothing is left to search with: the budget is too small for this method.")?,
        }
        let other = match self.constants.error_role {
            ErrorRole::Noise => "as a fixed bias of each configuration (misspecified bound)",
            ErrorRole::Misspecification => "as noise (the paper's bound)",
        };
        let BoundPoint { full_runs, early_runs, .. } = self.other_role;
        writeln!(f, "Counting the predictor's error {other}: N = {full_runs}, T = {early_runs}.")?;
        writeln!(
            f,
            "The bound is far above the regrets observed; only the location of its minimum is useful. It ignores\n\
             that promoted early runs keep training the predictor and that full runs are data for the search:\n\
             a method that uses both does well with fewer full runs."
        )
    }

    fn write_curve(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{:>10} {:>12} {:>14} {:>16}", "N", "T", "average regret", "over the best")?;
        let last = self.curve.len().saturating_sub(1);
        let shown = |i: usize| i * last / (ROWS - 1).min(last).max(1);
        let mut rows: Vec<BoundPoint> =
            (0..=(ROWS - 1).min(last)).filter_map(|i| self.curve.get(shown(i)).copied()).collect();
        let best = self.allocation.full_runs;
        let chosen = BoundPoint { full_runs: best, early_runs: self.allocation.early_runs, bound: self.bound };
        if let Err(place) = rows.binary_search_by_key(&best, |p| p.full_runs) {
            rows.insert(place, chosen);
        }
        for p in rows {
            let mark = if p.full_runs == best { "  <- least" } else { "" };
            let over =
                if p.bound.is_finite() && self.bound > 0.0 { 100.0 * (p.bound / self.bound - 1.0) } else { f64::NAN };
            let (bound, over) = (number(p.bound, 4, "none"), number(over, 1, "-"));
            writeln!(f, "{:>10} {:>12} {bound:>14} {over:>14} %{mark}", p.full_runs, p.early_runs)?;
        }
        Ok(())
    }

    fn write_sensitivity(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nIf a constant is off by a factor of {FACTOR}, the best N is")?;
        writeln!(f, "{:>26} {:>12} {:>12} {:>12}", "constant", "value", "a half", "twice")?;
        for s in &self.sensitivity {
            let name = s.constant.replace('_', " ");
            writeln!(f, "{name:>26} {:>12} {:>12} {:>12}", number(s.value, 4, "-"), s.low.full_runs, s.high.full_runs)?;
        }
        Ok(())
    }
}

fn number(value: f64, digits: usize, otherwise: &str) -> String {
    if value.is_finite() { format!("{value:.digits$}") } else { otherwise.to_owned() }
}
