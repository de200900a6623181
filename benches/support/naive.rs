//! What one writes without a mirror: JSON into a map, and what is unequal has changed.
//!
//! It knows no order, no age, no loss and no duplicate; that is what it saves.

use std::collections::HashMap;

use crate::plain::Plain;

/// The latest state of every topic.
#[derive(Debug, Default)]
pub struct Naive {
    states: HashMap<String, Plain>,
    changes: Vec<NaiveChange>,
}

/// A control that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NaiveChange {
    /// Whose.
    pub topic: String,
    /// Its code.
    pub code: u32,
    /// Pressed, or turned by so much.
    pub value: i32,
}

impl Naive {
    /// Takes a message in. False if it is no message.
    pub fn handle(&mut self, topic: &str, payload: &[u8]) -> bool {
        let Ok(new) = serde_json::from_slice::<Plain>(payload) else { return false };
        let Some(old) = self.states.get_mut(topic) else {
            self.states.insert(topic.to_owned(), new);
            return true;
        };
        let topic = || topic.to_owned();
        for (old, new) in old.buttons.iter().zip(&new.buttons).filter(|(old, new)| old != new) {
            let value = i32::from(new.pressed);
            if old.pressed != new.pressed {
                self.changes.push(NaiveChange { topic: topic(), code: new.code, value });
            }
        }
        for (old, new) in old.encoders.iter().zip(&new.encoders).filter(|(old, new)| old != new) {
            let value = new.position.wrapping_sub(old.position);
            self.changes.push(NaiveChange { topic: topic(), code: new.code, value });
        }
        for (old, new) in old.axes.iter().zip(&new.axes).filter(|(old, new)| old != new) {
            let value = ((new.value - old.value) * 1e3) as i32;
            self.changes.push(NaiveChange { topic: topic(), code: new.code, value });
        }
        *old = new;
        true
    }

    /// Moves what has changed since the last frame into `changes`.
    pub fn take_changes(&mut self, changes: &mut Vec<NaiveChange>) {
        changes.clear();
        changes.append(&mut self.changes);
    }

    /// A copy of everything, so that the network's thread is not kept waiting by a frame.
    #[must_use]
    pub fn states(&self) -> HashMap<String, Plain> {
        self.states.clone()
    }
}
