//! The summary in words.

use super::rows::{ErrorRow, FitRow, MEAN};
use crate::comparison::results_folder::distinct;

pub(super) fn in_words(rows: &[ErrorRow], fits: &[FitRow]) -> String {
    let tables = distinct(rows, |r| &r.table);
    let shown = if tables.contains(&MEAN) { MEAN } else { tables.first().copied().unwrap_or(MEAN) };
    let mut out = format!("\nRMSE, {shown} of tables\n  {:18}", "predictor");
    let mut n: Vec<usize> = rows.iter().map(|r| r.n).collect();
    n.sort_unstable();
    n.dedup();
    n.iter().for_each(|n| out += &format!(" {:>7}", format!("N={n}")));
    for predictor in distinct(rows, |r| &r.predictor) {
        out += &format!("\n  {predictor:18}");
        for row in rows.iter().filter(|r| r.table == shown && r.predictor == predictor) {
            out += &format!(" {:7.4}", row.rmse);
        }
    }
    out += &format!(
        "\n\nLaws (AICc above the best form's)\n  {:18} {:12} {:>18} {:>18} {:>14} {:>8}\n",
        "predictor", "form", "a", "k", "p", "AICc"
    );
    for f in fits.iter().filter(|f| f.table == shown) {
        let range = |v: f64, low: f64, high: f64| format!("{v:.3} [{low:.3}, {high:.3}]");
        let (a, k) = (range(f.floor, f.floor_low, f.floor_high), range(f.scale, f.scale_low, f.scale_high));
        let p = format!("{:.2} [{:.2}, {:.2}]", f.exponent, f.exponent_low, f.exponent_high);
        out += &format!("  {:18} {:12} {a:>22} {k:>22} {p:>18} {:8.1}\n", f.predictor, f.form, f.aicc_above_best);
    }
    out
}
