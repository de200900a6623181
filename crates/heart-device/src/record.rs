//! The gateway's record of one device *name* (design §4 rules 1 and 2).
//!
//! Parts tell it what their hardware did and when; it keeps the [`Report`], counts, decides
//! short and long presses from capture times, and forgets texts after 10 s. It outlives the
//! part: counters and positions survive unplug, fault and replug, and hardware counters that
//! start over are rebased. Pure: time is an argument, nothing here reads a clock or does I/O.

use std::time::Duration;

use heart_event::{
    Axes, Axis, Button, Change, Code, Encoder, Reading, Report, Text, Time, Unit, limits,
};

use crate::hearing::{Moment, Moments, What};

/// A press is short below this and long from it on.
pub const LONG_PRESS: Duration = Duration::from_millis(500);
/// How long a text stays in the report.
pub const TEXT_LIFE: Duration = Duration::from_secs(10);

/// The record of one device name. Make one per name and keep it for the whole session.
#[derive(Debug, Default)]
pub struct Record {
    report: Report,
    /// Parallel to `report.buttons`.
    holds: Vec<Option<Hold>>,
    /// Parallel to `report.encoders`: where the hardware's own counter last stood.
    bases: Vec<Option<i64>>,
    texts_said: u32,
    changed: Option<Changed>,
    refused: Refused,
    /// Each change with its own time, if a gesture listens.
    moments: Option<Moments>,
}

/// What happened to a record since it was last asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// A button, encoder, d-pad or text is among the changes; else only axes and readings.
    pub discrete: bool,
    /// Capture time of the newest change.
    pub t_captured: Time,
    /// How many changes there were.
    pub count: u32,
}

/// What a record did not take since it was last asked, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// NaN or infinite.
    pub not_finite: u32,
    /// A reading beyond ±[`Reading::MAX`].
    pub out_of_range: u32,
    /// One control more than [`limits`] allow.
    pub too_many: u32,
}

/// A button that is down.
#[derive(Clone, Copy, Debug)]
struct Hold {
    since: Time,
    /// False for a hold that was found, not seen to begin: it is neither short nor long.
    counted: bool,
    /// The long press was decided.
    long: bool,
}

impl Record {
    /// Notes each change from now on, for [`Record::take_moments`].
    pub(crate) fn keep_moments(&mut self) {
        self.moments = Some(Moments::new());
    }

    /// Hands on each change since the last call, in order.
    pub(crate) fn take_moments(&mut self, each: impl FnMut(Moment, Time)) {
        if let Some(moments) = &mut self.moments {
            moments.take(&self.report, each);
        }
    }

    /// Makes a button known, up and uncounted, so that the report lists it before its first
    /// press.
    pub fn add_button(&mut self, code: Code) {
        self.button(code);
    }

    /// A button went down at `t`. Ignored if it is down already.
    pub fn press(&mut self, code: Code, t: Time) {
        let Some(index) = self.button(code) else { return };
        if self.holds[index].is_some() {
            return;
        }
        let button = &mut self.report.buttons[index];
        button.pressed = true;
        button.presses = button.presses.wrapping_add(1);
        let t = change(button, Change::Pressed, t);
        self.holds[index] = Some(Hold { since: t, counted: true, long: false });
        self.note(code, What::Pressed, t);
        self.mark(true, t);
    }

    /// A button came up at `t`. Ignored if it is up already. Decides by capture times alone,
    /// however late it is called: 500 ms or more is long, even if [`Record::poll`] never ran.
    pub fn release(&mut self, code: Code, t: Time) {
        let Some((index, hold)) = self.held(code) else { return };
        let button = &mut self.report.buttons[index];
        let how = if !hold.counted || hold.long {
            Change::Released
        } else if t.since(hold.since) >= LONG_PRESS {
            button.longs = button.longs.wrapping_add(1);
            Change::Released
        } else {
            button.shorts = button.shorts.wrapping_add(1);
            Change::Short
        };
        self.note(code, What::Released, t);
        self.come_up(index, how, t);
    }

    /// A button is found up at `t`, but when it came up was lost (the kernel dropped events).
    /// Short only if that is certain; else a cut hold, neither short nor long.
    pub fn release_lost(&mut self, code: Code, t: Time) {
        match self.held(code) {
            Some((_, hold)) if t.since(hold.since) < LONG_PRESS => self.release(code, t),
            _ => self.cut(code, t),
        }
    }

    /// A hold ended at `t` without anybody letting go (the hardware left or was reset): neither
    /// short nor long. Ignored if the button is up already.
    pub fn cut(&mut self, code: Code, t: Time) {
        if let Some((index, _)) = self.held(code) {
            self.note(code, What::Cut, t);
            self.come_up(index, Change::Released, t);
        }
    }

    /// A button is found down when its device is opened: pressed, but not counted, since when
    /// it went down is not known.
    pub fn hold_found(&mut self, code: Code, t: Time) {
        let Some(index) = self.button(code) else { return };
        if self.holds[index].is_some() {
            return;
        }
        let button = &mut self.report.buttons[index];
        button.pressed = true;
        let t = change(button, Change::None, t);
        self.holds[index] = Some(Hold { since: t, counted: false, long: false });
        self.mark(true, t);
    }

    /// A momentary control reported a finished short press. It is never `pressed`.
    pub fn tap(&mut self, code: Code, t: Time) {
        let Some(index) = self.button(code) else { return };
        let button = &mut self.report.buttons[index];
        button.presses = button.presses.wrapping_add(1);
        button.shorts = button.shorts.wrapping_add(1);
        let t = change(button, Change::Tap, t);
        self.note(code, What::Tapped, t);
        self.mark(true, t);
    }

    /// A momentary control reported a long press. It is never `pressed`.
    pub fn long_tap(&mut self, code: Code, t: Time) {
        let Some(index) = self.button(code) else { return };
        let button = &mut self.report.buttons[index];
        button.presses = button.presses.wrapping_add(1);
        button.longs = button.longs.wrapping_add(1);
        let t = change(button, Change::LongTap, t);
        self.note(code, What::LongTapped, t);
        self.mark(true, t);
    }

    /// Makes an encoder known where it stands.
    pub fn add_encoder(&mut self, code: Code) {
        self.encoder(code);
    }

    /// An encoder moved by `delta` detents at `t`. Zero is no movement.
    pub fn turn(&mut self, code: Code, delta: i32, t: Time) {
        if delta == 0 {
            return;
        }
        let Some(index) = self.encoder(code) else { return };
        let encoder = &mut self.report.encoders[index];
        encoder.position = encoder.position.wrapping_add(delta);
        encoder.step = delta.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16;
        encoder.changed_at = encoder.changed_at.max(t);
        let t = encoder.changed_at;
        self.mark(true, t);
    }

    /// The hardware's own counter stands at `absolute`. The first value after the device was
    /// opened is a baseline: the counter may have started over while it was away.
    pub fn position(&mut self, code: Code, absolute: i64, t: Time) {
        let Some(index) = self.encoder(code) else { return };
        if let Some(base) = self.bases[index].replace(absolute) {
            let delta = absolute.saturating_sub(base);
            self.turn(code, delta.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32, t);
        }
    }

    /// An axis stands at `value` at `t`: -1 to 1, clamped; not finite is refused. A d-pad counts
    /// as discrete although it is an axis: it is four switches, and none may be lost.
    pub fn axis(&mut self, code: Code, value: f32, self_centring: bool, t: Time) {
        if !value.is_finite() {
            self.refused.not_finite += 1;
            return;
        }
        let value = value.clamp(-1.0, 1.0);
        let axes = &mut self.report.axes;
        let found = axes.iter().position(|axis| axis.code == code);
        let Some(index) =
            found.or_else(|| add(axes, limits::AXES, Axis { code, ..Axis::default() }))
        else {
            self.refused.too_many += 1;
            return;
        };
        let next = Axis { code, self_centring, value };
        if found.is_none() || self.report.axes[index] != next {
            let from = self.report.axes[index].value;
            if let Some(moments) = &mut self.moments {
                moments.axis(code, from, value, t);
            }
            self.report.axes[index] = next;
            self.mark(matches!(code, Axes::DPAD_X | Axes::DPAD_Y), t);
        }
    }

    /// A slow reading is `value` in `unit` at `t`. Not finite, or beyond ±[`Reading::MAX`], is
    /// refused and leaves the reading as it was.
    pub fn reading(&mut self, code: Code, unit: Unit, value: f32, t: Time) {
        let next = Reading { code, unit, valid: true, value };
        if !value.is_finite() {
            self.refused.not_finite += 1;
        } else if !next.in_range() {
            self.refused.out_of_range += 1;
        } else {
            self.put_reading(next, t);
        }
    }

    /// A sensor has nothing to say at `t`: the reading keeps its last value, marked invalid.
    pub fn reading_lost(&mut self, code: Code, t: Time) {
        let last = self.report.readings.iter().find(|reading| reading.code == code).copied();
        let last = last.unwrap_or(Reading { code, ..Reading::default() });
        self.put_reading(Reading { valid: false, ..last }, t);
    }

    /// A person said something at `t`. Cut to 512 bytes at a character; the oldest of more than
    /// four texts goes.
    pub fn say(&mut self, text: &str, t: Time) {
        let texts = &mut self.report.texts;
        if texts.len() >= limits::TEXTS {
            texts.remove(0);
        }
        self.texts_said = self.texts_said.wrapping_add(1);
        let end = text.floor_char_boundary(limits::TEXT_BYTES);
        let text = text[..end].to_owned();
        texts.push(Text { count: self.texts_said, changed_at: t, text });
        self.mark(true, t);
    }

    /// The device left `running` (rule 2): nothing pressed, self-centring axes neutral, readings
    /// invalid; a hold cut here is neither short nor long. Counters and positions stay, and the
    /// hardware's counters are baselines anew. Always a change: it must be said at once.
    pub fn left_running(&mut self, now: Time) {
        // Not before what is cut: a hold may carry a time that is newer than the fault's.
        let held = self.report.buttons.iter().filter(|button| button.pressed);
        let now = held.map(|button| button.changed_at).fold(now, Time::max);
        self.report.neutralise(now);
        self.holds.fill(None);
        self.bases.fill(None);
        if let Some(moments) = &mut self.moments {
            moments.left(now);
        }
        self.mark(true, now);
    }

    /// Does what is due by `now`: decides long presses at 500 ms of capture time, and removes
    /// texts that are 10 s old.
    pub fn poll(&mut self, now: Time) {
        for index in 0..self.holds.len() {
            let Some(hold) = self.holds[index].as_mut().filter(|hold| hold.awaits_long()) else {
                continue;
            };
            let due = hold.since + LONG_PRESS;
            if due <= now {
                hold.long = true;
                let button = &mut self.report.buttons[index];
                button.longs = button.longs.wrapping_add(1);
                let t = change(button, Change::Long, due);
                self.mark(true, t);
            }
        }
        while let Some(due) = self.report.texts.first().map(|text| text.changed_at + TEXT_LIFE) {
            if due > now {
                break;
            }
            self.report.texts.remove(0);
            self.mark(true, due);
        }
    }

    /// When [`Record::poll`] has something to do next; [`Time::NEVER`] if nothing waits.
    #[must_use]
    pub fn next_wake(&self) -> Time {
        let holds = self.holds.iter().flatten().filter(|hold| hold.awaits_long());
        let texts = self.report.texts.first();
        holds
            .map(|hold| hold.since + LONG_PRESS)
            .chain(texts.map(|text| text.changed_at + TEXT_LIFE))
            .min()
            .unwrap_or(Time::NEVER)
    }

    /// The whole state now.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// What changed since the last call; `None` if nothing did.
    pub fn take_changed(&mut self) -> Option<Changed> {
        self.changed.take()
    }

    /// What was refused since the last call.
    pub fn take_refused(&mut self) -> Refused {
        std::mem::take(&mut self.refused)
    }

    fn put_reading(&mut self, next: Reading, t: Time) {
        let readings = &mut self.report.readings;
        let found = readings.iter().position(|reading| reading.code == next.code);
        let Some(index) = found.or_else(|| add(readings, limits::READINGS, next)) else {
            self.refused.too_many += 1;
            return;
        };
        if found.is_none() || self.report.readings[index] != next {
            self.report.readings[index] = next;
            if let Some(moments) = &mut self.moments {
                moments.reading(next.code, t);
            }
            self.mark(false, t);
        }
    }

    fn button(&mut self, code: Code) -> Option<usize> {
        if let Some(index) = self.report.buttons.iter().position(|button| button.code == code) {
            return Some(index);
        }
        let new = Button { code, ..Button::default() };
        let added = add(&mut self.report.buttons, limits::BUTTONS, new);
        match added {
            Some(_) => self.holds.push(None),
            None => self.refused.too_many += 1,
        }
        added
    }

    fn encoder(&mut self, code: Code) -> Option<usize> {
        if let Some(index) = self.report.encoders.iter().position(|encoder| encoder.code == code) {
            return Some(index);
        }
        let new = Encoder { code, ..Encoder::default() };
        let added = add(&mut self.report.encoders, limits::ENCODERS, new);
        match added {
            Some(_) => self.bases.push(None),
            None => self.refused.too_many += 1,
        }
        added
    }

    fn held(&self, code: Code) -> Option<(usize, Hold)> {
        let index = self.report.buttons.iter().position(|button| button.code == code)?;
        Some((index, self.holds[index]?))
    }

    fn come_up(&mut self, index: usize, how: Change, t: Time) {
        self.holds[index] = None;
        let button = &mut self.report.buttons[index];
        button.pressed = false;
        let t = change(button, how, t);
        self.mark(true, t);
    }

    fn note(&mut self, code: Code, what: What, t: Time) {
        if let Some(moments) = &mut self.moments {
            moments.button(code, what, t);
        }
    }

    fn mark(&mut self, discrete: bool, t: Time) {
        let last = self.changed.unwrap_or(Changed { discrete: false, t_captured: t, count: 0 });
        self.changed = Some(Changed {
            discrete: last.discrete || discrete,
            t_captured: last.t_captured.max(t),
            count: last.count.saturating_add(1),
        });
    }
}

impl Hold {
    fn awaits_long(&self) -> bool {
        self.counted && !self.long
    }
}

/// Notes what happened to a button, and when. A time before its last change (a hardware time
/// that a fault overtook) is raised to it: one button's times never run backwards.
fn change(button: &mut Button, what: Change, t: Time) -> Time {
    button.last = what;
    button.changed_at = button.changed_at.max(t);
    button.changed_at
}

/// Adds a control if its class is not full, and says where.
fn add<T>(controls: &mut Vec<T>, limit: usize, control: T) -> Option<usize> {
    (controls.len() < limit).then(|| {
        controls.push(control);
        controls.len() - 1
    })
}
