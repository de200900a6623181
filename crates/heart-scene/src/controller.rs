//! The controller: which mode and scene a wall shows, and its picture.

mod effects;
mod loss;
mod notice;
mod view;

use std::time::Duration;

use heart_event::{Event, Inputs, Time, What};
use heart_frame::{Item, Paint, Picture, Placement, Rgba};

pub use loss::LossState;

use crate::blaze::Blaze;
use crate::geometry::Geometry;
use crate::gesture::{Act, Gestures};
use crate::message::Message;
use crate::program::{LossPolicy, ModeSpec, Program};
use crate::random::Random;
use crate::scene::{LONGEST_STEP, whole};
use crate::select::SelectScreen;
pub(crate) use effects::EffectKnobs;
use loss::Loss;
use notice::Notice;
use view::{DAWN, View};

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
    blaze: Blaze,
    notice: Option<Notice>,
    effects: EffectKnobs,
    view: View,
    loss: Loss,
    /// Where it was when it became idle, to go on from there.
    before: Option<View>,
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
    /// Times a mode was entered or left since the start. Becoming idle is none.
    pub mode_changes: u64,
    /// Whether input is lost, and what is done about it.
    pub loss: LossState,
}

/// How much of the previewed scene is seen behind the titles.
const DIMMED: f32 = 0.35;
/// Light gained or lost per second: from dimmed to full in a fifth of a second.
const LIGHT_RATE: f32 = 3.25;

impl AppController {
    /// Begins in the select screen. `seed` decides everything random.
    #[must_use]
    pub fn new(program: Program, geometry: Geometry, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let screen = SelectScreen::new(program.modes(), geometry);
        let view = View::first(&program, 0, geometry, &mut random);
        AppController {
            program,
            geometry,
            random,
            gestures: Gestures::default(),
            screen,
            message: None,
            blaze: Blaze::new(geometry, Random::new(!seed)),
            notice: None,
            effects: EffectKnobs::default(),
            view,
            loss: Loss::new(),
            before: None,
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
        self.loss.turn(now, elapsed, (events, inputs), &self.program.loss);
        self.mind_loss();
        self.effects.hear(events);
        self.hear(now, events, inputs);
        self.view.scene.advance(elapsed, inputs);
        self.blaze.advance(elapsed, inputs);
        let view = &mut self.view;
        let target = if view.selecting { DIMMED } else { 1.0 };
        let most = LIGHT_RATE * elapsed.as_secs_f32();
        view.light += (target - view.light).clamp(-most, most);
        picture.clear();
        picture.effects = self.effects.effects();
        self.paint(now, picture);
    }

    /// Shows another program from the next frame on. The wall stays where it is if that still
    /// exists there: in the mode of the same name, at the scene, which runs on without a jump if
    /// the program says the same about it, and else begins anew. If the mode is gone, it is the
    /// select screen, at the nearest place.
    pub fn set_program(&mut self, program: Program) {
        if program == self.program {
            return;
        }
        let goes_on = program.loss.policy == LossPolicy::Idle(self.mode_spec().name);
        if let Some(before) = self.before.take_if(|_| !goes_on) {
            self.view = before;
        }
        let old = std::mem::replace(&mut self.program, program);
        let (new, geometry) = (&self.program, self.geometry);
        self.screen = SelectScreen::new(new.modes(), geometry);
        for view in [&mut self.view].into_iter().chain(&mut self.before) {
            let was_selecting = view.selecting;
            view.refit(&old, new, geometry, &mut self.random);
            self.mode_changes += u64::from(view.selecting && !was_selecting);
        }
    }

    /// Shows a line of text at the bottom of every face until it is taken away with `None`: what
    /// is wrong with a file, while the wall goes on. Cut after 200 characters; it moves if it is
    /// longer than a face. The same text again changes nothing.
    pub fn set_notice(&mut self, notice: Option<&str>) {
        if notice == self.notice.as_ref().map(Notice::text) {
            return;
        }
        let now = self.last.unwrap_or(Time::ZERO);
        self.notice = notice.map(|text| Notice::new(text, self.geometry, now));
    }

    /// Where it is now.
    #[must_use]
    pub fn status(&self) -> ControllerStatus<'_> {
        ControllerStatus {
            mode: self.mode_spec().name.as_str(),
            scene: self.view.place,
            selecting: self.view.selecting,
            mode_changes: self.mode_changes,
            loss: self.loss.state(self.program.loss.policy),
        }
    }

    /// The program that is shown.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Becomes idle, or goes back to where it was.
    fn mind_loss(&mut self) {
        let idle = match self.program.loss.policy {
            LossPolicy::Idle(mode) if self.loss.is_lost() => Some(mode),
            _ => None,
        };
        match (idle, &self.before) {
            (Some(name), None) => {
                let modes = self.program.modes();
                let Some(mode) = modes.iter().position(|mode| mode.name == name) else { return };
                let first = View::first(&self.program, mode, self.geometry, &mut self.random);
                let idle = View { selecting: false, ..first };
                self.before = Some(std::mem::replace(&mut self.view, idle));
            }
            (None, Some(_)) => {
                if let Some(before) = self.before.take() {
                    self.view = before;
                }
            }
            _ => {}
        }
    }

    fn hear(&mut self, now: Time, events: &[Event], inputs: &Inputs) {
        // Taken out while it is read, because what it means changes the rest.
        let mut gestures = std::mem::take(&mut self.gestures);
        let meaning = gestures.read(events, inputs);
        // Browsing comes first, and means what it means where the frame found the wall.
        if self.view.selecting {
            self.browse(meaning.turned.saturating_add(meaning.stepped), now);
        } else {
            if meaning.turned != 0 {
                self.view.scene.turn(meaning.turned);
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
        match (act, self.view.selecting) {
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
        self.screen.slide(self.view.mode, step, now);
        self.view.mode = moved(self.view.mode, step, self.program.modes().len());
        self.show(0);
        self.view.light = 0.0;
    }

    /// The preview goes on as the mode's first scene, so that nothing jumps.
    fn enter(&mut self) {
        self.view.selecting = false;
        self.mode_changes += 1;
    }

    /// Back to the titles, at the mode just left; its scene begins anew, without effects.
    fn leave(&mut self) {
        self.view.selecting = true;
        self.mode_changes += 1;
        self.screen.rest();
        self.effects.reset();
        self.show(0);
    }

    /// Another scene of the mode; in a mode of one scene, nothing.
    fn step(&mut self, step: i32) {
        let count = self.mode_spec().scenes().len();
        let place = moved(self.view.place, step, count);
        if place != self.view.place {
            self.show(place);
            self.view.light = DAWN;
        }
    }

    fn show(&mut self, place: usize) {
        self.view.show(&self.program, place, self.geometry, &mut self.random);
    }

    fn paint(&self, now: Time, picture: &mut Picture) {
        let brightness = self.loss.brightness();
        if brightness <= 0.0 {
            return;
        }
        if let Some(message) = &self.message {
            message.paint(picture, now);
        } else {
            self.view.scene.paint(picture, self.view.light);
            if self.view.selecting {
                self.screen.paint(picture, self.view.mode, now);
            }
            self.blaze.paint(picture);
        }
        if let Some(notice) = &self.notice {
            notice.paint(picture, now);
        }
        if brightness < 1.0 {
            let (rect, paint) = (whole(self.geometry.wall), Paint::Fill(Rgba::BLACK));
            let opacity = 1.0 - brightness;
            picture.items.push(Item { placement: Placement::Full, rect, paint, opacity });
        }
    }

    fn mode_spec(&self) -> &ModeSpec {
        &self.program.modes()[self.view.mode]
    }
}

/// `place` moved by `step` among `count` (at least 1), round both ends.
fn moved(place: usize, step: i32, count: usize) -> usize {
    let moved = (place as i64 + i64::from(step)).rem_euclid(count.max(1) as i64);
    moved as usize
}
