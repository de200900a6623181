//! How a virtual device hears the others: gestures are made of other devices' changes.
//!
//! ```text
//!  source's record -> moments -> Ear { Gesture } -> times of finished gestures -> its own part
//!  '--- under the source's lock -------------'      '--- in the virtual device's task --------'
//! ```
//!
//! An [`Ear`] is fed while the source's line publishes, so that no change is lost and none comes
//! out of order. Its lock is the last one taken, for a few comparisons: nothing is called while
//! it is held, so no order of devices can deadlock. What a gesture decides is pure
//! ([`Gesture`], in `parts/gestures`).

mod moment;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use heart_event::{Code, Samples, Time};
use tokio::sync::Notify;

pub(crate) use moment::{Moment, Moments, What};

use crate::config::Device;

/// Finished gestures that wait for their device's task. A person makes a few a second.
const MADE: usize = 16;

/// A gesture: a state machine over other devices' changes. Pure; its memory is bounded.
pub(crate) trait Gesture: fmt::Debug + Send + Sync {
    /// Something happened at `t` to the control of this number in the gesture's sources, or to
    /// another control of one of its devices. Gives the time at which the gesture was complete.
    fn hear(&mut self, _control: Option<usize>, _what: What, _t: Time) -> Option<Time> {
        None
    }

    /// An accelerometer stands at this vector (m/s²) at `t`.
    fn accelerate(&mut self, _vector: [f32; 3], _t: Time) -> Option<Time> {
        None
    }

    /// When [`Gesture::poll`] has something to do next.
    fn next_wake(&self) -> Time {
        Time::NEVER
    }

    /// What is complete by `now` because nothing happened.
    fn poll(&mut self, _now: Time) -> Option<Time> {
        None
    }

    /// A device left, or changes were lost: what is half done is dropped.
    fn forget(&mut self);
}

/// A device's name and, where it matters, one of its controls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) device: String,
    pub(crate) control: Option<Code>,
}

/// What a virtual device is made of.
pub(crate) struct Hears {
    pub(crate) sources: Vec<Source>,
    pub(crate) gesture: Box<dyn Gesture>,
}

/// The ear of one virtual device.
#[derive(Debug)]
pub(crate) struct Ear {
    /// The sources, by their devices' index.
    sources: Vec<(usize, Option<Code>)>,
    inner: Mutex<Inner>,
    woken: Notify,
}

#[derive(Debug)]
struct Inner {
    gesture: Box<dyn Gesture>,
    made: VecDeque<Time>,
    missed: u32,
}

impl Ear {
    fn new(hears: Hears, devices: &[Device]) -> Ear {
        let index = |name: &str| devices.iter().position(|device| device.name().as_str() == name);
        // A name that is nowhere is refused by `check`; one that comes by another way is deaf.
        let sources = hears.sources.iter().filter_map(|s| Some((index(&s.device)?, s.control)));
        let made = VecDeque::with_capacity(MADE);
        let inner = Mutex::new(Inner { gesture: hears.gesture, made, missed: 0 });
        Ear { sources: sources.collect(), inner, woken: Notify::new() }
    }

    /// The virtual device is about to run: what was before does not count.
    pub(crate) fn open(&self) {
        let mut inner = self.lock();
        inner.gesture.forget();
        inner.made.clear();
    }

    /// A device told `moment`.
    pub(crate) fn hear(&self, device: usize, moment: Moment, t: Time) {
        let mut inner = self.lock();
        let before = inner.gesture.next_wake();
        let made = match moment {
            Moment::Button(code, what) => {
                let control = self.sources.iter().position(|s| *s == (device, Some(code)));
                inner.gesture.hear(control, what, t)
            }
            Moment::Acceleration(vector) => inner.gesture.accelerate(vector, t),
            Moment::Void => {
                inner.gesture.forget();
                None
            }
        };
        self.note(&mut inner, made, before);
    }

    /// A device's batch of motion, whose last sample is of `t`.
    pub(crate) fn motion(&self, samples: &Samples, t: Time) {
        let mut inner = self.lock();
        for (after, sample) in samples.motion.iter().rev().enumerate().rev() {
            let t = t.before(samples.period.saturating_mul(after as u32));
            let made = inner.gesture.accelerate(sample.acceleration, t);
            self.note(&mut inner, made, Time::NEVER);
        }
    }

    /// The next finished gesture's time, or how many were missed because nobody asked.
    pub(crate) fn made(&self, now: Time) -> Option<Result<Time, u32>> {
        let mut inner = self.lock();
        if let Some(t) = inner.gesture.poll(now) {
            self.note(&mut inner, Some(t), Time::NEVER);
        }
        match (std::mem::take(&mut inner.missed), inner.made.pop_front()) {
            (0, made) => made.map(Ok),
            (missed, None) => Some(Err(missed)),
            (missed, Some(t)) => {
                inner.made.push_front(t);
                Some(Err(missed))
            }
        }
    }

    /// Waits until there may be something.
    pub(crate) async fn wait(&self, now: Time) {
        let wake = self.lock().gesture.next_wake();
        let woken = self.woken.notified();
        if wake == Time::NEVER {
            return woken.await;
        }
        let _ = tokio::time::timeout(wake.since(now), woken).await;
    }

    fn note(&self, inner: &mut Inner, made: Option<Time>, wake_before: Time) {
        if let Some(t) = made {
            if inner.made.len() < MADE {
                inner.made.push_back(t);
            } else {
                inner.missed += 1;
            }
        }
        if made.is_some() || inner.gesture.next_wake() < wake_before {
            self.woken.notify_one();
        }
    }

    /// A gesture that panicked is left as it was: plain data.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The ear of each device that has one, by the device's index.
pub(crate) fn ears(devices: &[Device]) -> Vec<Option<Arc<Ear>>> {
    let ear = |device: &Device| Some(Arc::new(Ear::new(device.part.hears()?, devices)));
    devices.iter().map(ear).collect()
}

/// Those ears that listen to `device`.
pub(crate) fn listeners(ears: &[Option<Arc<Ear>>], device: usize) -> Vec<Arc<Ear>> {
    let listens = |ear: &&Arc<Ear>| ear.sources.iter().any(|(index, _)| *index == device);
    ears.iter().flatten().filter(listens).map(Arc::clone).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use heart_event::{Keys, MotionSample};

    use super::*;

    /// Complete at every press and at every vector that points up.
    #[derive(Debug, Default)]
    struct Eager {
        forgot: u32,
    }

    impl Gesture for Eager {
        fn hear(&mut self, control: Option<usize>, what: What, t: Time) -> Option<Time> {
            (control == Some(1) && what == What::Pressed).then_some(t)
        }

        fn accelerate(&mut self, [.., z]: [f32; 3], t: Time) -> Option<Time> {
            (z > 0.0).then_some(t)
        }

        fn forget(&mut self) {
            self.forgot += 1;
        }
    }

    fn ear() -> Ear {
        let made = VecDeque::with_capacity(MADE);
        let inner = Inner { gesture: Box::new(Eager::default()), made, missed: 0 };
        let sources = vec![(4, Some(Keys::SOUTH)), (5, Some(Keys::SOUTH))];
        Ear { sources, inner: Mutex::new(inner), woken: Notify::new() }
    }

    fn all(ear: &Ear) -> Vec<Result<u64, u32>> {
        let made = std::iter::from_fn(|| ear.made(Time::ZERO));
        made.map(|made| made.map(|t| t.nanos() / 1_000_000)).collect()
    }

    #[test]
    fn a_control_is_known_by_its_device_and_its_code() {
        let ear = ear();
        for (device, code) in [(4, Keys::SOUTH), (5, Keys::EAST), (5, Keys::SOUTH)] {
            let t = Time::from_millis(device as u64);
            ear.hear(device, Moment::Button(code, What::Pressed), t);
        }
        assert_eq!(all(&ear), [Ok(5)], "the second source, and nothing else");
    }

    #[test]
    fn samples_of_a_batch_have_times_of_their_own() {
        let ear = ear();
        let sample = |z| MotionSample { acceleration: [0.0, 0.0, z], rotation: [0.0; 3] };
        let motion = vec![sample(1.0), sample(0.0), sample(1.0), sample(0.0)];
        let samples = Samples { period: Duration::from_millis(10), motion, bands: Vec::new() };
        ear.motion(&samples, Time::from_millis(100));
        assert_eq!(all(&ear), [Ok(70), Ok(90)]);
    }

    #[test]
    fn gestures_that_nobody_takes_are_bounded_and_counted() {
        let ear = ear();
        let press = Moment::Button(Keys::SOUTH, What::Pressed);
        (0..MADE as u64 + 3).for_each(|ms| ear.hear(5, press, Time::from_millis(ms)));
        let all = all(&ear);
        assert_eq!((all.len(), all[0], all[1]), (MADE + 1, Err(3), Ok(0)));
        assert!(ear.lock().made.capacity() == MADE, "no memory is asked for twice");
    }

    #[test]
    fn what_was_before_the_device_ran_does_not_count() {
        let ear = ear();
        ear.hear(5, Moment::Button(Keys::SOUTH, What::Pressed), Time::ZERO);
        ear.open();
        assert_eq!(all(&ear), []);
    }
}
