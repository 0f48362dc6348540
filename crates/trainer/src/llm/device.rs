use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::LlmError;

/// Where a model computes: `cpu`, `cuda` or `cuda:1`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Device {
    /// Burn's pure-Rust backend.
    #[default]
    Cpu,
    /// A CUDA device by index.
    Cuda(usize),
}

impl FromStr for Device {
    type Err = LlmError;

    fn from_str(text: &str) -> Result<Self, LlmError> {
        let index = match text.split_once(':') {
            None if text == "cpu" => return Ok(Self::Cpu),
            None if text == "cuda" => Some(0),
            Some(("cuda", index)) => index.parse().ok(),
            _ => None,
        };
        index.map(Self::Cuda).ok_or_else(|| LlmError::setting("device", format!("`{text}`"), "cpu, cuda or cuda:INDEX"))
    }
}

impl TryFrom<String> for Device {
    type Error = LlmError;

    fn try_from(text: String) -> Result<Self, LlmError> {
        text.parse()
    }
}

impl From<Device> for String {
    fn from(device: Device) -> Self {
        match device {
            Device::Cpu => "cpu".into(),
            Device::Cuda(index) => format!("cuda:{index}"),
        }
    }
}

impl Device {
    /// One line where the device is not there: a build without CUDA, no driver, or no such GPU.
    pub fn check(self) -> Result<(), LlmError> {
        let Self::Cuda(index) = self else { return Ok(()) };
        if !cfg!(feature = "cuda") {
            let words =
                "device cuda: this program was built without CUDA; build it with `--features cuda`, or use device cpu";
            return Err(LlmError::Device(words.into()));
        }
        // asking the driver's files first: the CUDA library itself panics where there is none
        if !std::path::Path::new(&format!("/dev/nvidia{index}")).exists() {
            let words = format!("device cuda:{index}: no such GPU on this machine; use device cpu");
            return Err(LlmError::Device(words));
        }
        Ok(())
    }
}
