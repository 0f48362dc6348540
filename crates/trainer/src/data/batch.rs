use serde::{Deserialize, Serialize};

use super::Encoded;
use crate::model::{MicroBatch, Rows};

/// How examples are laid out in rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Packing {
    /// One example per row, padded at its end.
    #[default]
    Pad,
    /// Several examples per row where they fit, each attending only to itself: the same losses with less padding.
    Pack,
}

/// Splits examples into micro-batches of `size`. Examples are sorted by length first, which saves padding; an example's losses do not
/// depend on its micro-batch.
pub fn micro_batches(examples: &[&Encoded], size: usize, packing: Packing) -> Vec<MicroBatch> {
    let mut order: Vec<(u32, &Encoded)> = examples.iter().enumerate().map(|(i, e)| (i as u32, *e)).collect();
    order.sort_by_key(|(_, e)| std::cmp::Reverse(e.tokens.len()));
    order.chunks(size.max(1)).map(|group| micro_batch(group, packing)).collect()
}

fn micro_batch(group: &[(u32, &Encoded)], packing: Packing) -> MicroBatch {
    let length = group.iter().map(|(_, e)| e.tokens.len()).max().unwrap_or(0);
    // sorted by decreasing length: this is first-fit decreasing
    let mut rows: Vec<(usize, Vec<(u32, &Encoded)>)> = vec![];
    for &(owner, example) in group {
        let room = match packing {
            Packing::Pad => None,
            Packing::Pack => rows.iter_mut().find(|(used, _)| used + example.tokens.len() <= length),
        };
        match room {
            Some((used, row)) => {
                *used += example.tokens.len();
                row.push((owner, example));
            }
            None => rows.push((example.tokens.len(), vec![(owner, example)])),
        }
    }
    let mut batch = MicroBatch::default();
    for (r, (_, examples)) in rows.iter().enumerate() {
        let (mut tokens, mut positions, mut segments) = (vec![], vec![], vec![]);
        for (s, (owner, example)) in examples.iter().enumerate() {
            let start = r * length + tokens.len();
            for place in example.given.max(1)..example.tokens.len() {
                batch.at.push((start + place - 1) as u32);
                batch.targets.push(example.tokens[place]);
                batch.owners.push(*owner);
            }
            tokens.extend(&example.tokens);
            positions.extend(0..example.tokens.len() as u32);
            segments.extend(vec![s as u32 + 1; example.tokens.len()]);
        }
        for padded in [&mut tokens, &mut positions, &mut segments] {
            padded.resize(length, 0);
        }
        batch.rows.tokens.push(tokens);
        if packing == Packing::Pack {
            batch.rows.positions.push(positions);
            batch.rows.segments.push(segments);
        }
    }
    if packing == Packing::Pad {
        batch.rows = Rows { positions: vec![(0..length as u32).collect()], ..batch.rows };
    }
    batch
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_hold_each_target_once() {
        let e = |n: u32, given| Encoded { tokens: (10 * n..10 * n + n).collect(), given };
        let examples = [e(6, 2), e(3, 1), e(4, 0), e(2, 1)];
        let all: Vec<&Encoded> = examples.iter().collect();
        let packed = &micro_batches(&all, 4, Packing::Pack)[0];
        assert_eq!(packed.rows.tokens.len(), 3); // 6 | 4 + 2 | 3
        assert_eq!(packed.rows.tokens[1], [40, 41, 42, 43, 20, 21]);
        assert_eq!(packed.rows.positions[1], [0, 1, 2, 3, 0, 1]);
        assert_eq!(packed.rows.segments[1], [1, 1, 1, 1, 2, 2]);
        assert_eq!(packed.rows.segments[2], [1, 1, 1, 0, 0, 0]);
        let padded = &micro_batches(&all, 4, Packing::Pad)[0];
        for batch in [packed, padded] {
            let mut targets = batch.targets.clone();
            targets.sort_unstable();
            assert_eq!(targets, [21, 31, 32, 41, 42, 43, 62, 63, 64, 65]);
            let flat: Vec<u32> = batch.rows.tokens.concat();
            for (&at, &target) in batch.at.iter().zip(&batch.targets) {
                assert_eq!(flat[at as usize + 1], target);
            }
        }
        assert_eq!(micro_batches(&all, 3, Packing::Pad).len(), 2);
    }
}
