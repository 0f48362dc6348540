use burn::tensor::backend::Backend;
use burn::tensor::{DType, Tensor, TensorData};

use super::{ModelConfig, RopeScaling};

/// Frequencies of rotary position embeddings, half-split as in Hugging Face checkpoints (Su et al. 2021): the pair of coordinates
/// (i, i + D/2) of a head turns by the angle position * theta^(-2i/D), in radians.
#[derive(Clone, Debug)]
pub struct Rotary {
    /// Angle per position, `[D/2]`.
    frequencies: Vec<f32>,
}

/// The rotations of one batch: `cos` and `sin` are [R, 1, T, D/2], or [1, 1, T, D/2] where all rows share their positions.
#[derive(Clone, Debug)]
pub struct Turns<B: Backend> {
    /// Cosines.
    pub cos: Tensor<B, 4>,
    /// Sines.
    pub sin: Tensor<B, 4>,
}

impl Rotary {
    /// The frequencies of a model, in f32 as transformers computes them.
    pub fn new(config: &ModelConfig) -> Self {
        let d = config.head_dim;
        let plain = (0..d / 2).map(|i| 1.0 / config.rope_theta.powf((2 * i) as f32 / d as f32));
        let frequencies = plain.map(|f| scaled(f, config.rope_scaling)).collect();
        Self { frequencies }
    }

    /// The rotations at `positions`, one list per row or a single list for all rows.
    pub fn turns<B: Backend>(&self, positions: &[Vec<u32>], dtype: DType, device: &B::Device) -> Turns<B> {
        let (rows, length, half) = (positions.len(), positions.first().map_or(0, Vec::len), self.frequencies.len());
        let angles = || positions.iter().flatten().flat_map(|&p| self.frequencies.iter().map(move |f| p as f32 * f));
        let tensor =
            |values: Vec<f32>| Tensor::from_data(TensorData::new(values, [rows, 1, length, half]), (device, dtype));
        Turns {
            cos: tensor(angles().map(|a| f64::from(a).cos() as f32).collect()),
            sin: tensor(angles().map(|a| f64::from(a).sin() as f32).collect()),
        }
    }
}

fn scaled(frequency: f32, scaling: RopeScaling) -> f32 {
    match scaling {
        RopeScaling::None => frequency,
        RopeScaling::Linear { factor } => frequency / factor,
        RopeScaling::Llama3 { factor, low, high, original_context } => {
            let wavelength = 2.0 * std::f32::consts::PI / frequency;
            if wavelength < original_context / high {
                frequency
            } else if wavelength > original_context / low {
                frequency / factor
            } else {
                let smooth = (original_context / wavelength - low) / (high - low);
                (1.0 - smooth) * frequency / factor + smooth * frequency
            }
        }
    }
}
