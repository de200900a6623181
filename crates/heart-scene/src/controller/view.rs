//! A view: the place in a program that is shown, and the scene that runs there.

use crate::geometry::Geometry;
use crate::program::Program;
use crate::random::Random;
use crate::scene::{self, Scene};

/// A scene that follows another begins with this much light, so that a press is seen at once.
pub(super) const DAWN: f32 = 0.25;

/// What is shown.
pub(super) struct View {
    /// Place of the mode shown, or previewed while selecting; below the number of modes.
    pub(super) mode: usize,
    /// Place of the scene in its mode; below the number of its scenes.
    pub(super) place: usize,
    pub(super) selecting: bool,
    /// The scene shown: while selecting it is the first one of the previewed mode.
    pub(super) scene: Box<dyn Scene>,
    /// How much of the scene is seen, 0 to 1.
    pub(super) light: f32,
}

impl View {
    /// The first scene of a mode, at its beginning. A program has at least one mode and a mode
    /// at least one scene: its parser sees to that.
    pub(super) fn first(
        program: &Program,
        mode: usize,
        geometry: Geometry,
        random: &mut Random,
    ) -> Self {
        let scene = build(program, mode, 0, geometry, random);
        View { mode, place: 0, selecting: true, scene, light: DAWN }
    }

    /// Another scene of the mode, at its beginning.
    pub(super) fn show(
        &mut self,
        program: &Program,
        place: usize,
        geometry: Geometry,
        random: &mut Random,
    ) {
        self.place = place;
        self.scene = build(program, self.mode, place, geometry, random);
    }

    /// Takes its place in a program that replaces the `old` one. The mode is found by its name.
    /// A scene of which the program says the same as before runs on, also at another place of
    /// its mode; one that changed begins anew. Without its mode the view is the select screen at
    /// the nearest place.
    pub(super) fn refit(
        &mut self,
        old: &Program,
        new: &Program,
        geometry: Geometry,
        random: &mut Random,
    ) {
        let was = &old.modes()[self.mode];
        let Some(mode) = new.modes().iter().position(|mode| mode.name == was.name) else {
            self.mode = self.mode.min(new.modes().len() - 1);
            self.selecting = true;
            self.light = DAWN;
            return self.show(new, 0, geometry, random);
        };
        self.mode = mode;
        let spec = &was.scenes()[self.place];
        let scenes = new.modes()[mode].scenes();
        if scenes.get(self.place) == Some(spec) {
            return;
        }
        // What is previewed is always the first scene.
        let moved = scenes.iter().position(|other| other == spec).filter(|_| !self.selecting);
        match moved {
            Some(place) => self.place = place,
            None => {
                self.light = DAWN;
                self.show(new, self.place.min(scenes.len() - 1), geometry, random);
            }
        }
    }
}

fn build(
    program: &Program,
    mode: usize,
    place: usize,
    geometry: Geometry,
    random: &mut Random,
) -> Box<dyn Scene> {
    let seed = random.bits();
    scene::build(&program.modes()[mode].scenes()[place], geometry, seed)
}
