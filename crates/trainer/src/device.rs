use std::path::Path;
use std::str::FromStr;

use burn::backend::{Autodiff, Flex};
use serde::{Deserialize, Serialize};

use crate::error::LlmError;
use crate::kernels::Training;

/// Valid device names, for errors.
const NAMES: &str = "cpu, cuda, cuda:INDEX or wgpu";

/// The device a model computes on: `cpu`, `cuda`, `cuda:1` or `wgpu`.
///
/// ```
/// assert_eq!("cuda:1".parse::<trainer::Device>()?, trainer::Device::Cuda(1));
/// # Ok::<(), trainer::LlmError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Device {
    /// Burn's pure-Rust backend.
    #[default]
    Cpu,
    /// A CUDA device by index.
    Cuda(usize),
    /// The GPU that wgpu prefers, through Vulkan, Metal or DirectX 12; f32 only. Burn compiles the same CubeCL kernels as for CUDA.
    Wgpu,
}

impl FromStr for Device {
    type Err = LlmError;

    fn from_str(text: &str) -> Result<Self, LlmError> {
        let index = match text.split_once(':') {
            None if text == "cpu" => return Ok(Self::Cpu),
            None if text == "wgpu" => return Ok(Self::Wgpu),
            None if text == "cuda" => Some(0),
            Some(("cuda", index)) => index.parse().ok(),
            _ => None,
        };
        index.map(Self::Cuda).ok_or_else(|| LlmError::setting("device", format!("`{text}`"), NAMES))
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
            Device::Wgpu => "wgpu".into(),
        }
    }
}

/// A job that runs on any backend.
pub trait OnDevice {
    /// Result of the job.
    type Output;

    /// Runs the job on this device of backend `A`.
    fn run<A: Training>(self, device: &A::Device) -> Self::Output;
}

impl Device {
    /// Runs a job on this device. An error says why the device cannot be used ([`Device::check`]).
    pub fn run<J: OnDevice>(self, job: J) -> Result<J::Output, LlmError> {
        self.check()?;
        match self {
            Self::Cpu => Ok(job.run::<Autodiff<Flex>>(&Default::default())),
            #[cfg(feature = "cuda")]
            Self::Cuda(index) => Ok(job.run::<Autodiff<burn_cuda::Cuda>>(&burn_cuda::CudaDevice::new(index))),
            #[cfg(not(feature = "cuda"))]
            Self::Cuda(_) => Err(not_built_in("cuda")),
            #[cfg(feature = "wgpu")]
            Self::Wgpu => Ok(job.run::<Autodiff<burn_wgpu::Wgpu>>(&Default::default())),
            #[cfg(not(feature = "wgpu"))]
            Self::Wgpu => Err(not_built_in("wgpu")),
        }
    }

    /// The first device of the same kind: runs resume on any device of a kind.
    pub(crate) fn first_of_kind(self) -> Self {
        match self {
            Self::Cuda(_) => Self::Cuda(0),
            other => other,
        }
    }

    /// Checks that the device is available. The error, one line, says that the feature is not compiled in, or that driver or GPU are missing.
    pub fn check(self) -> Result<(), LlmError> {
        match self {
            Self::Cpu => Ok(()),
            Self::Cuda(index) => check_cuda(index),
            Self::Wgpu => check_wgpu(),
        }
    }
}

fn not_built_in(feature: &str) -> LlmError {
    let words = "this program was built without it; rebuild it with";
    LlmError::Device(format!("device {feature}: {words} `--features {feature}`, or use device cpu"))
}

/// The CUDA library panics without a driver, so the driver's device files are checked first.
fn check_cuda(index: usize) -> Result<(), LlmError> {
    if !cfg!(feature = "cuda") {
        return Err(not_built_in("cuda"));
    }
    let count = gpus(Path::new("/dev"));
    if index >= count {
        let words = format!("device cuda:{index}: no such GPU: this machine has {count}; use device cpu");
        return Err(LlmError::Device(words));
    }
    Ok(())
}

#[cfg(not(feature = "wgpu"))]
fn check_wgpu() -> Result<(), LlmError> {
    Err(not_built_in("wgpu"))
}

#[cfg(feature = "wgpu")]
fn check_wgpu() -> Result<(), LlmError> {
    static ADDS: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
    if *ADDS.get_or_init(adds) {
        return Ok(());
    }
    Err(LlmError::Device("device wgpu: no GPU with a Vulkan, Metal or DirectX 12 driver found; use device cpu".into()))
}

/// Whether the device computes 1 + 1 = 2. wgpu panics without an adapter; the hook silences that panic, and the caller asks only once.
#[cfg(feature = "wgpu")]
fn adds() -> bool {
    use burn::tensor::Tensor;
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| ()));
    let sum = std::panic::catch_unwind(|| {
        let one = Tensor::<burn_wgpu::Wgpu, 1>::ones([1], &Default::default());
        (one.clone() + one).into_data().to_vec::<f32>().ok()
    });
    std::panic::set_hook(hook);
    matches!(sum, Ok(Some(sum)) if sum == [2.0])
}

/// Number of GPUs that the NVIDIA driver shows in `folder` as files `nvidia0`, `nvidia1` and so on. The files are counted and their
/// numbers ignored: a container that is given GPU 3 has only `nvidia3`, and CUDA calls it device 0.
fn gpus(folder: &Path) -> usize {
    let is_gpu = |name: &str| name.strip_prefix("nvidia").is_some_and(|number| number.parse::<u32>().is_ok());
    let Ok(files) = std::fs::read_dir(folder) else { return 0 };
    files.filter_map(Result::ok).filter(|f| f.file_name().to_str().is_some_and(is_gpu)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_names_round_trip_and_others_are_rejected() {
        for name in ["cpu", "cuda:0", "cuda:2", "wgpu"] {
            assert_eq!(String::from(name.parse::<Device>().unwrap()), name);
        }
        assert_eq!("cuda".parse::<Device>().unwrap(), Device::Cuda(0));
        for name in ["gpu", "cuda:", "cuda:x", "wgpu:1", "wgpux", "CPU"] {
            let message = name.parse::<Device>().unwrap_err().to_string();
            assert!(message.contains(&format!("`{name}`")) && message.contains(NAMES), "{message}");
        }
    }

    #[cfg(not(any(feature = "cuda", feature = "wgpu")))]
    #[test]
    fn a_missing_feature_is_named() {
        for (device, feature) in [(Device::Cuda(0), "cuda"), (Device::Wgpu, "wgpu")] {
            let message = device.check().unwrap_err().to_string();
            assert!(message.contains(&format!("`--features {feature}`")), "{message}");
        }
    }

    #[test]
    fn gpus_are_counted_regardless_of_their_numbers() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["nvidia3", "nvidia11", "nvidiactl", "nvidia-uvm", "nvidia", "null"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        assert_eq!(gpus(folder.path()), 2);
        assert_eq!(gpus(&folder.path().join("absent")), 0);
    }
}
