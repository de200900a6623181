//! A node's own voice: what it publishes and when (design §4 rules 4, 5, 12 to 16).
//!
//! A pure state machine, used by gateways (which have devices, a status and a catalogue) and by
//! readers (which only beat, to hear themselves: design §5). The shell feeds it what arrived and
//! sends what [`Session::poll`] returns; it does no I/O and reads no clock.

mod duplicate;
mod hearing;
mod outbox;
mod say;
mod slots;
mod words;

use std::sync::Arc;
use std::time::Duration;

use heart_contract::{
    EchoAnswer, Encoder, Seen, Status, StatusState, Topic, TopicKind, decode_beat,
};
use heart_event::{Catalogue, Name, Report, SessionId, Time, limits};

use crate::timing::{BEAT_EVERY, ECHOES, RESYNC_EVERY, SWEEP_FOR};
use duplicate::Duplicate;
use hearing::Hearing;
use outbox::Outbox;
pub use slots::Slots;
use words::Step;
pub use words::{DropReason, Filter, Incoming, Outgoing, Qos};

/// Which node this is.
#[derive(Clone, Debug)]
pub struct SessionOptions {
    /// The installation.
    pub site: Name,
    /// This node.
    pub node: Name,
    /// Random, new for each run.
    pub session: SessionId,
    /// Program version, for people.
    pub version: String,
    /// Wall clock less `CLOCK_BOOTTIME`, ns since 1970 UTC, for `t_wall`.
    pub wall_offset: u64,
}

/// Totals since start. Each is a metric `heart_session_<name>_total`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SessionCounts {
    /// Reports published.
    pub reports: u64,
    /// Sample batches published.
    pub samples: u64,
    /// Beats published.
    pub beats: u64,
    /// Births published.
    pub births: u64,
    /// Resyncs answered (rule 12).
    pub resyncs: u64,
    /// Foreign beats heard on our own topic (rule 15).
    pub foreign_beats: u64,
    /// Messages that could not be encoded: a part broke a bound of the vocabulary.
    pub encode_errors: u64,
    /// Retained reports of devices we no longer have that were cleared (rule 14).
    pub cleared: u64,
}

/// One node's session.
#[derive(Debug)]
pub struct Session {
    options: SessionOptions,
    /// What our own topics begin with.
    root: String,
    slots: Option<Arc<Slots>>,
    started: Time,
    connected: bool,
    connected_at: Time,
    connection: u32,
    subscribed: usize,
    sweeping: bool,
    birth_due: bool,
    death_due: bool,
    catalogue: Catalogue,
    catalogue_seq: u64,
    catalogue_due: bool,
    outbox: Outbox,
    resync_at: Option<Time>,
    resync_due: bool,
    beat_seq: u64,
    beat_due: Time,
    hearing: Hearing,
    echoes: Vec<([u8; 16], Time)>,
    answers: Vec<EchoAnswer>,
    seen: Vec<Seen>,
    clears: Vec<Name>,
    duplicate: Duplicate,
    encoder: Encoder,
    report: Report,
    status_json: String,
    counts: SessionCounts,
    /// Of the report said last, from its capture, if that was not told before.
    captured_published: Option<Duration>,
}

impl Session {
    /// A gateway's session over its devices' slots.
    #[must_use]
    pub fn gateway(options: SessionOptions, slots: Arc<Slots>, now: Time) -> Self {
        Self::new(options, Some(slots), now)
    }

    /// A reader's session: it beats, and has no devices.
    #[must_use]
    pub fn reader(options: SessionOptions, now: Time) -> Self {
        Self::new(options, None, now)
    }

    fn new(options: SessionOptions, slots: Option<Arc<Slots>>, now: Time) -> Self {
        let outbox = Outbox::new(slots.as_deref());
        let root = format!("{}/{}/{}/", Topic::ROOT, options.site, options.node);
        Session {
            options,
            root,
            slots,
            started: now,
            connected: false,
            connected_at: now,
            connection: 0,
            subscribed: 0,
            sweeping: false,
            birth_due: false,
            death_due: false,
            catalogue: Catalogue::default(),
            catalogue_seq: 0,
            catalogue_due: false,
            outbox,
            resync_at: None,
            resync_due: false,
            beat_seq: 0,
            beat_due: now,
            hearing: Hearing::new(now),
            echoes: Vec::with_capacity(ECHOES),
            answers: Vec::with_capacity(ECHOES),
            seen: Vec::new(),
            clears: Vec::new(),
            duplicate: Duplicate::default(),
            encoder: Encoder::new(),
            report: Report::default(),
            status_json: String::new(),
            counts: SessionCounts::default(),
            captured_published: None,
        }
    }

    /// This run.
    #[must_use]
    pub fn id(&self) -> SessionId {
        self.options.session
    }

    /// The client id of the next connection (rule 15).
    #[must_use]
    pub fn client_id(&self) -> String {
        format!("{}-{}", self.options.node, self.options.session)
    }

    /// The last will of the next connection; a reader has none (rule 13).
    #[must_use]
    pub fn will(&self) -> Option<(Topic, String)> {
        self.slots.as_ref()?;
        let status = self.status(StatusState::Offline, self.connection.saturating_add(1));
        Some((self.topic(TopicKind::Status), status.to_json()))
    }

    /// Our own death, to be published before a clean disconnect (rule 13).
    #[must_use]
    pub fn death(&self) -> Option<(Topic, String)> {
        self.slots.as_ref()?;
        let status = self.status(StatusState::Offline, self.connection);
        Some((self.topic(TopicKind::Status), status.to_json()))
    }

    /// Whether a duplicate has silenced this node (rule 15): `/readyz` fails and says so.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.duplicate.paused()
    }

    /// Connected and subscribed.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.connected && self.subscribed >= self.filters().len() && !self.is_paused()
    }

    /// Connects within this session.
    #[must_use]
    pub fn connection(&self) -> u32 {
        self.connection
    }

    /// How long the report that was said last had been captured before; once, and `None` for one
    /// that only says again what was said.
    pub fn take_captured_published(&mut self) -> Option<Duration> {
        self.captured_published.take()
    }

    /// Totals since start.
    #[must_use]
    pub fn counts(&self) -> &SessionCounts {
        &self.counts
    }

    /// Takes what arrived.
    pub fn handle(&mut self, now: Time, incoming: Incoming<'_>) {
        match incoming {
            Incoming::Connected => self.on_connected(now),
            Incoming::Disconnected => self.connected = false,
            Incoming::Acknowledged => self.hearing.any(now),
            Incoming::Message { topic, payload, retained } => {
                self.hearing.any(now);
                // Of what a reader hears nearly all is of other nodes: that is not read further.
                if !topic.starts_with(&self.root) {
                    return;
                }
                if let Ok(Topic { kind, .. }) = Topic::parse(topic) {
                    self.on_own_topic(now, kind, payload, retained);
                }
            }
        }
    }

    fn on_connected(&mut self, now: Time) {
        self.connected = true;
        self.connected_at = now;
        self.connection = self.connection.saturating_add(1);
        self.subscribed = 0;
        self.sweeping = false;
        self.hearing = Hearing::new(now);
        self.beat_due = now;
        self.echoes.clear();
        self.clears.clear();
        self.death_due = false;
        self.say_everything();
    }

    /// Birth, catalogue and all reports: on every connect and resync (rules 12 and 13).
    fn say_everything(&mut self) {
        if self.slots.is_some() {
            self.birth_due = true;
            self.catalogue_due = true;
            self.outbox.resend_all();
        }
    }

    fn on_own_topic(&mut self, now: Time, kind: TopicKind, payload: &[u8], retained: bool) {
        match kind {
            TopicKind::Beat => self.on_own_beat(now, payload),
            TopicKind::Status if self.slots.is_some() => {
                let offline = Status::from_json(payload);
                let offline = offline.is_ok_and(|s| s.state == StatusState::Offline);
                // Rule 13: a death we did not mean. A paused duplicate means its own.
                self.birth_due |= offline && !self.is_paused();
            }
            TopicKind::Resync if !retained => self.resync_due = true,
            TopicKind::Echo if !retained && self.echoes.len() < ECHOES => {
                if let Ok(nonce) = payload.try_into() {
                    self.echoes.push((nonce, now));
                }
            }
            TopicKind::Report(device) if retained && !payload.is_empty() => {
                self.on_retained_report(device);
            }
            _ => {}
        }
    }

    fn on_own_beat(&mut self, now: Time, payload: &[u8]) {
        let Ok(beat) = decode_beat(&self.options.node, payload) else { return };
        let session = beat.stamp().session;
        if session == self.options.session {
            self.hearing.heard(now);
            return;
        }
        if self.slots.is_none() {
            return;
        }
        self.counts.foreign_beats += 1;
        let own = (self.options.session, now.since(self.started));
        self.death_due |= self.duplicate.foreign(now, (session, beat.uptime()), own);
    }

    /// Rule 14: a retained report of a device that only a former configuration had.
    fn on_retained_report(&mut self, device: Name) {
        let known = self.slots.iter().any(|s| (0..s.len()).any(|i| s.name(i) == Some(device)));
        if !known && !self.clears.contains(&device) && self.clears.len() < limits::DEVICES_PER_NODE
        {
            self.clears.push(device);
        }
    }

    /// What to do next, until `None`.
    pub fn poll(&mut self, now: Time) -> Option<Outgoing<'_>> {
        let step = self.next_step(now)?;
        Some(self.perform(now, step))
    }

    /// When [`Session::poll`] has something to do next, if nothing arrives before.
    #[must_use]
    pub fn next_wake(&self) -> Time {
        if !self.connected {
            return Time::NEVER;
        }
        let deaf = self.hearing.deaf_at();
        let sweep = if self.sweeping { self.connected_at + SWEEP_FOR } else { Time::NEVER };
        let resync = match self.resync_at.filter(|_| self.resync_due) {
            Some(at) => at + RESYNC_EVERY,
            None => Time::NEVER,
        };
        if self.is_paused() {
            return self.duplicate.next_wake();
        }
        self.beat_due.min(deaf).min(sweep).min(resync).min(self.outbox.next_wake())
    }

    /// Whether [`Session::poll`] gives the connection up, if our own beat is not heard before it.
    pub(crate) fn is_deaf(&self, now: Time) -> bool {
        self.connected && !self.is_paused() && now >= self.hearing.deaf_at()
    }

    fn next_step(&mut self, now: Time) -> Option<Step> {
        if !self.connected {
            return None;
        }
        if self.death_due {
            return Some(Step::OwnDeath);
        }
        if let Some(filter) = self.filters().get(self.subscribed) {
            return Some(Step::Subscribe(*filter));
        }
        if self.is_paused() {
            if !self.duplicate.resumes(now) {
                return None;
            }
            self.hearing = Hearing::new(now);
            self.beat_due = now;
            self.say_everything();
        }
        if self.is_deaf(now) {
            return Some(Step::Drop(DropReason::Deaf));
        }
        self.next_message(now)
    }

    /// The next thing to say. A beat comes after the discrete reports that it will name, and
    /// before everything that can wait; but a late beat comes first.
    fn next_message(&mut self, now: Time) -> Option<Step> {
        if now.since(self.beat_due) > BEAT_EVERY / 2 {
            return Some(Step::Beat);
        }
        let Some(slots) = self.slots.clone() else {
            return (self.beat_due <= now).then_some(Step::Beat);
        };
        if self.resync_due && self.resync_at.is_none_or(|at| now.since(at) >= RESYNC_EVERY) {
            self.resync_due = false;
            self.resync_at = Some(now);
            self.counts.resyncs += 1;
            self.say_everything();
        }
        if self.birth_due {
            return Some(Step::Birth);
        }
        if self.catalogue_due || slots.revision() != self.catalogue.revision {
            return Some(Step::Catalogue);
        }
        if let Some(device) = self.clears.pop() {
            return Some(Step::Clear(device));
        }
        if let Some(device) = self.outbox.discrete(&slots) {
            return Some(Step::Report { device, retain: true, qos: Qos::AtLeastOnce });
        }
        if self.beat_due <= now {
            return Some(Step::Beat);
        }
        if let Some((device, retain)) = self.outbox.other(&slots, now) {
            let qos = if retain { Qos::AtLeastOnce } else { Qos::AtMostOnce };
            return Some(Step::Report { device, retain, qos });
        }
        if slots.has_samples() {
            return Some(Step::Samples);
        }
        if self.sweeping && now.since(self.connected_at) >= SWEEP_FOR {
            return Some(Step::Unsubscribe(self.own(Filter::REPORTS)));
        }
        None
    }

    fn own(&self, word: &'static str) -> Filter {
        Filter::Own(self.options.site, self.options.node, word)
    }

    fn filters(&self) -> [Filter; 5] {
        if self.slots.is_some() {
            ["beat", "status", "command/resync", "command/echo", Filter::REPORTS]
                .map(|w| self.own(w))
        } else {
            let site = self.options.site;
            ["beat", "status", "catalogue", Filter::REPORTS, "+/samples"]
                .map(|w| Filter::Site(site, w))
        }
    }
}
