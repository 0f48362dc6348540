use rand::RngExt;

use super::{EvaluationError, Protocol, Recorded};

/// How runs are split into examples and runs to predict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Split {
    /// At random.
    #[default]
    Random,
    /// Foresee the runs of one search (each in turn) from examples of the others: searches hold near-duplicates.
    BySearch,
}

/// Indices of the examples and of the runs to predict.
pub(super) fn draw(
    recorded: &Recorded,
    protocol: &Protocol,
    index: usize,
) -> Result<(Vec<usize>, Vec<usize>), EvaluationError> {
    let n = recorded.runs.len();
    let mut order: Vec<usize> = (0..n).collect();
    let mut rng = protocol.seed.stream("evaluation split", index as u64);
    for i in (1..n).rev() {
        order.swap(i, rng.random_range(0..=i));
    }
    let few = |runs| EvaluationError::TooFewRuns { runs, examples: protocol.examples };
    match protocol.split {
        Split::Random => {
            if protocol.examples >= n {
                return Err(few(n));
            }
            let held_out = order.split_off(protocol.examples);
            Ok((order, held_out))
        }
        Split::BySearch => {
            let count = recorded.searches.iter().max().map_or(0, |m| m + 1);
            if count < 2 {
                return Err(EvaluationError::OneSearch { runs: n });
            }
            let search = index % count;
            let (held_out, mut learn): (Vec<usize>, Vec<usize>) =
                order.into_iter().partition(|&i| recorded.searches[i] == search);
            if learn.len() < protocol.examples || held_out.is_empty() {
                return Err(few(learn.len()));
            }
            learn.truncate(protocol.examples);
            Ok((learn, held_out))
        }
    }
}
