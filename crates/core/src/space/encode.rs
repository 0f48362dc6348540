use super::{Constraint, Domain, Point, PointError, SHARE_TOLERANCE, SearchSpace, Value, choice, project_onto_simplex};

impl SearchSpace {
    /// The encoded coordinates of a point (see the module's table).
    pub fn encode(&self, point: &Point) -> Vec<f64> {
        let mut x = Vec::with_capacity(self.encoded_len());
        for (d, value) in self.dimensions().iter().zip(point.values()) {
            match value {
                _ if !d.domain.is_searched() => {}
                Value::Simplex(shares) => x.extend_from_slice(shares),
                Value::Real(v) => x.push(d.domain.to_unit(*v)),
                Value::Integer(v) => x.push(d.domain.to_unit(*v as f64)),
                Value::Boolean(v) => x.push(f64::from(u8::from(*v))),
                Value::Categorical(i) => {
                    x.extend((0..d.domain.encoded_len()).map(|j| f64::from(u8::from(j == *i))));
                }
            }
        }
        x
    }

    /// The nearest valid point: shares are projected onto the simplex, numbers clamped and rounded, booleans cut at one
    /// half, the largest of a category taken; where a constraint wants one of some booleans on, the largest is switched on.
    /// Shares that already lie on the simplex are kept bit for bit.
    pub fn decode(&self, x: &[f64]) -> Result<Point, PointError> {
        if x.len() != self.encoded_len() {
            let text = format!("{} coordinates, the space has {}", x.len(), self.encoded_len());
            return Err(PointError::Encoded(text));
        }
        if let Some(i) = x.iter().position(|v| !v.is_finite()) {
            return Err(PointError::Encoded(format!("coordinate {i} is {}", x[i])));
        }
        let mut values: Vec<Value> = Vec::with_capacity(self.dimensions().len());
        for (d, range) in self.dimensions().iter().zip(self.layout()) {
            let u = &x[range.clone()];
            values.push(match &d.domain {
                Domain::Simplex { .. } => Value::Simplex(self.nearest_shares(values.len(), u)),
                Domain::Real { low, high, .. } => Value::Real(d.domain.from_unit(u[0]).clamp(*low, *high)),
                Domain::Integer { low, high, .. } => {
                    Value::Integer((d.domain.from_unit(u[0]).round() as i64).clamp(*low, *high))
                }
                Domain::Boolean => Value::Boolean(u[0] >= 0.5),
                Domain::Ordered { choices } => choice::nearest(choices, u[0]),
                Domain::Fixed { value } => choice::value_of(value),
                Domain::Categorical { .. } => Value::Categorical(argmax(u.iter().copied())),
            });
        }
        let mut values = self.without_inactive(values);
        for constraint in self.constraints() {
            let Constraint::AtLeastOne { of } = constraint else { continue };
            let members: Vec<usize> = of.iter().filter_map(|name| self.index_of(name)).collect();
            if !members.iter().any(|&i| values[i] == Value::Boolean(true)) {
                let free: Vec<usize> =
                    members.into_iter().filter(|&i| self.dimensions()[i].domain.is_searched()).collect();
                let largest = argmax(free.iter().map(|&i| x[self.layout()[i].start]));
                values[free[largest]] = Value::Boolean(true);
            }
        }
        Ok(Point { space: self.clone(), values })
    }

    /// The nearest shares of a mixture that keep its limits.
    fn nearest_shares(&self, dimension: usize, u: &[f64]) -> Vec<f64> {
        let mut shares = u.to_vec();
        // a projection does not depend on a common shift, and of numbers as large as these nothing but the largest counts
        if shares.iter().any(|s| s.abs() > FAR) {
            let top = shares.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            shares.iter_mut().for_each(|s| *s = (*s - top).max(-FAR));
        }
        if let Some(limits) = &self.parts.limits[dimension] {
            limits.project(&mut shares);
            return shares;
        }
        let sum: f64 = shares.iter().sum();
        if shares.iter().any(|&s| s < 0.0) || (sum - 1.0).abs() > SHARE_TOLERANCE / 2.0 {
            project_onto_simplex(&mut shares);
        }
        shares
    }

    /// The valid point nearest to these values: shares are projected onto their limits, and what has no value is set aside. `None` where
    /// another constraint is broken.
    pub fn nearest(&self, mut values: Vec<Value>) -> Option<Point> {
        for (i, value) in values.iter_mut().enumerate() {
            if let (Value::Simplex(shares), Some(Some(_))) = (&*value, self.parts.limits.get(i)) {
                *value = Value::Simplex(self.nearest_shares(i, shares));
            }
        }
        self.point(values).ok()
    }
}

/// Coordinates of shares beyond this are moved before they are projected.
const FAR: f64 = 1e6;

impl Domain {
    /// A number of this domain as a coordinate in `[0, 1]`; of numeric choices, one of them. Identity for domains without bounds.
    pub fn to_unit(&self, v: f64) -> f64 {
        if let Self::Ordered { choices } = self {
            let at = choices.iter().position(|c| choice::number(c) == Some(v)).unwrap_or(0);
            return at as f64 / (choices.len().max(2) - 1) as f64;
        }
        match self.bounds() {
            Some((low, high, true)) => (v / low).ln() / (high / low).ln(),
            Some((low, high, false)) => (v - low) / (high - low),
            None => v,
        }
    }

    /// The inverse of [`Self::to_unit`], not rounded.
    pub fn from_unit(&self, u: f64) -> f64 {
        let u = u.clamp(0.0, 1.0);
        match self.bounds() {
            Some((low, high, true)) => low * (u * (high / low).ln()).exp(),
            Some((low, high, false)) => low + u * (high - low),
            None => u,
        }
    }

    /// (low, high, log) of real and integer domains.
    pub fn bounds(&self) -> Option<(f64, f64, bool)> {
        match *self {
            Self::Real { low, high, log } => Some((low, high, log)),
            Self::Integer { low, high, log } => Some((low as f64, high as f64, log)),
            _ => None,
        }
    }
}

fn argmax(values: impl Iterator<Item = f64>) -> usize {
    let mut best = (0, f64::NEG_INFINITY);
    for (i, v) in values.enumerate() {
        if v > best.1 {
            best = (i, v);
        }
    }
    best.0
}
