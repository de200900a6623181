//! heart-vulkan
