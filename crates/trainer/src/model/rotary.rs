use std::f64::consts::PI;

use burn::tensor::backend::Backend;
use burn::tensor::{DType, Tensor, TensorData};

use super::{ModelConfig, RopeScaling, Yarn};

/// Frequencies of rotary position embeddings, half-split as in Hugging Face checkpoints (Su et al. 2021): the pair of coordinates
/// (i, i + D/2) of a head turns by the angle position * theta^(-2i/D), in radians.
#[derive(Clone, Debug)]
pub struct Rotary {
    /// Angle per position, `[D/2]`.
    frequencies: Vec<f32>,
    /// Factor of cosines and sines.
    scale: f32,
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
        let (frequencies, scale) = match &config.rope_scaling {
            RopeScaling::None => (plain.collect(), 1.0),
            RopeScaling::Linear { factor } => (plain.map(|f| f / factor).collect(), 1.0),
            &RopeScaling::Llama3 { factor, low, high, original_context } => {
                (plain.map(|f| llama3(f, factor, low, high, original_context)).collect(), 1.0)
            }
            RopeScaling::Yarn(yarn) => (yarn.frequencies(plain.collect(), config), yarn.attention as f32),
            RopeScaling::Long { factors, attention } => {
                (plain.zip(factors).map(|(f, factor)| f / factor).collect(), *attention as f32)
            }
        };
        Self { frequencies, scale }
    }

    /// The frequencies of layers with a window, where they are others.
    pub fn local(config: &ModelConfig) -> Option<Self> {
        let theta = config.local_rope_theta?;
        Some(Self::new(&ModelConfig { rope_theta: theta, rope_scaling: RopeScaling::None, ..config.clone() }))
    }

    /// The rotations at `positions`, one list per row or a single list for all rows.
    pub fn turns<B: Backend>(&self, positions: &[Vec<u32>], dtype: DType, device: &B::Device) -> Turns<B> {
        let (rows, length, half) = (positions.len(), positions.first().map_or(0, Vec::len), self.frequencies.len());
        let angles = || positions.iter().flatten().flat_map(|&p| self.frequencies.iter().map(move |f| p as f32 * f));
        let tensor =
            |values: Vec<f32>| Tensor::from_data(TensorData::new(values, [rows, 1, length, half]), (device, dtype));
        Turns {
            cos: tensor(angles().map(|a| f64::from(a).cos() as f32 * self.scale).collect()),
            sin: tensor(angles().map(|a| f64::from(a).sin() as f32 * self.scale).collect()),
        }
    }
}

fn llama3(frequency: f32, factor: f32, low: f32, high: f32, original_context: f32) -> f32 {
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

impl Yarn {
    /// Blends each frequency f with f / factor, linearly in its index between the indices of `fast` and `slow` turns.
    fn frequencies(&self, plain: Vec<f32>, config: &ModelConfig) -> Vec<f32> {
        let (d, theta) = (config.head_dim as f64, f64::from(config.rope_theta));
        // the index whose frequency makes this many turns within the context of pre-training
        let index = |turns: f64| d * (self.original_context / (turns * 2.0 * PI)).ln() / (2.0 * theta.ln());
        let (mut low, mut high) = (index(self.fast), index(self.slow));
        if self.truncate {
            (low, high) = (low.floor(), high.ceil());
        }
        let (low, mut high) = (low.max(0.0), high.min(d - 1.0));
        if low == high {
            high += 0.001;
        }
        let blend = |(i, f): (usize, f32)| {
            let stretched = ((i as f64 - low) / (high - low)).clamp(0.0, 1.0) as f32;
            f / self.factor as f32 * stretched + f * (1.0 - stretched)
        };
        plain.into_iter().enumerate().map(blend).collect()
    }
}
