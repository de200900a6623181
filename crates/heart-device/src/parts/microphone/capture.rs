//! The thread that reads a card, and the task that watches it.
//!
//! The thread turns at least every 100 ms as long as alsa-lib does not hang. The task ends the
//! life when the thread ends, or when it did not turn for 5 s; a thread that hangs keeps the
//! device's claim, so that there is never more than one of them.

use std::convert::Infallible;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use heart_event::{Keys, Readings, Time, Unit};
use tokio::sync::oneshot;

use super::hearing::{Heard, Hearing, hop_frames};
use super::twin::{PLACE, TwinCard};
use super::{Checked, From};
use crate::bus::Rig;
#[cfg(feature = "microphone")]
use crate::bus::sound::card::Card;
use crate::bus::sound::{Pace, Shape, Turn};
use crate::outlet::Outlet;
use crate::parts::PartError;
use crate::telemetry::Garbage;

/// A card that brings no frames for so long is faulted; silence has frames too.
const NO_FRAMES: Duration = Duration::from_secs(2);
/// So many gaps without a whole hop between them are a card that does not work.
const GAPS_MAX: u32 = 10;
/// How often the thread is looked after, and how often in vain until it counts as hanging.
const LOOK: Duration = Duration::from_secs(1);
const LOOKS_MAX: u32 = 5;

/// What the task and its thread know of each other.
#[derive(Default)]
struct Watch {
    stop: AtomicBool,
    turns: AtomicU64,
}

/// Stops the thread when the life ends, however it ends.
struct Stop(Arc<Watch>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.stop.store(true, Ordering::Relaxed);
    }
}

/// Runs one life.
pub(super) async fn run(
    microphone: Arc<Checked>,
    outlet: Outlet,
    rig: Rig,
) -> Result<Infallible, PartError> {
    let place = place(&microphone.from);
    let hangs = |place: &str| PartError::Io {
        place: place.to_owned(),
        source: io::Error::new(io::ErrorKind::TimedOut, "alsa-lib or the driver hangs"),
    };
    // A twin never hangs, and there may be many.
    let claim = match &microphone.from {
        From::Card(_) => Some(rig.claims.take(Path::new(&place)).ok_or_else(|| hangs(&place))?),
        From::Twin(_) => None,
    };
    let watch = Arc::new(Watch::default());
    let _stop = Stop(Arc::clone(&watch));
    let (end, mut ended) = oneshot::channel();
    let watched = Arc::clone(&watch);
    let thread = move || {
        let error = listen(&microphone, &outlet, &watched);
        drop(claim);
        let _ = end.send(error);
    };
    std::thread::Builder::new()
        .name("heart-sound".to_owned())
        .spawn(thread)
        .map_err(|source| PartError::Io { place: place.clone(), source })?;
    let (mut turns, mut looks) = (0, 0);
    loop {
        tokio::select! {
            biased;
            end = &mut ended => {
                // Stopped it is only by this task; else it panicked.
                let died = || PartError::Panicked("the thread of the sound card".to_owned());
                return Err(end.ok().flatten().unwrap_or_else(died));
            }
            () = tokio::time::sleep(LOOK) => {}
        }
        let now = watch.turns.load(Ordering::Relaxed);
        looks = if now == turns { looks + 1 } else { 0 };
        turns = now;
        if looks >= LOOKS_MAX {
            return Err(hangs(&place));
        }
    }
}

/// Listens until the card fails, or until the life is over (`None`).
fn listen(microphone: &Checked, outlet: &Outlet, watch: &Watch) -> Option<PartError> {
    let rate_hz = microphone.rate_hz;
    let hop = hop_frames(rate_hz);
    let mut mouth = match Mouth::open(microphone, outlet, hop) {
        Ok(mouth) => mouth,
        Err(error) => return Some(error),
    };
    let (mut ear, shape) = (Ear::new(rate_hz, outlet.now()), mouth.shape());
    outlet.running(|_, _| ());
    while !watch.stop.load(Ordering::Relaxed) {
        watch.turns.fetch_add(1, Ordering::Relaxed);
        let turn = mouth.turn();
        let now = outlet.now();
        let gap = match turn {
            Ok(Turn::Hop { bytes, ago }) => {
                ear.mono.clear();
                if shape.mix(bytes, &mut ear.mono) > 0 {
                    outlet.garbage(Garbage::NotFinite);
                }
                ear.hear(outlet, now, ago);
                None
            }
            Ok(Turn::Some) => ear.some(now),
            Ok(Turn::None) => ear.none(now),
            Ok(Turn::Lost) => {
                outlet.garbage(Garbage::Dropped);
                ear.lost(now)
            }
            Err(error) => return Some(error),
        };
        if let Some(why) = gap {
            let (place, source) = (place(&microphone.from), io::Error::other(why));
            return Some(PartError::Io { place, source });
        }
    }
    None
}

/// What it is called in errors.
fn place(from: &From) -> String {
    match from {
        From::Card(device) => format!("ALSA device {device:?}"),
        From::Twin(_) => PLACE.to_owned(),
    }
}

/// What speaks: a card or its twin.
enum Mouth {
    #[cfg(feature = "microphone")]
    Card(Box<Card>),
    Twin(TwinCard),
}

impl Mouth {
    fn open(microphone: &Checked, outlet: &Outlet, hop: usize) -> Result<Mouth, PartError> {
        let rate_hz = microphone.rate_hz;
        match &microphone.from {
            #[cfg(feature = "microphone")]
            From::Card(device) => Ok(Mouth::Card(Box::new(Card::open(device, rate_hz, hop)?))),
            // Refused when the configuration is checked.
            #[cfg(not(feature = "microphone"))]
            From::Card(_) => Err(PartError::Absent { place: place(&microphone.from) }),
            From::Twin(twin) => {
                Ok(Mouth::Twin(TwinCard::open(twin, outlet.clock(), rate_hz, hop)?))
            }
        }
    }

    fn shape(&self) -> Shape {
        match self {
            #[cfg(feature = "microphone")]
            Mouth::Card(card) => card.shape(),
            Mouth::Twin(_) => TwinCard::SHAPE,
        }
    }

    fn turn(&mut self) -> Result<Turn<'_>, PartError> {
        match self {
            #[cfg(feature = "microphone")]
            Mouth::Card(card) => card.turn(),
            Mouth::Twin(twin) => twin.turn(),
        }
    }
}

/// What the thread keeps between turns.
struct Ear {
    hearing: Hearing,
    mono: Vec<f32>,
    pace: Pace,
    /// A tempo was said.
    tempo: bool,
    /// When frames came last.
    last: Time,
    /// Gaps since the last whole hop.
    gaps: u32,
}

impl Ear {
    fn new(rate_hz: u32, now: Time) -> Self {
        let (hearing, mono) = (Hearing::new(rate_hz), Vec::with_capacity(hop_frames(rate_hz)));
        Ear { hearing, mono, pace: Pace::new(now), tempo: false, last: now, gaps: 0 }
    }

    /// Hears the hop in `mono`, and waits if it came too early.
    fn hear(&mut self, outlet: &Outlet, now: Time, ago: Duration) {
        (self.last, self.gaps) = (now, 0);
        let t = now.before(ago);
        let Heard { samples, loudness, beat } = self.hearing.hear(&self.mono);
        outlet.samples(samples, t);
        let lost = beat.tempo.is_none() && self.tempo;
        if loudness.is_some() || beat.beat_ago.is_some() || lost {
            outlet.apply(|record| {
                if let Some(loudness) = loudness {
                    record.reading(Readings::RMS, Unit::Ratio, loudness.rms, t);
                    record.reading(Readings::PEAK, Unit::Ratio, loudness.peak, t);
                }
                if let Some(ago) = beat.beat_ago {
                    record.tap(Keys::BEAT, t.before(Duration::from_secs_f32(ago)));
                }
                match beat.tempo {
                    // To a tenth, and with a beat: else it would be news ten times a second.
                    Some(tempo) if beat.beat_ago.is_some() => {
                        let tempo = (tempo * 10.0).round() / 10.0;
                        record.reading(Readings::TEMPO, Unit::BeatsPerMinute, tempo, t);
                    }
                    None if lost => record.reading_lost(Readings::TEMPO, t),
                    _ => {}
                }
            });
            self.tempo = beat.tempo.is_some() && (self.tempo || beat.beat_ago.is_some());
        }
        let early = self.pace.after(self.hearing.period(), now);
        if !early.is_zero() {
            std::thread::sleep(early);
        }
    }

    fn some(&mut self, now: Time) -> Option<&'static str> {
        self.last = now;
        None
    }

    fn none(&mut self, now: Time) -> Option<&'static str> {
        let over = now.since(self.last) >= NO_FRAMES;
        over.then_some("the card recorded nothing for 2 s; plug it in anew")
    }

    fn lost(&mut self, now: Time) -> Option<&'static str> {
        (self.last, self.gaps) = (now, self.gaps + 1);
        let over = self.gaps > GAPS_MAX;
        over.then_some("the card lost its sound 10 times in a row; try a lower `rate_hz`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: u64) -> Time {
        Time::from_millis(millis)
    }

    #[test]
    fn a_card_without_frames_is_given_up_after_2_s_and_any_frame_begins_anew() {
        let mut ear = Ear::new(48_000, ms(1000));
        assert_eq!((ear.none(ms(2999)), ear.some(ms(2999))), (None, None));
        assert_eq!(ear.none(ms(4998)), None);
        assert!(ear.none(ms(4999)).unwrap().contains("nothing for 2 s"));
    }

    #[test]
    fn a_card_that_only_loses_is_given_up_and_one_whole_hop_begins_anew() {
        let mut ear = Ear::new(48_000, ms(1000));
        assert!((0..10).all(|_| ear.lost(ms(1000)).is_none()));
        assert!(ear.lost(ms(1000)).unwrap().contains("10 times"));
        ear.gaps = 0;
        assert_eq!(ear.lost(ms(9000)), None);
        assert_eq!(ear.none(ms(10_999)), None, "a gap is a sign of life");
    }
}
