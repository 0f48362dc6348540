use burn::tensor::backend::AutodiffBackend;
use burn::tensor::{Bool, Int, Tensor, TensorData};

use crate::kernels::Kernels;
use crate::model::{Decoder, Rotary, Rows, Turns};

/// Queries attended to at once: the scores of a layer take [R, heads, CHUNK, T] instead of [R, heads, T, T].
const CHUNK: usize = 128;

/// Rows on a device, with what every layer needs for attention.
#[derive(Clone, Debug)]
pub struct Input<B: Kernels> {
    /// Tokens, [R, T].
    pub tokens: Tensor<B, 2, Int>,
    /// Rotary rotations of the positions.
    pub turns: Turns<B>,
    /// Those of layers with a window, where they are others.
    local_turns: Option<Turns<B>>,
    /// For each chunk of queries, the keys hidden from it: [R or 1, 1, group * chunk, keys so far].
    pub hidden: Vec<Tensor<B, 4, Bool>>,
    /// The same in layers with a window, by its width.
    in_window: Vec<(usize, Vec<Tensor<B, 4, Bool>>)>,
    /// First query of each chunk, and the end of the last.
    pub chunks: Vec<usize>,
}

impl<B: Kernels> Input<B> {
    /// Puts rows on the device of a model.
    pub fn new(rows: &Rows, model: &Decoder<B>) -> Self {
        let (config, dtype, device) = (&model.config, model.dtype(), &model.device());
        let (r, t) = (rows.tokens.len(), rows.tokens.first().map_or(0, Vec::len));
        let tokens: Vec<i32> = rows.tokens.iter().flatten().map(|&v| v as i32).collect();
        let chunks: Vec<usize> = (0..t).step_by(CHUNK).chain([t]).collect();
        let hidden = |window: usize| {
            chunks.windows(2).map(|c| mask(rows, (c[0], c[1]), config.group(), window, device)).collect()
        };
        let mut widths: Vec<usize> = config.windows.iter().flatten().copied().filter(|width| *width < t).collect();
        widths.sort_unstable();
        widths.dedup();
        let turns = |rotary: &Rotary| rotary.turns(&rows.positions, dtype, device);
        Self {
            tokens: Tensor::from_data(TensorData::new(tokens, [r, t]), device),
            turns: turns(&model.rotary),
            local_turns: model.local_rotary.as_ref().map(turns),
            hidden: hidden(usize::MAX),
            in_window: widths.into_iter().map(|width| (width, hidden(width))).collect(),
            chunks,
        }
    }

    /// The rotations of a layer, with or without a window.
    pub(super) fn turns(&self, windowed: bool) -> &Turns<B> {
        self.local_turns.as_ref().filter(|_| windowed).unwrap_or(&self.turns)
    }

    /// The keys hidden from each chunk of queries in a layer with this window.
    pub(super) fn hidden(&self, window: Option<usize>) -> &[Tensor<B, 4, Bool>] {
        let own = self.in_window.iter().find(|(width, _)| Some(*width) == window);
        own.map_or(&self.hidden, |(_, hidden)| hidden)
    }

    /// The same as constants of a backend that differentiates.
    pub fn lift<A: AutodiffBackend<InnerBackend = B> + Kernels>(&self) -> Input<A> {
        let lift = |t: &Tensor<B, 4>| Tensor::<A, 4>::from_inner(t.clone());
        let turns = |turns: &Turns<B>| Turns { cos: lift(&turns.cos), sin: lift(&turns.sin) };
        let hidden = |all: &Vec<Tensor<B, 4, Bool>>| all.iter().map(|h| Tensor::from_inner(h.clone())).collect();
        Input {
            tokens: Tensor::from_inner(self.tokens.clone()),
            turns: turns(&self.turns),
            local_turns: self.local_turns.as_ref().map(turns),
            hidden: hidden(&self.hidden),
            in_window: self.in_window.iter().map(|(width, all)| (*width, hidden(all))).collect(),
            chunks: self.chunks.clone(),
        }
    }
}

/// Keys hidden from queries `from..to`: later ones, those that a window leaves behind, and those of other segments; repeated for every query
/// head of a group.
fn mask<B: Kernels>(
    rows: &Rows,
    (from, to): (usize, usize),
    group: usize,
    window: usize,
    device: &B::Device,
) -> Tensor<B, 4, Bool> {
    let shared = rows.segments.is_empty();
    let count = if shared { 1 } else { rows.tokens.len() };
    let other = |row: usize, key: usize, query: usize| !shared && rows.segments[row][key] != rows.segments[row][query];
    let mut hidden = Vec::with_capacity(count * group * (to - from) * to);
    for row in 0..count {
        for _ in 0..group {
            for query in from..to {
                hidden.extend((0..to).map(|key| key > query || query - key >= window || other(row, key, query)));
            }
        }
    }
    Tensor::from_data(TensorData::new(hidden, [count, 1, group * (to - from), to]), device)
}
