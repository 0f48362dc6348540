use burn::tensor::backend::AutodiffBackend;
use burn::tensor::{Bool, DType, Int, Tensor, TensorData};

use crate::kernels::Kernels;
use crate::model::{ModelConfig, Rotary, Rows, Turns};

/// Queries attended to at once: the scores of a layer take [R, heads, CHUNK, T] instead of [R, heads, T, T].
const CHUNK: usize = 128;

/// Rows on a device, with what every layer needs for attention.
#[derive(Clone, Debug)]
pub struct Input<B: Kernels> {
    /// Tokens, [R, T].
    pub tokens: Tensor<B, 2, Int>,
    /// Rotary rotations of the positions.
    pub turns: Turns<B>,
    /// For each chunk of queries, the keys hidden from it: [R or 1, 1, group * chunk, keys so far].
    pub hidden: Vec<Tensor<B, 4, Bool>>,
    /// First query of each chunk, and the end of the last.
    pub chunks: Vec<usize>,
}

impl<B: Kernels> Input<B> {
    /// Puts rows on a device.
    pub fn new(rows: &Rows, config: &ModelConfig, rotary: &Rotary, dtype: DType, device: &B::Device) -> Self {
        let (r, t) = (rows.tokens.len(), rows.tokens.first().map_or(0, Vec::len));
        let tokens: Vec<i32> = rows.tokens.iter().flatten().map(|&v| v as i32).collect();
        let chunks: Vec<usize> = (0..t).step_by(CHUNK).chain([t]).collect();
        let hidden = chunks.windows(2).map(|c| mask(rows, c[0], c[1], config.group(), device)).collect();
        Self {
            tokens: Tensor::from_data(TensorData::new(tokens, [r, t]), device),
            turns: rotary.turns(&rows.positions, dtype, device),
            hidden,
            chunks,
        }
    }

    /// The same as constants of a backend that differentiates.
    pub fn lift<A: AutodiffBackend<InnerBackend = B> + Kernels>(&self) -> Input<A> {
        let lift = |t: &Tensor<B, 4>| Tensor::<A, 4>::from_inner(t.clone());
        Input {
            tokens: Tensor::from_inner(self.tokens.clone()),
            turns: Turns { cos: lift(&self.turns.cos), sin: lift(&self.turns.sin) },
            hidden: self.hidden.iter().map(|h| Tensor::from_inner(h.clone())).collect(),
            chunks: self.chunks.clone(),
        }
    }
}

/// Keys hidden from queries `from..to`: later ones and those of other segments; repeated for every query head of a group.
fn mask<B: Kernels>(rows: &Rows, from: usize, to: usize, group: usize, device: &B::Device) -> Tensor<B, 4, Bool> {
    let shared = rows.segments.is_empty();
    let count = if shared { 1 } else { rows.tokens.len() };
    let mut hidden = Vec::with_capacity(count * group * (to - from) * to);
    for row in 0..count {
        for _ in 0..group {
            for query in from..to {
                hidden.extend(
                    (0..to).map(|key| key > query || (!shared && rows.segments[row][key] != rows.segments[row][query])),
                );
            }
        }
    }
    Tensor::from_data(TensorData::new(hidden, [count, 1, group * (to - from), to]), device)
}
