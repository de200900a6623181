//! What a frame of each scene costs: advancing and painting, without a painter's work.
//!
//! ```text
//! cargo run --release -p heart-scene --example scene_cost
//! ```
//!
//! A wall of 256 by 64 at 240 frames a second has 4.2 ms for each.

use std::hint::black_box;
use std::time::{Duration, Instant};

use heart_event::{Code, Event, Inputs, Keys, Name, Time, What};
use heart_frame::{Picture, Wall};
use heart_scene::{AppController, Geometry, Kind, Program, ProgramError};

/// Frames that are measured, 240 a second of a scene's time.
const FRAMES: usize = 4_800;
const FRAME: Duration = Duration::from_nanos(4_166_667);

fn main() -> Result<(), ProgramError> {
    println!("{:<14} {:>10} {:>10} {:>10}", "scene", "mean us", "median us", "p99 us");
    for kind in Kind::ALL {
        let mut taken = measure(kind)?;
        taken.sort_unstable();
        let mean = taken.iter().sum::<Duration>() / FRAMES as u32;
        let micros = |span: Duration| span.as_secs_f64() * 1e6;
        let [median, p99] = [50, 99].map(|percent| taken[FRAMES * percent / 100]);
        let [mean, median, p99] = [mean, median, p99].map(micros);
        println!("{:<14} {mean:>10.1} {median:>10.1} {p99:>10.1}", kind.word());
    }
    Ok(())
}

fn measure(kind: Kind) -> Result<Vec<Duration>, ProgramError> {
    let word = kind.word();
    let mode = format!("[[mode]]\nname = \"m\"\nscene = [{{ kind = \"{word}\" }}]");
    let program = Program::parse("cost", &format!("name = \"p\"\n{mode}"))?;
    let mut controller = AppController::new(program, Geometry::from(&Wall::cube()), 1);
    let (mut now, mut picture, inputs) = (Time::ZERO, Picture::default(), Inputs::default());
    let enter: Vec<Event> = Name::new("keys").map(enter).into_iter().collect();
    controller.tick(now, &enter, &inputs, &mut picture);
    let frame = |_| {
        now = now + FRAME;
        let began = Instant::now();
        controller.tick(now, &[], &inputs, &mut picture);
        black_box(&picture);
        began.elapsed()
    };
    Ok((0..FRAMES).map(frame).collect())
}

fn enter(keys: Name) -> Event {
    Event {
        node: keys,
        device: keys,
        code: Code(Keys::ENTER.0),
        what: What::Pressed { count: 1 },
        at: Time::ZERO,
        received_at: Time::ZERO,
        captured_published: Duration::ZERO,
        published_received: Duration::ZERO,
    }
}
