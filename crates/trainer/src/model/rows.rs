/// Rows of tokens, padded to one length. Where several examples share a row (packing), each has its own segment number and its
/// positions start at 0; padding has segment 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// Tokens, `[R][T]`.
    pub tokens: Vec<Vec<u32>>,
    /// Positions, `[R][T]`, or `[1][T]` where all rows share them.
    pub positions: Vec<Vec<u32>>,
    /// Segments, `[R][T]`, or empty where every row is one example padded at its end (the causal mask is then enough).
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

/// Rows and the tokens to predict in them: the N targets of a loss.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MicroBatch {
    /// The rows.
    pub rows: Rows,
    /// Position of each loss, row * T + column, `[N]`.
    pub at: Vec<u32>,
    /// Token that follows each position, `[N]`.
    pub targets: Vec<u32>,
    /// Index of the example that each position belongs to, `[N]`.
    pub owners: Vec<u32>,
}

impl MicroBatch {
    /// One example per row, with a loss on every token from column `first` on; `first` is at least 1. All rows have one length.
    pub fn from_column(rows: &[Vec<u32>], first: usize) -> Self {
        let length = rows.first().map_or(0, Vec::len);
        let places = || (0..rows.len()).flat_map(|r| (first..length).map(move |c| (r, c)));
        Self {
            rows: Rows::padded(rows),
            at: places().map(|(r, c)| (r * length + c - 1) as u32).collect(),
            targets: places().map(|(r, c)| rows[r][c]).collect(),
            owners: places().map(|(r, _)| r as u32).collect(),
        }
    }
}
