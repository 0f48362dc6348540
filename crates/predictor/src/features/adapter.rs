use jobs_core::{Domain, Point, SearchSpace, Value};

/// Input plus output width of the projections of Llama-3-8B: one rank of LoRA (Hu et al. 2022) on a module costs that many
/// parameters. Only ratios matter; other models of the family have similar ones.
const WIDTHS: [(&str, f64); 7] = [
    ("lora_q_proj", 4096.0 + 4096.0),
    ("lora_k_proj", 4096.0 + 1024.0),
    ("lora_v_proj", 4096.0 + 1024.0),
    ("lora_o_proj", 4096.0 + 4096.0),
    ("lora_up_proj", 4096.0 + 14336.0),
    ("lora_gate_proj", 4096.0 + 14336.0),
    ("lora_down_proj", 4096.0 + 14336.0),
];
/// Of a module not listed.
const OTHER_WIDTH: f64 = 8192.0;

/// What a LoRA configuration means to a curve, where the space has the conventional names `lora_rank`, `lora_alpha`,
/// `lora_layers`, `lora_<module>_proj`: the logarithms of
///
/// - the adapter's size, layers x rank x sum of the modules' widths,
/// - its scale alpha / rank,
/// - its number of layers.
///
/// Each needs its names only; a space with none of them has no such features.
#[derive(Clone, Debug, Default)]
pub(crate) struct Adapter {
    rank: Option<String>,
    alpha: Option<String>,
    layers: Option<String>,
    modules: Vec<(String, f64)>,
}

impl Adapter {
    pub(crate) fn of(space: &SearchSpace) -> Self {
        let numeric = |name: &str| {
            let positive = |d: &Domain| match d {
                Domain::Real { low, .. } => *low > 0.0,
                Domain::Integer { low, .. } => *low > 0,
                _ => false,
            };
            let found = space.dimensions().iter().find(|d| d.name == name && positive(&d.domain));
            found.map(|d| d.name.clone())
        };
        let width = |name: &str| WIDTHS.iter().find(|w| w.0 == name).map_or(OTHER_WIDTH, |w| w.1);
        let modules = space
            .dimensions()
            .iter()
            .filter(|d| d.domain == Domain::Boolean && d.name.starts_with("lora_") && d.name.ends_with("_proj"))
            .map(|d| (d.name.clone(), width(&d.name) / OTHER_WIDTH))
            .collect();
        Self { rank: numeric("lora_rank"), alpha: numeric("lora_alpha"), layers: numeric("lora_layers"), modules }
    }

    pub(crate) fn len(&self) -> usize {
        usize::from(self.has_size()) + usize::from(self.has_scale()) + usize::from(self.layers.is_some())
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
    use super::*;

    #[test]
    fn sizes_scales_and_absent_names() {
        let space = SearchSpace::from_toml_str(
            r#"
            [[dimension]]
            name = "lora_layers"
            kind = "integer"
            low = 1
            high = 32
            [[dimension]]
            name = "lora_q_proj"
            kind = "boolean"
            [[dimension]]
            name = "lora_up_proj"
            kind = "boolean"
            [[dimension]]
            name = "lora_rank"
            kind = "integer"
            low = 1
            high = 128
            [[dimension]]
            name = "lora_alpha"
            kind = "real"
            low = 1.0
            high = 48.0"#,
        )
        .unwrap();
        let adapter = Adapter::of(&space);
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

        let plain = SearchSpace::from_toml_str("[[dimension]]\nname = \"x\"\nkind = \"boolean\"").unwrap();
        assert_eq!(Adapter::of(&plain).len(), 0);
    }
}
