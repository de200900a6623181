//! Pins the source of Google's FlatBuffers compiler; there is nothing to call here.
//!
//! `Cargo.lock` fixes the version and the checksum of `flatc-fork`, which carries the source of
//! flatc 25.12.19: the version of the `flatbuffers` crate, which generated code must match.
//! Debian's own flatc is too old for that crate. The script `build` beside this crate compiles
//! the pinned source. It does not compile *this* crate, because that would build flatc's tests
//! too and optimise all of it: several times as long, for a program that runs for milliseconds.
