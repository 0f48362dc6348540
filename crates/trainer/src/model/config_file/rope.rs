//! Rotary embeddings in `config.json`, whose keys differ between versions of transformers. The rules are those of transformers 5.

use serde::Deserialize;

use super::present;
use crate::model::{Family, RopeScaling, Yarn};

/// The members `rope_scaling` and `rope_parameters`.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct RopeMembers {
    #[serde(deserialize_with = "present")]
    rope_type: Option<String>,
    #[serde(rename = "type", deserialize_with = "present")]
    old_type: Option<String>,
    #[serde(deserialize_with = "present")]
    rope_theta: Option<f32>,
    #[serde(deserialize_with = "present")]
    partial_rotary_factor: Option<f32>,
    factor: Option<f32>,
    low_freq_factor: Option<f32>,
    high_freq_factor: Option<f32>,
    #[serde(deserialize_with = "present")]
    original_max_position_embeddings: Option<f32>,
    attention_factor: Option<f64>,
    beta_fast: Option<f64>,
    beta_slow: Option<f64>,
    mscale: Option<f64>,
    mscale_all_dim: Option<f64>,
    /// Null: false, as in Python. Absent: true.
    #[serde(deserialize_with = "present")]
    truncate: Option<Option<bool>>,
    long_factor: Option<Vec<f32>>,
    short_factor: Option<Vec<f32>>,
}

/// All members of a configuration that concern rotary embeddings.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct RopeFile {
    #[serde(deserialize_with = "present")]
    rope_theta: Option<f32>,
    #[serde(deserialize_with = "present")]
    partial_rotary_factor: Option<f32>,
    rope_scaling: Option<serde_json::Map<String, serde_json::Value>>,
    rope_parameters: Option<serde_json::Map<String, serde_json::Value>>,
    #[serde(deserialize_with = "present")]
    original_max_position_embeddings: Option<f32>,
    #[serde(deserialize_with = "present")]
    rope_local_base_freq: Option<f32>,
}

/// Base of the frequencies, their scaling, and the longest context for which they do not depend on the length of the text.
pub(super) struct Rope {
    pub(super) theta: f32,
    pub(super) scaling: RopeScaling,
    pub(super) context: usize,
}

/// Members of `rope_parameters` where layers with a window differ from the others.
const BY_LAYER: [&str; 2] = ["full_attention", "sliding_attention"];

impl RopeFile {
    /// The rotary embeddings of all layers, and the base of those of layers with a window, where it is another.
    pub(super) fn all(&self, context: usize, head_dim: usize, family: &Family) -> Result<(Rope, Option<f32>), String> {
        let Some(local) = family.local_rope_theta else { return Ok((self.rope(context, head_dim, family)?, None)) };
        let members = self.rope_parameters.clone().unwrap_or_default();
        if let Some((key, _)) = members.iter().find(|(key, _)| !BY_LAYER.contains(&key.as_str())) {
            return Err(format!("`rope_parameters.{key}`: expected only {}", BY_LAYER.join(" and ")));
        }
        let of = |kind: &str| members.get(kind).and_then(serde_json::Value::as_object).cloned().unwrap_or_default();
        let [mut full, sliding] = BY_LAYER.map(of);
        // as transformers does: keys of `rope_scaling` replace those of the layers without a window, whose type has a name already
        let scaling = self.rope_scaling.clone();
        if self.rope_parameters.is_none() {
            full.insert("rope_type".into(), "default".into());
        } else if scaling.is_some() && !members.contains_key(BY_LAYER[0]) {
            return Err(format!("`rope_scaling` is set, but `rope_parameters` has no {}", BY_LAYER[0]));
        }
        full.extend(scaling.unwrap_or_default());
        let file = |parameters, theta| Self {
            rope_theta: theta,
            partial_rotary_factor: self.partial_rotary_factor,
            rope_parameters: Some(parameters),
            original_max_position_embeddings: self.original_max_position_embeddings,
            ..Self::default()
        };
        let rope = file(full, self.rope_theta).rope(context, head_dim, family)?;
        let local = file(sliding, self.rope_local_base_freq.or(Some(local))).rope(context, head_dim, family)?;
        if local.scaling != RopeScaling::None {
            return Err("`rope_parameters.sliding_attention` has a scaling, which is not supported".into());
        }
        Ok((rope, Some(local.theta)))
    }

    /// `rope_scaling` wins over `rope_parameters` unless it is empty, and a `rope_theta` inside wins over the one beside it.
    pub(super) fn rope(&self, context: usize, head_dim: usize, family: &Family) -> Result<Rope, String> {
        let filled = |name: &'static str, map: &Option<serde_json::Map<_, _>>| {
            map.clone().filter(|map| !map.is_empty()).map(|map| (name, map))
        };
        let found = filled("rope_scaling", &self.rope_scaling).or(filled("rope_parameters", &self.rope_parameters));
        let members = match found {
            None => RopeMembers::default(),
            Some((name, map)) => {
                if let Some(key) = map.iter().find(|(_, value)| value.is_object()).map(|(key, _)| key) {
                    return Err(format!(
                        "`{name}.{key}`: rotary embeddings that differ between layers are not supported"
                    ));
                }
                RopeMembers::deserialize(serde_json::Value::Object(map)).map_err(|e| format!("`{name}`: {e}"))?
            }
        };
        for factor in [self.partial_rotary_factor, members.partial_rotary_factor].into_iter().flatten() {
            if factor != 1.0 {
                return Err(format!("`partial_rotary_factor` is {factor}, expected 1"));
            }
        }
        let theta = members.rope_theta.or(self.rope_theta).unwrap_or(family.rope_theta);
        super::positive("rope_theta", f64::from(theta))?;
        let original = self.original(&members, family.original_context.unwrap_or(context))?;
        let members = if family.fused { members.of_phi3()? } else { members };
        let scaling = members.scaling(context, original, head_dim)?;
        let context =
            if matches!(scaling, RopeScaling::Long { .. }) { context.min(original as usize) } else { context };
        Ok(Rope { theta, scaling, context })
    }

    /// Context of pre-training: by default that of the model.
    fn original(&self, members: &RopeMembers, context: usize) -> Result<f32, String> {
        let (inside, beside) = (members.original_max_position_embeddings, self.original_max_position_embeddings);
        match (inside, beside) {
            (Some(a), Some(b)) if a != b => {
                Err(format!("`original_max_position_embeddings` is {a} in the RoPE parameters and {b} beside them"))
            }
            _ => {
                let original = inside.or(beside).unwrap_or(context as f32);
                super::positive("original_max_position_embeddings", f64::from(original))?;
                Ok(original)
            }
        }
    }
}

impl RopeMembers {
    /// The names that Phi-3 has for LongRoPE, the only scaling it knows.
    fn of_phi3(mut self) -> Result<Self, String> {
        let name = self.rope_type.take().or(self.old_type.take());
        self.rope_type = match name.as_deref() {
            Some("su" | "yarn" | "longrope") => Some("longrope".into()),
            None | Some("default") => None,
            Some(other) => {
                return Err(format!("rope scaling `{other}` is not supported, expected default or longrope"));
            }
        };
        Ok(self)
    }

    fn scaling(&self, context: usize, original: f32, head_dim: usize) -> Result<RopeScaling, String> {
        let need = |name: &str, v: Option<f32>| match v {
            Some(v) if v.is_finite() && v > 0.0 => Ok(v),
            _ => Err(format!("rope scaling needs a positive `{name}`")),
        };
        match self.rope_type.as_deref().or(self.old_type.as_deref()) {
            // dynamic scaling begins beyond the context, which no sequence may exceed
            Some("dynamic") => need("factor", self.factor).map(|_| RopeScaling::None),
            None | Some("default") => Ok(RopeScaling::None),
            Some("linear") => Ok(RopeScaling::Linear { factor: need("factor", self.factor)? }),
            Some("llama3") => {
                let (low, high) = ("low_freq_factor", "high_freq_factor");
                let (low, high) = (need(low, self.low_freq_factor)?, need(high, self.high_freq_factor)?);
                if low >= high {
                    return Err(format!("`low_freq_factor` is {low}, expected less than `high_freq_factor`, {high}"));
                }
                Ok(RopeScaling::Llama3 { factor: need("factor", self.factor)?, low, high, original_context: original })
            }
            Some("yarn") => self.yarn(f64::from(need("factor", self.factor)?), f64::from(original)),
            Some("longrope") => self.long(context as f64, f64::from(original), head_dim),
            Some(other) => {
                let known = "default, linear, dynamic, llama3, yarn or longrope";
                Err(format!("rope scaling `{other}` is not supported, expected {known}"))
            }
        }
    }

    fn yarn(&self, factor: f64, original_context: f64) -> Result<RopeScaling, String> {
        let by = |mscale: f64| if factor <= 1.0 { 1.0 } else { 0.1 * mscale * factor.ln() + 1.0 };
        let attention = self.attention_factor.unwrap_or(match (self.mscale, self.mscale_all_dim) {
            (Some(a), Some(b)) if a != 0.0 && b != 0.0 => by(a) / by(b),
            _ => by(1.0),
        });
        let or = |value: Option<f64>, otherwise: f64| value.filter(|v| *v != 0.0).unwrap_or(otherwise);
        let (fast, slow) = (or(self.beta_fast, 32.0), or(self.beta_slow, 1.0));
        for (name, value) in [("beta_fast", fast), ("beta_slow", slow), ("attention_factor", attention)] {
            super::positive(name, value)?;
        }
        let truncate = self.truncate.is_none_or(|truncate| truncate == Some(true));
        Ok(RopeScaling::Yarn(Yarn { factor, fast, slow, truncate, original_context, attention }))
    }

    fn long(&self, context: f64, original: f64, head_dim: usize) -> Result<RopeScaling, String> {
        let factors = match &self.short_factor {
            Some(factors) if factors.len() == head_dim / 2 && factors.iter().all(|f| f.is_finite() && *f > 0.0) => {
                factors
            }
            found => {
                let found = found.as_ref().map_or("missing".to_owned(), |f| format!("{} numbers", f.len()));
                return Err(format!("`short_factor` is {found}, expected {} positive numbers", head_dim / 2));
            }
        };
        let factor = self.factor.map_or(context / original, f64::from);
        let grown = if factor <= 1.0 { 1.0 } else { (1.0 + factor.ln() / original.ln()).sqrt() };
        let attention = super::positive("attention_factor", self.attention_factor.unwrap_or(grown))?;
        Ok(RopeScaling::Long { factors: factors.clone(), attention })
    }
}
