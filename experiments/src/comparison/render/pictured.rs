//! Which methods a picture shows.

use std::collections::BTreeMap;

use crate::comparison::summary::{BASELINE, RankRow};

/// Shown whenever they are there, beside the best others.
const ALWAYS: [&str; 3] = [BASELINE, "jobs-paper", "random"];

/// At most `most` of `methods`, in their order: the baseline, its published form, random search, and the others of lowest mean rank over all
/// budgets. All of them where there are no more than `most`.
pub fn pictured(methods: &[String], ranks: &[RankRow], most: usize) -> Vec<String> {
    let mut of: BTreeMap<&str, (f64, usize)> = BTreeMap::new();
    for row in ranks {
        let (sum, count) = of.entry(&row.method).or_default();
        (*sum, *count) = (*sum + row.mean_rank, *count + 1);
    }
    let rank = |method: &str| of.get(method).map_or(f64::INFINITY, |(sum, count)| sum / *count as f64);
    let mut order: Vec<&String> = methods.iter().collect();
    order.sort_by(|a, b| {
        let key = |m: &str| (!ALWAYS.contains(&m), rank(m));
        key(a).partial_cmp(&key(b)).unwrap_or(std::cmp::Ordering::Equal)
    });
    order.truncate(most);
    methods.iter().filter(|m| order.contains(m)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_others_are_shown() {
        let row = |method: &str, mean_rank| RankRow {
            full_runs: 15,
            method: method.into(),
            mean_rank,
            blocks: 10,
            critical_difference: None,
        };
        let ranks = [row("a", 2.0), row("b", 3.0), row("jobs", 3.5), row("c", 4.0), row("random", 5.0)];
        let methods = ["jobs", "c", "unranked", "b", "a", "random"].map(String::from);
        assert_eq!(pictured(&methods, &ranks, 4), ["jobs", "b", "a", "random"]);
        assert_eq!(pictured(&methods, &ranks, 6), methods);
    }
}
