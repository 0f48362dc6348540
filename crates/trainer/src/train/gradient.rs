use burn::tensor::{Int, Tensor, TensorData};
use jobs_core::Seed;

use crate::kernels::{Kernels, Training};
use crate::lora::Adapter;
use crate::model::{Decoder, Input, Rows};

/// Rows and the tokens to be predicted in them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MicroBatch {
    /// The rows.
    pub rows: Rows,
    /// Where a loss is taken: row * T + column.
    pub at: Vec<u32>,
    /// The token that follows each such place.
    pub targets: Vec<u32>,
    /// Which example each such place belongs to.
    pub owners: Vec<u32>,
}

impl MicroBatch {
    pub(crate) fn indices<B: Kernels>(values: &[u32], device: &B::Device) -> Tensor<B, 1, Int> {
        let values: Vec<i32> = values.iter().map(|&v| v as i32).collect();
        let n = values.len();
        Tensor::from_data(TensorData::new(values, [n]), device)
    }
}

/// The summed loss of a micro-batch and its gradient by every parameter of the adapter.
#[derive(Clone, Debug)]
pub struct Gradient<B: Kernels> {
    /// Sum of the losses, times `weight`, `[1]`.
    pub loss: Tensor<B, 1>,
    /// In the order of [`Adapter::parameters`].
    pub by_parameter: Vec<Tensor<B, 2>>,
}

/// Losses in nats of every target, without gradients, `[N]`.
pub fn losses<B: Kernels>(model: &Decoder<B>, adapter: Option<&Adapter<B>>, batch: &MicroBatch) -> Tensor<B, 1> {
    if let Some(losses) = B::losses(model, adapter, batch) {
        return losses;
    }
    let device = model.embedding.device();
    let hidden = model.hidden(&model.input(&batch.rows), adapter, None);
    let (at, targets) = (&batch.at, &batch.targets);
    model.losses(hidden, MicroBatch::indices::<B>(at, &device), MicroBatch::indices::<B>(targets, &device))
}

/// The gradient of `weight` times the summed loss by the adapter: by hand where the backend can ([`Kernels::gradient`]), else by Burn's
/// autodiff. With `recompute` only the input of each layer is kept, and a layer is run again when its turn comes on the way back
/// (Chen et al. 2016): memory of one layer instead of all, for a third more work.
pub fn gradient<A: Training>(
    model: &Decoder<A::InnerBackend>,
    adapter: &Adapter<A::InnerBackend>,
    batch: &MicroBatch,
    weight: f64,
    dropout: Option<Seed>,
    recompute: bool,
) -> Gradient<A::InnerBackend> {
    <A::InnerBackend as Kernels>::gradient(model, adapter, batch, weight, dropout, recompute)
        .unwrap_or_else(|| gradient_by_autodiff::<A>(model, adapter, batch, weight, dropout, recompute))
}

/// [`gradient`] by Burn's autodiff on any backend.
///
/// Layers below the lowest adapter run without a graph.
pub fn gradient_by_autodiff<A: Training>(
    model: &Decoder<A::InnerBackend>,
    adapter: &Adapter<A::InnerBackend>,
    batch: &MicroBatch,
    weight: f64,
    dropout: Option<Seed>,
    recompute: bool,
) -> Gradient<A::InnerBackend> {
    let device = model.embedding.device();
    let (layers, lowest) = (model.blocks.len(), adapter.config.layers.first().copied().unwrap_or(0));
    let input: Input<A::InnerBackend> = model.input(&batch.rows);
    let below = (0..lowest).fold(model.embed(&input), |x, l| model.layer(l, x, &input, None, None));
    let lifted: Decoder<A> = model.lift();
    let lifted_input: Input<A> = input.lift();
    let variables: Adapter<A> = adapter.track();
    let loss_of = |hidden: Tensor<A, 2>| {
        let at = MicroBatch::indices::<A>(&batch.at, &device);
        lifted.losses(hidden, at, MicroBatch::indices::<A>(&batch.targets, &device)).sum() * weight
    };
    let layer = |l: usize, x: Tensor<A, 2>| lifted.layer(l, x, &lifted_input, Some(&variables), dropout);
    let parameters = variables.parameters();
    let zero = |p: &Tensor<A, 2>| p.clone().inner().zeros_like();

    if !recompute {
        let hidden = (lowest..layers).fold(Tensor::from_inner(below), |x, l| layer(l, x));
        let loss = loss_of(hidden);
        let mut gradients = loss.backward();
        let by_parameter =
            parameters.iter().map(|p| p.grad_remove(&mut gradients).unwrap_or_else(|| zero(p))).collect();
        return Gradient { loss: loss.inner(), by_parameter };
    }

    let mut inputs = vec![below];
    for l in lowest..layers {
        let x = model.layer(l, inputs[l - lowest].clone(), &input, Some(adapter), dropout);
        inputs.push(x);
    }
    let variable = |x: Option<Tensor<A::InnerBackend, 2>>| x.map(|x| Tensor::<A, 2>::from_inner(x).require_grad());
    let mut by_parameter: Vec<_> = parameters.iter().map(zero).collect();
    let Some(top) = variable(inputs.pop()) else { unreachable!("the input of the first layer is always kept") };
    let loss = loss_of(top.clone());
    let mut upstream = top.grad_remove(&mut loss.backward());
    let width = adapter.config.modules.len() * 2;
    for l in (lowest..layers).rev() {
        let (Some(x), Some(g)) = (variable(inputs.pop()), upstream.take()) else { break };
        let mut gradients = (layer(l, x.clone()) * Tensor::from_inner(g)).sum().backward();
        upstream = x.grad_remove(&mut gradients);
        if let Some(slot) = adapter.config.layers.iter().position(|&with| with == l) {
            for i in slot * width..(slot + 1) * width {
                if let Some(g) = parameters[i].grad_remove(&mut gradients) {
                    by_parameter[i] = g;
                }
            }
        }
    }
    Gradient { loss: loss.inner(), by_parameter }
}
