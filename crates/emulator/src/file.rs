//! The emulator's JSON file.

use std::path::Path;
use std::sync::Arc;

use jobs_core::{PointRecord, SearchSpace, Steps};
use serde::{Deserialize, Serialize};

use super::features::FeatureMap;
use super::level::{Level, Link};
use super::model::Parts;
use super::network::{MAX_UNITS, Network, NetworkParameters};
use super::scaling::Scaling;
use super::shape::{Basis, Shape};
use super::{Emulator, EmulatorError, FitReport, Noise, Optimum, Provenance};

/// Version of the file's layout.
const FORMAT: u32 = 1;
/// Fields that stand first: what a person looks for.
const HEAD: [&str; 5] = ["format", "name", "provenance", "report", "optimum"];

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    name: String,
    provenance: Provenance,
    report: Option<FitReport>,
    optimum: Option<OptimumRecord>,
    metric: String,
    full_steps: u64,
    /// The space as `space.toml` would hold it.
    space: String,
    grid: Vec<u64>,
    /// Names of the features, to notice a file made for other features.
    features: Vec<String>,
    scaling: Scaling,
    noise: Noise,
    link: Link,
    level: Vec<NetworkParameters>,
    basis: Basis,
    shape: Vec<NetworkParameters>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OptimumRecord {
    value: f64,
    point: PointRecord,
}

impl Emulator {
    /// Writes the emulator's file.
    pub fn save(&self, path: &Path) -> Result<(), EmulatorError> {
        std::fs::write(path, self.to_json()?).map_err(|e| EmulatorError::Io { path: path.into(), cause: e.to_string() })
    }

    /// Reads an emulator's file.
    pub fn load(path: &Path) -> Result<Self, EmulatorError> {
        let bytes = std::fs::read(path).map_err(|e| EmulatorError::Io { path: path.into(), cause: e.to_string() })?;
        Self::from_named_bytes(&bytes, path)
    }

    /// An emulator from the bytes of its file; `name` stands for the file in errors.
    pub fn from_bytes(bytes: &[u8], name: &str) -> Result<Self, EmulatorError> {
        Self::from_named_bytes(bytes, Path::new(name))
    }

    /// The file's text: one line per field.
    pub fn to_json(&self) -> Result<String, EmulatorError> {
        let p = &self.parts;
        let networks = |n: &[Network]| n.iter().map(|n| n.parameters().clone()).collect();
        let file = File {
            format: FORMAT,
            name: p.name.clone(),
            provenance: p.provenance.clone(),
            report: p.found.as_ref().map(|f| f.1.clone()),
            optimum: p.found.as_ref().map(|f| OptimumRecord { value: f.0.value, point: f.0.point.record() }),
            metric: p.metric.clone(),
            full_steps: p.full_steps.get(),
            space: p.space.to_toml_string(),
            grid: p.grid.iter().map(|s| s.get()).collect(),
            features: p.features.names().to_vec(),
            scaling: p.scaling.clone(),
            noise: p.noise,
            link: p.level.link.clone(),
            level: networks(&p.level.members),
            basis: p.shape.basis.clone(),
            shape: networks(&p.shape.heads),
        };
        let problem = |e: serde_json::Error| EmulatorError::Syntax {
            path: p.name.clone().into(),
            line: 0,
            column: 0,
            problem: e.to_string(),
        };
        let serde_json::Value::Object(fields) = serde_json::to_value(&file).map_err(problem)? else {
            return Ok(String::new()); // a struct is always an object
        };
        let rank = |name: &str| HEAD.iter().position(|h| *h == name).unwrap_or(HEAD.len());
        let mut fields: Vec<_> = fields.iter().collect();
        fields.sort_by_key(|(name, _)| rank(name));
        let lines: Vec<String> = fields.iter().map(|(name, v)| format!("\"{name}\":{v}")).collect();
        Ok(format!("{{\n{}\n}}\n", lines.join(",\n")))
    }

    fn from_named_bytes(bytes: &[u8], path: &Path) -> Result<Self, EmulatorError> {
        let file: File = serde_json::from_slice(bytes).map_err(|e| EmulatorError::Syntax {
            path: path.into(),
            line: e.line(),
            column: e.column(),
            problem: e.to_string(),
        })?;
        let check = Check { path };
        check.that(file.format == FORMAT, "format", &file.format, &FORMAT)?;
        let space =
            SearchSpace::from_toml_str(&file.space).map_err(|e| check.wrong("space", &e, &"a search space in TOML"))?;
        let features = FeatureMap::of(&space);
        check.parameters(&file, &features)?;
        let found = match (file.optimum, file.report) {
            (Some(o), Some(report)) => {
                let point = space
                    .point_from_record(&o.point)
                    .map_err(|e| check.wrong("optimum.point", &e, &"a point of the space"))?;
                check.numbers("optimum.value", &[o.value], 1)?;
                Some((Optimum { point, value: o.value }, report))
            }
            _ => None,
        };
        let networks = |n: Vec<NetworkParameters>| n.into_iter().map(Network::new).collect();
        let parts = Parts {
            name: file.name,
            space,
            full_steps: Steps(file.full_steps),
            metric: file.metric,
            grid: file.grid.into_iter().map(Steps).collect(),
            features,
            scaling: file.scaling,
            level: Level { link: file.link, members: networks(file.level) },
            shape: Shape { basis: file.basis, heads: networks(file.shape) },
            noise: file.noise,
            provenance: file.provenance,
            found,
        };
        Ok(Self { parts: Arc::new(parts) })
    }
}

/// Checks of a file's fields.
struct Check<'a> {
    path: &'a Path,
}

type Shown<'a> = &'a dyn std::fmt::Display;

impl Check<'_> {
    /// Refuses a file whose parameters do not fit each other or the features of its space.
    fn parameters(&self, file: &File, features: &FeatureMap) -> Result<(), EmulatorError> {
        self.that(
            file.features == features.names(),
            "features",
            &format!("{:?}", file.features),
            &format!("{:?}, which the space has", features.names()),
        )?;
        let rising = !file.grid.is_empty()
            && file.grid.windows(2).all(|w| w[0] < w[1])
            && file.grid.last().is_some_and(|l| *l <= file.full_steps);
        let steps = format!("steps that rise strictly up to at most {}", file.full_steps);
        self.that(rising, "grid", &format!("{:?}", file.grid), &steps)?;
        self.numbers("scaling.mean", &file.scaling.mean, features.len())?;
        self.numbers("scaling.inverse_sd", &file.scaling.inverse_sd, features.len())?;
        self.link(&file.link)?;
        self.noise(&file.noise)?;
        self.basis(&file.basis, file.grid.len())?;
        self.that(!file.level.is_empty(), "level", &"no network", &"at least one")?;
        let components = file.basis.components.len();
        self.that(file.shape.len() == components, "shape", &file.shape.len(), &format!("{components} networks"))?;
        self.networks("level", &file.level, features.len())?;
        self.networks("shape", &file.shape, features.len())?;
        Ok(())
    }

    fn wrong(&self, field: &str, found: Shown, expected: Shown) -> EmulatorError {
        let (found, expected) = (found.to_string(), expected.to_string());
        EmulatorError::Field { path: self.path.into(), field: field.into(), found, expected }
    }

    fn that(&self, holds: bool, field: &str, found: Shown, expected: Shown) -> Result<(), EmulatorError> {
        if holds { Ok(()) } else { Err(self.wrong(field, found, expected)) }
    }

    fn numbers(&self, field: &str, values: &[f64], n: usize) -> Result<(), EmulatorError> {
        self.that(values.len() == n, field, &format!("{} numbers", values.len()), &format!("{n}"))?;
        match values.iter().find(|v| !v.is_finite()) {
            Some(v) => Err(self.wrong(field, v, &"finite numbers")),
            None => Ok(()),
        }
    }

    fn link(&self, link: &Link) -> Result<(), EmulatorError> {
        self.numbers("link.floor", &[link.floor], 1)?;
        let sound = link.width > 0.0 && link.width.is_finite() && link.low < link.high && link.high < 500.0;
        self.that(sound, "link", &format!("{link:?}"), &"low < high < 500 and a width above 0")
    }

    fn noise(&self, noise: &Noise) -> Result<(), EmulatorError> {
        let n = noise;
        let spreads = [n.level, n.rise, n.jitter_level, n.jitter_rise, n.jitter_excess];
        let sound = spreads.iter().all(|v| v.is_finite() && *v >= 0.0) && n.reference.is_finite();
        self.that(sound, "noise", &format!("{noise:?}"), &"finite numbers, spreads at least 0")?;
        self.that((0.0..1.0).contains(&n.memory), "noise.memory", &n.memory, &"at least 0 and below 1")
    }

    fn basis(&self, basis: &Basis, steps: usize) -> Result<(), EmulatorError> {
        self.that(basis.delta > 0.0 && basis.delta.is_finite(), "basis.delta", &basis.delta, &"a number above 0")?;
        self.numbers("basis.mean", &basis.mean, steps)?;
        for component in &basis.components {
            self.numbers("basis.components", component, steps)?;
        }
        let k = basis.components.len();
        self.that(basis.range.len() == k, "basis.range", &basis.range.len(), &format!("{k} pairs"))?;
        let sound = basis.range.iter().all(|(l, h)| l.is_finite() && h.is_finite() && l <= h);
        self.that(sound, "basis.range", &format!("{:?}", basis.range), &"pairs of finite numbers that rise")
    }

    fn networks(&self, field: &str, networks: &[NetworkParameters], features: usize) -> Result<(), EmulatorError> {
        for (i, n) in networks.iter().enumerate() {
            let name = |part: &str| format!("{field}[{i}].{part}");
            let units = n.output.len();
            let limit = format!("1 to {MAX_UNITS} numbers");
            self.that((1..=MAX_UNITS).contains(&units), &name("output"), &units, &limit)?;
            self.numbers(&name("output"), &n.output, units)?;
            self.numbers(&name("input_scales"), &n.input_scales, n.inputs.len())?;
            self.numbers(&name("linear"), &n.linear, n.inputs.len())?;
            self.numbers(&name("constant"), &[n.constant], 1)?;
            let known = n.inputs.iter().all(|&j| j < features);
            self.that(known, &name("inputs"), &format!("{:?}", n.inputs), &format!("indices below {features}"))?;
        }
        Ok(())
    }
}
