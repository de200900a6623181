//! What can go wrong, where, and whether waiting helps.

use crate::shader::ShaderError;
use std::error::Error;
use std::time::Duration;
use vulkano::VulkanError;

/// A call to Vulkan that failed.
#[derive(Debug, thiserror::Error)]
#[error("{doing}: {source}")]
pub struct VulkanFault {
    doing: &'static str,
    source: Box<dyn Error + Send + Sync>,
}

impl VulkanFault {
    /// For `map_err`: says what was being done.
    pub(crate) fn doing<E>(doing: &'static str) -> impl FnOnce(E) -> VulkanFault
    where
        E: Error + Send + Sync + 'static,
    {
        move |error| VulkanFault { doing, source: Box::new(error) }
    }

    /// The device is gone: unplugged, reset, or its driver gave up.
    #[must_use]
    pub fn is_device_lost(&self) -> bool {
        self.cause() == Some(VulkanError::DeviceLost)
    }

    /// Memory was short; it may not be in a while.
    #[must_use]
    pub fn is_out_of_memory(&self) -> bool {
        matches!(self.cause(), Some(VulkanError::OutOfHostMemory | VulkanError::OutOfDeviceMemory))
    }

    fn is_timeout(&self) -> bool {
        self.cause() == Some(VulkanError::Timeout)
    }

    /// Vulkan's own result, wherever vulkano wrapped it.
    pub(crate) fn cause(&self) -> Option<VulkanError> {
        let mut next: Option<&(dyn Error + 'static)> = Some(&*self.source);
        while let Some(error) = next {
            if let Some(result) = error.downcast_ref::<VulkanError>() {
                return Some(*result);
            }
            next = error.source();
        }
        None
    }
}

/// A painter that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no Vulkan loader on this machine.
    #[error("no Vulkan loader ({0}); install it: apt install libvulkan1 mesa-vulkan-drivers")]
    NoLoader(VulkanFault),
    /// There is a loader, but no driver that it could load. The loader's own words for this
    /// ("requested version … is not supported by the driver") mislead.
    #[error(
        "no Vulkan driver ({0}); install Mesa's, which paint on the CPU if need be: apt install \
         mesa-vulkan-drivers; if VK_ICD_FILENAMES is set, look whether its file exists"
    )]
    NoDriver(VulkanFault),
    /// No device can draw with Vulkan 1.1 or newer.
    #[error(
        "no device draws with Vulkan 1.1 (found: {}); apt install mesa-vulkan-drivers brings one \
         that needs no GPU",
        list(found)
    )]
    NoDevice {
        /// The devices that were looked at.
        found: Vec<String>,
    },
    /// No device has the name that was asked for.
    #[error("no device is called \"{wanted}\"; there are: {}", list(found))]
    NoSuchDevice {
        /// [`crate::PainterOptions::device`].
        wanted: String,
        /// The names of the devices that could be used.
        found: Vec<String>,
    },
    /// The wall is no grid of whole faces, or too large.
    #[error(
        "a wall of {}x{} pixels is no grid of {}x{} faces with sides of 1 to {} pixels",
        wall.width, wall.height, face.width, face.height, crate::MAX_SIDE
    )]
    Wall {
        /// The wall that was asked for.
        wall: heart_frame::Extent,
        /// The face that was asked for.
        face: heart_frame::Extent,
    },
    /// A shipped shader does not compile here.
    #[error(transparent)]
    Shader(#[from] ShaderError),
    /// The device was there and failed.
    #[error(transparent)]
    Vulkan(#[from] VulkanFault),
    /// The first pictures, which warm the device up, were not painted.
    #[error("warming up: {0}")]
    WarmUp(#[from] PaintError),
}

impl OpenError {
    /// Whether opening again later may succeed with nothing installed or configured anew.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            OpenError::NoLoader(_)
            | OpenError::NoDriver(_)
            | OpenError::NoDevice { .. }
            | OpenError::NoSuchDevice { .. }
            | OpenError::Wall { .. } => false,
            OpenError::Shader(error) => error.is_transient(),
            OpenError::Vulkan(fault) => fault.is_out_of_memory() || fault.is_device_lost(),
            OpenError::WarmUp(error) => error.is_transient() || error.needs_rebuild(),
        }
    }
}

/// A picture that was not painted.
#[derive(Debug, thiserror::Error)]
pub enum PaintError {
    /// The picture names a shader that the painter does not have.
    #[error("no shader is called \"{name}\"; there are: {}", list(known))]
    UnknownShader {
        /// The name in the picture.
        name: String,
        /// The names that are known.
        known: Vec<String>,
    },
    /// A bitmap whose cells do not fill its extent.
    #[error("item {item}: a bitmap of {}x{} has {cells} cells", extent.width, extent.height)]
    Bitmap {
        /// The item's place in the picture, from 0.
        item: usize,
        /// What the bitmap claims.
        extent: heart_frame::Extent,
        /// What it has.
        cells: usize,
    },
    /// The device is gone; this painter paints no more.
    #[error("the device is lost; {0}")]
    DeviceLost(VulkanFault),
    /// The device did not finish a picture in time; it hangs, or it is very slow.
    #[error("picture {number} was not finished in {} s", waited.as_secs())]
    TimedOut {
        /// The picture's number.
        number: u64,
        /// How long was waited: [`crate::PATIENCE`], or [`crate::COMPILING`].
        waited: Duration,
    },
    /// Any other failure of a call.
    #[error(transparent)]
    Vulkan(VulkanFault),
}

impl PaintError {
    /// Whether the same call may succeed a little later on this painter.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            PaintError::UnknownShader { .. }
            | PaintError::Bitmap { .. }
            | PaintError::DeviceLost(_) => false,
            PaintError::TimedOut { .. } => true,
            PaintError::Vulkan(fault) => fault.is_out_of_memory(),
        }
    }

    /// Whether this painter should be dropped and a new one made. The others are faults of the
    /// picture: the next one may be painted.
    #[must_use]
    pub fn needs_rebuild(&self) -> bool {
        match self {
            PaintError::UnknownShader { .. } | PaintError::Bitmap { .. } => false,
            PaintError::DeviceLost(_) | PaintError::TimedOut { .. } | PaintError::Vulkan(_) => true,
        }
    }

    /// A failed wait of `waited` for picture `number`.
    pub(crate) fn waiting(number: u64, waited: Duration, fault: VulkanFault) -> Self {
        if fault.is_timeout() {
            return PaintError::TimedOut { number, waited };
        }
        fault.into()
    }
}

impl From<VulkanFault> for PaintError {
    fn from(fault: VulkanFault) -> Self {
        match fault.is_device_lost() {
            true => PaintError::DeviceLost(fault),
            false => PaintError::Vulkan(fault),
        }
    }
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vulkano::Validated;

    fn fault(error: VulkanError) -> VulkanFault {
        VulkanFault::doing("submitting")(Validated::Error(error))
    }

    #[test]
    fn a_lost_device_is_told_from_other_faults_through_vulkanos_wrappers() {
        let lost = PaintError::from(fault(VulkanError::DeviceLost));
        assert!(matches!(lost, PaintError::DeviceLost(_)), "{lost:?}");
        assert!(lost.needs_rebuild() && !lost.is_transient());
        let memory = PaintError::from(fault(VulkanError::OutOfDeviceMemory));
        assert!(matches!(memory, PaintError::Vulkan(_)) && memory.is_transient(), "{memory:?}");
    }

    #[test]
    fn a_wait_that_ran_out_names_the_picture() {
        let error = PaintError::waiting(7, crate::PATIENCE, fault(VulkanError::Timeout));
        assert_eq!(error.to_string(), "picture 7 was not finished in 5 s");
        let lost = PaintError::waiting(7, crate::PATIENCE, fault(VulkanError::DeviceLost));
        assert!(matches!(lost, PaintError::DeviceLost(_)));
    }

    #[test]
    fn a_fault_of_the_picture_asks_for_no_new_painter() {
        let error = PaintError::UnknownShader { name: "a".into(), known: vec!["b".into()] };
        assert!(!error.needs_rebuild() && !error.is_transient());
        assert_eq!(error.to_string(), "no shader is called \"a\"; there are: b");
    }
}
