//! Beat and tempo of music, estimated from the bands. Pure; takes no memory once made.
//!
//! ```text
//!  bands -> strength (how much louder than a hop ago) -> 6 s of it -> what repeats: the tempo
//!                                                                  '-> where:        the beat
//! ```
//!
//! Four times a second the last 6 s are compared with themselves, shifted by every tempo from 60
//! to 180 a minute; what fits best is the tempo, and a comb of that pitch, laid over the last
//! seconds, says where the beats fall. A pulse that runs freely at that tempo is pulled there a
//! little at each look, so that beats are said when they fall and not when they were understood,
//! and go on through a break. Without something that repeats there is no pulse, and no beat.
//!
//! Half and double tempo repeat as well; those near 120 a minute are preferred (Moelants 2002),
//! and dancers disagree about the rest, too.

use heart_event::BANDS;

/// What is compared, s.
const HISTORY_S: f32 = 6.0;
/// What must have been heard before the first look, s.
const FIRST_S: f32 = 3.0;
/// Between two looks, s.
const LOOK_S: f32 = 0.25;
/// Slowest and fastest tempo, beats a minute.
const TEMPI: [f32; 2] = [60.0, 180.0];
/// Tempo that is preferred, and how much: octaves away at which half of the trust is left.
const USUAL: f32 = 120.0;
const OCTAVES: f32 = 1.2;
/// Bands below this carry the beat: drums and bass, up to 435 Hz.
const LOW_BANDS: usize = 6;
/// How alike two shifted pasts must be, 1 is the same: to begin a pulse, and to keep it.
const SURE: f32 = 0.3;
const DOUBTFUL: f32 = 0.15;
/// Looks in a row at another tempo, or at nothing, until the pulse follows or ends: 1 s, 2 s.
const OTHER_LOOKS: u32 = 4;
const NOTHING_LOOKS: u32 = 8;
/// Tempi that differ by less are the same.
const SAME: f32 = 0.06;
/// How far a look pulls the pulse to what it saw.
const PULL: f32 = 0.3;
/// What sounds begins to be seen so many hops later, for the window is 4 hops long.
const LATE_HOPS: f32 = 1.1;
/// Strength that is silence, in shown levels (1 is 60 dB).
const NOTHING: f32 = 1e-4;

/// The beat that one microphone hears.
pub(super) struct Beats {
    hop_s: f32,
    last: [f32; BANDS],
    /// The newest strengths; `at` is where the next one goes.
    history: Vec<f32>,
    at: usize,
    heard: usize,
    /// The history in order, without its mean; scratch of a look.
    past: Vec<f32>,
    /// How alike the past and itself shifted by so many hops are.
    alike: Vec<f32>,
    until_look: u32,
    pulse: Option<Pulse>,
    doubts: u32,
}

/// A pulse that runs freely. Lengths in hops.
#[derive(Clone, Copy, Debug)]
struct Pulse {
    beat: f32,
    next: f32,
}

/// What a look saw.
#[derive(Clone, Copy, Debug)]
struct Seen {
    alike: f32,
    beat: f32,
    /// How long ago the last beat fell.
    ago: f32,
}

/// What one hop brought.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Heard {
    /// A beat fell so many seconds before the hop's end.
    pub(super) beat_ago: Option<f32>,
    /// Beats a minute; `None` while there is no beat.
    pub(super) tempo: Option<f32>,
}

impl Beats {
    /// For hops of `hop_s` seconds, 0.02 to 0.05.
    pub(super) fn new(hop_s: f32) -> Self {
        let hops = (HISTORY_S / hop_s) as usize;
        Beats {
            hop_s,
            last: [0.0; BANDS],
            history: vec![0.0; hops],
            at: 0,
            heard: 0,
            past: vec![0.0; hops],
            alike: vec![0.0; hops],
            until_look: 0,
            pulse: None,
            doubts: 0,
        }
    }

    /// Hears the bands of one hop, 0 to 1 each.
    pub(super) fn hear(&mut self, bands: &[f32; BANDS]) -> Heard {
        let strength = strength(&self.last, bands);
        self.last = *bands;
        // The first hop is louder than nothing, which says nothing.
        self.history[self.at] = if self.heard == 0 { 0.0 } else { strength };
        self.at = (self.at + 1) % self.history.len();
        self.heard = (self.heard + 1).min(self.history.len());
        if let Some(pulse) = &mut self.pulse {
            pulse.next -= 1.0;
        }
        if self.until_look == 0 {
            self.until_look = (LOOK_S / self.hop_s) as u32;
            if self.heard as f32 * self.hop_s >= FIRST_S {
                let seen = self.look();
                self.follow(seen);
            }
        }
        self.until_look -= 1;
        let tempo = self.pulse.map(|pulse| 60.0 / (pulse.beat * self.hop_s));
        Heard { beat_ago: self.beat(), tempo }
    }

    /// Whether a beat has fallen by now.
    fn beat(&mut self) -> Option<f32> {
        let pulse = self.pulse.as_mut().filter(|pulse| pulse.next <= 0.0)?;
        let ago = -pulse.next * self.hop_s;
        pulse.next += pulse.beat;
        // Pulled over a whole beat at once: that one is not told late.
        (ago < 0.5 * pulse.beat * self.hop_s).then_some(ago)
    }

    /// Compares the past with itself.
    fn look(&mut self) -> Option<Seen> {
        let (count, size) = (self.heard, self.history.len());
        let oldest = (self.at + size - count) % size;
        let mean = self.history.iter().sum::<f32>() / count as f32;
        // Blurred over three hops: a tempo whose length is no whole number of hops would else be
        // less like itself than its double.
        let strength = |i: usize| self.history[(oldest + i) % size];
        for (i, past) in self.past[..count].iter_mut().enumerate() {
            let beside = strength(i.saturating_sub(1)) + strength((i + 1).min(count - 1));
            *past = 0.5 * strength(i) + 0.25 * beside - mean;
        }
        let past = &self.past[..count];
        let shifted = |by: usize| {
            let pairs = past.iter().zip(&past[by..]);
            pairs.map(|(then, later)| then * later).sum::<f32>() / (count - by) as f32
        };
        let power = shifted(0);
        if power < NOTHING * NOTHING || mean < NOTHING {
            return None;
        }
        let hops = |tempo: f32| 60.0 / tempo / self.hop_s;
        let (least, most) = (hops(TEMPI[1]) as usize, hops(TEMPI[0]).ceil() as usize);
        // Twice the longest beat, but always a second of overlap.
        let longest = (2 * most + 1).min(count - (1.0 / self.hop_s) as usize);
        for by in least.saturating_sub(1)..=longest {
            self.alike[by] = shifted(by) / power;
        }
        let alike = &self.alike[..=longest];
        let trust = |by: usize| {
            let octaves = (hops(USUAL) / by as f32).log2() / OCTAVES;
            let twice = alike.get(2 * by).copied().unwrap_or(alike[by]);
            (alike[by] + 0.5 * twice) * (-octaves * octaves * std::f32::consts::LN_2).exp()
        };
        let best = (least..=most.min(longest)).max_by(|a, b| trust(*a).total_cmp(&trust(*b)))?;
        // The second repetition tells the length twice as finely.
        let beat = if 2 * best < longest {
            let near = (2 * best).saturating_sub(2)..=(2 * best + 2).min(longest - 1);
            let top = near.max_by(|a, b| alike[*a].total_cmp(&alike[*b]))?;
            peak(alike, top) / 2.0
        } else {
            peak(alike, best)
        };
        Some(Seen { alike: alike[best], beat, ago: comb(past, beat) })
    }

    /// Begins, pulls, exchanges or ends the pulse.
    fn follow(&mut self, seen: Option<Seen>) {
        let sure = seen.filter(|seen| seen.alike >= SURE);
        let Some(pulse) = &mut self.pulse else {
            self.pulse = sure.map(Pulse::new);
            self.doubts = 0;
            return;
        };
        match seen.filter(|seen| seen.alike >= DOUBTFUL) {
            Some(seen) if (seen.beat / pulse.beat - 1.0).abs() < SAME => {
                pulse.pull(&Pulse::new(seen));
                self.doubts = 0;
            }
            _ => self.doubts += 1,
        }
        if let Some(other) = sure.filter(|_| self.doubts >= OTHER_LOOKS) {
            *pulse = Pulse::new(other);
            self.doubts = 0;
        } else if self.doubts >= NOTHING_LOOKS {
            self.pulse = None;
        }
    }
}

impl Pulse {
    /// From what was seen, which happened [`LATE_HOPS`] earlier than it was.
    fn new(seen: Seen) -> Self {
        let next = seen.beat - (seen.ago + LATE_HOPS) % seen.beat;
        Pulse { beat: seen.beat, next }
    }

    fn pull(&mut self, to: &Pulse) {
        let away = (to.next - self.next) / self.beat;
        self.next += PULL * (away - away.round()) * self.beat;
        self.beat += PULL * (to.beat - self.beat);
    }
}

/// How much louder the bands are than a hop ago; what gets softer does not count.
fn strength(last: &[f32; BANDS], bands: &[f32; BANDS]) -> f32 {
    let risen = |(last, band): (&f32, &f32)| (band - last).max(0.0);
    let mut risen = last.iter().zip(bands).map(risen);
    let low: f32 = risen.by_ref().take(LOW_BANDS).sum();
    let high: f32 = risen.sum();
    low / LOW_BANDS as f32 + 0.5 * high / (BANDS - LOW_BANDS) as f32
}

/// Where the top of a curve lies around its highest point, by the parabola through three.
fn peak(curve: &[f32], top: usize) -> f32 {
    let Some([before, at, after]) = top.checked_sub(1).and_then(|from| curve.get(from..from + 3))
    else {
        return top as f32;
    };
    let bend = before - 2.0 * at + after;
    let aside = if bend < 0.0 { 0.5 * (before - after) / bend } else { 0.0 };
    top as f32 + aside.clamp(-0.5, 0.5)
}

/// How many hops before the end of `past` the last tooth of a comb of pitch `beat` lies that
/// fits best.
fn comb(past: &[f32], beat: f32) -> f32 {
    const PARTS: usize = 2;
    let newest = (past.len() - 1) as f32;
    let at = |ago: f32| {
        let place = newest - ago;
        let (below, part) = (place.floor(), place.fract());
        let value = |place: f32| past.get(place as usize).copied().unwrap_or(0.0);
        value(below) * (1.0 - part) + value(below + 1.0) * part
    };
    let teeth = (newest / beat) as usize;
    let fit = |ago: f32| (0..teeth).map(|tooth| at(ago + tooth as f32 * beat)).sum::<f32>();
    let places = (0..(beat as usize) * PARTS).map(|step| step as f32 / PARTS as f32);
    places.max_by(|a, b| fit(*a).total_cmp(&fit(*b))).unwrap_or(0.0)
}

#[cfg(test)]
mod tests;
