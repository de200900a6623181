//! Performs what a session decided: encodes and stamps. The only place where a seq is given, and
//! `t_sent` read, so that every publish has its own (rule 5).

use heart_contract::{Beat, EchoAnswer, SCHEMA, Status, StatusState, Topic, TopicKind};
use heart_event::{Stamp, Time};

use super::words::{Outgoing, Qos, Step};
use super::{Session, SessionCounts};
use crate::timing::BEAT_EVERY;

impl Session {
    pub(super) fn perform(&mut self, now: Time, step: Step) -> Outgoing<'_> {
        match step {
            Step::Subscribe(filter) => {
                self.subscribed += 1;
                self.sweeping |= self.slots.is_some() && self.subscribed == self.filters().len();
                Outgoing::Subscribe(filter)
            }
            Step::Unsubscribe(filter) => {
                self.sweeping = false;
                Outgoing::Unsubscribe(filter)
            }
            Step::Drop(why) => {
                self.connected = false;
                Outgoing::Drop(why)
            }
            Step::OwnDeath => {
                self.death_due = false;
                self.publish_status(StatusState::Offline)
            }
            Step::Birth => {
                self.birth_due = false;
                self.counts.births += 1;
                self.publish_status(StatusState::Online)
            }
            Step::Catalogue => self.publish_catalogue(now),
            Step::Clear(device) => {
                self.counts.cleared += 1;
                let topic = self.topic(TopicKind::Report(device));
                Outgoing::Publish { topic, payload: &[], retain: true, qos: Qos::AtLeastOnce }
            }
            Step::Report { device, retain, qos } => self.publish_report(now, device, retain, qos),
            Step::Samples => self.publish_samples(now),
            Step::Beat => self.publish_beat(now),
        }
    }

    fn publish_status(&mut self, state: StatusState) -> Outgoing<'_> {
        self.status_json = self.status(state, self.connection).to_json();
        Outgoing::Publish {
            topic: self.topic(TopicKind::Status),
            payload: self.status_json.as_bytes(),
            retain: true,
            qos: Qos::AtLeastOnce,
        }
    }

    fn publish_catalogue(&mut self, now: Time) -> Outgoing<'_> {
        let Some(slots) = &self.slots else { return Outgoing::Skipped };
        slots.catalogue(&mut self.catalogue);
        self.catalogue.session = self.options.session;
        self.catalogue_due = false;
        self.catalogue_seq += 1;
        let stamp = self.stamp(now, now, self.catalogue_seq);
        let topic = self.topic(TopicKind::Catalogue);
        match self.encoder.catalogue(&stamp, &self.options.node, &self.catalogue) {
            Ok(payload) => {
                Outgoing::Publish { topic, payload, retain: true, qos: Qos::AtLeastOnce }
            }
            Err(_) => skip(&mut self.counts),
        }
    }

    fn publish_report(&mut self, now: Time, device: usize, retain: bool, qos: Qos) -> Outgoing<'_> {
        let Some(slots) = &self.slots else { return Outgoing::Skipped };
        let (Some(name), Some(taken)) = (slots.name(device), slots.take(device, &mut self.report))
        else {
            return Outgoing::Skipped;
        };
        let seq = self.outbox.sent(device, now, retain);
        let captured = if taken.changed { taken.t_captured } else { now };
        self.captured_published = taken.changed.then(|| now.since(captured));
        let stamp = self.stamp(captured, now, seq);
        let topic = self.topic(TopicKind::Report(name));
        match self.encoder.report(&stamp, &self.options.node, &name, &self.report) {
            Ok(payload) => {
                self.counts.reports += 1;
                Outgoing::Publish { topic, payload, retain, qos }
            }
            Err(_) => skip(&mut self.counts),
        }
    }

    fn publish_samples(&mut self, now: Time) -> Outgoing<'_> {
        let Some(slots) = &self.slots else { return Outgoing::Skipped };
        let Some((device, captured, batch)) = slots.take_samples() else {
            return Outgoing::Skipped;
        };
        let Some(name) = slots.name(device) else { return Outgoing::Skipped };
        let seq = self.outbox.sent_samples(device);
        let stamp = self.stamp(captured, now, seq);
        let topic = self.topic(TopicKind::Samples(name));
        let encoded = self.encoder.samples(&stamp, &self.options.node, &name, &batch);
        slots.recycle(batch);
        match encoded {
            Ok(payload) => {
                self.counts.samples += 1;
                Outgoing::Publish { topic, payload, retain: false, qos: Qos::AtMostOnce }
            }
            Err(_) => skip(&mut self.counts),
        }
    }

    fn publish_beat(&mut self, now: Time) -> Outgoing<'_> {
        self.beat_seq += 1;
        // The schedule is kept, not stretched; after a pause it starts again from now.
        let next = self.beat_due + BEAT_EVERY;
        self.beat_due = if next <= now { now + BEAT_EVERY } else { next };
        self.counts.beats += 1;
        self.hearing.said(now);
        self.seen.clear();
        let mut catalogue_revision = 0;
        if let Some(slots) = &self.slots {
            catalogue_revision = self.catalogue.revision;
            self.outbox.seen(slots, &mut self.seen);
        }
        self.answers.clear();
        let answer =
            |(nonce, t_received): ([u8; 16], Time)| EchoAnswer { nonce, t_received, t_sent: now };
        self.answers.extend(self.echoes.drain(..).map(answer));
        let stamp = self.stamp(now, now, self.beat_seq);
        let topic = self.topic(TopicKind::Beat);
        let beat = Beat {
            connection: self.connection,
            uptime: now.since(self.started),
            catalogue_revision,
            seen: &self.seen,
            answers: &self.answers,
        };
        match self.encoder.beat(&stamp, &self.options.node, &beat) {
            Ok(payload) => {
                Outgoing::Publish { topic, payload, retain: false, qos: Qos::AtMostOnce }
            }
            Err(_) => skip(&mut self.counts),
        }
    }

    fn stamp(&self, t_captured: Time, t_sent: Time, seq: u64) -> Stamp {
        let t_wall = self.options.wall_offset.saturating_add(t_sent.nanos());
        Stamp { session: self.options.session, seq, t_captured, t_sent, t_wall }
    }

    pub(super) fn topic(&self, kind: TopicKind) -> Topic {
        Topic { site: self.options.site, node: self.options.node, kind }
    }

    pub(super) fn status(&self, state: StatusState, connection: u32) -> Status {
        Status {
            state,
            session: self.options.session,
            connection,
            version: self.options.version.clone(),
            schema: SCHEMA.to_owned(),
        }
    }
}

fn skip<'a>(counts: &mut SessionCounts) -> Outgoing<'a> {
    counts.encode_errors += 1;
    Outgoing::Skipped
}
