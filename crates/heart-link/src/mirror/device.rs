//! What a reader believes about one device (rules 7 to 10).

use std::time::Duration;

use heart_contract::ReportView;
use heart_event::{Button, Code, DeviceInputs, Encoder, Event, Name, Release, Report, Time, What};

use super::diff::{self, Judgement};
use super::ledger::Ledger;
use super::out::{Out, Stamped};

/// One device of one node.
#[derive(Debug)]
pub(super) struct Device {
    pub(super) name: Name,
    pub(super) key: u32,
    /// Newest accepted seq (rule 7).
    pub(super) watermark: u64,
    /// Newest accepted seq of its samples.
    samples_watermark: u64,
    /// The newest accepted report, unmasked. Meaningless before the first of the session.
    report: Report,
    has_report: bool,
    /// Node, hardware or link are away (rule 10).
    pub(super) masked: bool,
    /// The catalogue of the current session says `running`.
    pub(super) running: bool,
    /// When the newest accepted report was sent, as far as that can be believed.
    accepted_sent: Time,
    /// When `report` was last known to be the device's state, on the node's clock (rule 9).
    good_at: Option<Time>,
    /// Beats in a row that named a seq below the watermark (rule 7).
    below: u8,
    /// What the previous beat said (rule 12).
    said: u64,
    /// What was told of its controls.
    pub(super) ledger: Ledger,
    /// Number of the newest text told or skipped.
    said_text: u32,
    /// Grows with each change of what a scene may see.
    pub(super) generation: u64,
}

impl Device {
    pub(super) fn new(name: Name) -> Self {
        Device {
            name,
            key: name.key(),
            watermark: 0,
            samples_watermark: 0,
            report: Report::default(),
            has_report: false,
            masked: true,
            running: false,
            accepted_sent: Time::ZERO,
            good_at: None,
            below: 0,
            said: 0,
            ledger: Ledger::default(),
            said_text: 0,
            generation: 1,
        }
    }

    /// A new session: nothing of the old one holds. Its presses were cancelled by the loss.
    pub(super) fn reset(&mut self) {
        self.watermark = 0;
        self.samples_watermark = 0;
        self.has_report = false;
        self.masked = true;
        self.running = false;
        self.good_at = None;
        self.accepted_sent = Time::ZERO;
        self.below = 0;
        self.said = 0;
        self.said_text = 0;
        self.ledger.forget();
        self.generation += 1;
    }

    /// A report of the current session (rules 7, 8, 9, 11). `heard`: the node is not lost.
    pub(super) fn accept(
        &mut self,
        view: &ReportView<'_>,
        at: &Stamped,
        heard: bool,
        live: bool,
        out: &mut Out,
    ) {
        let stamp = view.stamp();
        if stamp.seq <= self.watermark {
            out.counts.reports_duplicate += 1;
            return;
        }
        self.watermark = stamp.seq;
        out.counts.reports_accepted += 1;
        let baseline = !self.has_report || self.went_down(view);
        out.counts.reports_baseline += u64::from(baseline);
        if baseline {
            self.cancel_all(at, out);
        }
        let judged = Judgement {
            makes_events: live && self.running && !baseline,
            stale_after: out.stale_after,
            sent: stamp.t_sent,
            excess: at.excess,
            good_at: self.good_at,
        };
        if let Some(age) = self.tell(view, &judged, at, out) {
            out.stale(at.node, self.name, age);
        }
        let texts = view.texts().map(|t| t.count).max();
        self.said_text =
            if baseline { texts.unwrap_or(0) } else { self.said_text.max(texts.unwrap_or(0)) };
        view.copy_into(&mut self.report);
        self.has_report = true;
        self.good_at = Some(stamp.t_sent);
        self.accepted_sent = at.latest_sent.map_or(stamp.t_sent, |latest| stamp.t_sent.min(latest));
        if heard && self.running {
            self.masked = false;
        }
        self.below = 0;
        self.generation += 1;
    }

    /// Rule 8: a counter of the same session never goes down, nor does the time of an encoder; if
    /// one does, all bets are off.
    fn went_down(&self, view: &ReportView<'_>) -> bool {
        let turned_back = view.encoders().enumerate().any(|(index, new)| {
            let old = self.old_encoder(index, new.code);
            old.is_some_and(|old| new.changed_at < old.changed_at)
        });
        turned_back
            || view.buttons().enumerate().any(|(index, new)| {
                self.old_button(index, new.code).is_some_and(|old| {
                    new.presses < old.presses || new.shorts < old.shorts || new.longs < old.longs
                })
            })
    }

    /// Tells the difference. Returns the age of the youngest change that was too old, if all were.
    fn tell(
        &mut self,
        view: &ReportView<'_>,
        judged: &Judgement,
        at: &Stamped,
        out: &mut Out,
    ) -> Option<Duration> {
        let mut stale: Option<Duration> = None;
        let mut note_stale = |changed: bool, age: Duration| {
            if changed && judged.makes_events && age > judged.stale_after {
                stale = Some(stale.map_or(age, |s: Duration| s.min(age)));
            }
        };
        for (index, new) in view.buttons().enumerate() {
            // A control that was not there before began this session at zero, like all counters.
            let old = self.old_button(index, new.code).copied();
            let old = old.unwrap_or(Button { code: new.code, ..Button::default() });
            // As most buttons of most reports are.
            if old == new {
                continue;
            }
            note_stale(old.changed_at != new.changed_at, judged.age(new.changed_at));
            let mut emitted = self.ledger.is_emitted(new.code);
            let told = diff::button(&old, &new, judged, &mut emitted);
            out.counts.changes_left_out += u64::from(told.left_out);
            for what in told.iter() {
                self.push(new.code, what, judged.age(new.changed_at), at, out);
            }
        }
        for (index, new) in view.encoders().enumerate() {
            let old = self.old_encoder(index, new.code).copied();
            let old = old.unwrap_or(Encoder { code: new.code, ..Encoder::default() });
            note_stale(old.position != new.position, judged.age(new.changed_at));
            let (what, left_out) = diff::encoder(&old, &new, judged);
            let what = what.filter(|_| self.ledger.admits_turn(&new, at.received, out.stale_after));
            out.counts.changes_left_out += u64::from(left_out);
            if let Some(what) = what {
                self.push(new.code, what, judged.age(new.changed_at), at, out);
            }
        }
        let moved = judged.makes_events && judged.fresh(at.captured);
        for (index, new) in view.axes().enumerate().filter(|_| moved) {
            let old = self.report.axes.get(index).filter(|old| old.code == new.code);
            if old.is_some_and(|old| old.value != new.value) {
                self.push(
                    new.code,
                    What::Moved { value: new.value },
                    judged.age(at.captured),
                    at,
                    out,
                );
            }
        }
        for text in view.texts().filter(|_| judged.makes_events) {
            note_stale(text.count > self.said_text, judged.age(text.changed_at));
            if text.count > self.said_text && judged.fresh(text.changed_at) {
                let what = What::Said { count: text.count };
                self.push(Code(0), what, judged.age(text.changed_at), at, out);
            }
        }
        // A button that is no longer reported cannot be held.
        self.cancel(at, out, |code| !view.buttons().any(|b| b.code == code));
        stale
    }

    /// Cancels every press that was told and not released.
    fn cancel_all(&mut self, at: &Stamped, out: &mut Out) {
        self.cancel(at, out, |_| true);
    }

    fn cancel(&mut self, at: &Stamped, out: &mut Out, which: impl Fn(Code) -> bool) {
        loop {
            let next = self.ledger.emitted().find(|code| which(*code));
            let Some(code) = next else { break };
            let what = What::Released { how: Release::Cancelled };
            self.push(code, what, Duration::ZERO, at, out);
        }
    }

    fn push(&mut self, code: Code, what: What, age: Duration, at: &Stamped, out: &mut Out) {
        if !self.ledger.admits(code, what, at.received, out.stale_after) {
            return;
        }
        out.event(Event {
            node: at.node,
            device: self.name,
            code,
            what,
            at: at.received.before(age),
            received_at: at.received,
            captured_published: at.captured_published,
            published_received: at.published_received,
        });
    }

    /// Rule 10: the device is away. Nothing is pressed, self-centring axes are neutral.
    pub(super) fn mask(&mut self, at: &Stamped, out: &mut Out) {
        if std::mem::replace(&mut self.masked, true) {
            return;
        }
        self.cancel_all(at, out);
        for index in 0..self.report.axes.len() {
            let axis = self.report.axes[index];
            if axis.self_centring && axis.value != 0.0 {
                self.push(axis.code, What::Moved { value: 0.0 }, Duration::ZERO, at, out);
            }
        }
        self.generation += 1;
    }

    /// What a beat of the current session says about this device. Returns whether the mirror is
    /// behind what the *previous* beat said (rule 12).
    pub(super) fn beat(&mut self, seq: u64, sent: Time, out: &mut Out) -> bool {
        if self.has_report && seq == self.watermark {
            self.good_at = self.good_at.max(Some(sent));
            if self.masked && self.running {
                self.masked = false;
                self.generation += 1;
            }
        }
        let mut healed = false;
        // Rule 7: only a beat sent after what was accepted can contradict it; a late one cannot.
        if seq < self.watermark && sent > self.accepted_sent {
            self.below += 1;
            if self.below >= 2 {
                self.watermark = seq.saturating_sub(1);
                self.below = 0;
                out.counts.watermarks_healed += 1;
                healed = true;
            }
        } else {
            self.below = 0;
        }
        // After healing, this very beat proves that the mirror is behind.
        let behind = self.watermark < self.said || healed;
        self.said = seq;
        behind
    }

    /// A batch of samples: newer than the last, and how many batches are missing before it.
    pub(super) fn accept_samples(&mut self, seq: u64) -> Option<u64> {
        if seq <= self.samples_watermark {
            return None;
        }
        let known = self.samples_watermark > 0;
        let gap = if known { seq - self.samples_watermark - 1 } else { 0 };
        self.samples_watermark = seq;
        Some(gap)
    }

    /// Copies what a scene may see, reusing `into`'s memory.
    pub(super) fn show(&self, into: &mut DeviceInputs) {
        into.device = self.name;
        into.stale = self.masked;
        into.seq = self.watermark;
        into.report.copy_from(&self.report);
        if self.masked {
            into.report.buttons.iter_mut().for_each(|b| b.pressed = false);
            into.report.axes.iter_mut().filter(|a| a.self_centring).for_each(|a| a.value = 0.0);
        }
    }

    fn old_button(&self, index: usize, code: Code) -> Option<&Button> {
        let buttons = &self.report.buttons;
        let same_place = buttons.get(index).filter(|b| b.code == code);
        same_place.or_else(|| buttons.iter().find(|b| b.code == code))
    }

    fn old_encoder(&self, index: usize, code: Code) -> Option<&Encoder> {
        let encoders = &self.report.encoders;
        let same_place = encoders.get(index).filter(|e| e.code == code);
        same_place.or_else(|| encoders.iter().find(|e| e.code == code))
    }
}
