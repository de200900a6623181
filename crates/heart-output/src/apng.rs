//! The next seconds of the wall as an animated PNG, once.
//!
//! Frames are kept in memory, at most [`BYTES_MAX`], and written when they are all there, or at
//! the end. The file appears whole or not at all, and is never replaced by later frames.

use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use heart_frame::{Extent, Frame};
use png::{BitDepth, ColorType, Compression, Encoder, SrgbRenderingIntent};
use serde::{Deserialize, Deserializer, Serialize};

use crate::led::config::within;
use crate::png_file::{PngError, at_once, io_error};
use crate::sink::Due;

/// What the frames of one animation may take in memory: 1,024 frames of 256x64.
pub(crate) const BYTES_MAX: u64 = 64 << 20;

/// `kind = "apng"`: an animated PNG of the next seconds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ApngConfig {
    /// Where. The folder must exist; a reader never sees half a file.
    pub file: PathBuf,
    /// How long, 1 to 60 s. All its frames together may take at most 64 MiB.
    #[serde(default = "five", deserialize_with = "seconds")]
    pub seconds: u32,
    /// Frames a second at most, 1 to 60.
    #[serde(default = "thirty", deserialize_with = "rate")]
    pub fps: u32,
}

impl ApngConfig {
    /// Frames at most.
    pub(crate) fn frames(&self) -> u32 {
        self.seconds.saturating_mul(self.fps)
    }

    /// What they take in memory.
    pub(crate) fn bytes(&self, wall: Extent) -> u64 {
        u64::from(self.frames()) * u64::from(wall.width) * u64::from(wall.height) * 4
    }
}

/// An animation in the making.
#[derive(Debug)]
pub(crate) struct Apng {
    config: ApngConfig,
    frames: Vec<(Instant, Frame)>,
    written: bool,
}

impl Apng {
    pub(crate) fn new(config: &ApngConfig) -> Self {
        Apng { config: config.clone(), frames: Vec::new(), written: false }
    }

    /// When the next frame is wanted; never again once all is written.
    pub(crate) fn due(&self) -> Due {
        let interval = Duration::from_secs(1) / self.config.fps.max(1);
        match self.frames.last() {
            _ if self.written => Due::Never,
            Some((at, _)) => Due::At(*at + interval),
            None => Due::Now,
        }
    }

    /// Keeps a frame; writes all where it is the last one.
    pub(crate) fn show(&mut self, frame: &Frame, now: Instant) -> Result<(), PngError> {
        if self.written {
            return Ok(());
        }
        self.frames.push((now, frame.clone()));
        let (first, _) = self.frames.first().ok_or(EMPTY)?;
        let over = now.duration_since(*first) >= Duration::from_secs(self.config.seconds.into());
        if over || self.frames.len() >= self.config.frames() as usize {
            return self.finish();
        }
        Ok(())
    }

    /// Writes what is there, if that is not done.
    pub(crate) fn finish(&mut self) -> Result<(), PngError> {
        if self.written || self.frames.is_empty() {
            return Ok(());
        }
        // Also where it fails: the memory is given back, and the error is said once.
        self.written = true;
        let frames = std::mem::take(&mut self.frames);
        let file = &self.config.file;
        at_once(file, |beside| write(beside, &frames))?;
        tracing::info!(output = "apng", file = %file.display(), frames = frames.len(), "written");
        Ok(())
    }
}

const EMPTY: PngError = PngError::Empty { width: 0, height: 0 };

fn write(path: &std::path::Path, frames: &[(Instant, Frame)]) -> std::io::Result<()> {
    let Some(((_, first), count)) = frames.first().zip(u32::try_from(frames.len()).ok()) else {
        return Ok(());
    };
    let mut file = BufWriter::new(File::create(path)?);
    let Extent { width, height } = first.extent();
    let mut encoder = Encoder::new(&mut file, width, height);
    encoder.set_color(ColorType::Rgba);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Fast);
    encoder.set_source_srgb(SrgbRenderingIntent::Perceptual);
    encoder.set_animated(count, 0).map_err(io_error)?;
    let mut writer = encoder.write_header().map_err(io_error)?;
    // A frame stands until the next one came; the last one as long as the one before it.
    let mut millis = 100;
    for (at, (came, frame)) in frames.iter().enumerate() {
        if let Some((next, _)) = frames.get(at + 1) {
            millis = u16::try_from(next.duration_since(*came).as_millis()).unwrap_or(u16::MAX);
        }
        writer.set_frame_delay(millis, 1000).map_err(io_error)?;
        writer.write_image_data(frame.bytes()).map_err(io_error)?;
    }
    writer.finish().map_err(io_error)?;
    std::io::Write::flush(&mut file)
}

fn five() -> u32 {
    5
}

fn thirty() -> u32 {
    30
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    within("seconds", u32::deserialize(deserializer)?, 1, 60)
}

fn rate<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    within("fps", u32::deserialize(deserializer)?, 1, 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Folder, numbered};

    fn apng(folder: &Folder, text: &str) -> Apng {
        let file = folder.path().join("a.png");
        let text = format!("file = {:?}\n{text}", file.display().to_string());
        Apng::new(&toml::from_str(&text).unwrap())
    }

    /// Delays in ms and pixels of each frame.
    fn decode(folder: &Folder) -> Vec<(u16, Vec<u8>)> {
        let file = File::open(folder.path().join("a.png")).unwrap();
        let mut reader = png::Decoder::new(std::io::BufReader::new(file)).read_info().unwrap();
        let count = reader.info().animation_control().unwrap().num_frames;
        let mut frames = Vec::new();
        for _ in 0..count {
            let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
            reader.next_frame(&mut pixels).unwrap();
            let control = reader.info().frame_control().unwrap();
            assert_eq!(control.delay_den, 1000);
            frames.push((control.delay_num, pixels));
        }
        frames
    }

    #[test]
    fn all_frames_are_in_the_file_with_the_times_between_them_and_none_after() {
        let folder = Folder::new();
        let mut apng = apng(&folder, "seconds = 1\nfps = 4");
        let start = Instant::now();
        let mut frame = numbered(5, 3);
        let mut expected = Vec::new();
        for (number, at) in [(1, 0), (2, 250), (3, 510), (4, 760), (5, 1010)] {
            assert_eq!(apng.due() == Due::Never, number == 5);
            frame.bytes_mut()[0] = number;
            apng.show(&frame, start + Duration::from_millis(at)).unwrap();
            expected.push(frame.bytes().to_vec());
        }
        apng.finish().unwrap();
        let decoded = decode(&folder);
        let delays: Vec<u16> = decoded.iter().map(|(delay, _)| *delay).collect();
        assert_eq!(delays, [250, 260, 250, 250]);
        let pixels: Vec<Vec<u8>> = decoded.into_iter().map(|(_, pixels)| pixels).collect();
        assert_eq!(pixels, expected[..4]);
        assert_eq!(folder.names(), ["a.png"]);
    }

    #[test]
    fn an_early_end_writes_what_is_there() {
        let folder = Folder::new();
        let mut early = apng(&folder, "");
        early.show(&numbered(2, 2), Instant::now()).unwrap();
        assert!(folder.names().is_empty());
        early.finish().unwrap();
        assert_eq!(decode(&folder).len(), 1);
        apng(&folder, "").finish().unwrap();
        assert_eq!(decode(&folder).len(), 1, "no frame, no file");
    }

    #[test]
    fn its_length_and_memory_are_bounded() {
        let config = |text: &str| toml::from_str::<ApngConfig>(&format!("file = 'a'\n{text}"));
        let cube = Extent { width: 256, height: 64 };
        assert_eq!(config("").unwrap().bytes(cube), 150 << 16);
        assert!(config("seconds = 61").is_err() && config("fps = 0").is_err());
        assert!(config("seconds = 60\nfps = 60").unwrap().bytes(cube) > BYTES_MAX);
    }
}
