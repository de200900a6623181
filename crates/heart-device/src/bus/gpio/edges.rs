//! Edges as the kernel tells them, made into what the lines stand at. Pure.

/// One edge of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    /// Which line, by its place in the request.
    pub(crate) line: usize,
    /// The line went active.
    pub(crate) active: bool,
    /// The kernel's count of edges of this request, from 1. Wraps.
    pub(crate) seqno: u32,
}

/// What an edge makes of the lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fed {
    /// A line changed: they stand at [`Edges::levels`] now.
    Changed,
    /// The line stands so already: it bounced, or its level was read after the edge.
    Same,
    /// Edges before this one were lost; the levels must be read anew.
    Lost,
}

/// The lines' levels, edge by edge.
#[derive(Clone, Debug)]
pub(crate) struct Edges {
    /// Bit n is line n, set while it is active.
    levels: u64,
    seqno: Option<u32>,
    /// Edges were lost: nothing counts until the levels were read anew.
    lost: bool,
}

impl Edges {
    /// Lines that were read at `levels`, before any edge.
    pub(crate) fn new(levels: u64) -> Self {
        Edges { levels, seqno: Some(0), lost: false }
    }

    pub(crate) fn levels(&self) -> u64 {
        self.levels
    }

    /// Takes one edge.
    pub(crate) fn feed(&mut self, edge: Edge) -> Fed {
        let gap = self.seqno.is_some_and(|last| last.wrapping_add(1) != edge.seqno);
        self.seqno = Some(edge.seqno);
        self.lost |= gap;
        if self.lost {
            return Fed::Lost;
        }
        let bit = 1u64.checked_shl(edge.line as u32).unwrap_or(0);
        let levels = if edge.active { self.levels | bit } else { self.levels & !bit };
        if levels == self.levels {
            return Fed::Same;
        }
        self.levels = levels;
        Fed::Changed
    }

    /// The lines were read anew at `levels`. Edges that came meanwhile follow, from any number.
    pub(crate) fn found(&mut self, levels: u64) {
        *self = Edges { levels, seqno: None, lost: false };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn edge(line: usize, active: bool, seqno: u32) -> Edge {
        Edge { line, active, seqno }
    }

    #[test]
    fn levels_follow_edges_and_what_bounced_too_fast_is_nothing() {
        let mut edges = Edges::new(0b10);
        assert_eq!(edges.feed(edge(0, true, 1)), Fed::Changed);
        assert_eq!(edges.feed(edge(0, true, 2)), Fed::Same);
        assert_eq!(edges.feed(edge(1, false, 3)), Fed::Changed);
        assert_eq!(edges.levels(), 0b01);
    }

    #[test]
    fn a_gap_is_a_loss_until_the_levels_are_read_and_then_any_number_will_do() {
        let mut edges = Edges::new(0);
        assert_eq!(edges.feed(edge(0, true, 3)), Fed::Lost);
        assert_eq!(edges.feed(edge(0, true, 4)), Fed::Lost, "what follows a loss is void");
        assert_eq!(edges.levels(), 0);
        edges.found(1);
        assert_eq!(edges.feed(edge(0, false, 17)), Fed::Changed);
        assert_eq!(edges.feed(edge(0, true, 18)), Fed::Changed);
        let mut wrapped = Edges { levels: 0, seqno: Some(u32::MAX), lost: false };
        assert_eq!(wrapped.feed(edge(0, true, 0)), Fed::Changed);
    }

    proptest! {
        #[test]
        fn no_stream_of_edges_is_a_panic_and_none_is_a_change_without_one(
            stream in prop::collection::vec((0usize..70, any::<bool>(), 0u32..3), 0..100),
        ) {
            let (mut edges, mut seqno) = (Edges::new(0), 0u32);
            for (line, active, gap) in stream {
                seqno += gap;
                let before = edges.levels();
                let fed = edges.feed(edge(line, active, seqno));
                prop_assert_eq!(fed == Fed::Changed, edges.levels() != before);
                if fed == Fed::Lost {
                    edges.found(before);
                }
            }
        }
    }
}
