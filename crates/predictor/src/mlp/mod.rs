//! An ensemble of one-hidden-layer perceptrons, trained together.
//!
//! Member m is f_m(x) = v_m . relu(W_m x + b_m) + c_m. [`train`] fits all members in one pass on a Burn backend; what it
//! returns is [`Network`], plain numbers that answer without Burn.

mod adam;
mod device;
mod draw;
mod network;
mod train;

pub(crate) use self::adam::Adam;
pub(crate) use self::draw::{Folds, initial};
pub(crate) use self::network::Network;
pub(crate) use self::train::{Task, train};

pub use self::device::{Device, DeviceError};
pub(crate) use self::device::{Job, train_on_device};

/// Size and schedule of the ensemble.
#[derive(Clone, Debug, PartialEq)]
pub struct MlpConfig {
    /// Members.
    pub members: usize,
    /// Hidden units of each.
    pub hidden: usize,
    /// Passes over the data at most; each member keeps its weights of the epoch that validated best.
    pub epochs: usize,
    /// Step of Adam at the start; falls linearly to nothing over the second half.
    pub learning_rate: f64,
    /// Decoupled weight decay (Loshchilov & Hutter 2019), per unit of learning rate.
    pub weight_decay: f64,
    /// Share of the examples each member holds back to validate on.
    pub validation: f64,
    /// Standard deviation of the first layer's weights times the square root of the number of inputs: how fast the
    /// functions wiggle to begin with.
    pub gain: f64,
    /// Where to train.
    pub device: Device,
}

impl Default for MlpConfig {
    fn default() -> Self {
        Self {
            members: 16,
            hidden: 16,
            epochs: 80,
            learning_rate: 0.04,
            weight_decay: 1e-3,
            validation: 0.2,
            gain: 1.5,
            device: Device::default(),
        }
    }
}

impl MlpConfig {
    /// The nearest configuration that can be trained: at least one member, unit and epoch, at most half the examples held
    /// back, and numbers that are not finite or negative replaced by the defaults.
    pub(crate) fn usable(self) -> Self {
        let default = Self::default();
        let sound = |v: f64, otherwise: f64| if v.is_finite() && v >= 0.0 { v } else { otherwise };
        Self {
            members: self.members.max(1),
            hidden: self.hidden.max(1),
            epochs: self.epochs.max(1),
            learning_rate: sound(self.learning_rate, default.learning_rate),
            weight_decay: sound(self.weight_decay, default.weight_decay),
            validation: sound(self.validation, default.validation).min(0.5),
            gain: sound(self.gain, default.gain),
            device: self.device,
        }
    }
}
