//! A wall of moving colours in this terminal, for ten seconds:
//! `cargo run -p heart-output --example terminal`.

use std::num::NonZeroU32;
use std::time::Duration;

use heart_frame::{Frame, Wall};
use heart_output::{OpenError, Origin, OutputConfig, Outputs};

fn main() -> Result<(), OpenError> {
    let fps = NonZeroU32::MIN.saturating_add(29);
    let wall = Wall::cube();
    let origin = Origin { node: "example", wall: &wall };
    let terminal = OutputConfig::Terminal { alternate_screen: false, fps };
    let outputs = Outputs::start(&[terminal], &origin)?;
    let mut frame = Frame::new(wall.extent());
    for step in 0..300u32 {
        for (at, pixel) in (0u32..).zip(frame.bytes_mut().chunks_exact_mut(4)) {
            let (x, y) = (at % 256, at / 256);
            let wave = |value: u32| u8::try_from(value % 256).unwrap_or(0);
            pixel.copy_from_slice(&[wave(x + step * 4), wave(y * 4), wave(255 - x), 255]);
        }
        outputs.set_status_line(&format!("frame {step} of 300"));
        outputs.submit(&frame);
        std::thread::sleep(Duration::from_millis(33));
    }
    outputs.finish();
    Ok(())
}
