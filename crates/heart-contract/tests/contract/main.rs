//! The contract's bytes: what they mean, what is refused, what may be newer, and round trips.

#![expect(clippy::unwrap_used, reason = "in a test, also in what its tests share")]

mod documents;
mod files;
mod fixtures;
mod hostile;
mod known;
mod newer;
mod raw;
mod rejects;
mod round_trip;
