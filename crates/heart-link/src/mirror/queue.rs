//! Events wait here for the frame (rule 11).

use std::collections::VecDeque;

use heart_event::Event;

use crate::timing::EVENT_QUEUE;

/// A bounded queue. When it is full the newcomer is dropped and counted, and the mirror is told
/// to look for presses whose release went missing.
#[derive(Debug, Default)]
pub(super) struct EventQueue {
    events: VecDeque<Event>,
    overflowed: bool,
}

impl EventQueue {
    /// Adds an event; false if there was no room.
    pub(super) fn push(&mut self, event: Event) -> bool {
        if self.events.len() >= EVENT_QUEUE {
            self.overflowed = true;
            return false;
        }
        self.events.push_back(event);
        true
    }

    pub(super) fn pop(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether something was dropped since the last call.
    pub(super) fn take_overflowed(&mut self) -> bool {
        std::mem::take(&mut self.overflowed)
    }
}
