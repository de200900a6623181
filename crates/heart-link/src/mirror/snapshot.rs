//! A copy of the mirror for the frame, made without allocating once it is warm.

use heart_event::{DeviceInputs, Inputs, NodeInputs, Presence, Report};

use super::node::Node;

/// What scenes and `/status` see: the mirror's masked state at one instant.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// The masked state.
    pub inputs: Inputs,
    structure: u64,
    /// Generation of each device at its last copy, nodes and devices in order.
    generations: Vec<u64>,
}

impl Snapshot {
    pub(super) fn copy(&mut self, nodes: &[Node], structure: u64) {
        if self.structure != structure {
            self.structure = structure;
            self.rebuild(nodes);
        }
        let shown = nodes.iter().filter(|n| n.presence != Presence::Unheard);
        if shown.clone().count() != self.inputs.nodes.len() {
            self.rebuild(nodes);
        }
        let mut generations = self.generations.iter_mut();
        for (node, into) in shown.zip(&mut self.inputs.nodes) {
            into.presence = node.presence;
            into.session = node.session;
            for (device, into) in node.devices.iter().zip(&mut into.devices) {
                let Some(generation) = generations.next() else { return };
                if *generation != device.generation {
                    *generation = device.generation;
                    device.show(into);
                }
            }
        }
    }

    fn rebuild(&mut self, nodes: &[Node]) {
        let shown = nodes.iter().filter(|n| n.presence != Presence::Unheard);
        self.inputs.nodes = shown
            .map(|node| NodeInputs {
                node: node.name,
                presence: node.presence,
                session: node.session,
                devices: node.devices.iter().map(|d| blank(d.name)).collect(),
            })
            .collect();
        self.generations.clear();
        let count = self.inputs.nodes.iter().map(|n| n.devices.len()).sum();
        self.generations.resize(count, 0);
    }
}

fn blank(device: heart_event::Name) -> DeviceInputs {
    DeviceInputs { device, stale: true, seq: 0, report: Report::default() }
}
