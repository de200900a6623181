//! Draws into a window: frame and line in, one image of the swapchain out.
//!
//! One image is in the device's hands at a time: drawing waits for the one before, which at the
//! pace of frames was finished long ago. As in the painter, submissions go through a fence of
//! our own: vulkano's futures panic when the device is lost, which here must be an error.

use std::sync::Arc;
use std::time::Duration;

use heart_frame::{Bitmap, Extent, Frame};
use vulkano::VulkanError;
use vulkano::command_buffer::allocator::{CommandBufferAllocator, StandardCommandBufferAllocator};
use vulkano::device::{DeviceOwned, Queue};
use vulkano::swapchain::{AcquireNextImageInfo, Surface};
use vulkano::sync::fence::{Fence, FenceCreateInfo};
use vulkano::sync::semaphore::Semaphore;
use winit::window::Window;

use super::Look;
use super::chain::{Chain, Colours, Maker};
use super::ink::{self, Ink};
use super::layout::Layout;
use super::view::View;
use crate::error::{OpenError, PaintError, VulkanFault};

/// How long an image is waited for. A window that nobody sees may have none for a while.
const IMAGE_WITHIN: Duration = Duration::from_millis(100);
/// Swapchains made anew for one drawing, while the window is being resized under it.
const TRIES: usize = 3;

/// Everything that draws one window. Made anew as a whole when anything but the size is lost.
pub(super) struct Screen {
    chain: Option<Chain>,
    /// The chain does not fit the surface any more.
    outdated: bool,
    ink: Ink,
    colours: Colours,
    commands: Arc<dyn CommandBufferAllocator>,
    acquired: Arc<Semaphore>,
    fence: Arc<Fence>,
    in_flight: bool,
    drawings: u64,
    surface: Arc<Surface>,
    queue: Arc<Queue>,
}

/// What a window shows.
pub(super) struct Show<'a> {
    pub(super) frame: &'a Frame,
    /// The line in the bar; `None` without a bar.
    pub(super) text: Option<&'a Bitmap>,
    pub(super) look: Look,
}

/// What became of a drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drawn {
    /// The window system has it.
    Presented,
    /// It has no image for us now, or the window has no pixels.
    NoImage,
}

impl Screen {
    pub(super) fn open(
        window: &Arc<Window>,
        wanted: Option<&str>,
        wall: Extent,
    ) -> Result<Self, OpenError> {
        let (surface, queue) = ink::open(window, wanted)?;
        let device = queue.device();
        let colours = Colours::choose(device, &surface)?;
        let ink = Ink::new(device, colours.format, wall)?;
        let commands = StandardCommandBufferAllocator::new(Arc::clone(device), Default::default());
        let fence = Fence::new(Arc::clone(device), FenceCreateInfo::default())
            .map_err(VulkanFault::doing("making a fence"))?;
        let acquired = Semaphore::new(Arc::clone(device), Default::default())
            .map_err(VulkanFault::doing("making a semaphore"))?;
        Ok(Screen {
            chain: None,
            outdated: false,
            ink,
            colours,
            commands: Arc::new(commands),
            acquired: Arc::new(acquired),
            fence: Arc::new(fence),
            in_flight: false,
            drawings: 0,
            surface,
            queue,
        })
    }

    /// Draws into a window of `size`, with a bar for `line_chars` characters if there is one;
    /// `text` makes the line for the number of characters that fit.
    pub(super) fn draw(&mut self, size: Extent, show: &Show<'_>) -> Result<Drawn, PaintError> {
        self.wait()?;
        for _ in 0..TRIES {
            let Some(index) = self.acquire(size)? else { return Ok(Drawn::NoImage) };
            let Some(index) = index else { continue };
            return self.present(index, show);
        }
        Ok(Drawn::NoImage)
    }

    /// Waits until the device has drawn what it was given, at most [`crate::PATIENCE`].
    pub(super) fn wait(&mut self) -> Result<(), PaintError> {
        if std::mem::take(&mut self.in_flight) {
            self.fence
                .wait(Some(crate::PATIENCE))
                .map_err(VulkanFault::doing("waiting for a window's image"))
                .map_err(|fault| PaintError::waiting(self.drawings, crate::PATIENCE, fault))?;
        }
        Ok(())
    }

    /// An image to draw into; outer `None` if there is none now, inner `None` if the chain did
    /// not fit and should be made again.
    fn acquire(&mut self, size: Extent) -> Result<Option<Option<usize>>, PaintError> {
        if self.outdated || self.chain.is_none() {
            self.remake(size)?;
        }
        let Some(chain) = &self.chain else { return Ok(None) };
        let info = AcquireNextImageInfo {
            timeout: Some(IMAGE_WITHIN),
            semaphore: Some(Arc::clone(&self.acquired)),
            ..Default::default()
        };
        #[expect(unsafe_code, reason = "vulkano's acquire future panics when a device is lost")]
        // SAFETY: at most one image of the chain is acquired at a time, and a timeout is given.
        // The semaphore is kept by `self` and by the submission that waits for it, and it is
        // unsignalled: the submission that waited for it last has ended, since `draw` waits for
        // its fence, and an acquire that failed signals nothing.
        let acquired = unsafe { chain.swapchain.acquire_next_image(&info) };
        match acquired {
            Ok(image) => {
                self.outdated |= image.is_suboptimal;
                Ok(Some(Some(image.image_index as usize)))
            }
            Err(error) => {
                let fault = VulkanFault::doing("asking for a window's image")(error);
                match fault.cause() {
                    Some(VulkanError::Timeout | VulkanError::NotReady) => Ok(None),
                    Some(VulkanError::OutOfDate) => {
                        self.outdated = true;
                        Ok(Some(None))
                    }
                    _ => Err(fault.into()),
                }
            }
        }
    }

    fn present(&mut self, index: usize, show: &Show<'_>) -> Result<Drawn, PaintError> {
        let Some(chain) = &self.chain else { return Ok(Drawn::NoImage) };
        let (wall, window) = (show.frame.extent(), chain.extent);
        let chars = show.text.map(|text| chars(text.extent.width));
        let layout = Layout::new(wall, window, chars);
        let empty = Bitmap { extent: Extent { width: 0, height: 0 }, cells: [].into() };
        let text = show.text.unwrap_or(&empty);
        let view = View::new((wall, window), &layout, text, show.look, self.colours.encodes);
        self.ink.write(view, show.frame, text)?;
        let Some(ready) = chain.images.get(index) else { return Ok(Drawn::NoImage) };
        #[expect(unsafe_code, reason = "vulkano's futures panic when a device is lost")]
        // SAFETY: the device is done with the submission before (`draw` waited), so it uses
        // neither fence nor command buffer nor the buffers that they read; all are kept by `self`
        // until `drop` has waited. The image was acquired from this chain, its layout is changed
        // by the command buffer, which waits for the acquire's semaphore. Presenting waits for
        // the semaphore that this submission signals; that one is the image's own, and the image
        // was acquired again, so the presentation before has taken its signal.
        let shown = unsafe {
            self.fence.reset().map_err(VulkanFault::doing("resetting a fence"))?;
            self.queue.with(|mut queue| {
                queue
                    .submit(&ready.submission, Some(&self.fence))
                    .map_err(VulkanFault::doing("drawing a window"))?;
                let mut shown =
                    queue.present(&ready.present).map_err(VulkanFault::doing("showing"))?;
                shown.next().unwrap_or(Ok(false)).map_err(VulkanFault::doing("showing a window"))
            })
        };
        (self.in_flight, self.drawings) = (true, self.drawings + 1);
        match shown {
            Ok(suboptimal) => self.outdated |= suboptimal,
            Err(fault) if fault.cause() == Some(VulkanError::OutOfDate) => self.outdated = true,
            Err(fault) => return Err(fault.into()),
        }
        Ok(Drawn::Presented)
    }

    /// Makes the chain anew, for the size that the window has now.
    fn remake(&mut self, size: Extent) -> Result<(), PaintError> {
        let old = self.chain.take();
        self.rest()?;
        let maker = Maker {
            queue: &self.queue,
            surface: &self.surface,
            commands: &self.commands,
            ink: &self.ink,
            colours: self.colours,
            acquired: &self.acquired,
        };
        self.chain = maker.make(size, old.as_ref().map(|old| &old.swapchain))?;
        self.outdated = false;
        Ok(())
    }

    /// The window has another size.
    pub(super) fn resized(&mut self) {
        self.outdated = true;
    }

    /// Waits until the device uses nothing of a chain any more, presenting included.
    fn rest(&self) -> Result<(), PaintError> {
        self.queue
            .with(|mut queue| queue.wait_idle())
            .map_err(VulkanFault::doing("waiting for a window's device"))?;
        Ok(())
    }
}

impl Drop for Screen {
    /// On a device that is lost nothing is in use any more.
    fn drop(&mut self) {
        let _ = self.rest();
    }
}

/// Characters of a text that is so wide, in font pixels.
fn chars(width: u32) -> usize {
    (width.saturating_add(1) / (heart_frame::GLYPH_WIDTH + 1)) as usize
}
