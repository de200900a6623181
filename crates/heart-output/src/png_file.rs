//! A frame as a PNG file, whole or not at all.

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use heart_frame::Frame;
use png::{BitDepth, ColorType, Compression, Encoder, EncodingError, SrgbRenderingIntent};
use thiserror::Error;

/// The largest magnification.
pub const SCALE_MAX: u32 = 16;

/// Why there is no PNG. Waiting helps where the disk was full.
#[derive(Debug, Error)]
pub enum PngError {
    /// The magnification is out of range.
    #[error("scale {scale} of {} is not 1 to {SCALE_MAX}", path.display())]
    Scale {
        /// The file.
        path: PathBuf,
        /// What was asked for.
        scale: u32,
    },
    /// The path has no file name.
    #[error("{} names no file", path.display())]
    NoName {
        /// The path.
        path: PathBuf,
    },
    /// The frame has no pixels, or too many for a PNG.
    #[error("a frame of {width}x{height} is no picture")]
    Empty {
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
    },
    /// The file, or the one beside it that becomes it, cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Writes `frame` to `path`, each pixel as a square of `scale` pixels. The file appears whole:
/// it is written beside `path` and renamed; it is not forced to the disk. sRGB, 8-bit RGBA.
///
/// # Errors
/// See [`PngError`].
pub fn write_png(path: &Path, frame: &Frame, scale: NonZeroU32) -> Result<(), PngError> {
    admit(path, scale)?;
    let (width, height) = (frame.extent().width, frame.extent().height);
    let factor = scale.get();
    let (Some(wide), Some(high)) = (width.checked_mul(factor), height.checked_mul(factor)) else {
        return Err(PngError::Empty { width, height });
    };
    if wide == 0 || high == 0 {
        return Err(PngError::Empty { width, height });
    }
    at_once(path, |beside| write_file(beside, frame, factor, (wide, high)))
}

/// Lets `write` write a file beside `path`, which then becomes it.
pub(crate) fn at_once(
    path: &Path,
    write: impl FnOnce(&Path) -> std::io::Result<()>,
) -> Result<(), PngError> {
    let beside = beside(path)?;
    let written = write(&beside).and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|source| {
        // The error that counts is the first.
        let _ = std::fs::remove_file(&beside);
        PngError::Write { path: path.to_path_buf(), source }
    })
}

/// Whether [`write_png`] could write there.
pub(crate) fn check(path: &Path, scale: NonZeroU32) -> Result<(), PngError> {
    admit(path, scale)?;
    let beside = beside(path)?;
    File::create(&beside)
        .and_then(|_| std::fs::remove_file(&beside))
        .map_err(|source| PngError::Write { path: path.to_path_buf(), source })
}

fn admit(path: &Path, scale: NonZeroU32) -> Result<(), PngError> {
    if scale.get() > SCALE_MAX {
        return Err(PngError::Scale { path: path.to_path_buf(), scale: scale.get() });
    }
    Ok(())
}

/// The name under which the file grows: hidden, and this process's own.
fn beside(path: &Path) -> Result<PathBuf, PngError> {
    let Some(name) = path.file_name() else {
        return Err(PngError::NoName { path: path.to_path_buf() });
    };
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}.part", std::process::id()));
    Ok(path.with_file_name(hidden))
}

fn write_file(
    path: &Path,
    frame: &Frame,
    factor: u32,
    (wide, high): (u32, u32),
) -> std::io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    let mut encoder = Encoder::new(&mut file, wide, high);
    encoder.set_color(ColorType::Rgba);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Fast);
    encoder.set_source_srgb(SrgbRenderingIntent::Perceptual);
    let mut writer = encoder.write_header().map_err(io_error)?;
    let mut stream = writer.stream_writer().map_err(io_error)?;
    let factor = factor as usize;
    let mut row = Vec::with_capacity(wide as usize * 4);
    for pixels in frame.bytes().chunks_exact(frame.extent().width as usize * 4) {
        row.clear();
        for pixel in pixels.chunks_exact(4) {
            for _ in 0..factor {
                row.extend_from_slice(pixel);
            }
        }
        for _ in 0..factor {
            stream.write_all(&row)?;
        }
    }
    stream.finish().map_err(io_error)?;
    writer.finish().map_err(io_error)?;
    file.flush()
}

pub(crate) fn io_error(error: EncodingError) -> std::io::Error {
    match error {
        EncodingError::IoError(error) => error,
        other => std::io::Error::other(other),
    }
}

#[cfg(test)]
mod tests {
    use heart_frame::Extent;

    use super::*;
    use crate::testing::{Folder, decode, numbered};

    fn scale(factor: u32) -> NonZeroU32 {
        NonZeroU32::new(factor).unwrap()
    }

    #[test]
    fn what_is_written_is_read_back_pixel_by_pixel() {
        let folder = Folder::new();
        let path = folder.path().join("a.png");
        let frame = numbered(5, 3);
        write_png(&path, &frame, scale(1)).unwrap();
        assert_eq!(decode(&path), (5, 3, frame.bytes().to_vec()));
        write_png(&path, &frame, scale(3)).unwrap();
        let (width, height, pixels) = decode(&path);
        assert_eq!((width, height), (15, 9));
        for (at, pixel) in pixels.chunks_exact(4).enumerate() {
            let (x, y) = (at as u32 % 15 / 3, at as u32 / 15 / 3);
            assert_eq!(pixel, frame.pixel(x, y).unwrap().0, "{x} {y}");
        }
        assert_eq!(folder.names(), ["a.png"]);
    }

    #[test]
    fn a_file_that_cannot_be_written_is_an_error_and_leaves_nothing() {
        let folder = Folder::new();
        let frame = numbered(2, 2);
        let absent = folder.path().join("absent/a.png");
        assert!(matches!(write_png(&absent, &frame, scale(1)), Err(PngError::Write { .. })));
        assert!(matches!(check(&absent, scale(1)), Err(PngError::Write { .. })));
        // A folder stands where the file should: the rename fails after all was written.
        std::fs::create_dir(folder.path().join("taken")).unwrap();
        let taken = folder.path().join("taken");
        assert!(matches!(write_png(&taken, &frame, scale(1)), Err(PngError::Write { .. })));
        assert_eq!(folder.names(), ["taken"]);
    }

    #[test]
    fn sizes_out_of_range_are_errors() {
        let path = Path::new("/tmp/never.png");
        let refused = write_png(path, &numbered(2, 2), scale(SCALE_MAX + 1));
        assert!(matches!(refused, Err(PngError::Scale { scale: 17, .. })));
        let empty = Frame::new(Extent { width: 0, height: 4 });
        assert!(matches!(write_png(path, &empty, scale(1)), Err(PngError::Empty { .. })));
        let refused = write_png(Path::new("/"), &numbered(2, 2), scale(1));
        assert!(matches!(refused, Err(PngError::NoName { .. })));
    }
}
