//! Which modules of a model an adapter has, by the rules of PEFT.

use fancy_regex::Regex;

use crate::model::{Family, Module};

/// Names of modules, or one pattern.
#[derive(Clone, Debug)]
pub(super) enum Names {
    /// Full names, or names of which the module's is the end after a dot.
    Any(Vec<String>),
    /// A regular expression for the whole name.
    Pattern(String),
}

/// Layers to which adapters are limited.
#[derive(Clone, Debug)]
pub(super) struct Layers {
    pub(super) indices: Vec<usize>,
    /// Patterns for the name of the list of layers; empty: any.
    pub(super) patterns: Vec<String>,
}

/// The modules of an adapter.
#[derive(Clone, Debug)]
pub(super) struct Targets {
    pub(super) modules: Names,
    pub(super) excluded: Option<Names>,
    pub(super) layers: Option<Layers>,
    /// Modules saved as a whole, which carry no adapter.
    pub(super) saved: Vec<String>,
}

/// The output head's name.
pub(super) const HEAD: &str = "lm_head";
/// The embedding's name.
pub(super) const EMBEDDING: &str = "model.embed_tokens";

/// The name of a projection.
pub(super) fn name(family: &Family, layer: usize, module: Module) -> String {
    format!("model.layers.{layer}.{}", family.module_path(module))
}

impl Names {
    fn matches(&self, key: &str) -> Result<bool, String> {
        match self {
            Self::Any(names) => Ok(names.iter().any(|name| key == name || ends_in(key, name))),
            Self::Pattern(pattern) => is_match(&format!("^(?:{pattern})$"), key),
        }
    }
}

fn ends_in(key: &str, name: &str) -> bool {
    key.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'))
}

impl Targets {
    /// Whether the module of this name has an adapter. An error says that a pattern cannot be used.
    pub(super) fn has(&self, key: &str) -> Result<bool, String> {
        if let Some(excluded) = &self.excluded
            && excluded.matches(key)?
        {
            return Ok(false);
        }
        for saved in &self.saved {
            if is_match(&format!(r"^(?:^|.*\.){saved}(?:$|\..*)"), key)? {
                return Ok(false);
            }
        }
        match &self.modules {
            Names::Pattern(word) if word == "all-linear" => Ok(![HEAD, EMBEDDING].contains(&key)),
            Names::Any(names) if names.iter().any(|name| name == key) => Ok(true),
            modules => Ok(modules.matches(key)? && self.in_layers(key)?),
        }
    }

    fn in_layers(&self, key: &str) -> Result<bool, String> {
        let Some(Layers { indices, patterns }) = &self.layers else { return Ok(true) };
        let any = || vec![r"[^.]*".to_owned()];
        for pattern in if patterns.is_empty() { any() } else { patterns.clone() } {
            let expression = regex(&format!(r"^(?:^|.*?\.){pattern}\.(\d+)\."))?;
            let found = expression.captures(key).map_err(|e| format!("pattern `{pattern}`: {e}"))?;
            if let Some(index) = found.and_then(|found| found.get(1)?.as_str().parse::<usize>().ok()) {
                return Ok(indices.contains(&index));
            }
        }
        Ok(false)
    }
}

/// The value whose pattern fits the name. An error says that several fit and differ: PEFT takes the first of the file, whose order is
/// not kept here.
pub(super) fn by_pattern<T: Copy + PartialEq>(patterns: &[(String, T)], key: &str) -> Result<Option<T>, String> {
    let mut found: Option<(&str, T)> = None;
    for (pattern, value) in patterns {
        if !is_match(&format!(r"^(?:.*\.)?(?:{pattern})$"), key)? {
            continue;
        }
        match found {
            Some((other, before)) if before != *value => {
                return Err(format!("the patterns `{other}` and `{pattern}` both fit `{key}`, with different values"));
            }
            _ => found = Some((pattern, *value)),
        }
    }
    Ok(found.map(|(_, value)| value))
}

fn is_match(pattern: &str, key: &str) -> Result<bool, String> {
    regex(pattern)?.is_match(key).map_err(|e| format!("pattern `{pattern}`: {e}"))
}

fn regex(pattern: &str) -> Result<Regex, String> {
    Regex::new(pattern).map_err(|e| format!("pattern `{pattern}` is not supported: {e}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(layer: usize, module: Module) -> String {
        super::name(&Family::LLAMA, layer, module)
    }

    fn targets(modules: Names) -> Targets {
        Targets { modules, excluded: None, layers: None, saved: vec![] }
    }

    fn any(names: &[&str]) -> Names {
        Names::Any(names.iter().map(|n| (*n).to_owned()).collect())
    }

    #[test]
    fn names_are_ends_and_patterns_are_wholes() {
        let q = name(3, Module::Q);
        let pattern = |p: &str| targets(Names::Pattern(p.into())).has(&q).unwrap();
        assert!(targets(any(&["q_proj"])).has(&q).unwrap() && targets(any(&["self_attn.q_proj"])).has(&q).unwrap());
        assert!(!targets(any(&["proj"])).has(&q).unwrap(), "a part of a name");
        assert!(pattern(r".*\.(q|v)_proj") && !pattern("q_proj"));
        assert!(pattern(r"(?!.*lm_head).*proj"), "look-ahead");
        assert!(targets(Names::Pattern("(".into())).has(&q).unwrap_err().contains("pattern"));
        let all = targets(Names::Pattern("all-linear".into()));
        assert!(all.has(&q).unwrap() && !all.has(HEAD).unwrap() && !all.has(EMBEDDING).unwrap());
    }

    #[test]
    fn layers_exclusions_and_saved_modules_limit_targets() {
        let layers = |patterns: &[&str]| {
            Some(Layers { indices: vec![1], patterns: patterns.iter().map(|p| (*p).to_owned()).collect() })
        };
        let of = |patterns| Targets { layers: layers(patterns), ..targets(any(&["q_proj", "embed_tokens"])) };
        let (first, second) = (name(0, Module::Q), name(1, Module::Q));
        assert!(of(&[]).has(&second).unwrap() && !of(&[]).has(&first).unwrap());
        assert!(of(&["layers"]).has(&second).unwrap() && !of(&["blocks"]).has(&second).unwrap());
        assert!(!of(&[]).has(EMBEDDING).unwrap(), "the embedding is in no layer");
        let full = Targets { layers: layers(&[]), ..targets(Names::Any(vec![first.clone()])) };
        assert!(full.has(&first).unwrap(), "a full name needs no layer");
        let without = Targets { excluded: Some(any(&["q_proj"])), ..targets(any(&["q_proj", "v_proj"])) };
        assert!(!without.has(&first).unwrap() && without.has(&name(0, Module::V)).unwrap());
        let saved = Targets { saved: vec!["lm_head".into()], ..targets(any(&["lm_head"])) };
        assert!(!saved.has(HEAD).unwrap());
    }

    #[test]
    fn a_pattern_gives_its_value() {
        let patterns = [("q_proj".to_owned(), 2), ("layers.1.self_attn.v_proj".to_owned(), 3)];
        let of = |key: &str| by_pattern(&patterns, key);
        assert_eq!(of(&name(0, Module::Q)), Ok(Some(2)));
        assert_eq!(of(&name(1, Module::V)), Ok(Some(3)));
        assert_eq!(of(&name(0, Module::V)), Ok(None));
        let twice = [("q_proj".to_owned(), 2), (".*proj".to_owned(), 3)];
        assert!(by_pattern(&twice, &name(0, Module::Q)).unwrap_err().contains("both fit"));
    }
}
