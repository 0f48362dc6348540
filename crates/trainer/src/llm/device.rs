use std::path::Path;
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
        let count = gpus(Path::new("/dev"));
        if index >= count {
            let words = format!("device cuda:{index}: no such GPU on this machine, which has {count}; use device cpu");
            return Err(LlmError::Device(words));
        }
        Ok(())
    }
}

/// How many GPUs the NVIDIA driver shows in `folder`: files `nvidia0`, `nvidia1`, and so on. A container that is given one GPU of many
/// has its file alone, under whatever number, and CUDA calls it device 0: so they are counted, and their numbers mean nothing.
fn gpus(folder: &Path) -> usize {
    let is_gpu = |name: &str| name.strip_prefix("nvidia").is_some_and(|number| number.parse::<u32>().is_ok());
    let Ok(files) = std::fs::read_dir(folder) else { return 0 };
    files.filter_map(Result::ok).filter(|f| f.file_name().to_str().is_some_and(is_gpu)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gpus_are_counted_whatever_their_numbers() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["nvidia3", "nvidia11", "nvidiactl", "nvidia-uvm", "nvidia", "null"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        assert_eq!(gpus(folder.path()), 2);
        assert_eq!(gpus(&folder.path().join("absent")), 0);
    }
}
