use crate::kernel::Cross;

/// Working memory of predictions, which grows to the size of the data once and is kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch {
    pub(crate) cross: Cross,
    pub(crate) k: Vec<f64>,
    pub(crate) v: Vec<f64>,
}
