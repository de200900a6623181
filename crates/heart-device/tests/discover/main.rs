//! What is found on a host: trees as kernels lay them out, in folders of their own.

#![expect(clippy::unwrap_used, reason = "tests")]

mod hosts;
mod needs;
mod ports;
mod rules;
mod tree;
