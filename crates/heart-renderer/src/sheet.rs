//! A contact sheet: every scene at three moments, painted as a wall would show it.
//!
//! Nothing of a running renderer takes part: no configuration, no link, no clock. Each scene is
//! played by a controller of its own, with times and hands that are made here (`hands`), so
//! that the same version on the same device gives the same sheet.

mod hands;
mod page;

use std::path::Path;
use std::time::Duration;

use heart_event::{Code, Event, Inputs, Keys, Name, Time, What};
use heart_frame::{Frame, Picture, Wall};
use heart_scene::{AppController, Geometry, Kind, Program, ProgramError, SceneFiles};
use heart_vulkan::{OpenError, PaintError, Painter, PainterOptions};
use thiserror::Error;

use crate::plan::{PlanError, ProgramText};
use crate::scenes::shaders;
use hands::Hands;

/// A sheet of tiles.
pub struct Sheet {
    tiles: Vec<Tile>,
}

/// One scene of the sheet.
pub struct Tile {
    /// What stands above it.
    pub title: String,
    /// The wall at three moments.
    pub moments: [Frame; 3],
}

/// Why there is no sheet.
#[derive(Debug, Error)]
pub enum SheetError {
    /// There is no painter. The message names what is missing and the package that brings it.
    #[error(transparent)]
    Painter(#[from] OpenError),
    /// A picture was not painted.
    #[error("a scene was not painted")]
    Paint(#[from] PaintError),
    /// The program is not one, or not there; waiting does not help.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The program that was made for the sheet is refused: a fault of this program.
    #[error(transparent)]
    Program(#[from] ProgramError),
}

/// When a scene is looked at, since it was entered.
const MOMENTS: [Duration; 3] =
    [Duration::from_millis(2_000), Duration::from_millis(6_500), Duration::from_millis(13_500)];
/// What passes between two frames. Scenes go the same way at every rate.
const FRAME: Duration = Duration::from_millis(50);
/// What everything random is drawn from.
const SEED: u64 = 26;
/// The scene that has nothing to show.
const DARK: &str = "sleep";

impl Sheet {
    /// Every scene that comes with Heart, in Rust and of files, and what may lie over them. Only
    /// `sleep` is left out: it is black.
    ///
    /// # Errors
    /// See [`SheetError`].
    pub fn of_scenes(device: Option<&str>) -> Result<Self, SheetError> {
        let files = SceneFiles::shipped();
        let mut words: Vec<&str> = files.names().collect();
        for kind in Kind::ALL.into_iter().filter(|kind| kind.word() != DARK) {
            words.push(kind.word());
        }
        let mut stage = Stage::open(device)?;
        let mut tiles = Vec::new();
        for word in &words {
            let program = Program::parse("sheet", &alone(word))?;
            tiles.push(stage.play(word, program, 0, 0, Hands::of(word))?);
        }
        let (message, racing) = (Hands::of("message"), Hands::of("racing"));
        let select = Program::parse("sheet", &titles(&words))?;
        tiles.push(stage.browse("select screen", select)?);
        let text = Program::parse("sheet", &alone("confetti"))?;
        tiles.push(stage.play("a message", text, 0, 0, message)?);
        let burning = Program::parse("sheet", &alone("heart_rate"))?;
        tiles.push(stage.play("five hearts race", burning, 0, 0, racing)?);
        Ok(Sheet { tiles })
    }

    /// Every scene of a program: a shipped name or a file. Dark ones are left out.
    ///
    /// # Errors
    /// See [`SheetError`].
    pub fn of_program(name: &str, device: Option<&str>) -> Result<Self, SheetError> {
        let text = ProgramText::find(name, Path::new(""))?;
        let program = text.parse(&SceneFiles::shipped()).map_err(PlanError::from)?;
        let mut stage = Stage::open(device)?;
        let mut tiles = Vec::new();
        for (place, mode) in program.modes().iter().enumerate() {
            for (scene, spec) in mode.scenes().iter().enumerate() {
                let word = spec.origin.word();
                if word != DARK {
                    let title = format!("{} {}", mode.name, scene + 1);
                    let hands = Hands::of(word);
                    tiles.push(stage.play(&title, program.clone(), place, scene, hands)?);
                }
            }
        }
        Ok(Sheet { tiles })
    }

    /// Its tiles, in their order.
    #[must_use]
    pub fn tiles(&self) -> &[Tile] {
        &self.tiles
    }

    /// All tiles with their titles, as one picture.
    #[must_use]
    pub fn page(&self) -> Frame {
        page::lay_out(&self.tiles)
    }
}

/// What every scene is painted with.
struct Stage {
    wall: Wall,
    painter: Painter,
}

impl Stage {
    fn open(device: Option<&str>) -> Result<Self, SheetError> {
        let wall = Wall::cube();
        let options = PainterOptions {
            wall: wall.extent(),
            face: wall.face(),
            device: device.map(str::to_owned),
        };
        Ok(Stage { painter: Painter::new(&options, &shaders(&SceneFiles::shipped()))?, wall })
    }

    /// Enters a mode, goes to a scene of it, and looks three times.
    fn play(
        &mut self,
        title: &str,
        program: Program,
        mode: usize,
        scene: usize,
        hands: Hands,
    ) -> Result<Tile, SheetError> {
        let keys = std::iter::repeat_n(Keys::RIGHT, mode)
            .chain([Keys::ENTER])
            .chain(std::iter::repeat_n(Keys::DOWN, scene));
        let mut run = Run::new(program, &self.wall, hands);
        keys.for_each(|key| run.frame(Duration::from_millis(1), Some(key)));
        let moments = run.look(MOMENTS, &mut self.painter, |_| None)?;
        Ok(Tile { title: title.to_owned(), moments })
    }

    /// Stays in the select screen and browses shortly before each look.
    fn browse(&mut self, title: &str, program: Program) -> Result<Tile, SheetError> {
        let mut run = Run::new(program, &self.wall, Hands::of("select"));
        // In the last look the titles slide.
        let slides = |at: Duration| (at.subsec_millis() == 350).then_some(Keys::RIGHT);
        let moments = run.look(MOMENTS, &mut self.painter, slides)?;
        Ok(Tile { title: title.to_owned(), moments })
    }
}

/// One controller, its hands and its time.
struct Run {
    controller: AppController,
    hands: Hands,
    /// Since it was entered.
    at: Duration,
    inputs: Inputs,
    picture: Picture,
}

impl Run {
    fn new(program: Program, wall: &Wall, hands: Hands) -> Self {
        let controller = AppController::new(program, Geometry::from(wall), SEED);
        let (inputs, picture) = (hands.inputs(Duration::ZERO), Picture::default());
        Run { controller, hands, at: Duration::ZERO, inputs, picture }
    }

    fn frame(&mut self, span: Duration, key: Option<Code>) {
        self.at += span;
        self.inputs = self.hands.inputs(self.at);
        let now = Time::from_millis(1_000 + self.at.as_millis() as u64);
        let said = self.hands.said(self.at, span).map(|count| What::Said { count });
        let pressed = key.map(|code| (code, What::Pressed { count: 1 }));
        let events = pressed.into_iter().chain(said.map(|what| (Code(0), what)));
        let events: Vec<Event> = events.map(|(code, what)| event(code, what, now)).collect();
        self.controller.tick(now, &events, &self.inputs, &mut self.picture);
    }

    fn look(
        &mut self,
        moments: [Duration; 3],
        painter: &mut Painter,
        keys: impl Fn(Duration) -> Option<Code>,
    ) -> Result<[Frame; 3], SheetError> {
        let mut seen = Vec::with_capacity(moments.len());
        for moment in moments {
            while self.at < moment {
                let span = FRAME.min(moment - self.at);
                let key = keys(self.at + span);
                self.frame(span, key);
            }
            painter.paint(&self.picture)?;
            seen.extend(painter.finish()?.map(|finished| finished.frame.clone()));
        }
        let black = || Frame::new(Wall::cube().extent());
        let mut seen = seen.into_iter();
        Ok(std::array::from_fn(|_| seen.next().unwrap_or_else(black)))
    }
}

/// A program of this scene alone.
fn alone(word: &str) -> String {
    // Hearts are on the sheet already: of the drawings the robot dances.
    let more = if word == "sprite_loop" { ", drawing = 1" } else { "" };
    let scene = format!("scene = [{{ kind = \"{word}\"{more} }}]");
    format!("name = \"sheet\"\n[[mode]]\nname = \"{word}\"\n{scene}\n")
}

/// A program with a mode for each of these scenes.
fn titles(words: &[&str]) -> String {
    let mode = |word: &&str| {
        let title = word.replace('_', " ");
        format!(
            "[[mode]]\nname = \"{word}\"\ntitle = \"{title}\"\nscene = [{{ kind = \"{word}\" }}]\n"
        )
    };
    let modes: String = words.iter().map(mode).collect();
    format!("name = \"sheet\"\n{modes}")
}

/// An event of the sheet's only node.
fn event(code: Code, what: What, at: Time) -> Event {
    Event {
        node: name("hands"),
        device: name("phone"),
        code,
        what,
        at,
        received_at: at,
        captured_published: Duration::ZERO,
        published_received: Duration::ZERO,
    }
}

/// A name that is spelled in this module.
fn name(text: &'static str) -> Name {
    Name::new(text).expect("a name of this module")
}
