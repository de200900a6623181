//! What a reader believes about one node: its session, its rhythm, its devices.

use std::time::Duration;

use heart_contract::{BeatView, ReportView, Status, StatusState};
use heart_event::{Catalogue, DeviceState, Name, Presence, SessionId, Stamp, Time, limits};

use super::counts::{Hop, Note};
use super::device::Device;
use super::echo::Echo;
use super::out::{Out, Stamped};
use super::transit::Transit;
use crate::timing::{LOST_AFTER, REPLACED, RHYTHM};

/// A report or catalogue of a session that is not current yet (rule 6).
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) device: Option<Name>,
    pub(super) session: SessionId,
    pub(super) seq: u64,
    pub(super) payload: Vec<u8>,
}

/// One node.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) name: Name,
    pub(super) presence: Presence,
    pub(super) session: Option<SessionId>,
    /// Sessions that were current once, with their newest beat (rule 6).
    replaced: [Option<(SessionId, u64)>; REPLACED],
    /// A beat of a replaced session, heard while the current one is lost (decision 0003).
    returning: Option<(SessionId, Time, Time, u64)>,
    /// The newest connection heard within the session (rule 13).
    connection: u32,
    /// Watermark of beats (rule 7), and the beat below it that may heal it.
    beat_seq: u64,
    below: Option<(Time, Time, u64)>,
    /// Arrival and sending of the newest beat; `None` while lost.
    last_beat: Option<(Time, Time)>,
    /// Arrival of the newest beat, for the silence timer (rule 10).
    heard_at: Time,
    transit: Transit,
    pub(super) echo: Echo,
    catalogue: Option<Catalogue>,
    catalogue_seq: u64,
    status: Option<Status>,
    /// What the previous beat said that this mirror did not have (rule 12).
    missed: bool,
    /// Beats in a row that named an older catalogue than ours: ours was forged.
    catalogue_below: u8,
    /// Ascending by key, as beats are.
    pub(super) devices: Vec<Device>,
    pub(super) waiting: Vec<Waiting>,
    pub(super) asked_at: Option<Time>,
}

impl Node {
    pub(super) fn new(name: Name) -> Self {
        Node {
            name,
            presence: Presence::Unheard,
            session: None,
            replaced: [None; REPLACED],
            returning: None,
            connection: 0,
            beat_seq: 0,
            below: None,
            last_beat: None,
            heard_at: Time::ZERO,
            transit: Transit::default(),
            echo: Echo::default(),
            catalogue: None,
            catalogue_seq: 0,
            status: None,
            missed: false,
            catalogue_below: 0,
            devices: Vec::new(),
            waiting: Vec::new(),
            asked_at: None,
        }
    }

    /// Heard lately: beats count, masks may be lifted.
    pub(super) fn heard(&self) -> bool {
        matches!(self.presence, Presence::Arriving | Presence::Online)
    }

    /// When silence will make this node lost; `NEVER` if it is already.
    pub(super) fn lost_at(&self) -> Time {
        if self.heard() { self.heard_at + LOST_AFTER } else { Time::NEVER }
    }

    /// How long this node has been away; nothing for one that is here.
    pub(super) fn away_since(&self) -> Option<Time> {
        (!self.heard()).then_some(self.heard_at)
    }

    fn is_replaced(&self, session: SessionId) -> bool {
        self.replaced.iter().flatten().any(|(old, _)| *old == session)
    }

    /// Rule 6: a replaced session stays replaced while another is heard. When there is none, two
    /// of its beats in rhythm show that it lives and that it was the other one that went
    /// (decision 0003); beats that were merely late come in no rhythm.
    fn returns(&mut self, now: Time, stamp: &Stamp) -> bool {
        let newest = self.replaced.iter().flatten().find(|(old, _)| *old == stamp.session);
        if self.heard() || newest.is_none_or(|(_, seq)| stamp.seq <= *seq) {
            return false;
        }
        let next = (stamp.session, now, stamp.t_sent, stamp.seq);
        self.returning.replace(next).is_some_and(|(session, arrived, sent, seq)| {
            session == stamp.session
                && stamp.seq > seq
                && in_rhythm((arrived, sent), (now, stamp.t_sent))
        })
    }

    /// Rules 6, 7, 9, 10 and 12 for one beat. Returns whether to ask for a resync.
    pub(super) fn beat(
        &mut self,
        now: Time,
        beat: &BeatView<'_>,
        own: SessionId,
        out: &mut Out,
    ) -> bool {
        let stamp = beat.stamp();
        if self.is_replaced(stamp.session) && !self.returns(now, &stamp) {
            out.counts.beats_ignored += 1;
            return false;
        }
        if self.session != Some(stamp.session) {
            self.change_session(now, stamp.session, out);
        }
        if stamp.seq <= self.beat_seq && !self.heals(now, stamp.t_sent, stamp.seq, out) {
            out.counts.beats_ignored += 1;
            return false;
        }
        self.beat_seq = stamp.seq;
        self.below = None;
        self.connection = beat.connection();
        out.counts.beats += 1;
        self.keep_rhythm(now, stamp.t_sent, out);
        for answer in beat.answers() {
            self.echo.answer(now, own, &answer.nonce, answer.t_received, answer.t_sent);
        }
        let mut behind = self.compare(beat, out);
        let revision = self.catalogue.as_ref().map_or(0, |c| c.revision);
        self.heal_catalogue(beat.catalogue_revision() < revision, out);
        let misses = beat.catalogue_revision() > revision || self.status.is_none();
        behind |= misses && self.missed;
        self.missed = misses;
        behind
    }

    /// Rule 7 for the catalogue: two beats in a row that know only an older one.
    fn heal_catalogue(&mut self, below: bool, out: &mut Out) {
        self.catalogue_below = if below { self.catalogue_below + 1 } else { 0 };
        if self.catalogue_below >= 2 {
            self.catalogue_below = 0;
            self.catalogue = None;
            self.catalogue_seq = 0;
            out.counts.watermarks_healed += 1;
        }
    }

    /// Rule 9: live from the second of two beats in rhythm until lost.
    fn keep_rhythm(&mut self, now: Time, sent: Time, out: &mut Out) {
        let previous = self.last_beat.replace((now, sent));
        self.heard_at = now;
        if self.presence == Presence::Online {
            self.transit.learn(now, sent);
            return;
        }
        if let Some(before) = previous.filter(|p| in_rhythm(*p, (now, sent))) {
            self.transit.restart(before, (now, sent));
            self.turn(Presence::Online, out);
        } else {
            self.turn(Presence::Arriving, out);
        }
    }

    /// Compares the beat's list with the watermarks. True if behind the previous beat.
    fn compare(&mut self, beat: &BeatView<'_>, out: &mut Out) -> bool {
        let sent = beat.stamp().t_sent;
        let mut behind = false;
        let mut unknown = false;
        // Both lists ascend by key.
        let mut devices = self.devices.iter_mut().peekable();
        for seen in beat.seen() {
            while devices.next_if(|d| d.key < seen.device).is_some() {}
            match devices.next_if(|d| d.key == seen.device) {
                Some(device) => behind |= device.beat(seen.seq, sent, out),
                None => unknown |= seen.seq > 0,
            }
        }
        // A device that never reported here: the catalogue or its report was lost.
        self.missed |= unknown && self.catalogue.is_some();
        behind
    }

    /// Rule 7 for the beats themselves: a forged high seq heals by two successive beats in rhythm
    /// below the watermark.
    fn heals(&mut self, now: Time, sent: Time, seq: u64, out: &mut Out) -> bool {
        let previous = self.below.replace((now, sent, seq));
        let heals = previous.is_some_and(|(arrived, sent_before, seq_before)| {
            seq > seq_before && in_rhythm((arrived, sent_before), (now, sent))
        });
        out.counts.watermarks_healed += u64::from(heals);
        heals
    }

    /// Rule 6: a loss followed by a return.
    fn change_session(&mut self, now: Time, session: SessionId, out: &mut Out) {
        self.lose(now, out);
        if let Some(old) = self.session.replace(session) {
            // The returning one's place, if it was there, else the oldest's.
            let known = self.replaced.iter().flatten().position(|(r, _)| *r == session);
            let last = known.unwrap_or(REPLACED - 1);
            self.replaced[..=last].rotate_right(1);
            self.replaced[0] = Some((old, self.beat_seq));
            out.counts.sessions_changed += 1;
        }
        self.returning = None;
        self.connection = 0;
        self.beat_seq = 0;
        self.below = None;
        self.transit.forget();
        self.echo.forget();
        self.catalogue = None;
        self.catalogue_seq = 0;
        self.missed = false;
        if self.status.as_ref().is_some_and(|s| s.session != session) {
            self.status = None;
        }
        self.devices.iter_mut().for_each(Device::reset);
    }

    /// This node makes room for another one: what it owes to the frame is written down.
    pub(super) fn leave(&self, out: &mut Out) {
        for device in &self.devices {
            depart(self.name, device, out);
        }
    }

    /// Rule 10: lost, by silence or by a valid death.
    pub(super) fn lose(&mut self, now: Time, out: &mut Out) {
        self.last_beat = None;
        if !self.heard() {
            return;
        }
        out.counts.losses += 1;
        self.turn(Presence::Lost, out);
        let at = self.stamped_now(now);
        for device in &mut self.devices {
            device.mask(&at, out);
        }
    }

    fn turn(&mut self, presence: Presence, out: &mut Out) {
        if std::mem::replace(&mut self.presence, presence) != presence {
            out.note(Note::Presence { node: self.name, session: self.session, presence });
        }
    }

    /// Rule 13: a death counts only for the latest session *and* connection heard.
    pub(super) fn status(&mut self, now: Time, status: Status, out: &mut Out) {
        if self.is_replaced(status.session) {
            out.counts.deaths_ignored += u64::from(status.state == StatusState::Offline);
            return;
        }
        let current = self.session == Some(status.session);
        match status.state {
            StatusState::Online => {
                if current {
                    self.connection = self.connection.max(status.connection);
                }
                self.status = Some(status);
            }
            StatusState::Offline if current && status.connection == self.connection => {
                out.counts.deaths += 1;
                self.status = Some(status);
                self.lose(now, out);
            }
            StatusState::Offline => out.counts.deaths_ignored += 1,
        }
    }

    /// A catalogue of the current session: from now on it says which devices exist.
    pub(super) fn catalogue(&mut self, now: Time, seq: u64, new: Catalogue, out: &mut Out) {
        if seq <= self.catalogue_seq {
            return;
        }
        self.catalogue_seq = seq;
        let at = self.stamped_now(now);
        for device in &mut self.devices {
            if !new.devices.iter().any(|d| d.name == device.name) {
                device.mask(&at, out);
            }
        }
        let name = self.name;
        self.devices.retain(|device| {
            let listed = new.devices.iter().any(|n| n.name == device.name);
            if !listed {
                depart(name, device, out);
            }
            listed
        });
        for info in &new.devices {
            let running = info.state == DeviceState::Running;
            let Some(device) = self.device(&info.name, out) else { continue };
            if device.running && !running {
                device.mask(&at, out);
            }
            device.running = running;
            let old = self.catalogue.as_ref();
            let old = old.and_then(|c| c.devices.iter().find(|d| d.name == info.name));
            if old.is_none_or(|old| old.state != info.state) {
                out.note(Note::Device { node: self.name, device: info.name, state: info.state });
            }
        }
        self.catalogue = Some(new);
    }

    /// A report of the current session.
    pub(super) fn report(&mut self, now: Time, name: &Name, view: &ReportView<'_>, out: &mut Out) {
        let stamp = view.stamp();
        let travelled = self.echo.travelled(now, stamp.t_sent);
        let published_received = travelled.map(|travelled| travelled.span);
        let excess = self.transit.excess(now, stamp.t_sent);
        let at = Stamped {
            node: self.name,
            received: now,
            captured: stamp.t_captured,
            captured_published: stamp.t_sent.since(stamp.t_captured),
            published_received: published_received.unwrap_or(excess),
            excess,
            latest_sent: self.transit.latest_sent(now),
        };
        let (heard, live) = (self.heard(), self.presence == Presence::Online);
        // Without its catalogue nobody knows whether the device exists: it waits, bounded.
        let Some(device) = self.device(name, out) else { return };
        let before = device.watermark;
        device.accept(view, &at, heard, live, out);
        if live && device.watermark != before {
            out.hop(Hop {
                node: at.node,
                captured_published: at.captured_published,
                published_received,
                error: travelled.map_or(Duration::ZERO, |travelled| travelled.error),
            });
        }
    }

    /// Rule 6: reports and catalogue of a session not yet current wait, one slot per device.
    pub(super) fn wait(
        &mut self,
        device: Option<Name>,
        stamp: &Stamp,
        payload: &[u8],
        out: &mut Out,
    ) {
        out.counts.foreign_session += 1;
        let (session, seq) = (stamp.session, stamp.seq);
        if let Some(slot) = self.waiting.iter_mut().find(|w| w.device == device) {
            if slot.session != session || slot.seq < seq {
                slot.session = session;
                slot.seq = seq;
                slot.payload.clear();
                slot.payload.extend_from_slice(payload);
            }
        } else if self.waiting.len() <= limits::DEVICES_PER_NODE {
            self.waiting.push(Waiting { device, session, seq, payload: payload.to_vec() });
        }
    }

    /// The device of this name, made if there is room.
    pub(super) fn device(&mut self, name: &Name, out: &mut Out) -> Option<&mut Device> {
        let at = match self.devices.binary_search_by_key(&name.key(), |d| d.key) {
            Ok(at) if self.devices[at].name == *name => at,
            // Two names with one key: the catalogue refuses them, so one of them is a stranger.
            Ok(_) => return None,
            Err(_) if self.devices.len() >= limits::DEVICES_PER_NODE => return None,
            Err(at) => {
                self.devices.insert(at, Device::new(*name));
                out.structure += 1;
                at
            }
        };
        self.devices.get_mut(at)
    }

    /// The device of this name, if it is there.
    pub(super) fn known_device(&mut self, name: &Name) -> Option<&mut Device> {
        let at = self.devices.binary_search_by_key(&name.key(), |d| d.key).ok()?;
        self.devices.get_mut(at).filter(|device| device.name == *name)
    }

    fn stamped_now(&self, now: Time) -> Stamped {
        Stamped {
            node: self.name,
            received: now,
            captured: now,
            captured_published: Duration::ZERO,
            published_received: Duration::ZERO,
            excess: Duration::ZERO,
            latest_sent: None,
        }
    }
}

/// A device goes for good. A press that a frame saw is still released there.
fn depart(node: Name, device: &Device, out: &mut Out) {
    out.owed.extend(device.ledger.delivered().map(|code| (node, device.name, code)));
    out.structure += 1;
}

/// Rule 9: two beats, each with its arrival and sending, whose spacing is the same on both clocks.
fn in_rhythm((arrived, sent): (Time, Time), (now, now_sent): (Time, Time)) -> bool {
    now_sent > sent && now.since(arrived).abs_diff(now_sent.since(sent)) < RHYTHM
}
