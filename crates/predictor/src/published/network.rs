use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Hidden units, layer by layer.
const WIDTHS: [usize; 3] = [64, 32, 16];
/// Chance that a hidden unit is left out.
pub(super) const DROPOUT: f32 = 0.2;

/// A perceptron with three hidden layers of rectified units and one output, as plain numbers.
#[derive(Clone, Debug)]
pub(super) struct Network {
    pub(super) layers: Vec<Layer>,
}

/// One affine map.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    /// `[inputs, outputs]`.
    pub(super) weights: Vec<f32>,
    /// `[outputs]`.
    pub(super) bias: Vec<f32>,
}

impl Network {
    /// Weights and biases uniform within 1 / sqrt(inputs), PyTorch's default for linear layers.
    pub(super) fn draw(inputs: usize, rng: &mut ChaCha8Rng) -> Self {
        let widths: Vec<usize> = [inputs].into_iter().chain(WIDTHS).chain([1]).collect();
        let layer = |pair: &[usize]| {
            let bound = 1.0 / (pair[0].max(1) as f32).sqrt();
            let mut numbers = |n| (0..n).map(|_| bound * (2.0 * rng.random::<f32>() - 1.0)).collect();
            Layer { inputs: pair[0], outputs: pair[1], weights: numbers(pair[0] * pair[1]), bias: numbers(pair[1]) }
        };
        Self { layers: widths.windows(2).map(layer).collect() }
    }

    /// The output for one row; hidden units are multiplied by `masks`, one per hidden layer, where there are any.
    pub(super) fn output(&self, row: &[f32], masks: Option<&[Vec<f32>]>) -> f64 {
        let mut x = row.to_vec();
        let last = self.layers.len() - 1;
        for (i, layer) in self.layers.iter().enumerate() {
            let mut z = layer.bias.clone();
            for (x, weights) in x.iter().zip(layer.weights.chunks_exact(layer.outputs)) {
                z.iter_mut().zip(weights).for_each(|(z, w)| *z += x * w);
            }
            if i < last {
                z.iter_mut().for_each(|z| *z = z.max(0.0));
                if let Some(mask) = masks.and_then(|m| m.get(i)) {
                    z.iter_mut().zip(mask).for_each(|(z, m)| *z *= m);
                }
            }
            x = z;
        }
        f64::from(x.first().copied().unwrap_or(f32::NAN))
    }

    pub(super) fn is_finite(&self) -> bool {
        self.layers.iter().all(|l| l.weights.iter().chain(&l.bias).all(|v| v.is_finite()))
    }
}

/// Multipliers of `rows` rows of hidden units, layer by layer: 0 with the chance of dropout, else what keeps the mean.
pub(super) fn masks(rows: usize, rng: &mut ChaCha8Rng) -> Vec<Vec<f32>> {
    let mut unit = || if rng.random::<f32>() < DROPOUT { 0.0 } else { 1.0 / (1.0 - DROPOUT) };
    WIDTHS.iter().map(|width| (0..rows * width).map(|_| unit()).collect()).collect()
}

#[cfg(test)]
mod tests {
    use jobs_core::Seed;

    use super::*;

    #[test]
    fn masks_keep_the_mean_and_leave_out_a_fifth() {
        let masks = masks(2000, &mut Seed(1).stream("test", 0));
        assert_eq!(masks.iter().map(Vec::len).collect::<Vec<_>>(), [128_000, 64_000, 32_000]);
        let n = masks[0].len() as f32;
        // standard errors .0011 and .0014: five of them
        assert!((masks[0].iter().filter(|m| **m == 0.0).count() as f32 / n - DROPOUT).abs() < 0.006);
        assert!((masks[0].iter().sum::<f32>() / n - 1.0).abs() < 0.007);
    }

    #[test]
    fn the_output_by_hand() {
        let layer = |inputs, outputs, weights: &[f32], bias: &[f32]| Layer {
            inputs,
            outputs,
            weights: weights.to_vec(),
            bias: bias.to_vec(),
        };
        let network = Network {
            layers: vec![layer(2, 2, &[1.0, -1.0, 2.0, 0.5], &[0.5, 0.0]), layer(2, 1, &[2.0, 3.0], &[1.0])],
        };
        // hidden (1 + 2 + .5, max(-1 + .5, 0)) = (3.5, 0)
        assert_eq!(network.output(&[1.0, 1.0], None), 8.0);
        assert_eq!(network.output(&[1.0, 1.0], Some(&[vec![0.0, 1.25]])), 1.0);
    }
}
