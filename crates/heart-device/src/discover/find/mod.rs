//! One file per sort of thing: what the kernel lists of it, and the table that configures each.

pub(super) mod bluetooth;
pub(super) mod gpio;
pub(super) mod i2c;
pub(super) mod input;
pub(super) mod serial;
pub(super) mod sound;
pub(super) mod spi;
