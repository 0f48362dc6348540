/// Weights of all members, member after member.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Network {
    pub(crate) members: usize,
    pub(crate) hidden: usize,
    pub(crate) inputs: usize,
    /// `[members, inputs, hidden]`.
    pub(crate) first: Vec<f32>,
    /// `[members, hidden]`.
    pub(crate) bias: Vec<f32>,
    /// `[members, hidden]`.
    pub(crate) second: Vec<f32>,
    /// `[members]`.
    pub(crate) offset: Vec<f32>,
}

impl Network {
    pub(crate) fn zero(members: usize, hidden: usize, inputs: usize) -> Self {
        Self {
            members,
            hidden,
            inputs,
            first: vec![0.0; members * inputs * hidden],
            bias: vec![0.0; members * hidden],
            second: vec![0.0; members * hidden],
            offset: vec![0.0; members],
        }
    }

    /// Member m's answer to its own view of the input.
    pub(crate) fn output(&self, m: usize, x: &[f32]) -> f64 {
        let units = m * self.hidden..(m + 1) * self.hidden;
        let mut z = self.bias[units.clone()].to_vec();
        let first = &self.first[m * self.inputs * self.hidden..(m + 1) * self.inputs * self.hidden];
        for (x, row) in x.iter().zip(first.chunks_exact(self.hidden.max(1))) {
            z.iter_mut().zip(row).for_each(|(z, w)| *z += x * w);
        }
        let sum: f32 = z.iter().zip(&self.second[units]).map(|(z, v)| z.max(0.0) * v).sum();
        f64::from(sum + self.offset[m])
    }

    pub(crate) fn is_finite(&self) -> bool {
        [&self.first, &self.bias, &self.second, &self.offset].iter().all(|w| w.iter().all(|v| v.is_finite()))
    }
}
