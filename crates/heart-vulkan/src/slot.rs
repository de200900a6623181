//! A slot: everything that one frame in flight needs, made once and used again.
//!
//! While its frame is in flight, only the device touches a slot; the fence says when that ends.
//! Bitmaps lie in each slot's own buffer, so that one is never written while another frame reads
//! it: it is uploaded once per slot.

use crate::cells::{Cells, Place};
use crate::compose::Sketch;
use crate::device::{Memory, host_buffer, target};
use crate::error::{PaintError, VulkanFault};
use crate::pipeline::Press;
use crate::record::{Recorded, Recorder};
use crate::sheet::{Run, Sheet};
use heart_frame::{Bitmap, Extent, Frame};
use std::sync::Arc;
use std::time::Duration;
use vulkano::buffer::{BufferUsage, Subbuffer};
use vulkano::command_buffer::DrawIndirectCommand;
use vulkano::descriptor_set::allocator::DescriptorSetAllocator;
use vulkano::descriptor_set::{DescriptorSet, WriteDescriptorSet};
use vulkano::device::Queue;
use vulkano::image::Image;
use vulkano::image::view::ImageView;
use vulkano::memory::allocator::MemoryAllocator;
use vulkano::render_pass::{Framebuffer, FramebufferCreateInfo};
use vulkano::sync::fence::{Fence, FenceCreateInfo};

/// One of the painter's frames in flight.
pub(crate) struct Slot {
    sheet: Subbuffer<Sheet>,
    draws: Subbuffer<[DrawIndirectCommand]>,
    cell_buffer: Subbuffer<[u32]>,
    cells: Cells,
    /// What the command buffer refers to.
    pub(crate) targets: Targets,
    recorded: Option<Recorded>,
    fence: Arc<Fence>,
    queue: Arc<Queue>,
    in_flight: Option<u64>,
}

/// What a command buffer of a slot draws with, into, and copies to.
pub(crate) struct Targets {
    pub(crate) image: Arc<Image>,
    pub(crate) framebuffer: Arc<Framebuffer>,
    pub(crate) set: Arc<DescriptorSet>,
    pub(crate) after: After,
    pub(crate) read_back: Subbuffer<[u8]>,
}

/// What the pass of the effects draws into, and its descriptors, which hold the first image.
pub(crate) struct After {
    pub(crate) image: Arc<Image>,
    pub(crate) framebuffer: Arc<Framebuffer>,
    pub(crate) set: Arc<DescriptorSet>,
}

impl Slot {
    pub(crate) fn new(
        queue: &Arc<Queue>,
        press: &Press,
        memory: &Arc<dyn MemoryAllocator>,
        sets: &Arc<dyn DescriptorSetAllocator>,
        wall: Extent,
        capacity: usize,
    ) -> Result<Self, VulkanFault> {
        let pixels = wall.width as usize * wall.height as usize;
        let most = heart_frame::Picture::MAX_ITEMS as u64;
        let sheet = host_buffer(memory, BufferUsage::UNIFORM_BUFFER, Memory::Written, 1)?;
        let draws = host_buffer(memory, BufferUsage::INDIRECT_BUFFER, Memory::Written, most)?;
        let cell_buffer =
            host_buffer(memory, BufferUsage::STORAGE_BUFFER, Memory::Written, capacity as u64)?;
        let read_back =
            host_buffer(memory, BufferUsage::TRANSFER_DST, Memory::Read, 4 * pixels as u64)?;
        let Canvas { image, view, framebuffer } = Canvas::new(press, memory, wall)?;
        let second = Canvas::new(press, memory, wall)?;
        let sheet: Subbuffer<[Sheet]> = sheet;
        let sheet = sheet.index(0);
        let writes = [
            WriteDescriptorSet::buffer(0, sheet.clone()),
            WriteDescriptorSet::buffer(1, Subbuffer::clone(&cell_buffer)),
        ];
        let set = DescriptorSet::new(Arc::clone(sets), Arc::clone(&press.set_layout), writes, [])
            .map_err(VulkanFault::doing("making the descriptors"))?;
        let writes =
            [WriteDescriptorSet::buffer(0, sheet.clone()), WriteDescriptorSet::image_view(1, view)];
        let layout = Arc::clone(&press.effects.set_layout);
        let second_set = DescriptorSet::new(Arc::clone(sets), layout, writes, [])
            .map_err(VulkanFault::doing("making the effects' descriptors"))?;
        let (image_after, framebuffer_after) = (second.image, second.framebuffer);
        let after = After { image: image_after, framebuffer: framebuffer_after, set: second_set };
        let fence = Fence::new(Arc::clone(&press.frame.device), FenceCreateInfo::default())
            .map_err(VulkanFault::doing("making a fence"))?;
        Ok(Slot {
            sheet,
            draws,
            cell_buffer,
            cells: Cells::new(capacity),
            targets: Targets { image, framebuffer, set, after, read_back },
            recorded: None,
            fence: Arc::new(fence),
            queue: Arc::clone(queue),
            in_flight: None,
        })
    }

    /// The number of the picture that the device is working on.
    pub(crate) fn in_flight(&self) -> Option<u64> {
        self.in_flight
    }

    /// The first cell of a bitmap in this slot's buffer, uploaded if it is new; `None` if there
    /// is no room. The slot must not be in flight.
    pub(crate) fn upload(
        &mut self,
        bitmap: &Bitmap,
        number: u64,
    ) -> Result<Option<u32>, VulkanFault> {
        let first = match self.cells.place(&bitmap.cells, number) {
            Place::Kept(first) => return Ok(Some(first as u32)),
            Place::Full => return Ok(None),
            Place::New(first) => first,
        };
        let range = first as u64..(first + bitmap.cells.len()) as u64;
        let part = self.cell_buffer.clone().slice(range);
        match part.write() {
            Ok(mut cells) => {
                for (to, from) in cells.iter_mut().zip(bitmap.cells.iter()) {
                    *to = u32::from_le_bytes(from.0);
                }
                Ok(Some(first as u32))
            }
            Err(error) => {
                // What was promised to lie there does not.
                self.cells.clear();
                Err(VulkanFault::doing("uploading cells")(error))
            }
        }
    }

    /// Forgets all bitmaps, so that the next ones are packed without gaps.
    pub(crate) fn forget_bitmaps(&mut self) {
        self.cells.clear();
    }

    /// Hands a composed picture to the device and does not wait. The slot must not be in flight.
    pub(crate) fn submit(
        &mut self,
        sketch: &Sketch,
        recorder: &Recorder<'_>,
        number: u64,
    ) -> Result<(), PaintError> {
        self.write(sketch)?;
        let recorded = match self.recorded.take() {
            Some(recorded) if recorded.fits(sketch, recorder.generation) => recorded,
            _ => recorder.record(sketch, &self.targets, &self.draws)?,
        };
        let recorded = self.recorded.insert(recorded);
        #[expect(unsafe_code, reason = "vulkano's futures panic when a device is lost")]
        // SAFETY: the slot is not in flight, so the device uses neither fence nor command buffer
        // nor any buffer or image in it, and no other queue or slot does. All of them are kept
        // until the fence has been signalled: a `Recorded` is replaced only then, and `drop`
        // waits for it or leaks them. The host touches no buffer of the slot before that either,
        // since `collect` alone ends the flight. The image's contents before are not used.
        let submitted = unsafe {
            self.fence.reset().map_err(VulkanFault::doing("resetting a fence"))?;
            self.queue.with(|mut queue| queue.submit(&recorded.submission, Some(&self.fence)))
        };
        submitted.map_err(VulkanFault::doing("submitting a picture"))?;
        self.in_flight = Some(number);
        Ok(())
    }

    /// Copies the sheet and the draws to where the device reads them.
    fn write(&mut self, sketch: &Sketch) -> Result<(), VulkanFault> {
        let doing = "writing the sheet";
        let mut sheet = self.sheet.write().map_err(VulkanFault::doing(doing))?;
        (sheet.wall, sheet.face) = (sketch.wall, sketch.face);
        (sheet.effects, sheet.inputs) = (sketch.effects.unwrap_or_default(), sketch.inputs);
        for (to, from) in sheet.records.iter_mut().zip(&sketch.records) {
            *to = *from;
        }
        let mut draws = self.draws.write().map_err(VulkanFault::doing(doing))?;
        for (to, run) in draws.iter_mut().zip(&sketch.runs) {
            *to = draw(run, sketch.faces);
        }
        Ok(())
    }

    /// Ends the flight if the device has finished, and copies its pixels into `frame`. Returns
    /// the picture's number; `None` if there is none or it is not finished.
    pub(crate) fn collect(&mut self, frame: &mut Frame) -> Result<Option<u64>, PaintError> {
        let Some(number) = self.in_flight else { return Ok(None) };
        if !self.fence.is_signaled().map_err(VulkanFault::doing("asking for a picture"))? {
            return Ok(None);
        }
        self.in_flight = None;
        let doing = "reading a picture back";
        let pixels = self.targets.read_back.read().map_err(VulkanFault::doing(doing))?;
        frame.bytes_mut().copy_from_slice(&pixels);
        Ok(Some(number))
    }

    /// Waits until the device has finished, at most `patience`.
    pub(crate) fn wait(&self, patience: Duration) -> Result<(), PaintError> {
        let Some(number) = self.in_flight else { return Ok(()) };
        self.fence
            .wait(Some(patience))
            .map_err(VulkanFault::doing("waiting for a picture"))
            .map_err(|fault| PaintError::waiting(number, patience, fault))
    }
}

impl Drop for Slot {
    /// Waits for the device. If it hangs, what it may still use is leaked, for freeing it under
    /// the device's hands would be worse; on a lost device nothing is in use any more.
    fn drop(&mut self) {
        if let Err(PaintError::TimedOut { .. }) = self.wait(crate::PATIENCE) {
            let used = self.recorded.as_ref().map(|recorded| recorded.submission.clone());
            std::mem::forget((used, Arc::clone(&self.fence), Arc::clone(&self.queue)));
        }
    }
}

/// An image of the wall's size that a pass draws into.
struct Canvas {
    image: Arc<Image>,
    view: Arc<ImageView>,
    framebuffer: Arc<Framebuffer>,
}

impl Canvas {
    fn new(
        press: &Press,
        memory: &Arc<dyn MemoryAllocator>,
        wall: Extent,
    ) -> Result<Self, VulkanFault> {
        let image = target(memory, wall)?;
        let view = ImageView::new_default(Arc::clone(&image))
            .map_err(VulkanFault::doing("viewing the image"))?;
        let attachments = vec![Arc::clone(&view)];
        let info = FramebufferCreateInfo { attachments, ..FramebufferCreateInfo::default() };
        let framebuffer = Framebuffer::new(Arc::clone(&press.frame.render_pass), info)
            .map_err(VulkanFault::doing("making the framebuffer"))?;
        Ok(Canvas { image, view, framebuffer })
    }
}

fn draw(run: &Run, faces: u32) -> DrawIndirectCommand {
    DrawIndirectCommand {
        vertex_count: 6 * run.count,
        instance_count: faces,
        first_vertex: 6 * run.first,
        // Anything else needs a device feature.
        first_instance: 0,
    }
}
