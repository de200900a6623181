//! Records command buffers, seldom.
//!
//! A command buffer depends only on the sequence of pipelines, not on what they draw: how many
//! items, where and with what stands in buffers (the draws are indirect). So a scene that goes on
//! submits the same command buffer frame after frame and allocates nothing; only a new sequence
//! of pipelines, or a shader loaded anew, is recorded. vulkano's recorder makes some 40 small
//! allocations for that, which is why it is not done per frame.

use crate::compose::Sketch;
use crate::error::VulkanFault;
use crate::pipeline::Press;
use crate::sheet::Run;
use crate::slot::{After, Targets};
use std::sync::Arc;
use vulkano::buffer::Subbuffer;
use vulkano::command_buffer::allocator::CommandBufferAllocator;
use vulkano::command_buffer::{
    AutoCommandBufferBuilder, CommandBufferSubmitInfo, CommandBufferUsage, CopyImageToBufferInfo,
    DrawIndirectCommand, PrimaryAutoCommandBuffer, RenderPassBeginInfo, SubmitInfo,
    SubpassBeginInfo, SubpassEndInfo,
};
use vulkano::pipeline::{GraphicsPipeline, PipelineBindPoint};

/// A command buffer of one slot, ready to be submitted again and again.
pub(crate) struct Recorded {
    pipelines: Vec<usize>,
    generation: u64,
    effects: bool,
    pub(crate) submission: [SubmitInfo; 1],
}

impl Recorded {
    /// Whether it draws what is sketched with the pipelines of this generation.
    pub(crate) fn fits(&self, sketch: &Sketch, generation: u64) -> bool {
        let runs = sketch.runs.iter().map(|run| run.pipeline);
        let same = self.pipelines.iter().copied().eq(runs);
        same && self.generation == generation && self.effects == sketch.effects.is_some()
    }
}

/// What recording needs besides the slot.
pub(crate) struct Recorder<'a> {
    pub(crate) allocator: &'a Arc<dyn CommandBufferAllocator>,
    pub(crate) press: &'a Press,
    pub(crate) pipelines: &'a [Arc<GraphicsPipeline>],
    /// Grows whenever a pipeline is replaced.
    pub(crate) generation: u64,
    pub(crate) family: u32,
}

impl Recorder<'_> {
    pub(crate) fn record(
        &self,
        sketch: &Sketch,
        targets: &Targets,
        draws: &Subbuffer<[DrawIndirectCommand]>,
    ) -> Result<Recorded, VulkanFault> {
        let effects = sketch.effects.is_some();
        let mut commands = AutoCommandBufferBuilder::primary(
            Arc::clone(self.allocator),
            self.family,
            CommandBufferUsage::MultipleSubmit,
        )
        .map_err(VulkanFault::doing("beginning a command buffer"))?;
        self.draw(&mut commands, &sketch.runs, targets, draws)
            .and_then(|()| {
                let mut image = &targets.image;
                if effects {
                    self.redraw(&mut commands, targets)?;
                    image = &targets.after.image;
                }
                let (image, to) = (Arc::clone(image), targets.read_back.clone());
                commands.copy_image_to_buffer(CopyImageToBufferInfo::image_buffer(image, to))?;
                Ok(())
            })
            .map_err(VulkanFault::doing("recording a command buffer"))?;
        let buffer = commands.build().map_err(VulkanFault::doing("building a command buffer"))?;
        Ok(Recorded {
            pipelines: sketch.runs.iter().map(|run| run.pipeline).collect(),
            generation: self.generation,
            effects,
            submission: [SubmitInfo {
                command_buffers: vec![CommandBufferSubmitInfo::new(buffer)],
                ..SubmitInfo::default()
            }],
        })
    }

    fn draw(
        &self,
        commands: &mut AutoCommandBufferBuilder<PrimaryAutoCommandBuffer>,
        runs: &[Run],
        targets: &Targets,
        draws: &Subbuffer<[DrawIndirectCommand]>,
    ) -> Result<(), Box<vulkano::ValidationError>> {
        let begin = RenderPassBeginInfo {
            clear_values: vec![Some([0.0, 0.0, 0.0, 1.0].into())],
            ..RenderPassBeginInfo::framebuffer(Arc::clone(&targets.framebuffer))
        };
        commands.begin_render_pass(begin, SubpassBeginInfo::default())?;
        commands.bind_descriptor_sets(
            PipelineBindPoint::Graphics,
            Arc::clone(&self.press.layout),
            0,
            Arc::clone(&targets.set),
        )?;
        for (index, run) in (0..).zip(runs) {
            if let Some(pipeline) = self.pipelines.get(run.pipeline) {
                commands.bind_pipeline_graphics(Arc::clone(pipeline))?;
                #[expect(unsafe_code, reason = "vulkano cannot check what a shader reads")]
                // SAFETY: shaders come from `Shader::compile` alone, which restricts every index
                // to its array, and their two bindings are bound. The draws are written whole by
                // `Slot::write` before each submission, with first_instance 0 and at most
                // 6 * MAX_ITEMS vertices; no vertex or index buffer is read.
                unsafe { commands.draw_indirect(draws.clone().slice(index..index + 1)) }?;
            }
        }
        commands.end_render_pass(SubpassEndInfo::default())?;
        Ok(())
    }

    /// The second pass: reads the first one's image, and puts the effects over it.
    fn redraw(
        &self,
        commands: &mut AutoCommandBufferBuilder<PrimaryAutoCommandBuffer>,
        targets: &Targets,
    ) -> Result<(), Box<vulkano::ValidationError>> {
        let After { framebuffer, set, .. } = &targets.after;
        let begin = RenderPassBeginInfo {
            clear_values: vec![Some([0.0, 0.0, 0.0, 1.0].into())],
            ..RenderPassBeginInfo::framebuffer(Arc::clone(framebuffer))
        };
        commands.begin_render_pass(begin, SubpassBeginInfo::default())?;
        let effects = &self.press.effects;
        commands.bind_pipeline_graphics(Arc::clone(&effects.pipeline))?;
        let (point, layout) = (PipelineBindPoint::Graphics, Arc::clone(&effects.layout));
        commands.bind_descriptor_sets(point, layout, 0, Arc::clone(set))?;
        #[expect(unsafe_code, reason = "vulkano cannot check what a shader reads")]
        // SAFETY: the painter's own shader reads its two bindings, which are bound, and the image
        // within its bounds (a test compares it with plain arithmetic at all four edges).
        unsafe { commands.draw(3, 1, 0, 0) }?;
        commands.end_render_pass(SubpassEndInfo::default())?;
        Ok(())
    }
}
