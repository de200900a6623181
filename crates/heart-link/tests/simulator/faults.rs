//! Faults begin and end; processes stop and start.

use heart_event::{DeviceState, Name};

use crate::host::{Process, Role};
use crate::plan::Fault;
use crate::world::{Action, HOSTS, READERS, World};

impl World {
    pub(super) fn begin(&mut self, fault: Fault) {
        let ends = match fault {
            Fault::Hold { until, .. }
            | Fault::BrokerRestart { until, .. }
            | Fault::Crash { until, .. }
            | Fault::Unplug { until, .. }
            | Fault::Collision { until, .. }
            | Fault::FrameStall { until, .. } => until,
            Fault::ForgedSeq { .. } | Fault::Cut { .. } => self.now,
        };
        self.at(ends, Action::End(fault));
        match fault {
            Fault::Hold { host, up, down, until } => {
                let host = &mut self.hosts[host];
                host.held_up = if up { host.held_up.max(until) } else { host.held_up };
                host.held_down = if down { host.held_down.max(until) } else { host.held_down };
            }
            Fault::BrokerRestart { forgets, .. } => {
                let Some(mut broker) = self.broker.take() else { return };
                broker.crash();
                if forgets {
                    broker.forget_retained();
                }
                self.kept = Some(broker);
                for host in 0..HOSTS {
                    let (delay, epoch) = (self.delay(), self.hosts[host].epoch);
                    self.at(self.now + delay, Action::LinkGone(host, epoch));
                }
            }
            Fault::Crash { host, noticed, renames, .. } => {
                self.stop(host, noticed);
                self.hosts[host].renamed ^= renames && host < 2;
            }
            Fault::Unplug { host, device, .. } => {
                let (now, local) = (self.now, self.local(host));
                if let Some(Process { role: Role::Gateway { slots, devices }, .. }) =
                    &mut self.hosts[host].process
                {
                    devices[device].unplug(now, local);
                    slots.report(device, &devices[device].report, true, local);
                    slots.state(device, DeviceState::Gone, "unplugged", local);
                    self.speak(host);
                }
            }
            Fault::Collision { host, .. } => self.start(host + 4),
            Fault::FrameStall { host, until } => {
                if let Some(Process { role: Role::Reader(reader), .. }) =
                    &mut self.hosts[host].process
                {
                    reader.next_frame = until;
                }
            }
            Fault::ForgedSeq { host } => self.forge(host),
            Fault::Cut { host } => self.drop_link(host),
        }
    }

    pub(super) fn end(&mut self, fault: Fault) {
        match fault {
            Fault::BrokerRestart { .. } => self.broker = self.broker.take().or(self.kept.take()),
            Fault::Crash { host, .. } => self.start(host),
            Fault::Unplug { host, device, .. } => {
                let (local, hands) = (self.local(host), self.hosts[host].hands[device].clone());
                if let Some(Process { role: Role::Gateway { slots, devices }, .. }) =
                    &mut self.hosts[host].process
                    && !devices[device].plugged
                {
                    devices[device].replug(&hands);
                    slots.state(device, DeviceState::Running, "", local);
                    slots.report(device, &devices[device].report, true, local);
                    self.speak(host);
                }
            }
            Fault::Collision { host, .. } => self.stop(host + 4, self.now),
            _ => {}
        }
    }

    pub(super) fn stop(&mut self, host: usize, noticed: u64) {
        let node = self.hosts[host].node;
        if let Some(Process { role: Role::Gateway { devices, .. }, .. }) =
            self.hosts[host].process.take()
        {
            for device in &devices {
                for button in &device.report.buttons {
                    let up = device.up_since.get(&button.code).copied().unwrap_or(0);
                    let since = if button.pressed { self.now } else { up };
                    let key = (node, device.name, button.code);
                    let left = self.left_up.entry(key).or_default();
                    *left = since.max(*left);
                }
            }
        }
        self.hosts[host].epoch += 1;
        if let Some(client) = self.hosts[host].client.take() {
            self.at(noticed, Action::BrokerNotices(client));
        }
    }

    pub(super) fn start(&mut self, host: usize) {
        if self.hosts[host].process.is_some() {
            return;
        }
        self.last_run += 1;
        let run = if host % 4 == 1 { 1_000_000 } else { 0 } + self.last_run;
        let is_gateway = !READERS.contains(&host);
        if host >= 4 {
            self.hosts[host].hands = vec![Vec::new(); 2];
        }
        let now = self.now;
        let random = &mut self.random;
        self.hosts[host].start(now, is_gateway, run, random);
        self.reconnect(host);
        if !is_gateway {
            self.at(now, Action::Frame(host));
        }
    }

    /// A stranger repeats a gateway's newest report under a seq far ahead.
    pub(super) fn forge(&mut self, host: usize) {
        let (Some(payload), Some(broker)) = (self.forged.get(&host), &mut self.broker) else {
            return;
        };
        let node = self.hosts[host].node;
        let pad = Name::new("pad").expect("a name");
        let Ok(view) = heart_contract::decode_report(&node, &pad, payload) else { return };
        let mut report = heart_event::Report::default();
        view.copy_into(&mut report);
        let mut stamp = view.stamp();
        stamp.seq += 1_000_000;
        let mut encoder = heart_contract::Encoder::new();
        let bytes = encoder.report(&stamp, &node, &pad, &report).expect("it was valid").to_vec();
        let topic = format!("heart/v1/lab/{node}/pad/report");
        let mut out = Vec::new();
        broker.publish(&topic, &bytes, false, &mut out);
        self.send_down(out);
    }
}
