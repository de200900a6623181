//! The painter: pictures in, frames out, two in flight.

use crate::compiler::{Compiled, Compiler};
use crate::compose::{SOLID, Sketch};
use crate::device;
use crate::error::{OpenError, PaintError};
use crate::pipeline::Press;
use crate::record::Recorder;
use crate::shader::{Shader, ShaderError};
use crate::slot::Slot;
use crate::{FRAMES_IN_FLIGHT, MAX_SHADERS, MAX_SIDE};
use heart_frame::{Extent, Frame, Paint, Picture, Placement, Rect, Rgba};
use std::sync::Arc;
use vulkano::command_buffer::allocator::{CommandBufferAllocator, StandardCommandBufferAllocator};
use vulkano::descriptor_set::allocator::{DescriptorSetAllocator, StandardDescriptorSetAllocator};
use vulkano::device::{DeviceOwned, Queue};
use vulkano::memory::allocator::MemoryAllocator;
use vulkano::pipeline::GraphicsPipeline;

/// What a painter is made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PainterOptions {
    /// The wall in pixels, a grid of whole faces; 1 to [`MAX_SIDE`] a side.
    pub wall: Extent,
    /// One face in pixels.
    pub face: Extent,
    /// A part of the wanted device's name, in any case (`"llvmpipe"`, `"radeon"`). Without it the
    /// best is taken: a discrete GPU, then an integrated one, a virtual one, the CPU.
    pub device: Option<String>,
}

/// Paints pictures on one device. Owned by one thread; it may be moved to another.
pub struct Painter {
    // Slots come first: they are dropped first and wait for the device.
    slots: [Slot; FRAMES_IN_FLIGHT],
    queue: Arc<Queue>,
    press: Arc<Press>,
    memory: Arc<dyn MemoryAllocator>,
    sets: Arc<dyn DescriptorSetAllocator>,
    commands: Arc<dyn CommandBufferAllocator>,
    /// Names and pipelines, in the same order; the painter's own shader first.
    names: Vec<Arc<str>>,
    pipelines: Vec<Arc<GraphicsPipeline>>,
    generation: u64,
    sketch: Sketch,
    submitted: u64,
    finished: u64,
    frame: Frame,
}

/// A picture was submitted.
#[derive(Clone, Copy, Debug)]
pub struct Painted<'a> {
    /// Its number: 1 for a painter's first picture, then one more each time.
    pub number: u64,
    /// Items of it that were left out: those beyond [`Picture::MAX_ITEMS`], and bitmaps that
    /// found no room beside the others of the picture ([`crate::MIN_CELLS`]).
    pub left_out: usize,
    /// The newest frame there is, mostly of an earlier picture; `None` before the first one. It
    /// is the same as before if no other was finished in between: see its number.
    pub newest: Option<Finished<'a>>,
}

/// A finished frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finished<'a> {
    /// The number of the picture it shows, as in [`Painted::number`].
    pub number: u64,
    /// Its pixels.
    pub frame: &'a Frame,
}

impl Painter {
    /// Opens a device and makes everything that painting needs: buffers, pipelines of these
    /// shaders, and one picture with each, so that the first real picture is not a slow one.
    /// Takes 0.2 to 2 s.
    ///
    /// # Errors
    /// [`OpenError`], which names what is missing and the Debian package that brings it.
    pub fn new(options: &PainterOptions, shaders: &[Shader]) -> Result<Self, OpenError> {
        let PainterOptions { wall, face, ref device } = *options;
        check(wall, face)?;
        let queue = device::open(device.as_deref())?;
        let device = queue.device();
        let press = Arc::new(Press::new(Arc::clone(device), wall)?);
        let memory = device::memory(device);
        let sets: Arc<dyn DescriptorSetAllocator> =
            Arc::new(StandardDescriptorSetAllocator::new(Arc::clone(device), Default::default()));
        let commands =
            Arc::new(StandardCommandBufferAllocator::new(Arc::clone(device), Default::default()));
        let capacity = crate::MIN_CELLS.max(2 * wall.width as usize * wall.height as usize);
        let slot = || Slot::new(&queue, &press, &memory, &sets, wall, capacity);
        let mut painter = Painter {
            slots: [slot()?, slot()?],
            press,
            memory,
            sets,
            commands,
            names: Vec::new(),
            pipelines: Vec::new(),
            generation: 0,
            sketch: Sketch::new(wall, face),
            submitted: 0,
            finished: 0,
            frame: Frame::new(wall),
            queue,
        };
        painter.add(&Arc::from(""), painter.press.pipeline(&Shader::solid())?)?;
        for shader in shaders {
            painter.load(shader)?;
        }
        painter.warm_up()?;
        Ok(painter)
    }

    /// The device's name, as its driver says it.
    #[must_use]
    pub fn device_name(&self) -> &str {
        device::name(self.queue.device().physical_device())
    }

    /// The names of the shaders that a picture may use.
    pub fn shader_names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().skip(1).map(AsRef::as_ref)
    }

    /// What makes shaders ready for this painter on another thread.
    #[must_use]
    pub fn compiler(&self) -> Compiler {
        let [wall, face] =
            [self.sketch.wall, self.sketch.face].map(|[width, height]| Extent { width, height });
        Compiler {
            queue: Arc::clone(&self.queue),
            press: Arc::clone(&self.press),
            memory: Arc::clone(&self.memory),
            sets: Arc::clone(&self.sets),
            commands: Arc::clone(&self.commands),
            wall,
            face,
        }
    }

    /// Adds a shader, or replaces the one of that name from the next picture on. Compiles it
    /// here and now; a thread that paints frames leaves that to a [`Compiler`], and installs
    /// what it made. If it fails, the one there was goes on to be used.
    ///
    /// # Errors
    /// [`ShaderError`] with file, place and message; [`ShaderError::TooMany`] beyond
    /// [`MAX_SHADERS`].
    pub fn load(&mut self, shader: &Shader) -> Result<(), ShaderError> {
        let pipeline = self.press.pipeline(shader)?;
        self.put(&shader.name, pipeline)
    }

    /// Adds a compiled shader, or replaces the one of that name from the next picture on. Takes
    /// no time.
    ///
    /// # Errors
    /// [`ShaderError::TooMany`] beyond [`MAX_SHADERS`], [`ShaderError::Foreign`] if it was
    /// compiled for another painter.
    pub fn install(&mut self, compiled: Compiled) -> Result<(), ShaderError> {
        if Arc::ptr_eq(&compiled.press, &self.press) {
            return self.put(&compiled.name, compiled.pipeline);
        }
        Err(ShaderError::Foreign { name: compiled.name.as_ref().to_owned() })
    }

    /// Forgets every shader whose name this does not keep.
    pub fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        for place in (SOLID + 1..self.names.len()).rev() {
            if !keep(&self.names[place]) {
                self.names.remove(place);
                self.pipelines.remove(place);
                self.generation += 1;
            }
        }
    }

    fn put(&mut self, name: &Arc<str>, pipeline: Arc<GraphicsPipeline>) -> Result<(), ShaderError> {
        match self.names.iter().skip(1).position(|known| known == name) {
            Some(place) => {
                self.pipelines[place + 1] = pipeline;
                self.generation += 1;
                Ok(())
            }
            None => self.add(name, pipeline),
        }
    }

    fn add(&mut self, name: &Arc<str>, pipeline: Arc<GraphicsPipeline>) -> Result<(), ShaderError> {
        if self.names.len() > MAX_SHADERS {
            let name = name.as_ref().to_owned();
            return Err(ShaderError::TooMany { name, most: MAX_SHADERS });
        }
        self.pipelines.push(pipeline);
        self.names.push(Arc::clone(name));
        Ok(())
    }

    /// Submits a picture and returns at once with the newest finished frame. Only when
    /// [`FRAMES_IN_FLIGHT`] pictures are in the device's hands already, the oldest of them is
    /// waited for: a device that is too slow slows its caller down, and nothing piles up.
    ///
    /// # Errors
    /// [`PaintError`]; nothing was submitted and no number used up. See
    /// [`PaintError::needs_rebuild`].
    pub fn paint(&mut self, picture: &Picture) -> Result<Painted<'_>, PaintError> {
        self.collect()?;
        let number = self.submitted + 1;
        let slot = &mut self.slots[number as usize % FRAMES_IN_FLIGHT];
        if slot.in_flight().is_some() {
            slot.wait(crate::PATIENCE)?;
            self.finished = slot.collect(&mut self.frame)?.unwrap_or(self.finished);
        }
        let left_out = self.sketch.compose(picture, number, &self.names, slot)?;
        let recorder = Recorder {
            allocator: &self.commands,
            press: &self.press,
            pipelines: &self.pipelines,
            generation: self.generation,
            family: self.queue.queue_family_index(),
        };
        slot.submit(&self.sketch, &recorder, number)?;
        self.submitted = number;
        Ok(Painted { number, left_out, newest: self.newest() })
    }

    /// The newest finished frame, without waiting; `None` before the first one.
    ///
    /// # Errors
    /// [`PaintError::DeviceLost`], or another failure of the device.
    pub fn poll(&mut self) -> Result<Option<Finished<'_>>, PaintError> {
        self.collect()?;
        Ok(self.newest())
    }

    /// Waits for the picture submitted last and returns its frame; `None` if there was none.
    /// A caller that wants the frame of this very picture, and not an earlier one, says `paint`
    /// and `finish`.
    ///
    /// # Errors
    /// [`PaintError::TimedOut`] after [`crate::PATIENCE`], or a failure of the device.
    pub fn finish(&mut self) -> Result<Option<Finished<'_>>, PaintError> {
        // The queue works in order: the last one's fence is the last to be signalled.
        self.slots[self.submitted as usize % FRAMES_IN_FLIGHT].wait(crate::PATIENCE)?;
        self.poll()
    }

    fn newest(&self) -> Option<Finished<'_>> {
        (self.finished > 0).then_some(Finished { number: self.finished, frame: &self.frame })
    }

    /// Takes what is finished, the older picture first, so that the newer one stays.
    fn collect(&mut self) -> Result<(), PaintError> {
        for age in (0..FRAMES_IN_FLIGHT as u64).rev() {
            let slot =
                &mut self.slots[self.submitted.wrapping_sub(age) as usize % FRAMES_IN_FLIGHT];
            if let Some(number) = slot.collect(&mut self.frame)? {
                self.finished = number;
            }
        }
        Ok(())
    }

    /// Paints one picture with everything on each slot; drivers compile at the first draw.
    fn warm_up(&mut self) -> Result<(), PaintError> {
        let [width, height] = self.sketch.wall.map(|side| side as f32);
        let rect = Rect { x: 0.0, y: 0.0, width, height };
        let mut picture = Picture::default();
        picture.push(Placement::Full, rect, Paint::Fill(Rgba::BLACK));
        let shaders = self.names.iter().skip(1).take(Picture::MAX_ITEMS - 1);
        for name in shaders {
            let paint = Paint::Shader { name: Arc::clone(name), seconds: 0.0, params: [0.0; 8] };
            picture.push(Placement::Full, rect, paint);
        }
        picture.effects.saturation = 0.5;
        for _ in 0..FRAMES_IN_FLIGHT {
            self.paint(&picture)?;
        }
        for slot in &self.slots {
            slot.wait(crate::COMPILING)?;
        }
        self.poll()?;
        (self.submitted, self.finished) = (0, 0);
        Ok(())
    }
}

fn check(wall: Extent, face: Extent) -> Result<(), OpenError> {
    let fits = |wall: u32, face: u32| {
        (1..=MAX_SIDE).contains(&wall) && face > 0 && wall.is_multiple_of(face)
    };
    if fits(wall.width, face.width) && fits(wall.height, face.height) {
        return Ok(());
    }
    Err(OpenError::Wall { wall, face })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_is_a_grid_of_whole_faces() {
        let wall = |width, height, face| {
            check(Extent { width, height }, Extent { width: face, height: face }).is_ok()
        };
        assert!(wall(256, 64, 64) && wall(1, 1, 1) && wall(4096, 64, 64));
        assert!(!wall(256, 64, 60) && !wall(0, 64, 64) && !wall(64, 64, 0) && !wall(8192, 64, 64));
    }
}
