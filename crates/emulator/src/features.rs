//! What a network sees of a configuration.

use jobs_core::lora::{LLAMA3_8B, Module};
use jobs_core::{Dimension, Domain, Point, SearchSpace, Value};

/// Added to a share before its logarithm is taken, relative to the even share `1/k` (0.003 for nine parts). A domain's effect saturates
/// with its number of examples, and a few dozen examples suffice for a task's format.
const SHARE_FLOOR: f64 = 0.027;
/// A positive range at least this wide also enters by its logarithm.
const WIDE_RATIO: f64 = 10.0;

/// One feature: a smooth function of the values of a point.
#[derive(Clone, Debug, PartialEq)]
enum Feature {
    /// `ln((s + eps) / (1/k + eps))` of a share.
    LogShare { dimension: usize, part: usize, even: f64 },
    /// A share.
    Share { dimension: usize, part: usize },
    /// The square root of a share.
    RootShare { dimension: usize, part: usize },
    /// A number.
    Number { dimension: usize },
    /// The logarithm of a positive number.
    LogNumber { dimension: usize },
    /// A boolean as 0 or 1.
    Flag { dimension: usize },
    /// Whether a category takes this choice.
    Choice { dimension: usize, choice: usize },
    /// `ln(alpha / rank)`: the factor LoRA applies to its update.
    LogScaling { alpha: usize, rank: usize },
    /// `ln(1 + rank layers sum of the sizes of the modules that are on)`.
    LogParameters { rank: usize, layers: Option<usize>, modules: Vec<(usize, f64)> },
}

/// Which transformations of the shares a network sees beside their logarithms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ShareView {
    Log,
    LogAndLinear,
    LogAndRoot,
}

/// The features of a space, in a fixed order.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FeatureMap {
    features: Vec<Feature>,
    names: Vec<String>,
}

impl FeatureMap {
    pub(super) fn of(space: &SearchSpace) -> Self {
        let mut map = Self { features: vec![], names: vec![] };
        for (dimension, d) in space.dimensions().iter().enumerate() {
            map.add_dimension(dimension, d);
        }
        map.add_lora(space);
        map
    }

    fn add(&mut self, name: String, feature: Feature) {
        self.names.push(name);
        self.features.push(feature);
    }

    fn add_dimension(&mut self, dimension: usize, d: &Dimension) {
        let name = &d.name;
        match &d.domain {
            Domain::Simplex { parts } => {
                let even = 1.0 / parts.len() as f64;
                for (part, p) in parts.iter().enumerate() {
                    self.add(format!("log {name}.{p}"), Feature::LogShare { dimension, part, even });
                    self.add(format!("{name}.{p}"), Feature::Share { dimension, part });
                    self.add(format!("sqrt {name}.{p}"), Feature::RootShare { dimension, part });
                }
            }
            Domain::Boolean => self.add(name.clone(), Feature::Flag { dimension }),
            Domain::Categorical { choices } => {
                for (choice, c) in choices.iter().enumerate() {
                    self.add(format!("{name}={c}"), Feature::Choice { dimension, choice });
                }
            }
            Domain::Ordered { .. } => self.add(name.clone(), Feature::Number { dimension }),
            Domain::Fixed { .. } => {}
            Domain::Real { .. } | Domain::Integer { .. } => {
                let Some((low, high, log)) = d.domain.bounds() else { return };
                let wide = low > 0.0 && high / low >= WIDE_RATIO;
                if !log {
                    self.add(name.clone(), Feature::Number { dimension });
                }
                if log || wide {
                    self.add(format!("log {name}"), Feature::LogNumber { dimension });
                }
            }
        }
    }

    fn add_lora(&mut self, space: &SearchSpace) {
        let positive = |name: &str| {
            let i = space.index_of(name)?;
            space.dimensions()[i].domain.bounds().filter(|b| b.0 > 0.0).map(|_| i)
        };
        let Some(rank) = positive("lora_rank") else { return };
        if let Some(alpha) = positive("lora_alpha") {
            self.add("log lora_alpha/lora_rank".into(), Feature::LogScaling { alpha, rank });
        }
        let modules: Vec<(usize, f64)> = Module::ALL
            .into_iter()
            .filter_map(|m| Some((space.index_of(&format!("lora_{}", m.name()))?, m.width(LLAMA3_8B) as f64)))
            .filter(|&(i, _)| space.dimensions()[i].domain == Domain::Boolean)
            .collect();
        if !modules.is_empty() {
            let feature = Feature::LogParameters { rank, layers: positive("lora_layers"), modules };
            self.add("log adapter parameters".into(), feature);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.features.len()
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Indices of the features a network with this view of the shares sees.
    pub(super) fn inputs(&self, view: ShareView) -> Vec<usize> {
        let seen = |f: &Feature| match f {
            Feature::Share { .. } => view == ShareView::LogAndLinear,
            Feature::RootShare { .. } => view == ShareView::LogAndRoot,
            _ => true,
        };
        (0..self.len()).filter(|&i| seen(&self.features[i])).collect()
    }

    /// The features of a point of the map's space, unscaled.
    pub(super) fn raw(&self, point: &Point) -> Vec<f64> {
        let values = point.values();
        self.features.iter().map(|f| f.of(values)).collect()
    }
}

impl Feature {
    fn of(&self, values: &[Value]) -> f64 {
        match self {
            Self::LogShare { dimension, part, even } => {
                let eps = SHARE_FLOOR * even;
                ((share(values, *dimension, *part) + eps) / (even + eps)).ln()
            }
            Self::Share { dimension, part } => share(values, *dimension, *part),
            Self::RootShare { dimension, part } => share(values, *dimension, *part).max(0.0).sqrt(),
            Self::Number { dimension } => number(values, *dimension),
            Self::LogNumber { dimension } => number(values, *dimension).ln(),
            Self::Flag { dimension } => f64::from(u8::from(values[*dimension] == Value::Boolean(true))),
            Self::Choice { dimension, choice } => {
                f64::from(u8::from(values[*dimension] == Value::Categorical(*choice)))
            }
            Self::LogScaling { alpha, rank } => (number(values, *alpha) / number(values, *rank)).ln(),
            Self::LogParameters { rank, layers, modules } => {
                let on = modules.iter().filter(|(i, _)| values[*i] == Value::Boolean(true));
                let per_rank: f64 = on.map(|(_, size)| size).sum();
                let layers = layers.map_or(1.0, |i| number(values, i));
                (number(values, *rank) * layers * per_rank).ln_1p()
            }
        }
    }
}

fn share(values: &[Value], dimension: usize, part: usize) -> f64 {
    if let Value::Simplex(shares) = &values[dimension] { shares[part] } else { f64::NAN }
}

fn number(values: &[Value], dimension: usize) -> f64 {
    match values[dimension] {
        Value::Real(v) => v,
        Value::Integer(v) => v as f64,
        _ => f64::NAN,
    }
}
