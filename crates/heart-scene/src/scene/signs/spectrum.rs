//! Spectrum: sixteen bands of a microphone, with their peaks.
//!
//! Without a microphone a dim wave rolls below a struck-out microphone: nobody takes that for
//! sound.

use std::time::Duration;

use heart_event::{BANDS, Inputs};
use heart_frame::{Extent, Paint, Picture, Placement, Rgba};

use crate::colour::{hsv, lit, mix};
use crate::geometry::Geometry;
use crate::pixels::{Brush, Pixels};
use crate::program::SceneSpec;
use crate::scene::{Detent, Parameter, Scene, push};

const GAIN: usize = 0;
pub(in crate::scene) const HUE: usize = 1;
pub(in crate::scene) const TABLE: &[Parameter] = &[
    Parameter { name: "gain", min: 0.1, max: 8.0, default: 1.0, detent: Detent::Factor(1.05) },
    Parameter { name: "hue", min: 0.0, max: 1.0, default: 0.5, detent: Detent::Around(0.03) },
];

/// A bar rises this part of the way in a second (e^-RISE is left), and falls.
const RISE: f32 = 38.0;
const FALL: f32 = 7.0;
/// A peak waits, and then falls faster and faster, in heights per second and second.
const PEAK_HOLDS: f32 = 0.45;
const PEAK_FALLS: f32 = 1.6;
/// Seconds until the wave is seen when the microphone went, and gone when it came.
const FADE: f32 = 0.6;

pub(in crate::scene) struct Spectrum {
    spec: SceneSpec,
    geometry: Geometry,
    bands: [Band; BANDS],
    /// 1 while a microphone is heard, 0 when there has been none for a while.
    heard: f32,
    /// Seconds of the idle wave.
    idle: f32,
    pixels: Pixels,
}

#[derive(Clone, Copy, Default)]
struct Band {
    /// 0 to 1.
    level: f32,
    peak: f32,
    /// Since the peak was set.
    age: f32,
}

impl Band {
    fn advance(&mut self, target: f32, seconds: f32) {
        let rate = if target > self.level { RISE } else { FALL };
        self.level += (target - self.level) * (1.0 - (-rate * seconds).exp());
        self.age += seconds;
        if self.age > PEAK_HOLDS {
            self.peak -= PEAK_FALLS * (self.age - PEAK_HOLDS) * seconds;
        }
        if self.level >= self.peak {
            (self.peak, self.age) = (self.level, 0.0);
        }
    }
}

impl Spectrum {
    pub(in crate::scene) fn new(spec: SceneSpec, geometry: Geometry) -> Self {
        let extent = match spec.placement {
            Placement::Mirrored => geometry.face_cells(),
            Placement::Full => geometry.grid().extent(),
        };
        let bands = [Band::default(); BANDS];
        let pixels = Pixels::new(extent);
        Spectrum { spec, geometry, bands, heard: 0.0, idle: 0.0, pixels }
    }

    fn draw(&mut self) {
        let hue = self.spec.values[HUE];
        let mut brush = self.pixels.begin(Rgba::BLACK);
        if self.heard < 1.0 {
            idle(&mut brush, hue, self.idle, 1.0 - self.heard);
        }
        let (width, height) = (brush.width, brush.height);
        for (place, band) in (0..).zip(&self.bands) {
            let left = width * place / BANDS as i32;
            let room = width * (place + 1) / BANDS as i32 - left;
            let wide = (room - (room + 2) / 4).max(1);
            let own = hue + place as f32 / BANDS as f32 * 0.45;
            let tall = (band.level * height as f32).round() as i32;
            for row in 0..tall {
                let up = row as f32 / height as f32;
                let colour = mix(hsv(own, 0.95, 0.55), hsv(own + 0.18, 0.55, 1.0), up * 1.15);
                brush.fill(left, height - 1 - row, wide, 1, colour);
            }
            if band.peak > 0.015 {
                let top = height - 1 - (band.peak * (height - 1) as f32).round() as i32;
                brush.fill(left, top, wide, 1, mix(hsv(own + 0.18, 0.4, 1.0), Rgba::WHITE, 0.5));
            }
        }
    }
}

impl Scene for Spectrum {
    fn turn(&mut self, detents: i32) {
        self.spec.turn(detents);
    }

    fn advance(&mut self, elapsed: Duration, inputs: &Inputs) {
        let seconds = elapsed.as_secs_f32();
        self.idle = (self.idle + seconds) % 600.0;
        let gain = self.spec.values[GAIN];
        let sound = inputs.sound.map_or([0.0; BANDS], |sound| sound.bands);
        for (band, energy) in self.bands.iter_mut().zip(sound) {
            // Energy as it is felt: a quarter of it is half as loud.
            let target =
                if energy.is_finite() { (energy * gain).clamp(0.0, 1.0).sqrt() } else { 0.0 };
            band.advance(target, seconds);
        }
        let target = if inputs.sound.is_some() { 1.0 } else { 0.0 };
        let most = seconds / FADE;
        self.heard += (target - self.heard).clamp(-most, most);
        self.draw();
    }

    fn paint(&self, picture: &mut Picture, opacity: f32) {
        let paint = Paint::Cells(self.pixels.bitmap());
        push(picture, self.spec.placement, self.geometry, paint, opacity);
    }
}

/// Nothing to hear: a dotted wave, and a microphone that is struck out on each face.
fn idle(brush: &mut Brush, hue: f32, seconds: f32, light: f32) {
    let Extent { width, height } =
        Extent { width: brush.width as u32, height: brush.height as u32 };
    let tall = height as f32;
    for x in (0..width as i32).step_by(2) {
        // Whole waves round the wall, so that it closes on itself.
        let along = x as f32 / width as f32 * std::f32::consts::TAU;
        for (wave, share) in [(0.0, 1.0), (2.1, 0.55), (4.2, 0.3)] {
            let swing = (along * 2.0 + seconds * 0.8 + wave).sin() * (seconds * 0.23 + wave).cos();
            let y = (tall * (0.78 + 0.14 * swing)) as i32;
            brush.shine(x, y, hsv(hue + 0.25 + wave * 0.03, 0.6, 1.0), 0.5 * light * share);
        }
    }
    let faces = (width / height.max(1)).max(1);
    for face in 0..faces {
        let x = (width * (2 * face + 1)) as f32 / (2 * faces) as f32;
        struck_out(brush, (x, tall * 0.36), tall / 64.0, light);
    }
}

fn struck_out(brush: &mut Brush, (x, y): (f32, f32), unit: f32, light: f32) {
    let grey = lit(Rgba::opaque(120, 120, 140), 0.75 * light);
    let at = |dx: f32, dy: f32| (x + dx * unit, y + dy * unit);
    brush.line(at(0.0, -7.0), at(0.0, 0.0), 7.0 * unit, grey);
    for (from, to) in [
        ((-6.5, -1.0), (-4.5, 4.5)),
        ((-4.5, 4.5), (0.0, 7.0)),
        ((0.0, 7.0), (4.5, 4.5)),
        ((4.5, 4.5), (6.5, -1.0)),
        ((0.0, 7.0), (0.0, 11.0)),
        ((-4.0, 11.0), (4.0, 11.0)),
    ] {
        brush.line(at(from.0, from.1), at(to.0, to.1), 1.2 * unit, grey);
    }
    brush.line(at(-9.5, 10.0), at(9.5, -10.0), 4.0 * unit, Rgba::BLACK);
    brush.line(at(-9.5, 10.0), at(9.5, -10.0), 1.6 * unit, lit(Rgba::opaque(230, 60, 80), light));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Kind;
    use heart_event::BandSample;
    use heart_frame::Wall;

    fn scene() -> Spectrum {
        Spectrum::new(SceneSpec::new(Kind::Spectrum), Geometry::from(&Wall::cube()))
    }

    fn heard(bands: [f32; BANDS]) -> Inputs {
        Inputs { sound: Some(BandSample { bands, ..BandSample::default() }), ..Inputs::default() }
    }

    fn run(scene: &mut Spectrum, millis: u64, inputs: &Inputs) {
        (0..millis / 10).for_each(|_| scene.advance(Duration::from_millis(10), inputs));
    }

    #[test]
    fn a_band_rises_at_once_falls_slowly_and_leaves_its_peak() {
        let mut scene = scene();
        let mut bands = [0.0; BANDS];
        bands[3] = 0.64;
        run(&mut scene, 120, &heard(bands));
        let level = scene.bands.map(|band| (band.level * 100.0).round());
        assert!((77.0..=80.0).contains(&level[3]), "{level:?}");
        assert!(level.iter().enumerate().all(|(i, level)| i == 3 || *level == 0.0));
        run(&mut scene, 100, &heard([0.0; BANDS]));
        assert!((0.3..0.5).contains(&scene.bands[3].level), "{}", scene.bands[3].level);
        assert!(scene.bands[3].peak > 0.77, "the peak waits");
        run(&mut scene, 3_000, &heard([0.0; BANDS]));
        assert!(scene.bands[3].peak < 0.05 && scene.bands[3].peak >= 0.0);
    }

    #[test]
    fn a_bar_stands_where_its_band_is() {
        let mut scene = scene();
        let mut bands = [0.0; BANDS];
        bands[15] = 1.0;
        run(&mut scene, 1_000, &heard(bands));
        let cells = scene.pixels.bitmap().cells;
        let row = &cells[32 * 64..][..64];
        let lit: Vec<usize> = (0..64).filter(|x| row[*x] != Rgba::BLACK).collect();
        assert_eq!(lit, [60, 61, 62]);
    }

    #[test]
    fn silence_is_black_and_no_microphone_is_not() {
        let mut scene = scene();
        run(&mut scene, 1_000, &heard([0.0; BANDS]));
        assert!(scene.pixels.bitmap().cells.iter().all(|cell| *cell == Rgba::BLACK));
        run(&mut scene, 1_000, &Inputs::default());
        let lit = scene.pixels.bitmap().cells.iter().filter(|cell| **cell != Rgba::BLACK).count();
        assert!(lit > 100, "{lit}");
    }

    #[test]
    fn what_is_no_number_is_silence() {
        let mut scene = scene();
        run(&mut scene, 100, &heard([f32::NAN; BANDS]));
        assert!(scene.bands.iter().all(|band| band.level == 0.0 && band.peak == 0.0));
    }
}
