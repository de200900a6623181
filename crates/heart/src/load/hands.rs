//! Simulated hands: what a device says next, and when something was done, for whoever measures
//! how long it took to arrive. Pure: time is an argument.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use heart_event::{
    Axes, Axis, Button, Change, Code, Encoder, Encoders, Keys, MotionSample, Report, Samples, Time,
};

/// Samples of an inertial sensor in one batch.
const BATCH: u32 = 64;
/// Samples of an inertial sensor in a second.
const IMU_HZ: u32 = 1664;
/// The sticks of a gamepad.
const STICKS: [Code; 4] = [Axes::LEFT_X, Axes::LEFT_Y, Axes::RIGHT_X, Axes::RIGHT_Y];

/// A kind of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An encoder with a button: turned by 15 detents a second for two seconds out of four, and
    /// pressed once in four seconds.
    Knob,
    /// 250 reports a second with both sticks moving, and two short presses a second.
    Pad,
    /// 1,664 samples a second in batches of 64.
    Imu,
}

/// One device in somebody's hands.
#[derive(Debug)]
pub(super) struct Hand {
    kind: Kind,
    /// Turns of [`Hand::tick`] so far.
    tick: u64,
    pub(super) report: Report,
    pub(super) samples: Samples,
}

/// What a hand has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Nothing,
    /// Its report, discrete or not.
    Report(bool),
    /// Its samples.
    Samples,
}

/// When the latest presses and detents of a device were, by their numbers.
#[derive(Debug)]
pub(super) struct Times {
    presses: [AtomicU64; Times::KEPT],
    turns: [AtomicU64; Times::KEPT],
}

impl Kind {
    /// The word that a catalogue tells.
    pub(super) fn word(self) -> &'static str {
        match self {
            Kind::Knob => "knob",
            Kind::Pad => "pad",
            Kind::Imu => "imu",
        }
    }

    /// From one tick to the next.
    pub(super) fn period(self) -> Duration {
        match self {
            Kind::Knob => Duration::from_secs(1) / 15,
            Kind::Pad => Duration::from_millis(4),
            Kind::Imu => Duration::from_secs(1) * BATCH / IMU_HZ,
        }
    }
}

impl Hand {
    /// A hand that begins anywhere in its routine, as `start` says.
    pub(super) fn new(kind: Kind, start: u64) -> Hand {
        let button = Button { code: Keys::SOUTH, ..Button::default() };
        let axis = |code| Axis { code, self_centring: true, value: 0.0 };
        let report = match kind {
            Kind::Knob => Report {
                buttons: vec![button],
                encoders: vec![Encoder { code: Encoders::KNOB, ..Encoder::default() }],
                ..Report::default()
            },
            Kind::Pad => Report {
                buttons: vec![button],
                axes: STICKS.into_iter().map(axis).collect(),
                ..Report::default()
            },
            Kind::Imu => Report { buttons: vec![button], ..Report::default() },
        };
        let samples = match kind {
            Kind::Imu => Samples {
                period: Duration::from_secs(1) / IMU_HZ,
                motion: vec![MotionSample::default(); BATCH as usize],
                bands: Vec::new(),
            },
            Kind::Knob | Kind::Pad => Samples::default(),
        };
        Hand { kind, tick: start, report, samples }
    }

    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    /// Goes on by one period.
    pub(super) fn tick(&mut self, now: Time, times: &Times) -> Deed {
        self.tick += 1;
        match self.kind {
            Kind::Knob => self.turn_knob(now, times),
            Kind::Pad => self.move_pad(now, times),
            Kind::Imu => self.shake(),
        }
    }

    /// Four seconds are 60 ticks.
    fn turn_knob(&mut self, now: Time, times: &Times) -> Deed {
        match self.tick % 60 {
            0..30 => {
                let step = if (self.tick / 60).is_multiple_of(2) { 1 } else { -1 };
                let Some(knob) = self.report.encoders.first_mut() else { return Deed::Nothing };
                knob.position = knob.position.wrapping_add(i32::from(step));
                knob.step = step;
                knob.changed_at = now;
                times.turned(knob.position, now);
                Deed::Report(true)
            }
            40 => self.press(now, times),
            43 => self.release(now),
            _ => Deed::Nothing,
        }
    }

    /// Half a second is 125 ticks.
    fn move_pad(&mut self, now: Time, times: &Times) -> Deed {
        let angle = (self.tick % 250) as f32 / 250.0 * std::f32::consts::TAU;
        for (axis, phase) in self.report.axes.iter_mut().zip(0_u8..) {
            axis.value = (angle + f32::from(phase)).sin();
        }
        match self.tick % 125 {
            0 => self.press(now, times),
            25 if self.report.buttons.iter().any(|button| button.pressed) => self.release(now),
            _ => Deed::Report(false),
        }
    }

    fn shake(&mut self) -> Deed {
        let turn = (self.tick % 64) as f32 / 64.0;
        for (motion, at) in self.samples.motion.iter_mut().zip(0_u8..) {
            motion.acceleration = [turn, f32::from(at), 9.81];
        }
        Deed::Samples
    }

    fn press(&mut self, now: Time, times: &Times) -> Deed {
        let Some(button) = self.report.buttons.first_mut() else { return Deed::Nothing };
        button.pressed = true;
        button.presses = button.presses.wrapping_add(1);
        button.last = Change::Pressed;
        button.changed_at = now;
        times.pressed(button.presses, now);
        Deed::Report(true)
    }

    fn release(&mut self, now: Time) -> Deed {
        match self.report.buttons.first_mut() {
            Some(button) if button.pressed => {
                button.pressed = false;
                button.shorts = button.shorts.wrapping_add(1);
                button.last = Change::Short;
                button.changed_at = now;
                Deed::Report(true)
            }
            _ => Deed::Nothing,
        }
    }
}

impl Default for Times {
    fn default() -> Self {
        let none = || std::array::from_fn(|_| AtomicU64::new(0));
        Times { presses: none(), turns: none() }
    }
}

impl Times {
    /// So many of each are remembered: four seconds of a turning knob.
    const KEPT: usize = 64;

    fn pressed(&self, count: u32, at: Time) {
        self.presses[count as usize % Self::KEPT].store(at.nanos(), Ordering::Relaxed);
    }

    fn turned(&self, position: i32, at: Time) {
        self.turns[slot(position)].store(at.nanos(), Ordering::Relaxed);
    }

    /// When this press was.
    pub(super) fn of_press(&self, count: u32) -> Time {
        Time::from_nanos(self.presses[count as usize % Self::KEPT].load(Ordering::Relaxed))
    }

    /// When the knob was turned to this position.
    pub(super) fn of_turn(&self, position: i32) -> Time {
        Time::from_nanos(self.turns[slot(position)].load(Ordering::Relaxed))
    }
}

fn slot(position: i32) -> usize {
    // The remainder is not negative.
    position.rem_euclid(Times::KEPT as i32) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Deeds of ten seconds: reports that are discrete, that are not, and batches.
    fn ten_seconds(kind: Kind) -> [u64; 3] {
        let (mut hand, times) = (Hand::new(kind, 7), Times::default());
        let mut counts = [0; 3];
        let mut at = Duration::ZERO;
        while at < Duration::from_secs(10) {
            match hand.tick(Time::ZERO + at, &times) {
                Deed::Nothing => {}
                Deed::Report(true) => counts[0] += 1,
                Deed::Report(false) => counts[1] += 1,
                Deed::Samples => counts[2] += 1,
            }
            assert!(hand.report.validate().is_ok());
            at += kind.period();
        }
        counts
    }

    #[test]
    fn hands_do_as_much_as_is_told_of_them() {
        let [turns_and_presses, none, _] = ten_seconds(Kind::Knob);
        assert!((70..=90).contains(&turns_and_presses) && none == 0, "{turns_and_presses}");
        let [presses_and_releases, moves, _] = ten_seconds(Kind::Pad);
        assert!((39..=40).contains(&presses_and_releases), "{presses_and_releases}");
        assert_eq!(presses_and_releases + moves, 2500);
        let [_, _, batches] = ten_seconds(Kind::Imu);
        assert!((260..=261).contains(&batches), "26 a second: {batches}");
    }

    #[test]
    fn the_time_of_a_press_and_of_a_turn_is_found_by_its_number() {
        let (mut hand, times) = (Hand::new(Kind::Knob, 0), Times::default());
        for tick in 1..=120 {
            hand.tick(Time::from_millis(tick), &times);
        }
        // Up to 30 and down again: each cycle begins one tick early, since it starts at 1.
        let knob = hand.report.encoders[0];
        assert_eq!(times.of_turn(knob.position), knob.changed_at);
        assert_eq!(times.of_press(2), Time::from_millis(100));
        assert_eq!(hand.report.buttons[0].presses, 2);
    }
}
