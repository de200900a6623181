//! What several tests of this crate need.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use heart_frame::{Extent, Frame, Wall};

use crate::{OpenError, Origin, OutputConfig, Outputs};

/// The outputs of a cube.
pub(crate) fn start(configs: &[OutputConfig]) -> Result<Outputs, OpenError> {
    Outputs::start(configs, &Origin { node: "wall-1", wall: &Wall::cube() })
}

/// A frame whose bytes all differ from their neighbours.
pub(crate) fn numbered(width: u32, height: u32) -> Frame {
    let mut frame = Frame::new(Extent { width, height });
    for (at, byte) in frame.bytes_mut().iter_mut().enumerate() {
        *byte = u8::try_from(at * 7 % 251).unwrap();
    }
    frame
}

/// Width, height and RGBA pixels of a PNG file.
pub(crate) fn decode(path: &Path) -> (u32, u32, Vec<u8>) {
    let file = std::io::BufReader::new(std::fs::File::open(path).unwrap());
    let mut reader = png::Decoder::new(file).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    pixels.truncate(info.buffer_size());
    (info.width, info.height, pixels)
}

/// A folder that goes with the test that made it.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("heart-output-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Everything in it, hidden files too.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that stays behind in /tmp harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
