//! What flatc made of `schema/`, and the one place where it is let in.
//!
//! `message.rs` is committed, so that building Heart needs no flatc. Never edit it:
//! `tests/generated.rs` makes it anew and compares, and says the command that repairs it.

#[rustfmt::skip]
#[expect(
    unsafe_code,
    clippy::all,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::undocumented_unsafe_blocks,
    clippy::unwrap_used,
    reason = "written by flatc in its own style; its unsafe reads are guarded by the verifier, \
              which `envelope::open` always runs first"
)]
mod message;

pub(crate) use message::heart::wire;
