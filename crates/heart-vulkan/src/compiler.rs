//! Makes shaders ready beside the frames: on another thread than the one that paints.
//!
//! A shader is compiled by naga, by the driver, and by many drivers once more when it is first
//! drawn with. All three happen here, so that a picture that uses it is no slower than others.

use crate::compose::Sketch;
use crate::error::PaintError;
use crate::pipeline::Press;
use crate::record::Recorder;
use crate::shader::{Shader, ShaderError};
use crate::slot::Slot;
use heart_frame::{Extent, Paint, Picture, Placement, Rect};
use std::sync::Arc;
use vulkano::command_buffer::allocator::CommandBufferAllocator;
use vulkano::descriptor_set::allocator::DescriptorSetAllocator;
use vulkano::device::Queue;
use vulkano::memory::allocator::MemoryAllocator;
use vulkano::pipeline::GraphicsPipeline;

/// Compiles shaders for one painter, on any thread. Cheap to clone. It keeps the painter's device
/// open, but a compiled shader fits no other painter.
#[derive(Clone)]
pub struct Compiler {
    pub(crate) queue: Arc<Queue>,
    pub(crate) press: Arc<Press>,
    pub(crate) memory: Arc<dyn MemoryAllocator>,
    pub(crate) sets: Arc<dyn DescriptorSetAllocator>,
    pub(crate) commands: Arc<dyn CommandBufferAllocator>,
    pub(crate) wall: Extent,
    pub(crate) face: Extent,
}

/// A shader that is ready to be painted with: [`crate::Painter::install`] takes it.
#[derive(Clone)]
pub struct Compiled {
    pub(crate) name: Arc<str>,
    pub(crate) pipeline: Arc<GraphicsPipeline>,
    /// Whose it is.
    pub(crate) press: Arc<Press>,
}

impl Compiler {
    /// Compiles a shader and draws one pixel with it. Waits for the device meanwhile, which goes
    /// on painting the pictures that were submitted before.
    ///
    /// # Errors
    /// [`ShaderError::Source`] with the place of the first fault; [`ShaderError::Driver`] if the
    /// driver refuses it; [`ShaderError::Pixel`] if it does not finish a pixel.
    pub fn compile(&self, shader: &Shader) -> Result<Compiled, ShaderError> {
        let pipeline = self.press.pipeline(shader)?;
        self.draw(&shader.name, &pipeline).map_err(|fault| {
            let name = shader.name.as_ref().to_owned();
            ShaderError::Pixel { name, fault: Box::new(fault) }
        })?;
        Ok(Compiled { name: Arc::clone(&shader.name), pipeline, press: Arc::clone(&self.press) })
    }

    fn draw(&self, name: &Arc<str>, pipeline: &Arc<GraphicsPipeline>) -> Result<(), PaintError> {
        let Compiler { queue, press, memory, sets, wall, face, .. } = self;
        // A buffer of cells cannot be empty; no bitmap is drawn.
        let mut slot = Slot::new(queue, press, memory, sets, *wall, 1)?;
        let mut picture = Picture::default();
        let pixel = Rect { x: 0.0, y: 0.0, width: 1.0, height: 1.0 };
        let paint = Paint::Shader { name: Arc::clone(name), seconds: 0.0, params: [0.0; 8] };
        picture.push(Placement::Full, pixel, paint);
        let mut sketch = Sketch::new(*wall, *face);
        // The first name is the painter's own shader; here it is never drawn with.
        let names = [Arc::from(""), Arc::clone(name)];
        sketch.compose(&picture, 1, &names, &mut slot)?;
        let recorder = Recorder {
            allocator: &self.commands,
            press,
            pipelines: &[Arc::clone(pipeline), Arc::clone(pipeline)],
            generation: 0,
            family: queue.queue_family_index(),
        };
        slot.submit(&sketch, &recorder, 1)?;
        slot.wait(crate::COMPILING)
    }
}

impl Compiled {
    /// The name that pictures call it by.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}
