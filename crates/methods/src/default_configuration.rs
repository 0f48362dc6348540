use crate::shared::best_measured;
use jobs::{History, Method, MethodError, Phase, Problem, Proposal, Recommendation};
use jobs_core::{Dimension, Domain, Point, RecordValue, SearchSpace, Value};

/// The default configuration: what is commonly trained without a search.
///
/// Equal shares of all domains. LoRA dimensions by name: rank 8, alpha 16, dropout 0.05, adapters on the queries and values of all
/// layers (Hu et al. 2022; the defaults of PEFT and common recipes). Other numbers are in the middle of their range, other booleans
/// are on, categories take their first choice. `None` where a constraint of the space forbids it.
pub fn default_configuration(space: &SearchSpace) -> Option<Point> {
    let value = |name: &str, domain: &Domain| match domain {
        Domain::Simplex { parts } => Value::Simplex(vec![1.0 / parts.len() as f64; parts.len()]),
        Domain::Real { low, high, .. } => Value::Real(match name {
            "lora_alpha" => 16.0_f64.clamp(*low, *high),
            "lora_dropout" => 0.05_f64.clamp(*low, *high),
            _ => domain.from_unit(0.5).clamp(*low, *high),
        }),
        Domain::Integer { low, high, .. } => Value::Integer(match name {
            "lora_rank" => 8.clamp(*low, *high),
            "lora_alpha" => 16.clamp(*low, *high),
            "lora_layers" => *high,
            _ => (domain.from_unit(0.5).round() as i64).clamp(*low, *high),
        }),
        Domain::Boolean if name == "lora_front_layers" => Value::Boolean(false),
        Domain::Boolean if name.starts_with("lora_") && name.ends_with("_proj") => {
            Value::Boolean(name == "lora_q_proj" || name == "lora_v_proj")
        }
        Domain::Boolean => Value::Boolean(true),
        Domain::Categorical { .. } | Domain::Ordered { .. } | Domain::Fixed { .. } => Value::Categorical(0),
    };
    // numeric choices and fixed values: what the middle of the space has there
    let middle = space.decode(&vec![0.5; space.encoded_len()]).ok()?;
    let of = |(d, own): (&Dimension, &Value)| match &d.domain {
        Domain::Ordered { choices } => nearest_choice(&d.name, choices).unwrap_or_else(|| own.clone()),
        Domain::Fixed { .. } => own.clone(),
        domain => value(&d.name, domain),
    };
    let values: Vec<Value> = space.dimensions().iter().zip(middle.values()).map(of).collect();
    // where a constraint forbids these settings, everything is on
    let all_on = || {
        let on =
            |(v, d): (&Value, &Dimension)| if d.domain == Domain::Boolean { Value::Boolean(true) } else { v.clone() };
        space.nearest(values.iter().zip(space.dimensions()).map(on).collect())
    };
    space.nearest(values.clone()).or_else(all_on)
}

/// The numeric choice nearest to what is usual for a LoRA dimension; of the layers, the most.
fn nearest_choice(name: &str, choices: &[RecordValue]) -> Option<Value> {
    let usual = match name {
        "lora_rank" => 8.0,
        "lora_alpha" => 16.0,
        "lora_dropout" => 0.05,
        "lora_layers" => f64::MAX,
        _ => return None,
    };
    let number = |choice: &RecordValue| match choice {
        RecordValue::Integer(v) => Some((*v as f64, Value::Integer(*v))),
        RecordValue::Real(v) => Some((*v, Value::Real(*v))),
        _ => None,
    };
    // at equal distance (of huge numbers) the larger one
    let near = |a: &(f64, Value), b: &(f64, Value)| (a.0 - usual).abs().total_cmp(&(b.0 - usual).abs());
    choices.iter().rev().filter_map(number).min_by(near).map(|(_, value)| value)
}

/// One full run of the [`default_configuration`], no search.
pub struct DefaultConfiguration {
    point: Point,
}

impl DefaultConfiguration {
    /// # Errors
    /// [`MethodError::NotApplicable`] where the default configuration is not a candidate.
    pub fn new(problem: &Problem) -> Result<Self, MethodError> {
        let none = MethodError::NotApplicable("the default configuration is not among the candidates");
        let point = default_configuration(&problem.space)
            .filter(|p| problem.candidates.as_deref().is_none_or(|c| c.contains(p)));
        Ok(Self { point: point.ok_or(none)? })
    }
}

impl Method for DefaultConfiguration {
    fn name(&self) -> &str {
        "default-config"
    }

    fn observe(&mut self, _history: &History) -> Result<(), MethodError> {
        Ok(())
    }

    fn propose(&self, history: &History) -> Result<Proposal, MethodError> {
        let to = history.problem().budget.full;
        // configurations of the queue come first, each as a run of this phase
        let counts = |phase: Phase| matches!(phase, Phase::Learn | Phase::Import);
        let tried = history.runs().iter().any(|r| counts(r.phase) && r.point == self.point);
        if tried || history.remaining() < to {
            return Ok(Proposal::Finish);
        }
        Ok(Proposal::Start { point: self.point.clone(), to, phase: Phase::Learn })
    }

    fn recommend(&self, history: &History) -> Result<Option<Recommendation>, MethodError> {
        Ok(best_measured(history))
    }
}
