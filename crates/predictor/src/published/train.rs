use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Tensor, TensorData};
use rand_chacha::ChaCha8Rng;

use super::network::{Layer, Network, masks};
use crate::mlp::Adam;

/// Passes over the data, as published.
pub(super) const EPOCHS: usize = 500;
/// Step of Adam, as published.
const LEARNING_RATE: f64 = 0.01;
/// Adam's usual decay rates.
const BETA: [f64; 2] = [0.9, 0.999];

/// Minimises the mean squared error by Adam with dropout, all rows in one batch, for all epochs: no early stopping, no weight
/// decay. `None` where the weights are not finite.
///
/// Shapes: inputs [N, D], weights [D, H], biases [1, H], outputs [N, 1].
pub(super) fn train<B: AutodiffBackend>(
    rows: &[Vec<f32>],
    targets: &[f32],
    network: Network,
    rng: &mut ChaCha8Rng,
    device: &B::Device,
) -> Option<Network> {
    let n = rows.len();
    let tensor = |numbers: Vec<f32>, shape: [usize; 2]| {
        Tensor::<B::InnerBackend, 2>::from_data(TensorData::new(numbers, shape), device)
    };
    let x = Tensor::<B, 2>::from_inner(tensor(rows.concat(), [n, rows.first().map_or(0, Vec::len)]));
    let y = Tensor::<B, 2>::from_inner(tensor(targets.to_vec(), [n, 1]));
    let shapes: Vec<(usize, usize)> = network.layers.iter().map(|l| (l.inputs, l.outputs)).collect();
    let mut parameters: Vec<Tensor<B::InnerBackend, 2>> = vec![];
    for layer in network.layers {
        parameters.push(tensor(layer.weights, [layer.inputs, layer.outputs]));
        parameters.push(tensor(layer.bias, [1, layer.outputs]));
    }
    let mut adam = Adam::new(BETA, &parameters);
    for epoch in 1..=EPOCHS {
        let tracked: Vec<Tensor<B, 2>> =
            parameters.iter().map(|p| Tensor::from_inner(p.clone()).require_grad()).collect();
        let dropped = masks(n, rng).into_iter().map(|m| {
            let width = m.len() / n;
            Tensor::<B, 2>::from_inner(tensor(m, [n, width]))
        });
        let error = forward(x.clone(), &tracked, dropped) - y.clone();
        let gradients = (error.clone() * error).mean().backward();
        for (i, (p, t)) in parameters.iter_mut().zip(&tracked).enumerate() {
            *p = p.clone() - adam.step(i, epoch, t.grad(&gradients)?) * LEARNING_RATE;
        }
    }
    let mut numbers = parameters.into_iter().map(|p| p.into_data().to_vec::<f32>());
    let mut layers = vec![];
    for (inputs, outputs) in shapes {
        let (weights, bias) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
        layers.push(Layer { inputs, outputs, weights, bias });
    }
    let network = Network { layers };
    network.is_finite().then_some(network)
}

/// [N, 1] outputs; `dropped` holds one mask per hidden layer.
fn forward<B: Backend>(
    mut x: Tensor<B, 2>,
    parameters: &[Tensor<B, 2>],
    dropped: impl Iterator<Item = Tensor<B, 2>>,
) -> Tensor<B, 2> {
    let mut dropped = dropped.fuse();
    for layer in parameters.chunks_exact(2) {
        x = x.matmul(layer[0].clone()) + layer[1].clone();
        if let Some(mask) = dropped.next() {
            x = x.clamp_min(0.0) * mask;
        }
    }
    x
}

#[cfg(test)]
mod tests {
    use burn::backend::{Autodiff, Flex};
    use jobs_core::Seed;

    use super::*;

    type Cpu = Autodiff<Flex>;

    #[test]
    fn both_forward_passes_agree_and_training_learns() {
        let rows: Vec<Vec<f32>> = (0..20).map(|i| vec![i as f32 / 10.0 - 1.0, ((i * 7) % 20) as f32 / 20.0]).collect();
        let targets: Vec<f32> = rows.iter().map(|r| 3.0 + 2.0 * r[0]).collect();
        let mut rng = Seed(2).stream("test", 0);
        let start = Network::draw(2, &mut rng);
        let device = Default::default();
        let tensor = |v: &[f32], s: [usize; 2]| Tensor::<Cpu, 2>::from_data(TensorData::new(v.to_vec(), s), &device);
        let parameters: Vec<Tensor<Cpu, 2>> = start
            .layers
            .iter()
            .flat_map(|l| [tensor(&l.weights, [l.inputs, l.outputs]), tensor(&l.bias, [1, l.outputs])])
            .collect();
        let drawn = masks(1, &mut rng);
        let dropped = drawn.iter().map(|m| tensor(m, [1, m.len()]));
        let there = forward(tensor(&rows[3], [1, 2]), &parameters, dropped).into_scalar();
        assert!((f64::from(there) - start.output(&rows[3], Some(&drawn))).abs() < 1e-5);

        let error = |n: &Network| {
            rows.iter().zip(&targets).map(|(r, t)| (n.output(r, None) - f64::from(*t)).powi(2)).sum::<f64>() / 20.0
        };
        let before = error(&start);
        let trained = train::<Cpu>(&rows, &targets, start, &mut rng, &device).unwrap();
        assert!(error(&trained) < 0.1 && before > 3.0, "{} {before}", error(&trained));
    }
}
