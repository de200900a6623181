//! From a frame to the bytes that the LEDs get: order, gamma, brightness, power limit.
//!
//! Built once from a wall, as a table; then a frame is mapped without a branch on how a panel
//! hangs, and without taking memory.

use std::ops::Range;

use crate::frame::Frame;

use super::{Panel, PowerLimit, Wall};

/// Three bytes an LED: red, green, blue.
const CHANNELS: usize = 3;

/// Which pixel each LED of one output shows, and how bright.
///
/// *LED bytes* are RGB, in the order of the chain: panel after panel, each along its own chain.
#[derive(Clone, Debug)]
pub struct LedMap {
    /// Where each LED's pixel begins in a frame's bytes: first of the LEDs that are sent, then of
    /// the others, which count for the power limit only.
    starts: Box<[u32]>,
    sent: usize,
    runs: Vec<Run>,
    power: Option<PowerLimit>,
}

/// LEDs in a row that share a curve.
#[derive(Clone, Debug)]
struct Run {
    leds: Range<usize>,
    led_from_value: [u8; 256],
}

impl LedMap {
    /// All panels of a wall, in its order.
    #[must_use]
    pub fn new(wall: &Wall) -> Self {
        let all: Vec<usize> = (0..wall.panels().len()).collect();
        LedMap::of_panels(wall, &all).unwrap_or_else(|| LedMap::empty(wall.power()))
    }

    /// Some panels, by their places in the wall's list from 0, chained in the order given: what
    /// one of several controllers gets. `None` where a place has no panel, or is named twice.
    ///
    /// The power limit is the wall's: panels of other controllers count, and all are dimmed alike.
    #[must_use]
    pub fn of_panels(wall: &Wall, places: &[usize]) -> Option<Self> {
        let mut map = LedMap::empty(wall.power());
        let mut starts = Vec::new();
        let mut is_sent = vec![false; wall.panels().len()];
        for place in places {
            if std::mem::replace(is_sent.get_mut(*place)?, true) {
                return None;
            }
            map.append(wall, wall.panels().get(*place)?, &mut starts);
        }
        map.sent = starts.len();
        if map.power.is_some() {
            let others = wall.panels().iter().zip(&is_sent).filter(|(_, sent)| !**sent);
            others.for_each(|(panel, _)| map.append(wall, panel, &mut starts));
        }
        map.starts = starts.into();
        Some(map)
    }

    /// LEDs that are sent.
    #[must_use]
    pub fn leds(&self) -> usize {
        self.sent
    }

    /// Bytes that are sent: three an LED.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.sent * CHANNELS
    }

    /// Writes the LED bytes of a frame of this wall's size; `leds` is [`LedMap::bytes`] long (what
    /// is longer keeps its rest; pixels that a smaller frame lacks are dark). True where the
    /// power limit made them darker.
    ///
    /// Where all LEDs of the wall together would draw more than it may, each byte is scaled by the
    /// same factor and rounded down, so that they draw at most that.
    pub fn leds_from_frame(&self, frame: &Frame, leds: &mut [u8]) -> bool {
        let pixels = frame.bytes();
        let (mut sum, mut room) = (0_u64, leds.chunks_exact_mut(CHANNELS));
        for Run { leds, led_from_value } in &self.runs {
            let is_sent = leds.start < self.sent;
            for start in self.starts.get(leds.clone()).unwrap_or_default() {
                let at = *start as usize;
                let pixel = pixels.get(at..at + CHANNELS).unwrap_or(&[0; CHANNELS]);
                let led = [0, 1, 2].map(|channel| led_from_value[usize::from(pixel[channel])]);
                sum += led.iter().map(|byte| u64::from(*byte)).sum::<u64>();
                if let Some(place) = is_sent.then(|| room.next()).flatten() {
                    place.copy_from_slice(&led);
                }
            }
        }
        match self.power {
            Some(power) if sum > power.bytes_max() => {
                let sent = self.bytes().min(leds.len());
                dim(&mut leds[..sent], power.bytes_max(), sum);
                true
            }
            _ => false,
        }
    }

    fn empty(power: Option<PowerLimit>) -> Self {
        LedMap { starts: Box::default(), sent: 0, runs: Vec::new(), power }
    }

    fn append(&mut self, wall: &Wall, panel: &Panel, starts: &mut Vec<u32>) {
        let begin = starts.len();
        let width = wall.extent().width;
        // A wall has at most 1 << 22 pixels, so four times that is a `u32`.
        starts.extend(panel.wall_from_chain().map(|(x, y)| (y * width + x) * 4));
        let leds = begin..starts.len();
        self.runs.push(Run { leds, led_from_value: panel.led_from_value() });
    }
}

/// Scales by `most / sum`, rounding down.
fn dim(leds: &mut [u8], most: u64, sum: u64) {
    // One division a value, not one an LED. `most < sum`, so each fits a byte.
    let dimmed: [u8; 256] = std::array::from_fn(|value| (value as u64 * most / sum) as u8);
    leds.iter_mut().for_each(|byte| *byte = dimmed[usize::from(*byte)]);
}

#[cfg(test)]
mod tests;
