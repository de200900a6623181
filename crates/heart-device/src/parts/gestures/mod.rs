//! Gestures: virtual devices made of what other devices do.
//!
//! Each kind is a table that names its sources (`device.control`) and a pure state machine
//! ([`Gesture`]). A finished gesture is a tap of `button` of the virtual device, with the time of
//! the change that finished it. A gesture never listens to another gesture, and forgets what is
//! half done when one of its devices leaves `running`.

pub(crate) mod double_tap;
pub(crate) mod long_press;
pub(crate) mod sequence;
pub(crate) mod shake;
pub(crate) mod simultaneous;

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use heart_event::Keys;

use super::{Life, Part, PartError};
use crate::bus::Rig;
use crate::config::{Problem, Wrong, nearest_note};
use crate::hearing::{Ear, Gesture, Hears, Source};
use crate::outlet::Outlet;
use crate::telemetry::Garbage;

/// Longest time that a gesture may take from one of its parts to the next, ms.
const LONGEST_MS: u32 = 60_000;

/// The part of every gesture.
#[derive(Debug)]
struct Virtual<G> {
    sources: Vec<Source>,
    gesture: G,
}

impl<G: Gesture + Clone + 'static> Part for Virtual<G> {
    fn run(self: Arc<Self>, outlet: Outlet, rig: Rig) -> Life {
        Box::pin(async move {
            let deaf = || PartError::Absent { place: "what the gesture is made of".to_owned() };
            run(&*rig.ear.ok_or_else(deaf)?, &outlet).await
        })
    }

    fn is_there(&self, rig: &Rig) -> bool {
        rig.ear.is_some()
    }

    fn hears(&self) -> Option<Hears> {
        let (sources, gesture) = (self.sources.clone(), Box::new(self.gesture.clone()));
        Some(Hears { sources, gesture })
    }
}

async fn run(ear: &Ear, outlet: &Outlet) -> Result<Infallible, PartError> {
    ear.open();
    outlet.running(|record, _| record.add_button(Keys::BUTTON));
    loop {
        while let Some(made) = ear.made(outlet.now()) {
            match made {
                Ok(t) => {
                    outlet.apply(|record| record.tap(Keys::BUTTON, t));
                }
                Err(missed) => (0..missed).for_each(|_| outlet.garbage(Garbage::TooMany)),
            }
        }
        ear.wait(outlet.now()).await;
    }
}

/// The device of a source as written: what stands before the dot.
fn device(of: &str) -> &str {
    of.split_once('.').map_or(of, |(device, _)| device)
}

/// Reads `device.control`, where the control is a button or a direction of the d-pad.
fn source(of: &str) -> Result<Source, Wrong> {
    let wrong = |why: String| ("of", Problem::Value(why));
    let Some((device, word)) = of.split_once('.') else {
        let why = format!("{of:?} names no control; write `device.control`, such as `knob.button`");
        return Err(wrong(why));
    };
    let Some(control) = Keys::code(word) else {
        let near = nearest_note(word, Keys::all().map(|(_, word)| word));
        return Err(wrong(format!("no button is called {word:?}{near}")));
    };
    Ok(Source { device: device.to_owned(), control: Some(control) })
}

/// Checks a time in milliseconds.
fn span(key: &'static str, ms: u32) -> Result<Duration, Wrong> {
    if !(1..=LONGEST_MS).contains(&ms) {
        let why = format!("{ms} is not between 1 and {LONGEST_MS} milliseconds");
        return Err((key, Problem::Value(why)));
    }
    Ok(Duration::from_millis(u64::from(ms)))
}

/// Checks how many sources a gesture has.
fn count(of: &[String], least: usize, most: usize) -> Result<(), Wrong> {
    if !(least..=most).contains(&of.len()) {
        let why = format!("names {} controls; this gesture has {least} to {most}", of.len());
        return Err(("of", Problem::Value(why)));
    }
    Ok(())
}

/// A gesture with its sources, as a part.
fn part<G>(sources: Vec<Source>, gesture: G) -> Arc<dyn Part>
where
    G: Gesture + Clone + fmt::Debug + 'static,
{
    Arc::new(Virtual { sources, gesture })
}
