//! The render pass, the layouts that pipelines share, and pipelines.

use crate::error::{OpenError, VulkanFault};
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
    pub(crate) frame: Frame,
    pub(crate) layout: Arc<PipelineLayout>,
    pub(crate) set_layout: Arc<DescriptorSetLayout>,
    pub(crate) effects: Effects,
}

/// What both passes have in common.
pub(crate) struct Frame {
    pub(crate) device: Arc<Device>,
    pub(crate) render_pass: Arc<RenderPass>,
    viewport: Viewport,
}

/// The pass that puts effects over the whole wall.
pub(crate) struct Effects {
    pub(crate) pipeline: Arc<GraphicsPipeline>,
    pub(crate) layout: Arc<PipelineLayout>,
    pub(crate) set_layout: Arc<DescriptorSetLayout>,
}

/// What a pipeline does with the colours that are there.
#[derive(Clone, Copy)]
enum Blend {
    Over,
    Replace,
}

impl Press {
    pub(crate) fn new(device: Arc<Device>, wall: heart_frame::Extent) -> Result<Self, OpenError> {
        // A render pass rather than dynamic rendering: it is in Vulkan 1.0, so that old and
        // small drivers have it, and two passes of one kind need nothing more.
        let render_pass = vulkano::single_pass_renderpass!(
            Arc::clone(&device),
            attachments: {
                wall: { format: FORMAT, samples: 1, load_op: Clear, store_op: Store },
            },
            pass: { color: [wall], depth_stencil: {} },
        )
        .map_err(VulkanFault::doing("making the render pass"))?;
        // Layouts are declared and not reflected, since a shader that reads no cells would
        // otherwise get another, and descriptor sets would not fit.
        let both = ShaderStages::VERTEX | ShaderStages::FRAGMENT;
        let sheet = (DescriptorType::UniformBuffer, both);
        let cells = (DescriptorType::StorageBuffer, ShaderStages::FRAGMENT);
        let (set_layout, layout) = layouts(&device, [sheet, cells])?;
        let image = (DescriptorType::SampledImage, ShaderStages::FRAGMENT);
        let (effects_set_layout, effects_layout) = layouts(&device, [sheet, image])?;
        let viewport = Viewport {
            offset: [0.0, 0.0],
            extent: [wall.width as f32, wall.height as f32],
            depth_range: 0.0..=1.0,
        };
        let frame = Frame { device, render_pass, viewport };
        let words = Shader::effects()?;
        let effects = Effects {
            pipeline: frame.pipeline(&words, &effects_layout, Blend::Replace)?,
            layout: effects_layout,
            set_layout: effects_set_layout,
        };
        Ok(Press { frame, layout, set_layout, effects })
    }

    /// Makes a pipeline of a shader.
    pub(crate) fn pipeline(&self, shader: &Shader) -> Result<Arc<GraphicsPipeline>, ShaderError> {
        let words = shader.compile()?;
        self.frame
            .pipeline(&words, &self.layout, Blend::Over)
            .map_err(|fault| ShaderError::Driver { name: shader.name.as_ref().to_owned(), fault })
    }
}

impl Frame {
    fn pipeline(
        &self,
        words: &[u32],
        layout: &Arc<PipelineLayout>,
        blend: Blend,
    ) -> Result<Arc<GraphicsPipeline>, VulkanFault> {
        #[expect(unsafe_code, reason = "vulkano cannot check SPIR-V")]
        // SAFETY: the words come from `Shader` alone, that is from naga's writer after naga's
        // full validation, with no capability beyond core Vulkan 1.1 and every array index
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
            blend: match blend {
                Blend::Over => Some(AttachmentBlend::alpha()),
                Blend::Replace => None,
            },
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
            ..GraphicsPipelineCreateInfo::layout(Arc::clone(layout))
        };
        GraphicsPipeline::new(Arc::clone(&self.device), None, info)
            .map_err(VulkanFault::doing("making a pipeline"))
    }
}

/// The layouts of a set with these bindings, from 0, and of the pipelines that read it.
fn layouts(
    device: &Arc<Device>,
    bindings: [(DescriptorType, ShaderStages); 2],
) -> Result<(Arc<DescriptorSetLayout>, Arc<PipelineLayout>), VulkanFault> {
    let binding = |(kind, stages)| DescriptorSetLayoutBinding {
        stages,
        ..DescriptorSetLayoutBinding::descriptor_type(kind)
    };
    let set_info = DescriptorSetLayoutCreateInfo {
        bindings: (0..).zip(bindings.map(binding)).collect(),
        ..DescriptorSetLayoutCreateInfo::default()
    };
    let set_layout = DescriptorSetLayout::new(Arc::clone(device), set_info)
        .map_err(VulkanFault::doing("declaring the descriptors"))?;
    let info = PipelineLayoutCreateInfo {
        set_layouts: vec![Arc::clone(&set_layout)],
        ..PipelineLayoutCreateInfo::default()
    };
    let layout = PipelineLayout::new(Arc::clone(device), info)
        .map_err(VulkanFault::doing("declaring the pipeline layout"))?;
    Ok((set_layout, layout))
}
