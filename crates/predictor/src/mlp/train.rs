use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Tensor, TensorData};

use super::adam::Adam;
use super::network::Network;
use super::{Folds, MlpConfig};

/// Adam's decay rates; the second one is short, as a fit has some eighty steps.
const BETA: [f64; 2] = [0.9, 0.99];
/// Epochs between two validations.
const LOOK: usize = 3;

/// What to learn.
pub(crate) struct Task<'a> {
    /// Standardised inputs, `[members][examples][inputs]`: each member may see them scaled in its own way.
    pub(crate) views: &'a [Vec<Vec<f32>>],
    /// Standardised outputs.
    pub(crate) targets: &'a [f32],
    /// Which examples each member validates on.
    pub(crate) folds: &'a Folds,
}

/// Trains all members from `network` at once: one batched matrix product per pass, squared error, Adam with decoupled
/// weight decay. Each member keeps the weights of the validation where its held-back examples were predicted best; without
/// held-back examples the last ones. `None` where the weights are not finite.
///
/// Shapes: inputs [M, N, D], first layer [M, D, H], hidden [M, N, H], outputs [M, N, 1].
pub(crate) fn train<B: AutodiffBackend>(
    config: &MlpConfig,
    task: &Task<'_>,
    network: Network,
    device: &B::Device,
) -> Option<Network> {
    let (m, n, d, h) = (network.members, task.targets.len(), network.inputs, network.hidden);
    let x = Tensor::<B, 3>::from_data(TensorData::new(task.views.concat().concat(), [m, n, d]), device);
    let y = Tensor::<B, 3>::from_data(TensorData::new(task.targets.to_vec(), [1, n, 1]), device);
    let (fit, validate) = weights(task.folds, n);
    let early_stopping = validate.iter().any(|w| *w > 0.0);
    let fit = Tensor::<B, 3>::from_data(TensorData::new(fit, [m, n, 1]), device);
    let validate = Tensor::<B::InnerBackend, 3>::from_data(TensorData::new(validate, [m, n, 1]), device);

    let shapes = [[m, d, h], [m, 1, h], [m, 1, h], [m, 1, 1]];
    let start = [network.first, network.bias, network.second, network.offset];
    let mut parameters: Vec<Tensor<B::InnerBackend, 3>> =
        start.into_iter().zip(shapes).map(|(v, s)| Tensor::from_data(TensorData::new(v, s), device)).collect();
    let mut adam = Adam::new(BETA, &parameters);
    let mut best = parameters.clone();
    let mut best_error = Tensor::<B::InnerBackend, 3>::full([m, 1, 1], f32::MAX, device);

    for epoch in 0..config.epochs {
        let tracked: Vec<Tensor<B, 3>> =
            parameters.iter().map(|p| Tensor::from_inner(p.clone()).require_grad()).collect();
        let squares = squared_errors(&x, &y, &tracked);
        if early_stopping && epoch % LOOK == 0 {
            let held = (squares.clone().inner() * validate.clone()).sum_dim(1);
            let better = held.clone().lower(best_error.clone());
            best_error = best_error.mask_where(better.clone(), held);
            for (best, now) in best.iter_mut().zip(&parameters) {
                *best = best.clone().mask_where(better.clone().expand(now.dims()), now.clone());
            }
        }
        let gradients = (squares * fit.clone()).sum().backward();
        let progress = epoch as f64 / config.epochs as f64;
        let rate = config.learning_rate * (2.0 * (1.0 - progress) + 0.05).min(1.0);
        for (i, (p, t)) in parameters.iter_mut().zip(&tracked).enumerate() {
            let gradient = t.grad(&gradients)?;
            // layers decay, biases do not
            let decay = if i % 2 == 0 { rate * config.weight_decay } else { 0.0 };
            *p = p.clone() * (1.0 - decay) - adam.step(i, epoch + 1, gradient) * rate;
        }
    }
    let mut chosen = if early_stopping { best } else { parameters }.into_iter().map(|p| p.into_data().to_vec::<f32>());
    let mut next = || chosen.next().and_then(Result::ok);
    let (first, bias, second, offset) = (next()?, next()?, next()?, next()?);
    let network = Network { members: m, hidden: h, inputs: d, first, bias, second, offset };
    network.is_finite().then_some(network)
}

/// [M, N, 1] squared errors of the members' outputs.
fn squared_errors<B: Backend>(x: &Tensor<B, 3>, y: &Tensor<B, 3>, parameters: &[Tensor<B, 3>]) -> Tensor<B, 3> {
    let hidden = (x.clone().matmul(parameters[0].clone()) + parameters[1].clone()).clamp_min(0.0);
    let output = (hidden * parameters[2].clone()).sum_dim(2) + parameters[3].clone();
    let error = output - y.clone();
    error.clone() * error
}

/// Weights of the examples in each member's training and validation mean, `[M, N]`.
fn weights(folds: &Folds, n: usize) -> (Vec<f32>, Vec<f32>) {
    let m = folds.held_back.len();
    let (mut fit, mut validate) = (vec![0.0; n * m], vec![0.0; n * m]);
    for (member, held) in folds.held_back.iter().enumerate() {
        let count = held.iter().filter(|h| **h).count();
        for (i, &held) in held.iter().enumerate() {
            let (to, of) = if held { (&mut validate, count) } else { (&mut fit, n - count) };
            to[member * n + i] = 1.0 / of as f32;
        }
    }
    (fit, validate)
}

#[cfg(test)]
mod tests {
    use burn::backend::{Autodiff, Flex};
    use jobs_core::Seed;

    use super::super::draw::initial;
    use super::*;

    type Cpu = Autodiff<Flex>;

    fn problem(members: usize) -> (MlpConfig, Vec<Vec<Vec<f32>>>, Vec<f32>, Folds) {
        let config = MlpConfig { members, ..MlpConfig::default() };
        let rows: Vec<Vec<f32>> =
            (0..24).map(|i| vec![(i as f32 - 11.5) / 7.0, ((i * 7) % 24) as f32 / 12.0 - 1.0]).collect();
        let targets: Vec<f32> = rows.iter().map(|r| r[0].abs() - 1.0).collect();
        let folds = Folds::draw(&config, rows.len(), Seed(3));
        (config, vec![rows; members], targets, folds)
    }

    #[test]
    fn gradient_matches_central_differences() {
        let device = Default::default();
        let (config, views, targets, folds) = problem(2);
        let start = initial(&config, 2, Seed(5));
        let (m, h) = (2, config.hidden);
        let (fit, _) = weights(&folds, 24);
        let x = Tensor::<Cpu, 3>::from_data(TensorData::new(views.concat().concat(), [m, 24, 2]), &device);
        let y = Tensor::<Cpu, 3>::from_data(TensorData::new(targets, [1, 24, 1]), &device);
        let fit = Tensor::<Cpu, 3>::from_data(TensorData::new(fit, [m, 24, 1]), &device);
        let tensors = |n: &Network| -> Vec<Tensor<Cpu, 3>> {
            [(&n.first, [m, 2, h]), (&n.bias, [m, 1, h]), (&n.second, [m, 1, h]), (&n.offset, [m, 1, 1])]
                .into_iter()
                .map(|(v, s)| Tensor::from_data(TensorData::new(v.clone(), s), &device).require_grad())
                .collect()
        };
        let loss = |n: &Network| (squared_errors(&x, &y, &tensors(n)) * fit.clone()).sum();
        let tracked = tensors(&start);
        let gradients = (squared_errors(&x, &y, &tracked) * fit.clone()).sum().backward();
        for (k, at) in [(0, 5), (0, 40), (1, 3), (2, 20), (3, 1)] {
            let analytic = tracked[k].grad(&gradients).unwrap().into_data().to_vec::<f32>().unwrap()[at];
            let value = |shift: f32| {
                let mut n = start.clone();
                [&mut n.first, &mut n.bias, &mut n.second, &mut n.offset][k][at] += shift;
                loss(&n).into_scalar()
            };
            let numeric = (value(1e-2) - value(-1e-2)) / 2e-2;
            assert!((analytic - numeric).abs() < 0.02 * (0.1 + numeric.abs()), "{k} {at}: {analytic} {numeric}");
        }
    }

    #[test]
    fn members_trained_together_are_those_trained_alone() {
        let (config, views, targets, folds) = problem(3);
        let task = Task { views: &views, targets: &targets, folds: &folds };
        let together = train::<Cpu>(&config, &task, initial(&config, 2, Seed(5)), &Default::default()).unwrap();
        // the first member alone: streams are per member, so its start and its fold are the same
        let (alone_config, alone_views, _, alone_folds) = problem(1);
        let task = Task { views: &alone_views, targets: &targets, folds: &alone_folds };
        let alone =
            train::<Cpu>(&alone_config, &task, initial(&alone_config, 2, Seed(5)), &Default::default()).unwrap();
        for x in [[0.3, 0.1], [-1.0, 0.8]] {
            assert!((together.output(0, &x) - alone.output(0, &x)).abs() < 1e-5);
            assert!((together.output(0, &x) - together.output(1, &x)).abs() > 1e-4);
        }
    }

    #[test]
    fn learns_and_stops_in_time() {
        let (config, views, targets, folds) = problem(4);
        let held_back = |config: &MlpConfig, targets: &[f32]| {
            let task = Task { views: &views, targets, folds: &folds };
            let n = train::<Cpu>(config, &task, initial(config, 2, Seed(5)), &Default::default()).unwrap();
            let errors = (0..4).flat_map(|m| (0..24).filter(move |&i| task.folds.held_back[m][i]).map(move |i| (m, i)));
            let all: Vec<f64> =
                errors.map(|(m, i)| (n.output(m, &views[m][i]) - f64::from(targets[i])).powi(2)).collect();
            all.iter().sum::<f64>() / all.len() as f64
        };
        assert!(held_back(&config, &targets) < 0.05);
        // on noise, longer training with stopping never validates worse than stopping at once
        let noise: Vec<f32> = (0..24).map(|i| [1.0, -1.0, 0.3, -0.4, 0.9][(i * i + i / 3) % 5]).collect();
        let long = MlpConfig { epochs: 300, learning_rate: 0.02, ..config.clone() };
        assert!(held_back(&long, &noise) <= held_back(&MlpConfig { epochs: 1, ..long }, &noise));
    }
}
