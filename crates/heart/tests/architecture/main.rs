//! That the workspace is what `docs/architecture.md` says.
//!
//! Reads manifests, sources and documents as text; runs nothing and needs no network. Where a
//! document holds something that is made from the manifests, a stale one fails and
//!
//! ```text
//! BLESS=1 cargo test -p heart --test architecture
//! ```
//!
//! repairs it. Each rule is a function from text to a list of complaints, so that it is tried here
//! on a text that breaks it, too: a rule that cannot fail is no rule.

mod diagram;
mod documents;
mod files;
mod manifests;
mod numbers;
mod sources;
mod text;
mod tree;
