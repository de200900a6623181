//! The controller: which mode and scene a wall shows, and its picture.

use std::time::Duration;

use heart_event::{Event, Inputs, Time, What};
use heart_frame::Picture;

use crate::geometry::Geometry;
use crate::gesture::{Act, Gestures};
use crate::message::Message;
use crate::program::{ModeSpec, Program};
use crate::random::Random;
use crate::scene::{self, LONGEST_STEP, Scene};
use crate::select::SelectScreen;

/// Turns events and time into pictures. It starts in the select screen, at the first mode.
///
/// It is a pure state machine: the same program, geometry, seed, times and events give the same
/// pictures. No sequence of events makes it panic or grow. The table of what each control does
/// stands at the head of this crate.
pub struct AppController {
    program: Program,
    geometry: Geometry,
    random: Random,
    gestures: Gestures,
    screen: SelectScreen,
    message: Option<Message>,
    selecting: bool,
    /// Place of the mode shown, or previewed while selecting; below the number of modes.
    mode: usize,
    /// Place of the scene in its mode; below the number of its scenes.
    place: usize,
    /// The scene shown: while selecting it is the first one of the previewed mode.
    scene: Box<dyn Scene>,
    /// How much of the scene is seen, 0 to 1.
    light: f32,
    last: Option<Time>,
    mode_changes: u64,
}

/// Where a controller is, for `/status` and tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ControllerStatus<'a> {
    /// Name of the mode shown; while selecting, of the previewed one.
    pub mode: &'a str,
    /// Place of the scene in its mode, from 0.
    pub scene: usize,
    /// The select screen is shown.
    pub selecting: bool,
    /// Times a mode was entered or left since the start.
    pub mode_changes: u64,
}

/// How much of the previewed scene is seen behind the titles.
const DIMMED: f32 = 0.35;
/// A scene that follows another begins with this much light, so that a press is seen at once.
const DAWN: f32 = 0.25;
/// Light gained or lost per second: from dimmed to full in a fifth of a second.
const LIGHT_RATE: f32 = 3.25;

impl AppController {
    /// Begins in the select screen. `seed` decides everything random.
    #[must_use]
    pub fn new(program: Program, geometry: Geometry, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let screen = SelectScreen::new(program.modes(), geometry);
        let scene = first_scene(&program.modes()[0], geometry, random.bits());
        AppController {
            program,
            geometry,
            random,
            gestures: Gestures::default(),
            screen,
            message: None,
            selecting: true,
            mode: 0,
            place: 0,
            scene,
            light: DAWN,
            last: None,
            mode_changes: 0,
        }
    }

    /// One frame: hears the events since the last one, moves on to `now` and draws.
    ///
    /// `inputs` is what the events led to. `picture` is emptied first; it then has at most
    /// [`Picture::MAX_ITEMS`] items. A `now` before an earlier one counts as no time.
    pub fn tick(&mut self, now: Time, events: &[Event], inputs: &Inputs, picture: &mut Picture) {
        let now = self.last.map_or(now, |last| now.max(last));
        let elapsed = self.last.map_or(Duration::ZERO, |last| now.since(last)).min(LONGEST_STEP);
        self.last = Some(now);
        self.hear(now, events, inputs);
        self.scene.advance(elapsed, inputs);
        let target = if self.selecting { DIMMED } else { 1.0 };
        let most = LIGHT_RATE * elapsed.as_secs_f32();
        self.light += (target - self.light).clamp(-most, most);
        picture.clear();
        self.paint(now, picture);
    }

    /// Where it is now.
    #[must_use]
    pub fn status(&self) -> ControllerStatus<'_> {
        ControllerStatus {
            mode: self.mode_spec().name.as_str(),
            scene: self.place,
            selecting: self.selecting,
            mode_changes: self.mode_changes,
        }
    }

    fn hear(&mut self, now: Time, events: &[Event], inputs: &Inputs) {
        // Taken out while it is read, because what it means changes the rest.
        let mut gestures = std::mem::take(&mut self.gestures);
        let meaning = gestures.read(events, inputs);
        // Browsing comes first, and means what it means where the frame found the wall.
        if self.selecting {
            self.browse(meaning.turned.saturating_add(meaning.stepped), now);
        } else {
            if meaning.turned != 0 {
                self.scene.turn(meaning.turned);
            }
            self.step(meaning.stepped);
        }
        meaning.acts.iter().for_each(|act| self.act(*act));
        self.gestures = gestures;
        let said = events.iter().rev().find_map(|event| match event.what {
            What::Said { count } => inputs.text(&event.node, &event.device, count),
            _ => None,
        });
        if let Some(said) = said {
            self.message = Some(Message::new(&said.text, self.geometry, now));
        }
        self.message = self.message.take().filter(|message| !message.over(now));
    }

    fn act(&mut self, act: Act) {
        match (act, self.selecting) {
            (Act::Activate | Act::Enter | Act::Hold, true) => self.enter(),
            (Act::Activate, false) => self.step(1),
            (Act::Hold | Act::Leave, false) => self.leave(),
            (Act::Leave, true) | (Act::Enter, false) => {}
        }
    }

    fn browse(&mut self, step: i32, now: Time) {
        if step == 0 {
            return;
        }
        self.screen.slide(self.mode, step, now);
        self.mode = moved(self.mode, step, self.program.modes().len());
        self.show(0);
        self.light = 0.0;
    }

    /// The preview goes on as the mode's first scene, so that nothing jumps.
    fn enter(&mut self) {
        self.selecting = false;
        self.mode_changes += 1;
    }

    /// Back to the titles, at the mode just left; its scene begins anew.
    fn leave(&mut self) {
        self.selecting = true;
        self.mode_changes += 1;
        self.screen.rest();
        self.show(0);
    }

    /// Another scene of the mode; in a mode of one scene, nothing.
    fn step(&mut self, step: i32) {
        let count = self.mode_spec().scenes().len();
        let place = moved(self.place, step, count);
        if place != self.place {
            self.show(place);
            self.light = DAWN;
        }
    }

    fn show(&mut self, place: usize) {
        self.place = place;
        let seed = self.random.bits();
        let spec = &self.program.modes()[self.mode].scenes()[place];
        self.scene = scene::build(spec, self.geometry, seed);
    }

    fn paint(&self, now: Time, picture: &mut Picture) {
        if let Some(message) = &self.message {
            return message.paint(picture, now);
        }
        self.scene.paint(picture, self.light);
        if self.selecting {
            self.screen.paint(picture, self.mode, now);
        }
    }

    fn mode_spec(&self) -> &ModeSpec {
        &self.program.modes()[self.mode]
    }
}

/// A program has at least one mode and a mode at least one scene: its parser sees to that.
fn first_scene(mode: &ModeSpec, geometry: Geometry, seed: u64) -> Box<dyn Scene> {
    scene::build(&mode.scenes()[0], geometry, seed)
}

/// `place` moved by `step` among `count` (at least 1), round both ends.
fn moved(place: usize, step: i32, count: usize) -> usize {
    let moved = (place as i64 + i64::from(step)).rem_euclid(count.max(1) as i64);
    moved as usize
}
