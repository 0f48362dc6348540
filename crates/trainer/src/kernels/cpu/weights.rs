//! A decoder's tensors as slices.

use std::collections::BTreeMap;

use burn::backend::Flex;
use burn::tensor::{DType, Tensor};
use burn_flex::FlexTensor;

use super::linear::{LowRank, Projection};
use crate::lora::Adapter;
use crate::model::{Activation, Around, Decoder, Module};

/// A contiguous tensor.
pub(super) struct Values(FlexTensor);

impl Values {
    pub(super) fn of<const D: usize>(tensor: &Tensor<Flex, D>) -> Self {
        Self(tensor.clone().into_primitive().tensor().to_contiguous())
    }

    pub(super) fn get(&self) -> &[f32] {
        self.0.storage()
    }
}

/// One layer's weights, and its adapters with their index among the parameters.
pub(super) struct LayerValues {
    pub(super) attention_norms: Norms,
    pub(super) mlp_norms: Norms,
    pub(super) head_norms: Option<[Values; 2]>,
    /// Whether queries and keys are rotated.
    pub(super) rotary: bool,
    /// How many of the last tokens a token attends to.
    pub(super) window: usize,
    /// Whether the layer has a window, however wide, and with it the rotations of such layers.
    pub(super) windowed: bool,
    pub(super) activation: Activation,
    /// Widths of queries, keys and values, and of the MLP's two inputs, where these are fused.
    pub(super) fused: Option<([usize; 3], [usize; 2])>,
    /// By module: weight, input width, bias, adapter.
    projections: BTreeMap<Module, (Values, usize, Option<Values>, Option<PairValues>)>,
}

/// Norms before and after attention or MLP.
pub(super) struct Norms {
    pub(super) before: Option<Values>,
    pub(super) after: Option<Values>,
}

impl Norms {
    fn of(norms: &Around<Flex>) -> Self {
        Self { before: norms.before.as_ref().map(Values::of), after: norms.after.as_ref().map(Values::of) }
    }
}

struct PairValues {
    a: Values,
    b: Values,
    scale: f32,
    slot: usize,
}

impl LayerValues {
    fn of(layer: usize, model: &Decoder<Flex>, adapter: Option<&Adapter<Flex>>) -> Self {
        let (block, config) = (&model.blocks[layer], &model.config);
        let pair = |module: Module| {
            let adapter = adapter?;
            let at = adapter.sites.iter().position(|site| (site.layer, site.module) == (layer, module))?;
            let (site, pair) = (&adapter.sites[at], &adapter.pairs[at]);
            Some(PairValues { a: Values::of(&pair.a), b: Values::of(&pair.b), scale: site.scale as f32, slot: 2 * at })
        };
        let projection = |module: Module| {
            let linear = block.module(module)?;
            let bias = linear.bias.as_ref().map(Values::of);
            Some((module, (Values::of(&linear.weight), linear.weight.dims()[1], bias, pair(module))))
        };
        Self {
            attention_norms: Norms::of(&block.attention_norms),
            mlp_norms: Norms::of(&block.mlp_norms),
            head_norms: block.attention.head_norms.as_ref().map(|[q, k]| [Values::of(q), Values::of(k)]),
            rotary: !model.config.no_rope_layers.contains(&layer),
            window: model.config.windows[layer].unwrap_or(usize::MAX),
            windowed: model.config.windowed(layer),
            activation: model.config.family.activation,
            fused: config.family.fused.then(|| (config.qkv_widths(), [config.intermediate; 2])),
            projections: Module::ALL.into_iter().filter_map(projection).collect(),
        }
    }

    /// A projection with its adapter.
    pub(super) fn projection(&self, module: Module) -> Projection<'_> {
        let (weight, input, bias, pair) = &self.projections[&module];
        Projection {
            weight: weight.get(),
            bias: bias.as_ref().map(Values::get),
            input: *input,
            pair: pair.as_ref().map(|p| LowRank { a: p.a.get(), b: p.b.get(), scale: p.scale, slot: p.slot }),
        }
    }

    /// Whether one of these modules has an adapter.
    pub(super) fn adapts(&self, modules: &[Module]) -> bool {
        modules.iter().filter_map(|m| self.projections.get(m)).any(|(.., pair)| pair.is_some())
    }
}

/// All layers' values; `None` if the model or the adapter is not in f32.
pub(super) fn layers(model: &Decoder<Flex>, adapter: Option<&Adapter<Flex>>) -> Option<Vec<LayerValues>> {
    let exact = model.dtype() == DType::F32
        && adapter.is_none_or(|a| a.pairs.iter().all(|p| p.a.dtype() == DType::F32 && p.b.dtype() == DType::F32));
    exact.then(|| (0..model.blocks.len()).map(|layer| LayerValues::of(layer, model, adapter)).collect())
}
