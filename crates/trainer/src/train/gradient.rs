use burn::tensor::Tensor;
use burn::tensor::backend::AutodiffBackend;
use jobs_core::Seed;

use crate::forward::Input;
use crate::kernels::{Gradient, Kernels, Training};
use crate::lora::Adapter;
use crate::model::{Decoder, MicroBatch};

/// Losses in nats of every target, without gradients, `[N]`.
pub fn losses<B: Kernels>(model: &Decoder<B>, adapter: Option<&Adapter<B>>, batch: &MicroBatch) -> Tensor<B, 1> {
    B::losses(model, adapter, batch)
        .unwrap_or_else(|| model.losses(model.hidden(&model.input(&batch.rows), adapter, None), batch))
}

/// The gradient of `weight` times the summed loss with respect to the adapter: hand-written where the backend has it
/// ([`Kernels::gradient`]), otherwise by Burn's autodiff.
///
/// With `recompute`, only the input of each layer is kept, and the backward pass recomputes each layer in turn (Chen et al. 2016): the
/// memory of one layer instead of all, for a third more work.
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

/// [`gradient`] by Burn's autodiff, on any backend. Layers below the lowest adapter run without a graph.
pub fn gradient_by_autodiff<A: Training>(
    model: &Decoder<A::InnerBackend>,
    adapter: &Adapter<A::InnerBackend>,
    batch: &MicroBatch,
    weight: f64,
    dropout: Option<Seed>,
    recompute: bool,
) -> Gradient<A::InnerBackend> {
    let lowest = adapter.lowest_layer();
    let input: Input<A::InnerBackend> = model.input(&batch.rows);
    let below = (0..lowest).fold(model.embed(&input), |x, l| model.layer(l, x, &input, None, None));
    let lifted =
        Lifted::<A> { model: model.lift(), input: input.lift(), adapter: adapter.track(), batch, weight, dropout };
    if !recompute {
        return lifted.whole(below, lowest);
    }
    let mut inputs = vec![below];
    for l in lowest..model.blocks.len() {
        let x = model.layer(l, inputs[l - lowest].clone(), &input, Some(adapter), dropout);
        inputs.push(x);
    }
    lifted.layer_by_layer(inputs, lowest)
}

type Matrix<A> = Tensor<<A as AutodiffBackend>::InnerBackend, 2>;

/// Model, input and adapter on the backend that differentiates.
struct Lifted<'a, A: Training> {
    model: Decoder<A>,
    input: Input<A>,
    /// The parameters, as variables.
    adapter: Adapter<A>,
    batch: &'a MicroBatch,
    weight: f64,
    dropout: Option<Seed>,
}

impl<A: Training> Lifted<'_, A> {
    fn layer(&self, layer: usize, x: Tensor<A, 2>) -> Tensor<A, 2> {
        self.model.layer(layer, x, &self.input, Some(&self.adapter), self.dropout)
    }

    fn loss(&self, hidden: Tensor<A, 2>) -> Tensor<A, 1> {
        self.model.losses(hidden, self.batch).sum() * self.weight
    }

    /// One graph from layer `lowest` on; `below` is the input of that layer.
    fn whole(&self, below: Matrix<A>, lowest: usize) -> Gradient<A::InnerBackend> {
        let hidden = (lowest..self.model.blocks.len()).fold(Tensor::from_inner(below), |x, l| self.layer(l, x));
        let loss = self.loss(hidden);
        let mut gradients = loss.backward();
        let of = |p: &Tensor<A, 2>| p.grad_remove(&mut gradients).unwrap_or_else(|| zero(p));
        let by_parameter = self.adapter.parameters().iter().map(of).collect();
        Gradient { loss: loss.inner(), by_parameter }
    }

    /// One graph per layer, from the top down. `inputs` are the inputs of the layers from `lowest` on, and the output of the last.
    fn layer_by_layer(&self, mut inputs: Vec<Matrix<A>>, lowest: usize) -> Gradient<A::InnerBackend> {
        let variable = |x: Option<Matrix<A>>| x.map(|x| Tensor::<A, 2>::from_inner(x).require_grad());
        let parameters = self.adapter.parameters();
        let mut by_parameter: Vec<_> = parameters.iter().map(zero).collect();
        let Some(top) = variable(inputs.pop()) else { unreachable!("the input of the lowest layer is always there") };
        let loss = self.loss(top.clone());
        let mut upstream = top.grad_remove(&mut loss.backward());
        for l in (lowest..self.model.blocks.len()).rev() {
            let (Some(x), Some(g)) = (variable(inputs.pop()), upstream.take()) else { break };
            let mut gradients = (self.layer(l, x.clone()) * Tensor::from_inner(g)).sum().backward();
            upstream = x.grad_remove(&mut gradients);
            let here = self.adapter.sites.iter().enumerate().filter(|(_, site)| site.layer == l);
            for i in here.flat_map(|(at, _)| [2 * at, 2 * at + 1]) {
                if let Some(g) = parameters[i].grad_remove(&mut gradients) {
                    by_parameter[i] = g;
                }
            }
        }
        Gradient { loss: loss.inner(), by_parameter }
    }
}

fn zero<A: Training>(parameter: &Tensor<A, 2>) -> Matrix<A> {
    parameter.clone().inner().zeros_like()
}
