use jobs_core::Seed;
use numerics::normal;
use rand::RngExt;

use super::MlpConfig;
use super::network::Network;

/// Which examples each member validates on: a random share, at least one from four examples on, none below.
#[derive(Clone, Debug)]
pub(crate) struct Folds {
    /// `[members][examples]`.
    pub(crate) held_back: Vec<Vec<bool>>,
}

impl Folds {
    pub(crate) fn draw(config: &MlpConfig, examples: usize, seed: Seed) -> Self {
        let wanted = (config.validation * examples as f64).round() as usize;
        let count = if examples < 4 { 0 } else { wanted.clamp(1, examples - 2) };
        let held_back = (0..config.members)
            .map(|m| {
                let mut rng = seed.stream("mlp validation", m as u64);
                let mut order: Vec<usize> = (0..examples).collect();
                for i in 0..count {
                    order.swap(i, rng.random_range(i..examples));
                }
                let mut held = vec![false; examples];
                order[..count].iter().for_each(|&i| held[i] = true);
                held
            })
            .collect();
        Self { held_back }
    }
}

/// Initial weights: normal, with deviation gain / sqrt(inputs) in the first layer (biases 0.3 gain) and 1 / sqrt(hidden)
/// in the second. Drawn from streams of our own, since Burn's generator is one per process.
pub(crate) fn initial(config: &MlpConfig, inputs: usize, seed: Seed) -> Network {
    let (m, h) = (config.members, config.hidden);
    let mut network = Network::zero(m, h, inputs);
    let first = config.gain / (inputs.max(1) as f64).sqrt();
    let second = 1.0 / (h.max(1) as f64).sqrt();
    for member in 0..m {
        let mut rng = seed.stream("mlp weights", member as u64);
        for w in &mut network.first[member * inputs * h..(member + 1) * inputs * h] {
            *w = (first * normal::draw(&mut rng)) as f32;
        }
        for unit in member * h..(member + 1) * h {
            network.bias[unit] = (0.3 * config.gain * normal::draw(&mut rng)) as f32;
            network.second[unit] = (second * normal::draw(&mut rng)) as f32;
        }
    }
    network
}
