use super::{Domain, Point, SearchSpace, Value, choice};

/// The larger of the two integer moves, as a share of the range.
const WIDE_MOVE: f64 = 0.1;

impl SearchSpace {
    /// The valid points that differ from `point` in one discrete dimension: a boolean flipped, another choice of a category,
    /// an integer or a numeric choice moved by one or by a tenth of its range. Real numbers and shares stay.
    pub fn discrete_neighbours(&self, point: &Point) -> Vec<Point> {
        let mut found = vec![];
        for (i, (d, value)) in self.dimensions().iter().zip(point.values()).enumerate() {
            for moved in moves(&d.domain, value) {
                let mut values = point.values().to_vec();
                values[i] = moved;
                found.extend(self.point(values).ok().filter(|p| p != point));
            }
        }
        found
    }
}

fn moves(domain: &Domain, value: &Value) -> Vec<Value> {
    match (domain, value) {
        (Domain::Boolean, Value::Boolean(v)) => vec![Value::Boolean(!v)],
        (Domain::Categorical { choices }, Value::Categorical(now)) => {
            (0..choices.len()).filter(|i| i != now).map(Value::Categorical).collect()
        }
        (Domain::Integer { low, high, .. }, Value::Integer(now)) => {
            whole_moves(*now, *low, *high).into_iter().map(Value::Integer).collect()
        }
        (Domain::Ordered { choices }, value) => {
            let Some(now) = choice::position(choices, value) else { return vec![] };
            let last = choices.len() as i64 - 1;
            let moved = whole_moves(now as i64, 0, last).into_iter().map(|i| choice::value_of(&choices[i as usize]));
            moved.collect()
        }
        _ => vec![],
    }
}

/// A whole number moved by one or by a tenth of its range.
fn whole_moves(now: i64, low: i64, high: i64) -> Vec<i64> {
    let wide = (((high - low) as f64 * WIDE_MOVE).round() as i64).max(1);
    let mut to: Vec<i64> = [-wide, -1, 1, wide].iter().map(|m| (now + m).clamp(low, high)).collect();
    to.dedup();
    to.retain(|v| *v != now);
    to
}
