//! The render pass, the one layout that all pipelines share, and pipelines.

use crate::error::VulkanFault;
use crate::shader::{ENTRIES, Shader, ShaderError};
use std::sync::Arc;
use vulkano::descriptor_set::layout::{
    DescriptorSetLayout, DescriptorSetLayoutBinding, DescriptorSetLayoutCreateInfo, DescriptorType,
};
use vulkano::device::Device;
use vulkano::format::Format;
use vulkano::pipeline::graphics::GraphicsPipelineCreateInfo;
use vulkano::pipeline::graphics::color_blend::{
    AttachmentBlend, ColorBlendAttachmentState, ColorBlendState, ColorComponents,
};
use vulkano::pipeline::graphics::viewport::{Viewport, ViewportState};
use vulkano::pipeline::layout::PipelineLayoutCreateInfo;
use vulkano::pipeline::{GraphicsPipeline, PipelineLayout, PipelineShaderStageCreateInfo};
use vulkano::render_pass::{RenderPass, Subpass};
use vulkano::shader::{ShaderModule, ShaderModuleCreateInfo, ShaderStages};

/// Colours are stored as they are given: no sRGB conversion on the way.
pub(crate) const FORMAT: Format = Format::R8G8B8A8_UNORM;

/// What every pipeline of a painter has in common.
pub(crate) struct Press {
    pub(crate) device: Arc<Device>,
    pub(crate) render_pass: Arc<RenderPass>,
    pub(crate) layout: Arc<PipelineLayout>,
    pub(crate) set_layout: Arc<DescriptorSetLayout>,
    viewport: Viewport,
}

impl Press {
    /// A render pass rather than dynamic rendering: it is in Vulkan 1.0, so that old and small
    /// drivers have it, and one pass needs nothing more.
    pub(crate) fn new(device: Arc<Device>, wall: heart_frame::Extent) -> Result<Self, VulkanFault> {
        let render_pass = vulkano::single_pass_renderpass!(
            Arc::clone(&device),
            attachments: {
                wall: { format: FORMAT, samples: 1, load_op: Clear, store_op: Store },
            },
            pass: { color: [wall], depth_stencil: {} },
        )
        .map_err(VulkanFault::doing("making the render pass"))?;
        // The layout is declared and not reflected, since a shader that reads no cells would
        // otherwise get another, and descriptor sets would not fit.
        let both = ShaderStages::VERTEX | ShaderStages::FRAGMENT;
        let binding = |kind, stages| DescriptorSetLayoutBinding {
            stages,
            ..DescriptorSetLayoutBinding::descriptor_type(kind)
        };
        let bindings = [
            (0, binding(DescriptorType::UniformBuffer, both)),
            (1, binding(DescriptorType::StorageBuffer, ShaderStages::FRAGMENT)),
        ];
        let set_layout = DescriptorSetLayout::new(
            Arc::clone(&device),
            DescriptorSetLayoutCreateInfo {
                bindings: bindings.into_iter().collect(),
                ..DescriptorSetLayoutCreateInfo::default()
            },
        )
        .map_err(VulkanFault::doing("declaring the descriptors"))?;
        let layout = PipelineLayout::new(
            Arc::clone(&device),
            PipelineLayoutCreateInfo {
                set_layouts: vec![Arc::clone(&set_layout)],
                ..PipelineLayoutCreateInfo::default()
            },
        )
        .map_err(VulkanFault::doing("declaring the pipeline layout"))?;
        let viewport = Viewport {
            offset: [0.0, 0.0],
            extent: [wall.width as f32, wall.height as f32],
            depth_range: 0.0..=1.0,
        };
        Ok(Press { device, render_pass, layout, set_layout, viewport })
    }

    /// Makes a pipeline of a shader.
    pub(crate) fn pipeline(&self, shader: &Shader) -> Result<Arc<GraphicsPipeline>, ShaderError> {
        let words = shader.compile()?;
        self.driver_pipeline(&words)
            .map_err(|fault| ShaderError::Driver { name: shader.name.clone().into_owned(), fault })
    }

    fn driver_pipeline(&self, words: &[u32]) -> Result<Arc<GraphicsPipeline>, VulkanFault> {
        #[expect(unsafe_code, reason = "vulkano cannot check SPIR-V")]
        // SAFETY: the words come from `Shader::compile` alone, that is from naga's writer after
        // naga's full validation, with no capability beyond core Vulkan 1.1 and every array index
        // restricted to its array, so the module is valid SPIR-V that reads only its bindings.
        let module = unsafe {
            ShaderModule::new(Arc::clone(&self.device), ShaderModuleCreateInfo::new(words))
        }
        .map_err(VulkanFault::doing("loading SPIR-V"))?;
        let stages = ENTRIES
            .iter()
            .filter_map(|entry| module.entry_point(entry))
            .map(PipelineShaderStageCreateInfo::new)
            .collect();
        // Alpha is not written: it stays at the 255 that the pass clears to, whatever is blended.
        let blend = ColorBlendAttachmentState {
            blend: Some(AttachmentBlend::alpha()),
            color_write_mask: ColorComponents::R | ColorComponents::G | ColorComponents::B,
            ..ColorBlendAttachmentState::default()
        };
        let info = GraphicsPipelineCreateInfo {
            stages,
            vertex_input_state: Some(Default::default()),
            input_assembly_state: Some(Default::default()),
            viewport_state: Some(ViewportState {
                viewports: [self.viewport.clone()].into_iter().collect(),
                ..ViewportState::default()
            }),
            rasterization_state: Some(Default::default()),
            multisample_state: Some(Default::default()),
            color_blend_state: Some(ColorBlendState::with_attachment_states(1, blend)),
            subpass: Subpass::from(Arc::clone(&self.render_pass), 0).map(Into::into),
            ..GraphicsPipelineCreateInfo::layout(Arc::clone(&self.layout))
        };
        GraphicsPipeline::new(Arc::clone(&self.device), None, info)
            .map_err(VulkanFault::doing("making a pipeline"))
    }
}
