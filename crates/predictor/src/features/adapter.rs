use jobs_core::lora::{LLAMA3_8B, Module};
use jobs_core::{Domain, Point, SearchSpace, Value};

use crate::relevance_prior::{Kind, RelevancePrior};

/// Whether the adapted layers are the first ones or the last.
const FRONT: &str = "lora_front_layers";
/// Width of an unknown module.
const OTHER_WIDTH: f64 = 8192.0;

/// What a LoRA configuration means to a curve, where the space has the conventional names `lora_rank`, `lora_alpha`,
/// `lora_layers`, `lora_front_layers`, `lora_<module>_proj`: the logarithms of
///
/// - the adapter's size, layers x rank x sum of the modules' widths,
/// - its scale alpha / rank,
/// - its number of layers,
///
/// and, with transferred relevances, its depth: how far the middle of the adapted layers lies from the
/// middle of the model's L, in halves of L. The first n layers have -(1 - n / L), the last n have 1 - n / L, all have 0. L is the
/// most layers of the space.
///
/// Each needs its names only; a space with none of them has no such features.
#[derive(Clone, Debug, Default)]
pub(crate) struct Adapter {
    rank: Option<String>,
    alpha: Option<String>,
    layers: Option<String>,
    /// The most layers of the space, where `lora_front_layers` gives their side.
    most_layers: Option<f64>,
    modules: Vec<(String, f64)>,
}

impl Adapter {
    pub(crate) fn of(space: &SearchSpace, prior: RelevancePrior) -> Self {
        let numeric = |name: &str| {
            let positive = |d: &jobs_core::Dimension| match &d.domain {
                Domain::Real { low, .. } => *low > 0.0,
                Domain::Integer { low, .. } => *low > 0,
                Domain::Ordered { .. } => d.domain.ends().is_some_and(|(low, _)| low > 0.0),
                // the same in every run
                _ => false,
            };
            let found = space.dimensions().iter().find(|d| d.name == name && positive(d));
            found.map(|d| d.name.clone())
        };
        let width = |name: &str| Module::of_dimension(name).map_or(OTHER_WIDTH, |m| m.width(LLAMA3_8B) as f64);
        let modules = space
            .dimensions()
            .iter()
            .filter(|d| d.domain == Domain::Boolean && d.name.starts_with("lora_") && d.name.ends_with("_proj"))
            .map(|d| (d.name.clone(), width(&d.name) / OTHER_WIDTH))
            .collect();
        let layers = numeric("lora_layers");
        let sided = space.dimensions().iter().any(|d| d.name == FRONT && d.domain == Domain::Boolean);
        let most = |name: &String| match &space.dimensions().iter().find(|d| d.name == *name)?.domain {
            Domain::Integer { high, .. } => Some(*high as f64),
            choices @ Domain::Ordered { .. } => choices.ends().map(|(_, high)| high),
            _ => None,
        };
        let most_layers = layers.as_ref().filter(|_| sided && prior.uses_depth()).and_then(most);
        Self { rank: numeric("lora_rank"), alpha: numeric("lora_alpha"), layers, most_layers, modules }
    }

    pub(crate) fn len(&self) -> usize {
        self.kinds().len()
    }

    /// What the columns are, in their order.
    pub(crate) fn kinds(&self) -> Vec<Kind> {
        let mut kinds = vec![];
        kinds.extend(self.has_size().then_some(Kind::Size));
        kinds.extend(self.has_scale().then_some(Kind::Size));
        kinds.extend(self.layers.as_ref().map(|_| Kind::Layers));
        kinds.extend(self.most_layers.map(|_| Kind::Layers));
        kinds
    }

    fn has_size(&self) -> bool {
        self.rank.is_some() || !self.modules.is_empty()
    }

    fn has_scale(&self) -> bool {
        self.rank.is_some() && self.alpha.is_some()
    }

    pub(crate) fn write(&self, point: &Point, row: &mut Vec<f64>) {
        let log = |name: &Option<String>| name.as_deref().and_then(|n| positive_number(point, n)).map_or(0.0, f64::ln);
        let (rank, layers) = (log(&self.rank), log(&self.layers));
        if self.has_size() {
            let on = |(name, width): &(String, f64)| if point.boolean(name) == Some(true) { *width } else { 0.0 };
            let width: f64 = self.modules.iter().map(on).sum();
            // no module at all: an adapter of a hundredth of one
            row.push(layers + rank + if self.modules.is_empty() { 0.0 } else { width.max(0.01).ln() });
        }
        if self.has_scale() {
            row.push(log(&self.alpha) - rank);
        }
        if self.layers.is_some() {
            row.push(layers);
        }
        if let Some(most) = self.most_layers {
            let side = if point.boolean(FRONT) == Some(true) { -1.0 } else { 1.0 };
            row.push(side * (1.0 - layers.exp() / most));
        }
    }
}

fn positive_number(point: &Point, name: &str) -> Option<f64> {
    let v = match point.get(name)? {
        Value::Real(v) => *v,
        Value::Integer(v) => *v as f64,
        _ => return None,
    };
    (v > 0.0).then_some(v)
}

#[cfg(test)]
mod tests {
    use jobs_core::test_spaces::TestSpace;

    use super::*;

    #[test]
    fn depth_is_where_the_middle_of_the_adapted_layers_lies() {
        let space = TestSpace::default().integer("lora_layers", 1, 32).boolean("lora_front_layers").build();
        let adapter = Adapter::of(&space, RelevancePrior::Transferred);
        assert_eq!(adapter.kinds(), [Kind::Layers, Kind::Layers]);
        let depth = |layers, front| {
            let mut row = vec![];
            adapter.write(&space.point(vec![Value::Integer(layers), Value::Boolean(front)]).unwrap(), &mut row);
            row[1]
        };
        // of 32 layers the first eight have their middle at 4, twelve before the model's: 12 / 16
        assert!((depth(8, true) + 0.75).abs() < 1e-12);
        assert!((depth(8, false) - 0.75).abs() < 1e-12);
        // all layers are all layers, from whichever side
        assert!(depth(32, true).abs() < 1e-12 && depth(32, false).abs() < 1e-12);
        // without transferred relevances, or where the side is unknown, there is no such column
        assert_eq!(Adapter::of(&space, RelevancePrior::Weak).len(), 1);
        let sideless = TestSpace::default().integer("lora_layers", 1, 32).build();
        assert_eq!(Adapter::of(&sideless, RelevancePrior::Transferred).len(), 1);
    }

    #[test]
    fn sizes_scales_and_absent_names() {
        let space = TestSpace::default().integer("lora_layers", 1, 32).boolean("lora_q_proj").boolean("lora_up_proj");
        let space = space.integer("lora_rank", 1, 128).real("lora_alpha", 1.0, 48.0).build();
        let adapter = Adapter::of(&space, RelevancePrior::Weak);
        assert_eq!(adapter.len(), 3);
        let values = |q, up| {
            vec![Value::Integer(4), Value::Boolean(q), Value::Boolean(up), Value::Integer(8), Value::Real(16.0)]
        };
        let (mut small, mut large) = (vec![], vec![]);
        adapter.write(&space.point(values(true, false)).unwrap(), &mut small);
        adapter.write(&space.point(values(true, true)).unwrap(), &mut large);
        assert!((small[0] - 32.0_f64.ln()).abs() < 1e-12);
        assert!((large[0] - small[0] - (1.0 + 18432.0 / 8192.0_f64).ln()).abs() < 1e-12);
        assert!((small[1] - 2.0_f64.ln()).abs() < 1e-12);
        assert!((small[2] - 4.0_f64.ln()).abs() < 1e-12);

        let plain = TestSpace::default().boolean("x").build();
        assert_eq!(Adapter::of(&plain, RelevancePrior::Transferred).len(), 0);
    }
}
