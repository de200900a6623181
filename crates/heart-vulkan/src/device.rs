//! Finds and opens the device that paints.

use crate::error::{OpenError, VulkanFault};
use std::sync::Arc;
use vulkano::device::physical::{PhysicalDevice, PhysicalDeviceType};
use vulkano::device::{Device, DeviceCreateInfo, Queue, QueueCreateInfo, QueueFlags};
use vulkano::instance::{Instance, InstanceCreateInfo};
use vulkano::{Version, VulkanLibrary};

/// Opens the best device, or the best whose name contains `wanted` (in any case).
pub(crate) fn open(wanted: Option<&str>) -> Result<Arc<Queue>, OpenError> {
    let library = VulkanLibrary::new()
        .map_err(|error| OpenError::NoLoader(VulkanFault::doing("loading libvulkan")(error)))?;
    let info = InstanceCreateInfo {
        application_name: Some("heart".to_owned()),
        ..InstanceCreateInfo::default()
    };
    let instance = Instance::new(library, info)
        .map_err(|error| OpenError::NoDriver(VulkanFault::doing("loading a driver")(error)))?;
    let devices: Vec<_> = instance
        .enumerate_physical_devices()
        .map_err(VulkanFault::doing("looking for devices"))?
        .collect();
    let (physical, family) = choose(devices, wanted)?;
    let info = DeviceCreateInfo {
        queue_create_infos: vec![QueueCreateInfo {
            queue_family_index: family,
            ..QueueCreateInfo::default()
        }],
        ..DeviceCreateInfo::default()
    };
    let (_device, mut queues) =
        Device::new(physical, info).map_err(VulkanFault::doing("opening the device"))?;
    queues.next().ok_or(OpenError::NoDevice { found: Vec::new() })
}

/// The best device that can draw, with the queue family that draws.
fn choose(
    devices: Vec<Arc<PhysicalDevice>>,
    wanted: Option<&str>,
) -> Result<(Arc<PhysicalDevice>, u32), OpenError> {
    let all: Vec<String> = devices.iter().map(|device| name(device).to_owned()).collect();
    let able: Vec<_> = devices
        .into_iter()
        .filter(|device| device.api_version() >= Version::V1_1)
        .filter_map(|device| {
            let families = device.queue_family_properties();
            let draws = |flags: QueueFlags| flags.contains(QueueFlags::GRAPHICS);
            let family = families.iter().position(|family| draws(family.queue_flags))?;
            Some((device, family as u32))
        })
        .collect();
    if able.is_empty() {
        return Err(OpenError::NoDevice { found: all });
    }
    let found: Vec<String> = able.iter().map(|(device, _)| name(device).to_owned()).collect();
    able.into_iter()
        .filter(|(device, _)| wanted.is_none_or(|wanted| is_called(name(device), wanted)))
        .min_by_key(|(device, _)| rank(device.properties().device_type))
        .ok_or_else(|| OpenError::NoSuchDevice {
            wanted: wanted.unwrap_or_default().to_owned(),
            found,
        })
}

pub(crate) fn name(device: &PhysicalDevice) -> &str {
    &device.properties().device_name
}

fn is_called(name: &str, wanted: &str) -> bool {
    name.to_lowercase().contains(&wanted.to_lowercase())
}

/// Smaller is better.
fn rank(kind: PhysicalDeviceType) -> u8 {
    match kind {
        PhysicalDeviceType::DiscreteGpu => 0,
        PhysicalDeviceType::IntegratedGpu => 1,
        PhysicalDeviceType::VirtualGpu => 2,
        PhysicalDeviceType::Cpu => 3,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_discrete_gpu_is_better_than_an_integrated_one_and_both_than_the_cpu() {
        use PhysicalDeviceType::{Cpu, DiscreteGpu, IntegratedGpu, Other, VirtualGpu};
        let mut kinds = [Other, Cpu, IntegratedGpu, DiscreteGpu, VirtualGpu];
        kinds.sort_by_key(|kind| rank(*kind));
        assert_eq!(kinds, [DiscreteGpu, IntegratedGpu, VirtualGpu, Cpu, Other]);
    }

    #[test]
    fn a_device_is_found_by_a_part_of_its_name_in_any_case() {
        assert!(is_called("llvmpipe (LLVM 15.0.6, 256 bits)", "LLVMpipe"));
        assert!(!is_called("llvmpipe (LLVM 15.0.6, 256 bits)", "nvidia"));
    }
}
