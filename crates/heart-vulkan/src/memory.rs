//! Buffers that the host writes or reads, and the image that is painted.

use crate::error::VulkanFault;
use crate::pipeline::FORMAT;
use std::sync::Arc;
use vulkano::buffer::{Buffer, BufferContents, BufferCreateInfo, BufferUsage, Subbuffer};
use vulkano::image::{Image, ImageCreateInfo, ImageUsage};
use vulkano::memory::allocator::{AllocationCreateInfo, MemoryAllocator, MemoryTypeFilter};

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
        usage: ImageUsage::COLOR_ATTACHMENT | ImageUsage::TRANSFER_SRC,
        ..ImageCreateInfo::default()
    };
    Image::new(Arc::clone(allocator), info, AllocationCreateInfo::default())
        .map_err(VulkanFault::doing("making the image"))
}
