//! What must hold at each frame, and when the world has healed.

use heart_event::{Code, Keys, Name, Presence};

use crate::host::{Process, Role};
use crate::plan::{CONVERGED, Fault, LAST_HOLD, MS, SECOND};
use crate::reader::{STALE_SLACK, STUCK, node_of};
use crate::truth::Deed;
use crate::world::{Action, FRAME, READERS, World};

impl World {
    pub(super) fn frame(&mut self, host: usize) -> Result<(), String> {
        let local = self.local(host);
        let (now, latency) = (self.now, self.plan.weather.latency);
        let slack = STALE_SLACK
            + 2 * (latency + self.plan.weather.jitter)
            + if self.plan.weather.reorders { 400 * MS } else { 0 };
        let Some(Process { role: Role::Reader(reader), .. }) = &mut self.hosts[host].process else {
            return Ok(());
        };
        if reader.next_frame > now {
            let next = reader.next_frame;
            self.at(next, Action::Frame(host));
            return Ok(());
        }
        reader.frame(now, local, &self.runs, &self.log, slack)?;
        reader.next_frame = now + FRAME;
        self.at(now + FRAME, Action::Frame(host));
        self.check_stuck(host, slack)
    }

    /// No button is shown (and none was told to a scene) that has been up for long.
    pub(super) fn check_stuck(&mut self, host: usize, slack: u64) -> Result<(), String> {
        let Some(Process { role: Role::Reader(reader), .. }) = &self.hosts[host].process else {
            return Ok(());
        };
        // A forged seq hides reports until two beats have contradicted it.
        let forged = self.plan.faults.iter().any(|(_, f)| matches!(f, Fault::ForgedSeq { .. }));
        let allowed = STUCK + slack + if forged { SECOND } else { 0 };
        let inputs = &reader.snapshot.inputs;
        if inputs.nodes.len() > 2 || inputs.devices().count() > 6 {
            return Err("the mirror grows".to_owned());
        }
        let late = |node: &Name, device: &Name, code: Code| {
            let ago = self.now.saturating_sub(self.up_since(node, device, code));
            (ago > allowed)
                .then(|| format!("{node}/{device} {code:?} is stuck: up for {} ms", ago / MS))
        };
        if let Some(why) = reader.down().find_map(|(n, d, c)| late(n, d, *c)) {
            return Err(format!("a scene was never told: {why}"));
        }
        let shown = inputs.nodes.iter().flat_map(|n| n.devices.iter().map(move |d| (n, d)));
        let shown = shown.flat_map(|(n, d)| d.held().map(|c| (n.node, d.device, c)));
        let mut shown = shown;
        let stuck = shown.find_map(|(n, d, c)| late(&n, &d, c));
        // Between two messages of a late burst an old state may stand for a moment (rule 10 takes
        // the first equal beat at its word); it may not stay.
        let since = match stuck {
            Some(_) => self.wrong_since[host].unwrap_or(self.now),
            None => self.now,
        };
        self.wrong_since[host] = stuck.is_some().then_some(since);
        match stuck {
            Some(why) if self.now - since > 250 * MS => Err(why),
            _ => Ok(()),
        }
    }

    /// Since when no gateway of this name has this button down; now, if one has.
    pub(super) fn up_since(&self, node: &Name, device: &Name, code: Code) -> u64 {
        let left = self.left_up.get(&(*node, *device, code));
        let mut since = left.copied().unwrap_or(0);
        for host in self.hosts.iter().filter(|h| h.node == *node) {
            let Some(Process { role: Role::Gateway { devices, .. }, .. }) = &host.process else {
                continue;
            };
            for device in devices.iter().filter(|d| d.name == *device) {
                let down = device.report.button(code).is_some_and(|b| b.pressed);
                let up = device.up_since.get(&code).copied().unwrap_or(0);
                since = since.max(if down { self.now } else { up });
            }
        }
        since
    }

    /// Everything is shown as it is, and it was heard lately.
    pub(super) fn check_converged(&self) -> Result<(), String> {
        for reader in READERS {
            let Some(Process { role: Role::Reader(mirror), .. }) = &self.hosts[reader].process
            else {
                return Err("a reader did not come back".to_owned());
            };
            let inputs = mirror.mirror.inputs();
            for host in &self.hosts[..2] {
                let Some(Process { role: Role::Gateway { devices, .. }, session, .. }) =
                    &host.process
                else {
                    return Err("a gateway did not come back".to_owned());
                };
                let shown = inputs.nodes.iter().find(|n| n.node == host.node);
                let Some(shown) = shown.filter(|n| n.presence == Presence::Online) else {
                    return Err(format!("{} is not online at {reader}: {shown:?}", host.node));
                };
                if shown.session != Some(session.id()) {
                    return Err(format!("{} has another session", host.node));
                }
                if shown.devices.len() != devices.len() {
                    return Err(format!("{} has other devices: {:?}", host.node, shown.devices));
                }
                for device in devices {
                    let entry = shown.devices.iter().find(|d| d.device == device.name);
                    if entry.is_none_or(|e| e.stale || e.report != device.report) {
                        let is = &device.report;
                        return Err(format!("{} is shown as {entry:?}, it is {is:?}", host.node));
                    }
                }
            }
            for (run, device, count) in &self.last_presses {
                let identity = (*run, *device, Keys::SOUTH, Deed::Press(*count));
                if !mirror.has_told(&identity) {
                    return Err(format!("a press in fair weather was not told: {identity:?}"));
                }
                let node = node_of(*run);
                let ended = mirror.last_short(&(node, *device, Keys::SOUTH));
                if ended.is_none_or(|at| at < CONVERGED + LAST_HOLD) {
                    return Err(format!("a press in fair weather did not end short: {identity:?}"));
                }
            }
        }
        Ok(())
    }
}
