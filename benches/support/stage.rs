//! The second half of the path: a controller that shows one scene on the `cube` wall, and a
//! painter that has every shader which comes with Heart.

use std::time::{Duration, Instant};

use heart_event::{Event, Inputs, Keys, Name, Time, What};
use heart_frame::{Picture, Wall};
use heart_scene::{AppController, Geometry, Kind, Program, SceneFiles, shipped_shaders};
use heart_vulkan::{Painter, PainterOptions, Shader};

/// One scene, entered, at 60 frames a second of its own time.
pub struct Stage {
    controller: AppController,
    now: Time,
    /// The picture of the last frame.
    pub picture: Picture,
}

/// A frame's time at 60 frames a second.
const FRAME: Duration = Duration::from_nanos(16_666_667);
/// Frames after which buffers have their size.
const WARM_UP: u32 = 30;

/// The words of all scenes that come with Heart.
#[must_use]
pub fn scenes() -> Vec<String> {
    let kinds = Kind::ALL.iter().map(|kind| kind.word().to_owned());
    kinds.chain(SceneFiles::shipped().names().map(str::to_owned)).collect()
}

impl Stage {
    /// A wall that shows this scene from `now` on. `inputs` are what it begins with.
    ///
    /// # Panics
    /// If there is no such scene.
    #[must_use]
    pub fn new(scene: &str, now: Time, inputs: &Inputs) -> Self {
        let mode = format!("[[mode]]\nname = \"one\"\nscene = [{{ kind = \"{scene}\" }}]");
        let program = Program::parse(scene, &format!("name = \"bench\"\n{mode}"))
            .unwrap_or_else(|error| panic!("{error}"));
        let controller = AppController::new(program, Geometry::from(&Wall::cube()), 7);
        let mut stage = Stage { controller, now, picture: Picture::default() };
        stage.tick(&[enter()], inputs);
        assert!(!stage.controller.status().selecting, "{scene} was entered");
        (0..WARM_UP).for_each(|_| stage.tick(&[], inputs));
        stage
    }

    /// The next frame's picture.
    pub fn tick(&mut self, events: &[Event], inputs: &Inputs) {
        self.tick_at(self.now + FRAME, events, inputs);
    }

    /// The picture of a frame at this time.
    pub fn tick_at(&mut self, now: Time, events: &[Event], inputs: &Inputs) {
        self.now = now;
        self.controller.tick(now, events, inputs, &mut self.picture);
    }

    /// A painter for the `cube` wall on the best device there is. Says which, and ends the
    /// process if there is none: a bench that measured nothing must not look as if it had.
    #[must_use]
    pub fn painter() -> Painter {
        let wall = Wall::cube();
        let options = PainterOptions { wall: wall.extent(), face: wall.face(), device: None };
        let shader =
            |(name, source): (&str, &str)| Shader { name: name.into(), source: source.into() };
        let shaders: Vec<Shader> = shipped_shaders().map(shader).collect();
        let began = Instant::now();
        match Painter::new(&options, &shaders) {
            Ok(painter) => {
                let device = painter.device_name();
                println!("DEVICE {device}, opened in {:.2} s", began.elapsed().as_secs_f64());
                painter
            }
            Err(error) => {
                eprintln!("nothing was measured: no painter: {error}");
                std::process::exit(69);
            }
        }
    }
}

/// Paints a picture and waits until its pixels are read back.
///
/// # Panics
/// If the device fails: what came before it would not be worth reading.
pub fn paint(painter: &mut Painter, picture: &Picture) {
    painter.paint(picture).unwrap_or_else(|error| panic!("{error}"));
    painter.finish().unwrap_or_else(|error| panic!("{error}"));
}

/// Enter, on a keyboard: out of the select screen.
fn enter() -> Event {
    let name = Name::new("keys").expect("a lower-case word is a name");
    Event {
        node: name,
        device: name,
        code: Keys::ENTER,
        what: What::Pressed { count: 1 },
        at: Time::ZERO,
        received_at: Time::ZERO,
        captured_published: Duration::ZERO,
        published_received: Duration::ZERO,
    }
}
