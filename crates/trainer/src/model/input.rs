use burn::tensor::backend::AutodiffBackend;
use burn::tensor::{Bool, DType, Int, Tensor, TensorData};

use super::{ModelConfig, Rotary, Turns};
use crate::kernels::Kernels;

/// Queries attended to at once: the scores of a layer take [R, heads, CHUNK, T] instead of [R, heads, T, T].
const CHUNK: usize = 128;

/// Rows of tokens, padded to one length. Where several examples share a row (packing), each has its own segment number and its
/// positions begin at 0; padding has segment 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// Tokens, `[R][T]`.
    pub tokens: Vec<Vec<u32>>,
    /// Positions, `[R][T]`.
    pub positions: Vec<Vec<u32>>,
    /// Segments, `[R][T]`, or empty where every row is one example padded at its end (then the causal mask is enough).
    pub segments: Vec<Vec<u32>>,
}

impl Rows {
    /// One example per row, padded at the end with token 0.
    pub fn padded(rows: &[Vec<u32>]) -> Self {
        let length = rows.iter().map(Vec::len).max().unwrap_or(0);
        let pad = |row: &Vec<u32>| row.iter().copied().chain(std::iter::repeat(0)).take(length).collect();
        Self { tokens: rows.iter().map(pad).collect(), positions: vec![(0..length as u32).collect()], segments: vec![] }
    }
}

/// Rows on a device, with what every layer needs to attend.
#[derive(Clone, Debug)]
pub struct Input<B: Kernels> {
    /// [R, T].
    pub tokens: Tensor<B, 2, Int>,
    /// The rotary turns of the positions.
    pub turns: Turns<B>,
    /// For each chunk of queries, which keys it must not see: [R or 1, 1, group * chunk, keys so far].
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
