//! What was told of a device's controls, and what therefore is owed or must not be told again.

use std::time::Duration;

use heart_event::{Code, Encoder, Event, Release, Time, What, limits};

/// A press that was told: to the queue (`emitted`), and on to a frame (`delivered`).
#[derive(Clone, Copy, Debug)]
struct Press {
    code: Code,
    emitted: bool,
    delivered: bool,
}

/// The newest press of a button that was told. Kept past a baseline: when a watermark heals, a
/// late copy of a report may come again, and its presses must not be told twice.
#[derive(Clone, Copy, Debug)]
struct Newest {
    code: Code,
    presses: u32,
    longs: u32,
    at: Time,
}

/// The ledger of one device. Bounded by the controls of a report.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    presses: Vec<Press>,
    newest: Vec<Newest>,
    /// The newest turn of an encoder that was told, and when.
    turns: Vec<(Encoder, Time)>,
}

impl Ledger {
    /// A new session counts anew. Presses that are under way are not forgotten.
    pub(super) fn forget(&mut self) {
        self.newest.clear();
        self.turns.clear();
    }

    /// Whether this may go to the queue, and writes it down: a press once, a long press and a
    /// release only for a press that was told (rule 10).
    pub(super) fn admits(&mut self, code: Code, what: What, now: Time, stale: Duration) -> bool {
        match what {
            What::Pressed { count } => {
                let new = self.is_new(code, count, 0, now, stale);
                if new {
                    self.press(code).emitted = true;
                }
                new
            }
            What::Long { count } => {
                self.is_new(code, 0, count, now, stale) && self.is_emitted(code)
            }
            What::Released { .. } => {
                let was = self.presses.iter_mut().find(|p| p.code == code && p.emitted);
                let Some(press) = was else { return false };
                press.emitted = false;
                self.presses.retain(|p| p.emitted || p.delivered);
                true
            }
            What::Turned { .. } | What::Moved { .. } | What::Said { .. } => true,
        }
    }

    /// Whether a turn was not told yet: by its time, since positions go both ways.
    pub(super) fn admits_turn(&mut self, turn: &Encoder, now: Time, stale: Duration) -> bool {
        let Some((newest, at)) = self.turns.iter_mut().find(|(n, _)| n.code == turn.code) else {
            if self.turns.len() < limits::ENCODERS {
                self.turns.push((*turn, now));
            }
            return true;
        };
        let told = turn.changed_at < newest.changed_at
            || (turn.changed_at == newest.changed_at && turn.position == newest.position);
        if told && now.since(*at) <= 2 * stale {
            return false;
        }
        (*newest, *at) = (*turn, now);
        true
    }

    /// Whether a press was not told yet, and remembers it. The memory is as long as a change is
    /// fresh, twice; what is older is stale by itself. (A forged high counter is forgotten so.)
    fn is_new(&mut self, code: Code, presses: u32, longs: u32, now: Time, stale: Duration) -> bool {
        let next = Newest { code, presses, longs, at: now };
        let Some(newest) = self.newest.iter_mut().find(|n| n.code == code) else {
            if self.newest.len() < limits::BUTTONS {
                self.newest.push(next);
            }
            return true;
        };
        if now.since(newest.at) > 2 * stale {
            *newest = next;
            return true;
        }
        let new = presses > newest.presses || longs > newest.longs;
        newest.presses = newest.presses.max(presses);
        newest.longs = newest.longs.max(longs);
        newest.at = if new { now } else { newest.at };
        new
    }

    /// Buttons whose press was told and whose release was not.
    pub(super) fn emitted(&self) -> impl Iterator<Item = Code> + '_ {
        self.presses.iter().filter(|p| p.emitted).map(|p| p.code)
    }

    /// Buttons whose press a frame saw and whose release it did not.
    pub(super) fn delivered(&self) -> impl Iterator<Item = Code> + '_ {
        self.presses.iter().filter(|p| p.delivered).map(|p| p.code)
    }

    pub(super) fn is_emitted(&self, code: Code) -> bool {
        self.emitted().any(|c| c == code)
    }

    /// Whether an event of this device goes on to the frame, and how (rule 11). A release always
    /// follows a press that went on, and never one that did not.
    pub(super) fn deliver(&mut self, event: &mut Event, stale: bool) -> bool {
        match &mut event.what {
            What::Pressed { .. } => {
                if !stale {
                    self.press(event.code).delivered = true;
                }
                !stale
            }
            What::Long { .. } => {
                !stale && self.presses.iter().any(|p| p.code == event.code && p.delivered)
            }
            What::Released { how } => {
                if stale {
                    *how = Release::Cancelled;
                }
                let was = std::mem::replace(&mut self.press(event.code).delivered, false);
                self.presses.retain(|p| p.emitted || p.delivered);
                was
            }
            What::Turned { .. } | What::Moved { .. } | What::Said { .. } => !stale,
        }
    }

    /// After the queue overflowed: presses that a frame saw and whose release was dropped.
    pub(super) fn owed_releases(&mut self) -> impl Iterator<Item = Code> + '_ {
        self.presses.iter_mut().filter(|p| p.delivered && !p.emitted).map(|p| {
            p.delivered = false;
            p.code
        })
    }

    fn press(&mut self, code: Code) -> &mut Press {
        let at = self.presses.iter().position(|p| p.code == code).unwrap_or_else(|| {
            self.presses.push(Press { code, emitted: false, delivered: false });
            self.presses.len() - 1
        });
        &mut self.presses[at]
    }
}
