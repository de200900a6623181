//! The mirrors that the render thread reads: one, or two side by side.
//!
//! The keyboard of a window is a node beside the path: its link is a broker in memory, while the
//! gateways' may be an MQTT broker. Both mirrors are read at the same frame; scenes and pages see
//! one list of nodes.

use std::sync::Arc;

use heart_event::{Event, Inputs, Name, Time};
use heart_link::mirror::{Counts, Hop, Offset, Rejected};
use heart_link::{Batch, LinkStatus, ReaderLink, Snapshot};

/// The links of a render thread, and what they said last.
pub(crate) struct Mirrors {
    main: Arc<ReaderLink>,
    kind: &'static str,
    snapshot: Snapshot,
    guest: Option<Guest>,
}

/// A link beside the main one.
struct Guest {
    link: Arc<ReaderLink>,
    snapshot: Snapshot,
    /// Where its nodes stand among the main link's, in order.
    lent: Vec<usize>,
}

impl Mirrors {
    /// `own` is the node of the window's keyboard, wherever it is heard.
    pub(crate) fn new(
        (main, kind): (Arc<ReaderLink>, &'static str),
        guest: Option<Arc<ReaderLink>>,
        own: Option<Name>,
    ) -> Self {
        let guest =
            guest.map(|link| Guest { link, snapshot: Snapshot::default(), lent: Vec::new() });
        let mut snapshot = Snapshot::default();
        snapshot.inputs.own = own;
        Mirrors { main, kind, snapshot, guest }
    }

    /// Moves what happened since the last frame to the end of `events`, and takes in what
    /// changed. Takes no memory once it is warm.
    pub(crate) fn frame(&mut self, now: Time, events: &mut Vec<Event>) {
        if let Some(guest) = &mut self.guest {
            guest.take_back(&mut self.snapshot.inputs);
        }
        self.main.frame(now, events, &mut self.snapshot);
        if let Some(guest) = &mut self.guest {
            guest.link.frame(now, events, &mut guest.snapshot);
            guest.lend(&mut self.snapshot.inputs);
        }
    }

    /// Every node as believed at the last frame, by name.
    pub(crate) fn inputs(&self) -> &Inputs {
        &self.snapshot.inputs
    }

    /// The same, for what the renderer itself adds to it at each frame.
    pub(crate) fn inputs_mut(&mut self) -> &mut Inputs {
        &mut self.snapshot.inputs
    }

    /// Moves the batches of samples since the last call to the end of `batches`. (A keyboard has
    /// none.)
    pub(crate) fn take_samples(&self, batches: &mut Vec<Batch>) {
        self.main.take_samples(batches);
    }

    /// Moves the hops of the reports since the last call to the end of `hops`.
    pub(crate) fn take_hops(&self, hops: &mut Vec<Hop>) {
        self.main.take_hops(hops);
        if let Some(guest) = &self.guest {
            guest.link.take_hops(hops);
        }
    }

    /// The clock offset to a node, once an echo came back.
    pub(crate) fn offset(&self, node: &Name) -> Option<Offset> {
        let guest = || self.guest.as_ref().and_then(|guest| guest.link.offset(node));
        self.main.offset(node).or_else(guest)
    }

    /// `mqtt` or `embedded`: how the gateways are heard.
    pub(crate) fn kind(&self) -> &'static str {
        self.kind
    }

    /// How the link to the gateways is.
    pub(crate) fn status(&self) -> LinkStatus {
        self.main.status()
    }

    /// Its totals.
    pub(crate) fn counts(&self) -> Counts {
        self.main.counts()
    }

    /// What it refused.
    pub(crate) fn rejected(&self) -> Rejected {
        self.main.rejected()
    }
}

impl Guest {
    /// Moves its nodes to their places among others.
    fn lend(&mut self, inputs: &mut Inputs) {
        for node in self.snapshot.inputs.nodes.drain(..) {
            let place = inputs.nodes.partition_point(|other| other.node <= node.node);
            inputs.nodes.insert(place, node);
            self.lent.push(place);
        }
    }

    /// Moves them back: each mirror writes into its own, where it left them.
    fn take_back(&mut self, inputs: &mut Inputs) {
        for place in self.lent.drain(..).rev() {
            self.snapshot.inputs.nodes.push(inputs.nodes.remove(place));
        }
        self.snapshot.inputs.nodes.reverse();
    }
}
