use super::{Domain, RecordValue};

/// What a dimension means to the adapter that is trained. Names alone mean nothing except for those listed here; any other dimension
/// of the adapter says it with the key `role`.
///
/// | role | standard name | value |
/// | --- | --- | --- |
/// | `lora_rank`, `lora_alpha`, `lora_dropout` | the same | a number |
/// | `lora_layers` | the same | number of adapted layers |
/// | `lora_front_layers` | the same | whether these are the first layers, otherwise the last |
/// | `lora_module`, with `module` | `lora_<module>_proj` | whether the module carries an adapter |
/// | `other` | | no argument of the adapter |
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// Rank r.
    Rank,
    /// Alpha; the adapter is scaled by alpha / r.
    Alpha,
    /// Probability that an input of the adapter is dropped.
    Dropout,
    /// Number of adapted layers.
    Layers,
    /// Whether the adapted layers are the first ones.
    FrontLayers,
    /// Whether the module of this name carries an adapter.
    Module(String),
    /// Anything else.
    Other,
}

const ROLES: [(&str, Role); 6] = [
    ("lora_rank", Role::Rank),
    ("lora_alpha", Role::Alpha),
    ("lora_dropout", Role::Dropout),
    ("lora_layers", Role::Layers),
    ("lora_front_layers", Role::FrontLayers),
    ("other", Role::Other),
];
const MODULE: &str = "lora_module";

impl Role {
    /// The role of a standard name, if the domain fits it.
    ///
    /// ```
    /// use jobs_core::{Domain, Role};
    ///
    /// assert_eq!(Role::of_name("lora_q_proj", &Domain::Boolean), Some(Role::Module("q_proj".into())));
    /// assert_eq!(Role::of_name("lora_c_attn", &Domain::Boolean), None);
    /// ```
    pub fn of_name(name: &str, domain: &Domain) -> Option<Self> {
        let module = name.strip_prefix("lora_").filter(|m| m.ends_with("_proj"));
        let numbered = ROLES.iter().find(|(n, role)| *n == name && *role != Self::Other).map(|(_, role)| role.clone());
        module.map(|m| Self::Module(m.to_owned())).or(numbered).filter(|role| role.fits(domain))
    }

    /// The role that the keys `role` and `module` of a dimension say.
    pub(super) fn of_keys(role: Option<&str>, module: Option<&str>, domain: &Domain) -> Result<Option<Self>, String> {
        let read = match (role, module) {
            (None, None) => return Ok(None),
            (Some(MODULE), Some("")) => return Err("has an empty `module`, expected the name of a module".into()),
            (Some(MODULE), Some(module)) => Self::Module(module.to_owned()),
            (Some(MODULE), None) => {
                return Err("has the role `lora_module` and needs `module`, the name of the module in the model".into());
            }
            (_, Some(_)) => return Err("has `module`, which needs `role = \"lora_module\"`".into()),
            (Some(name), None) => {
                let known = ROLES.iter().find(|(n, _)| *n == name).map(|(_, role)| role.clone());
                known.ok_or_else(|| {
                    let names: Vec<&str> = ROLES.iter().map(|r| r.0).chain([MODULE]).collect();
                    let near = crate::nearest::nearest(name, &names);
                    let hint = near.map_or(String::new(), |n| format!("; did you mean `{n}`?"));
                    format!("has the unknown role `{name}`, expected one of {}{hint}", names.join(", "))
                })?
            }
        };
        if read.fits(domain) {
            return Ok(Some(read));
        }
        let expected = if read.is_switch() { "boolean" } else { "integer, real or categorical" };
        Err(format!("has the role `{}` and is {}, expected {expected}", role.unwrap_or_default(), domain.kind()))
    }

    fn is_switch(&self) -> bool {
        matches!(self, Self::FrontLayers | Self::Module(_))
    }

    fn fits(&self, domain: &Domain) -> bool {
        match domain {
            _ if *self == Self::Other => true,
            Domain::Boolean => self.is_switch(),
            Domain::Simplex { .. } => false,
            Domain::Fixed { value } => matches!(value, RecordValue::Boolean(_)) == self.is_switch(),
            Domain::Real { .. } | Domain::Integer { .. } | Domain::Categorical { .. } | Domain::Ordered { .. } => {
                !self.is_switch()
            }
        }
    }
}
