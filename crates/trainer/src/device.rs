use std::path::Path;
use std::str::FromStr;

use burn::backend::{Autodiff, Flex};
use serde::{Deserialize, Serialize};

use super::LlmError;
use super::kernels::Training;

/// What every error about a device's name asks for.
const NAMES: &str = "cpu, cuda, cuda:INDEX or wgpu";

/// Where a model computes: `cpu`, `cuda`, `cuda:1` or `wgpu`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Device {
    /// Burn's pure-Rust backend.
    #[default]
    Cpu,
    /// A CUDA device by index.
    Cuda(usize),
    /// The GPU that wgpu prefers, through Vulkan, Metal or DirectX 12: the kernels of CUDA written in another language, f32 only.
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

/// Work that any backend can do.
pub trait OnDevice {
    /// What comes of it.
    type Output;

    /// Does it on this device of backend `A`.
    fn run<A: Training>(self, device: &A::Device) -> Self::Output;
}

impl Device {
    /// Does a job here, or says why not ([`Device::check`]).
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

    /// The first device of its kind, on which runs go on as they do here.
    pub(crate) fn first_of_kind(self) -> Self {
        match self {
            Self::Cuda(_) => Self::Cuda(0),
            other => other,
        }
    }

    /// One line where the device is not there: a build without its feature, no driver, or no such GPU.
    pub fn check(self) -> Result<(), LlmError> {
        match self {
            Self::Cpu => Ok(()),
            Self::Cuda(index) => check_cuda(index),
            Self::Wgpu => check_wgpu(),
        }
    }
}

fn not_built_in(feature: &str) -> LlmError {
    let words = "this program was built without it; build it with";
    LlmError::Device(format!("device {feature}: {words} `--features {feature}`, or use device cpu"))
}

/// The CUDA library itself panics where there is no driver, so the driver's files are asked first.
fn check_cuda(index: usize) -> Result<(), LlmError> {
    if !cfg!(feature = "cuda") {
        return Err(not_built_in("cuda"));
    }
    let count = gpus(Path::new("/dev"));
    if index >= count {
        let words = format!("device cuda:{index}: no such GPU on this machine, which has {count}; use device cpu");
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
    Err(LlmError::Device("device wgpu: no GPU with a Vulkan, Metal or DirectX 12 driver here; use device cpu".into()))
}

/// Whether one and one are two there. wgpu panics where there is no adapter, which is not to be seen: hence the hook, and that this
/// is asked once.
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
    fn devices_are_named_as_they_print_and_others_refused() {
        for name in ["cpu", "cuda:0", "cuda:2", "wgpu"] {
            assert_eq!(String::from(name.parse::<Device>().unwrap()), name);
        }
        assert_eq!("cuda".parse::<Device>().unwrap(), Device::Cuda(0));
        for name in ["gpu", "cuda:", "cuda:x", "wgpu:1", "wgpux", "CPU"] {
            let said = name.parse::<Device>().unwrap_err().to_string();
            assert!(said.contains(&format!("`{name}`")) && said.contains(NAMES), "{said}");
        }
    }

    #[cfg(not(any(feature = "cuda", feature = "wgpu")))]
    #[test]
    fn a_device_that_is_not_built_in_names_its_feature() {
        for (device, feature) in [(Device::Cuda(0), "cuda"), (Device::Wgpu, "wgpu")] {
            let said = device.check().unwrap_err().to_string();
            assert!(said.contains(&format!("`--features {feature}`")), "{said}");
        }
    }

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
