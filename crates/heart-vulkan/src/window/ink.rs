//! The device that draws into a window, its one pipeline, and the memory that it reads.

use std::sync::Arc;

use heart_frame::{Bitmap, Extent, Frame, GLYPH_HEIGHT, GLYPH_WIDTH};
use vulkano::buffer::{BufferUsage, Subbuffer};
use vulkano::descriptor_set::allocator::StandardDescriptorSetAllocator;
use vulkano::descriptor_set::{DescriptorSet, WriteDescriptorSet};
use vulkano::device::{
    Device, DeviceCreateInfo, DeviceExtensions, Queue, QueueCreateInfo, QueueFlags,
};
use vulkano::format::Format;
use vulkano::instance::{Instance, InstanceCreateInfo};
use vulkano::pipeline::graphics::GraphicsPipelineCreateInfo;
use vulkano::pipeline::graphics::color_blend::{ColorBlendAttachmentState, ColorBlendState};
use vulkano::pipeline::layout::PipelineDescriptorSetLayoutCreateInfo;
use vulkano::pipeline::{
    DynamicState, GraphicsPipeline, Pipeline, PipelineLayout, PipelineShaderStageCreateInfo,
};
use vulkano::render_pass::{RenderPass, Subpass};
use vulkano::shader::{ShaderModule, ShaderModuleCreateInfo};
use vulkano::swapchain::Surface;
use vulkano::{Version, VulkanLibrary};
use winit::window::Window;

use super::slot::LINE_CHARS_MAX;
use super::view::{ENTRIES, View, spirv};
use crate::device::{self, Memory, host_buffer};
use crate::error::{OpenError, VulkanFault};

/// Cells of a line of text.
const TEXT_CELLS: u32 = LINE_CHARS_MAX as u32 * (GLYPH_WIDTH + 1) * GLYPH_HEIGHT;

/// A surface of the window system, and the best queue that can show something there: of the
/// device whose name contains `wanted` if that can, else of the best that can.
pub(super) fn open(
    window: &Arc<Window>,
    wanted: Option<&str>,
) -> Result<(Arc<Surface>, Arc<Queue>), OpenError> {
    let library = VulkanLibrary::new()
        .map_err(|error| OpenError::NoLoader(VulkanFault::doing("loading libvulkan")(error)))?;
    let extensions = Surface::required_extensions(window)
        .map_err(VulkanFault::doing("asking the window system what it needs"))?;
    let info = InstanceCreateInfo {
        application_name: Some("heart".to_owned()),
        enabled_extensions: extensions,
        ..InstanceCreateInfo::default()
    };
    let instance = Instance::new(library, info)
        .map_err(|error| OpenError::NoDriver(VulkanFault::doing("loading a driver")(error)))?;
    let surface = Surface::from_window(Arc::clone(&instance), Arc::clone(window))
        .map_err(VulkanFault::doing("making the window's surface"))?;
    let devices =
        instance.enumerate_physical_devices().map_err(VulkanFault::doing("looking for devices"))?;
    let needed = DeviceExtensions { khr_swapchain: true, ..DeviceExtensions::empty() };
    let mut found = Vec::new();
    let mut able = Vec::new();
    for device in devices {
        found.push(device::name(&device).to_owned());
        let usable = device.api_version() >= Version::V1_1
            && device.supported_extensions().contains(&needed);
        let family = (0..).zip(device.queue_family_properties()).find(|(family, properties)| {
            let shows = || device.surface_support(*family, &surface).unwrap_or(false);
            properties.queue_flags.contains(QueueFlags::GRAPHICS) && shows()
        });
        let family = family.map(|(family, _)| family);
        able.extend(family.filter(|_| usable).map(|family| (device, family)));
    }
    let called = |name: &str| wanted.is_some_and(|wanted| device::is_called(name, wanted));
    let best = able.into_iter().min_by_key(|(device, _)| {
        (!called(device::name(device)), device::rank(device.properties().device_type))
    });
    let (physical, family) = best.ok_or(OpenError::NoDevice { found })?;
    let info = DeviceCreateInfo {
        queue_create_infos: vec![QueueCreateInfo {
            queue_family_index: family,
            ..QueueCreateInfo::default()
        }],
        enabled_extensions: needed,
        ..DeviceCreateInfo::default()
    };
    let (_, mut queues) =
        Device::new(physical, info).map_err(VulkanFault::doing("opening the device"))?;
    let queue = queues.next().ok_or(OpenError::NoDevice { found: Vec::new() })?;
    Ok((surface, queue))
}

/// What draws one window, whatever its size.
pub(super) struct Ink {
    pub(super) render_pass: Arc<RenderPass>,
    pub(super) pipeline: Arc<GraphicsPipeline>,
    pub(super) set: Arc<DescriptorSet>,
    view: Subbuffer<[View]>,
    cells: Subbuffer<[u32]>,
}

impl Ink {
    pub(super) fn new(
        device: &Arc<Device>,
        format: Format,
        wall: Extent,
    ) -> Result<Self, VulkanFault> {
        let render_pass = vulkano::single_pass_renderpass!(
            Arc::clone(device),
            attachments: {
                // The triangle covers it all.
                window: { format: format, samples: 1, load_op: DontCare, store_op: Store },
            },
            pass: { color: [window], depth_stencil: {} },
        )
        .map_err(VulkanFault::doing("making the window's render pass"))?;
        let pipeline = pipeline(device, &render_pass)?;
        let memory = device::memory(device);
        let (uniform, storage) = (BufferUsage::UNIFORM_BUFFER, BufferUsage::STORAGE_BUFFER);
        let view = host_buffer(&memory, uniform, Memory::Written, 1)?;
        let count = wall.width * wall.height + TEXT_CELLS;
        let cells = host_buffer(&memory, storage, Memory::Written, count.into())?;
        let sets = StandardDescriptorSetAllocator::new(Arc::clone(device), Default::default());
        let layout = pipeline.layout().set_layouts().first().cloned();
        let layout = layout.expect("the window's shader has one set: a test looks at it");
        let writes = [
            WriteDescriptorSet::buffer(0, Subbuffer::clone(&view)),
            WriteDescriptorSet::buffer(1, Subbuffer::clone(&cells)),
        ];
        let set = DescriptorSet::new(Arc::new(sets), layout, writes, [])
            .map_err(VulkanFault::doing("making the window's descriptors"))?;
        Ok(Ink { render_pass, pipeline, set, view, cells })
    }

    /// Copies what is shown to where the device reads it; it must not be reading.
    pub(super) fn write(
        &self,
        view: View,
        frame: &Frame,
        text: &Bitmap,
    ) -> Result<(), VulkanFault> {
        let doing = "writing what the window shows";
        let mut to = self.view.write().map_err(VulkanFault::doing(doing))?;
        to.iter_mut().for_each(|to| *to = view);
        let mut cells = self.cells.write().map_err(VulkanFault::doing(doing))?;
        let wall = frame.extent();
        let (pixels, letters) = cells.split_at_mut((wall.width * wall.height) as usize);
        for (to, from) in pixels.iter_mut().zip(frame.bytes().chunks_exact(4)) {
            *to = u32::from_le_bytes([from[0], from[1], from[2], from[3]]);
        }
        for (to, from) in letters.iter_mut().zip(text.cells.iter()) {
            *to = u32::from_le_bytes(from.0);
        }
        Ok(())
    }
}

fn pipeline(
    device: &Arc<Device>,
    render_pass: &Arc<RenderPass>,
) -> Result<Arc<GraphicsPipeline>, VulkanFault> {
    let words = spirv().map_err(|error| {
        VulkanFault::doing("compiling the window's shader")(std::io::Error::other(error))
    })?;
    #[expect(unsafe_code, reason = "vulkano cannot check SPIR-V")]
    // SAFETY: the words come from naga's writer after naga's full validation, with no capability
    // beyond core Vulkan 1.1 and every array index restricted to its array.
    let module =
        unsafe { ShaderModule::new(Arc::clone(device), ShaderModuleCreateInfo::new(&words)) }
            .map_err(VulkanFault::doing("loading the window's shader"))?;
    let entries = ENTRIES.iter().filter_map(|entry| module.entry_point(entry));
    let stages: Vec<_> = entries.map(PipelineShaderStageCreateInfo::new).collect();
    let layout = PipelineDescriptorSetLayoutCreateInfo::from_stages(&stages)
        .into_pipeline_layout_create_info(Arc::clone(device))
        .map_err(VulkanFault::doing("declaring the window's descriptors"))?;
    let layout = PipelineLayout::new(Arc::clone(device), layout)
        .map_err(VulkanFault::doing("declaring the window's pipeline layout"))?;
    let info = GraphicsPipelineCreateInfo {
        stages: stages.into_iter().collect(),
        vertex_input_state: Some(Default::default()),
        input_assembly_state: Some(Default::default()),
        viewport_state: Some(Default::default()),
        rasterization_state: Some(Default::default()),
        multisample_state: Some(Default::default()),
        color_blend_state: Some(ColorBlendState::with_attachment_states(
            1,
            ColorBlendAttachmentState::default(),
        )),
        dynamic_state: [DynamicState::Viewport].into_iter().collect(),
        subpass: Subpass::from(Arc::clone(render_pass), 0).map(Into::into),
        ..GraphicsPipelineCreateInfo::layout(layout)
    };
    GraphicsPipeline::new(Arc::clone(device), None, info)
        .map_err(VulkanFault::doing("making the window's pipeline"))
}
