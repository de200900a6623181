//! Shaders: WGSL text in, SPIR-V words out.

use crate::error::{PaintError, VulkanFault};
use naga::back::spv;
use naga::proc::{BoundsCheckPolicies, BoundsCheckPolicy};
use naga::valid::{Capabilities, ValidationFlags, Validator};
use std::ops::Range;
use std::sync::Arc;

const PRELUDE: &str = include_str!("../shaders/prelude.wgsl");

/// Names of the vertex and the fragment function in the prelude.
pub(crate) const ENTRIES: [&str; 2] = ["heart_vertex", "heart_fragment"];

/// A shader: a name that pictures call it by, and WGSL with one function
/// `fn paint(at: Pixel) -> vec4<f32>`. What `Pixel` holds and what else is given to it stands in
/// [`Shader::prelude`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shader {
    /// Its name; errors call it `<name>.wgsl`.
    pub name: Arc<str>,
    /// Its text.
    pub source: Arc<str>,
}

impl Shader {
    /// The painter's own shader, for fills and cells.
    pub(crate) fn solid() -> Shader {
        let source = include_str!("../shaders/solid.wgsl");
        Shader { name: "solid".into(), source: source.into() }
    }

    /// The text that is added to every shader; its comments are the manual.
    #[must_use]
    pub fn prelude() -> &'static str {
        PRELUDE
    }

    /// Looks whether the text is a shader, without a device.
    ///
    /// # Errors
    /// [`ShaderError::Source`] with the line and the message of the first fault.
    pub fn check(&self) -> Result<(), ShaderError> {
        self.compile().map(drop)
    }

    /// SPIR-V with both entries of the prelude. Every index into an array is kept inside it.
    pub(crate) fn compile(&self) -> Result<Vec<u32>, ShaderError> {
        self.words(&format!("{}\n{PRELUDE}", self.source))
    }

    /// SPIR-V of the pass that puts effects over the wall; its text is whole by itself.
    pub(crate) fn effects() -> Result<Vec<u32>, ShaderError> {
        let source = include_str!("../shaders/effects.wgsl");
        Shader { name: "effects".into(), source: source.into() }.words(source)
    }

    fn words(&self, text: &str) -> Result<Vec<u32>, ShaderError> {
        let module = naga::front::wgsl::parse_str(text).map_err(|error| {
            let excerpt = error.emit_to_string_with_path(text, &self.file());
            // The first label may lie in the prelude, as where a name is given twice.
            let spans = error.labels().filter_map(|(span, _)| span.to_range());
            match self.place(text, spans) {
                None => self
                    .unfinished()
                    .unwrap_or_else(|| self.fault(None, error.message().to_owned(), excerpt)),
                place => self.fault(place, error.message().to_owned(), excerpt),
            }
        })?;
        let info = Validator::new(ValidationFlags::all(), Capabilities::empty())
            .validate(&module)
            .map_err(|error| {
                let excerpt = error.emit_to_string_with_path(text, &self.file());
                let spans = error.spans().filter_map(|(span, _)| span.to_range());
                self.fault(self.place(text, spans), causes(error.as_inner()), excerpt)
            })?;
        let restrict = BoundsCheckPolicy::Restrict;
        let options = spv::Options {
            lang_version: (1, 3),
            flags: spv::WriterFlags::empty(),
            bounds_check_policies: BoundsCheckPolicies {
                index: restrict,
                buffer: restrict,
                image_load: restrict,
                binding_array: restrict,
            },
            ..spv::Options::default()
        };
        spv::write_vec(&module, &info, &options, None)
            .map_err(|error| self.fault(None, causes(&error), String::new()))
    }

    /// The fault of a text that breaks off: it would be told in the midst of the prelude, which
    /// follows it. The place is its end.
    fn unfinished(&self) -> Option<ShaderError> {
        let error = naga::front::wgsl::parse_str(&self.source).err()?;
        let end = self.source.trim_end().len();
        let mut spans = error.labels().filter_map(|(span, _)| span.to_range());
        spans.next().filter(|span| span.start >= end)?;
        let excerpt = error.emit_to_string_with_path(&self.source, &self.file());
        let last = end.saturating_sub(1)..end;
        let place = self.place(&self.source, [last].into_iter());
        Some(self.fault(place, error.message().to_owned(), excerpt))
    }

    /// The culprit among the spans that a fault has: one within the shader's own text, and of
    /// these the shortest, for the others are what it stands in. Line and column, from 1.
    fn place(
        &self,
        text: &str,
        spans: impl Iterator<Item = Range<usize>>,
    ) -> Option<(usize, usize)> {
        let own = spans.filter(|span| span.start < self.source.len());
        let culprit = own.min_by_key(Range::len)?;
        let before = text.get(..culprit.start)?;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count();
        Some((1 + before.matches('\n').count(), 1 + column))
    }

    fn file(&self) -> String {
        format!("{}.wgsl", self.name)
    }

    /// A fault without a place is one of the prelude's, that is: of what it asks for.
    fn fault(
        &self,
        place: Option<(usize, usize)>,
        mut message: String,
        excerpt: String,
    ) -> ShaderError {
        if place.is_none() {
            message += " (a shader is one `fn paint(at: Pixel) -> vec4<f32>`)";
        }
        ShaderError::Source { name: self.name.as_ref().to_owned(), place, message, excerpt }
    }
}

/// A shader that did not become a pipeline.
#[derive(Debug, thiserror::Error)]
pub enum ShaderError {
    /// The text is not valid WGSL, or not a shader of Heart.
    #[error(
        "{name}.wgsl{}: {message}",
        place.map(|(line, column)| format!(":{line}:{column}")).unwrap_or_default()
    )]
    Source {
        /// The shader's name.
        name: String,
        /// Line and column, from 1, if the fault has a place in the file.
        place: Option<(usize, usize)>,
        /// What is wrong, in one line.
        message: String,
        /// The same with the offending text under it, for a terminal.
        excerpt: String,
    },
    /// The painter holds as many shaders as it may.
    #[error("{name}.wgsl: {most} shaders are loaded already")]
    TooMany {
        /// The shader's name.
        name: String,
        /// The bound, [`crate::MAX_SHADERS`].
        most: usize,
    },
    /// It does not finish a pixel, or the device failed over it.
    #[error("{name}.wgsl: drawing one pixel with it: {fault}")]
    Pixel {
        /// The shader's name.
        name: String,
        /// What went wrong.
        fault: Box<PaintError>,
    },
    /// The compiled shader belongs to another painter: one that was lost meanwhile.
    #[error("{name}.wgsl: compiled for a painter that is gone")]
    Foreign {
        /// The shader's name.
        name: String,
    },
    /// The driver refused valid SPIR-V, or the device failed.
    #[error("{name}.wgsl: {fault}")]
    Driver {
        /// The shader's name.
        name: String,
        /// What Vulkan said.
        fault: VulkanFault,
    },
}

impl ShaderError {
    /// Whether the same text may be accepted later without a change to it.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            ShaderError::Source { .. } | ShaderError::TooMany { .. } => false,
            ShaderError::Foreign { .. } => true,
            ShaderError::Pixel { fault, .. } => fault.is_transient() || fault.needs_rebuild(),
            ShaderError::Driver { fault, .. } => fault.is_out_of_memory(),
        }
    }
}

/// An error and its sources in one line.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(source: &'static str) -> ShaderError {
        Shader { name: "mine".into(), source: source.into() }.check().unwrap_err()
    }

    #[test]
    fn every_shipped_shader_compiles() {
        Shader::solid().check().unwrap();
        for (name, source) in heart_scene::shipped_shaders() {
            Shader { name: name.into(), source: source.into() }.check().unwrap();
        }
    }

    #[test]
    fn a_broken_shader_is_named_with_its_line() {
        let wrong =
            error("// one\nfn paint(at: Pixel) -> vec4<f32> {\n    return vec4(colour);\n}");
        let text = wrong.to_string();
        assert_eq!(text, "mine.wgsl:3:17: no definition in scope for identifier: `colour`");
        let ShaderError::Source { excerpt, .. } = wrong else { panic!("{wrong:?}") };
        assert!(excerpt.contains("mine.wgsl:3"), "{excerpt}");
    }

    #[test]
    fn a_type_error_has_its_line_too() {
        let wrong = error("fn paint(at: Pixel) -> vec4<f32> {\n    return at.seconds;\n}");
        assert!(wrong.to_string().starts_with("mine.wgsl:2:"), "{wrong}");
    }

    #[test]
    fn a_text_without_paint_is_told_what_a_shader_is() {
        let text = error("const A: f32 = 1.0;").to_string();
        assert!(text.starts_with("mine.wgsl: ") && text.contains("fn paint(at: Pixel)"), "{text}");
    }

    #[test]
    fn a_text_that_breaks_off_is_told_at_its_end_and_not_in_the_prelude() {
        let text = error("// one\nfn paint(").to_string();
        assert!(text.starts_with("mine.wgsl:2:9: expected"), "{text}");
        let text = error("fn paint(at: Pixel) -> vec4<f32> {\n    return vec4(1.0);\n").to_string();
        assert!(text.starts_with("mine.wgsl:2:"), "{text}");
    }

    #[test]
    fn an_unfinished_comment_is_an_error_and_no_panic() {
        let text = error("/* fn paint(at: Pixel) -> vec4<f32> {").to_string();
        assert!(text.starts_with("mine.wgsl"), "{text}");
    }

    #[test]
    fn a_text_in_another_tongue_is_an_error_and_no_panic() {
        error("fn paint(ä: Pixel) -> vec4<f32> { «»");
        error("");
        error("\0");
    }
}
