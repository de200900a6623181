//! A swapchain: the images that the window system shows in turn, each with a command buffer that
//! is recorded once and submitted again and again.

use std::sync::Arc;

use heart_frame::Extent;
use vulkano::ValidationError;
use vulkano::command_buffer::allocator::CommandBufferAllocator;
use vulkano::command_buffer::{
    AutoCommandBufferBuilder, CommandBufferSubmitInfo, CommandBufferUsage, RenderPassBeginInfo,
    SemaphoreSubmitInfo, SubmitInfo, SubpassBeginInfo, SubpassEndInfo,
};
use vulkano::device::{Device, DeviceOwned, Queue};
use vulkano::format::Format;
use vulkano::image::view::ImageView;
use vulkano::image::{Image, ImageUsage};
use vulkano::pipeline::graphics::viewport::Viewport;
use vulkano::pipeline::{Pipeline, PipelineBindPoint};
use vulkano::render_pass::{Framebuffer, FramebufferCreateInfo};
use vulkano::swapchain::{
    ColorSpace, CompositeAlpha, PresentInfo, SemaphorePresentInfo, Surface, SurfaceCapabilities,
    Swapchain, SwapchainCreateInfo, SwapchainPresentInfo,
};
use vulkano::sync::semaphore::Semaphore;

use super::ink::Ink;
use crate::error::VulkanFault;

/// How images of a surface store colours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Colours {
    pub(super) format: Format,
    space: ColorSpace,
    /// What is written is encoded as sRGB on the way.
    pub(super) encodes: bool,
}

impl Colours {
    /// A format that stores colours as they are given, so that they equal those of a PNG; else
    /// one that encodes them, for which the shader decodes them before.
    pub(super) fn choose(device: &Device, surface: &Surface) -> Result<Self, VulkanFault> {
        let formats = device
            .physical_device()
            .surface_formats(surface, Default::default())
            .map_err(VulkanFault::doing("asking for the surface's formats"))?;
        Colours::best(&formats).ok_or_else(|| {
            let none = std::io::Error::other("none has 8 bits a channel in sRGB");
            VulkanFault::doing("choosing a format for the window")(none)
        })
    }

    fn best(formats: &[(Format, ColorSpace)]) -> Option<Self> {
        const WANTED: [(Format, bool); 4] = [
            (Format::B8G8R8A8_UNORM, false),
            (Format::R8G8B8A8_UNORM, false),
            (Format::B8G8R8A8_SRGB, true),
            (Format::R8G8B8A8_SRGB, true),
        ];
        let space = ColorSpace::SrgbNonLinear;
        let has = |format: Format| formats.contains(&(format, space));
        let (format, encodes) = WANTED.into_iter().find(|(format, _)| has(*format))?;
        Some(Colours { format, space, encodes })
    }
}

/// The images, for one size of the window.
pub(super) struct Chain {
    pub(super) swapchain: Arc<Swapchain>,
    pub(super) images: Vec<Ready>,
    pub(super) extent: Extent,
}

/// One image, ready to be drawn and presented.
pub(super) struct Ready {
    pub(super) submission: [SubmitInfo; 1],
    pub(super) present: PresentInfo,
}

/// What the images are made with.
pub(super) struct Maker<'a> {
    pub(super) queue: &'a Arc<Queue>,
    pub(super) surface: &'a Arc<Surface>,
    pub(super) commands: &'a Arc<dyn CommandBufferAllocator>,
    pub(super) ink: &'a Ink,
    pub(super) colours: Colours,
    /// Signalled when an image may be drawn into.
    pub(super) acquired: &'a Arc<Semaphore>,
}

impl Maker<'_> {
    /// Images for a window of `size`, in place of `old` ones, with which the device must be done.
    /// `None` while the window has no pixels.
    pub(super) fn make(
        &self,
        size: Extent,
        old: Option<&Arc<Swapchain>>,
    ) -> Result<Option<Chain>, VulkanFault> {
        let device = self.queue.device();
        let can = device
            .physical_device()
            .surface_capabilities(self.surface, Default::default())
            .map_err(VulkanFault::doing("asking what the surface can"))?;
        let extent = extent(&can, size);
        if extent.contains(&0) {
            return Ok(None);
        }
        let info = SwapchainCreateInfo {
            min_image_count: image_count(&can),
            image_format: self.colours.format,
            image_color_space: self.colours.space,
            image_extent: extent,
            image_usage: ImageUsage::COLOR_ATTACHMENT,
            composite_alpha: composite_alpha(&can),
            ..SwapchainCreateInfo::default()
        };
        let made = match old {
            Some(old) => old.recreate(info),
            None => Swapchain::new(Arc::clone(device), Arc::clone(self.surface), info),
        };
        let (swapchain, images) = made.map_err(VulkanFault::doing("making the swapchain"))?;
        let ready = |(index, image)| self.ready(&swapchain, index, image, extent);
        let images = (0..).zip(images).map(ready).collect::<Result<_, _>>()?;
        let [width, height] = extent;
        Ok(Some(Chain { swapchain, images, extent: Extent { width, height } }))
    }

    fn ready(
        &self,
        swapchain: &Arc<Swapchain>,
        index: u32,
        image: Arc<Image>,
        extent: [u32; 2],
    ) -> Result<Ready, VulkanFault> {
        let device = self.queue.device();
        let view = ImageView::new_default(image)
            .map_err(VulkanFault::doing("viewing a window's image"))?;
        let framebuffer = Framebuffer::new(
            Arc::clone(&self.ink.render_pass),
            FramebufferCreateInfo { attachments: vec![view], ..Default::default() },
        )
        .map_err(VulkanFault::doing("making a window's framebuffer"))?;
        let mut commands = AutoCommandBufferBuilder::primary(
            Arc::clone(self.commands),
            self.queue.queue_family_index(),
            CommandBufferUsage::MultipleSubmit,
        )
        .map_err(VulkanFault::doing("beginning a window's command buffer"))?;
        self.record(&mut commands, framebuffer, extent)
            .map_err(VulkanFault::doing("recording a window's command buffer"))?;
        let buffer =
            commands.build().map_err(VulkanFault::doing("building a window's command buffer"))?;
        let drawn = Semaphore::new(Arc::clone(device), Default::default())
            .map_err(VulkanFault::doing("making a semaphore"))?;
        let drawn = Arc::new(drawn);
        let target = SwapchainPresentInfo::swapchain_image_index(Arc::clone(swapchain), index);
        Ok(Ready {
            submission: [SubmitInfo {
                // Nothing begins before the image is there, not even its change of layout.
                wait_semaphores: vec![SemaphoreSubmitInfo::new(Arc::clone(self.acquired))],
                command_buffers: vec![CommandBufferSubmitInfo::new(buffer)],
                signal_semaphores: vec![SemaphoreSubmitInfo::new(Arc::clone(&drawn))],
                ..SubmitInfo::default()
            }],
            present: PresentInfo {
                wait_semaphores: vec![SemaphorePresentInfo::new(drawn)],
                swapchain_infos: vec![target],
                ..PresentInfo::default()
            },
        })
    }

    fn record<L>(
        &self,
        commands: &mut AutoCommandBufferBuilder<L>,
        framebuffer: Arc<Framebuffer>,
        [width, height]: [u32; 2],
    ) -> Result<(), Box<ValidationError>> {
        let begin = RenderPassBeginInfo {
            clear_values: vec![None],
            ..RenderPassBeginInfo::framebuffer(framebuffer)
        };
        let viewport = Viewport {
            offset: [0.0, 0.0],
            extent: [width as f32, height as f32],
            depth_range: 0.0..=1.0,
        };
        commands
            .begin_render_pass(begin, SubpassBeginInfo::default())?
            .bind_pipeline_graphics(Arc::clone(&self.ink.pipeline))?
            .set_viewport(0, [viewport].into_iter().collect())?
            .bind_descriptor_sets(
                PipelineBindPoint::Graphics,
                Arc::clone(self.ink.pipeline.layout()),
                0,
                Arc::clone(&self.ink.set),
            )?;
        #[expect(unsafe_code, reason = "vulkano cannot check what a shader reads")]
        // SAFETY: the shader comes from `view::spirv` alone, which restricts every index to its
        // array, and its two bindings are bound. No vertex or index buffer is read.
        unsafe { commands.draw(3, 1, 0, 0) }?;
        commands.end_render_pass(SubpassEndInfo::default())?;
        Ok(())
    }
}

/// The size that the window system says, or, where the window follows its images (Wayland), the
/// wanted one.
fn extent(can: &SurfaceCapabilities, size: Extent) -> [u32; 2] {
    can.current_extent.unwrap_or_else(|| {
        let within = |side: u32, axis: usize| {
            side.clamp(can.min_image_extent[axis], can.max_image_extent[axis])
        };
        [within(size.width, 0), within(size.height, 1)]
    })
}

/// One more than the least, so that drawing never waits for the one that is shown.
fn image_count(can: &SurfaceCapabilities) -> u32 {
    let count = can.min_image_count + 1;
    can.max_image_count.map_or(count, |most| count.min(most))
}

fn composite_alpha(can: &SurfaceCapabilities) -> CompositeAlpha {
    let can = can.supported_composite_alpha;
    let opaque = CompositeAlpha::Opaque;
    if can.contains_enum(opaque) { opaque } else { can.into_iter().next().unwrap_or(opaque) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_stored_as_given_wherever_a_surface_can() {
        let space = ColorSpace::SrgbNonLinear;
        let best = |formats: &[Format]| {
            let formats: Vec<_> = formats.iter().map(|format| (*format, space)).collect();
            Colours::best(&formats).map(|best| (best.format, best.encodes))
        };
        let (unorm, srgb) = (Format::R8G8B8A8_UNORM, Format::B8G8R8A8_SRGB);
        assert_eq!(best(&[srgb, unorm]), Some((unorm, false)));
        assert_eq!(best(&[srgb]), Some((srgb, true)));
        assert_eq!(best(&[Format::R16G16B16A16_SFLOAT]), None);
    }
}
