//! Finds and opens the device that paints, and takes memory from it.

use crate::error::{OpenError, VulkanFault};
use crate::pipeline::FORMAT;
use std::sync::Arc;
use vulkano::buffer::{Buffer, BufferContents, BufferCreateInfo, BufferUsage, Subbuffer};
use vulkano::device::physical::{PhysicalDevice, PhysicalDeviceType};
use vulkano::device::{Device, DeviceCreateInfo, Queue, QueueCreateInfo, QueueFlags};
use vulkano::image::{Image, ImageCreateInfo, ImageUsage};
use vulkano::instance::{Instance, InstanceCreateInfo};
use vulkano::memory::MemoryPropertyFlags;
use vulkano::memory::allocator::{
    AllocationCreateInfo, GenericMemoryAllocatorCreateInfo, MemoryAllocator, MemoryTypeFilter,
    StandardMemoryAllocator,
};
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

pub(crate) fn is_called(name: &str, wanted: &str) -> bool {
    name.to_lowercase().contains(&wanted.to_lowercase())
}

/// Smaller is better.
pub(crate) fn rank(kind: PhysicalDeviceType) -> u8 {
    match kind {
        PhysicalDeviceType::DiscreteGpu => 0,
        PhysicalDeviceType::IntegratedGpu => 1,
        PhysicalDeviceType::VirtualGpu => 2,
        PhysicalDeviceType::Cpu => 3,
        _ => 4,
    }
}

/// Memory is taken from the driver in blocks of this size, in bytes; what is larger gets a block
/// of its own. vulkano's default is 256 MiB, which a painter fills by a twentieth.
const BLOCK: u64 = 16 << 20;

/// An allocator for a painter's buffers and images.
pub(crate) fn memory(device: &Arc<Device>) -> Arc<dyn MemoryAllocator> {
    // Kinds that are not for general use, as in vulkano's default.
    let special = MemoryPropertyFlags::LAZILY_ALLOCATED
        | MemoryPropertyFlags::PROTECTED
        | MemoryPropertyFlags::DEVICE_COHERENT
        | MemoryPropertyFlags::RDMA_CAPABLE;
    let types = &device.physical_device().memory_properties().memory_types;
    let plain = types.iter().map(|kind| !kind.property_flags.intersects(special));
    let memory_type_bits =
        plain.zip(0..32).fold(0, |bits, (plain, at)| bits | u32::from(plain) << at);
    let info = GenericMemoryAllocatorCreateInfo {
        block_sizes: &vec![BLOCK; types.len()],
        memory_type_bits,
        ..GenericMemoryAllocatorCreateInfo::default()
    };
    Arc::new(StandardMemoryAllocator::new(Arc::clone(device), info))
}

/// Who does what with a buffer's memory.
#[derive(Clone, Copy)]
pub(crate) enum Memory {
    /// The host writes, the device reads.
    Written,
    /// The device writes, the host reads: cached memory.
    Read,
}

pub(crate) fn host_buffer<T: BufferContents>(
    allocator: &Arc<dyn MemoryAllocator>,
    usage: BufferUsage,
    memory: Memory,
    len: u64,
) -> Result<Subbuffer<[T]>, VulkanFault> {
    let memory_type_filter = match memory {
        Memory::Written => {
            MemoryTypeFilter::PREFER_DEVICE | MemoryTypeFilter::HOST_SEQUENTIAL_WRITE
        }
        Memory::Read => MemoryTypeFilter::PREFER_HOST | MemoryTypeFilter::HOST_RANDOM_ACCESS,
    };
    Buffer::new_slice(
        Arc::clone(allocator),
        BufferCreateInfo { usage, ..BufferCreateInfo::default() },
        AllocationCreateInfo { memory_type_filter, ..AllocationCreateInfo::default() },
        len,
    )
    .map_err(VulkanFault::doing("making a buffer"))
}

/// The image of a wall.
pub(crate) fn target(
    allocator: &Arc<dyn MemoryAllocator>,
    wall: heart_frame::Extent,
) -> Result<Arc<Image>, VulkanFault> {
    let info = ImageCreateInfo {
        format: FORMAT,
        extent: [wall.width, wall.height, 1],
        usage: ImageUsage::COLOR_ATTACHMENT | ImageUsage::TRANSFER_SRC | ImageUsage::SAMPLED,
        ..ImageCreateInfo::default()
    };
    Image::new(Arc::clone(allocator), info, AllocationCreateInfo::default())
        .map_err(VulkanFault::doing("making the image"))
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
