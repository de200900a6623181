//! The protocol's times and bounds (design §4 and §5), each named once.

use std::time::Duration;

/// Every node says this often that it is there (rule 4).
pub const BEAT_EVERY: Duration = Duration::from_millis(250);
/// Silence after which a reader gives a node up (rule 10).
pub const LOST_AFTER: Duration = Duration::from_millis(750);
/// Age from which a change moves the mirror but makes no event (rule 9); the default.
pub const STALE_AFTER: Duration = Duration::from_millis(500);
/// Two beats are in rhythm if their spacing on arrival and at the sender differ by less (rule 9).
pub const RHYTHM: Duration = Duration::from_millis(100);
/// A reader asks, and a gateway answers, a resync at most this often (rule 12).
pub const RESYNC_EVERY: Duration = Duration::from_millis(500);
/// Random part of the wait between two asks, so that readers do not ask in step (rule 12).
pub const RESYNC_JITTER: Duration = Duration::from_millis(250);
/// A continuous report is retained at most this often, and at the latest this long after a
/// burst ends (rule 14).
pub const RETAIN_EVERY: Duration = Duration::from_millis(100);
/// A node that does not hear its own beat for this long, nor anything else on its connection, drops
/// it (design §5, decision 0010).
pub const DEAF_AFTER: Duration = Duration::from_secs(1);
/// And one that does not hear it for this long, whatever else it hears.
pub const DEAF_AT_LAST: Duration = Duration::from_secs(5);
/// A paused duplicate comes back after this long without a foreign beat (rule 15): as long as
/// readers take to give the other one up.
pub const FOREIGN_GONE_AFTER: Duration = LOST_AFTER;
/// A node that returns in the same session keeps its least transit, unless it would have to be
/// later than this: then its clock has jumped (decision 0004).
pub const TRANSIT_JUMP: Duration = Duration::from_secs(10);
/// For how long after a connect the gateway listens for retained reports of devices that it no
/// longer has, to clear them (rule 14).
pub const SWEEP_FOR: Duration = Duration::from_secs(3);
/// A reader measures its offset to each node this often, by an echo.
pub const ECHO_EVERY: Duration = Duration::from_secs(1);
/// A reader without a live node for this long tries the next broker (design §5).
pub const NEXT_BROKER_AFTER: Duration = Duration::from_secs(5);
/// The least transit rises by this share of the time elapsed, to follow clock drift (rule 9).
pub const TRANSIT_RISE_PER_MILLE: i128 = 1;

/// Replaced sessions remembered per node (rule 6).
pub const REPLACED: usize = 8;
/// Events of one button in one report (rule 11).
pub const EVENTS_PER_BUTTON: usize = 8;
/// Detents of one `turned` (rule 11).
pub const TURN_MAX: i32 = 1000;
/// Events that wait for the frame (rule 11).
pub const EVENT_QUEUE: usize = 1024;
/// Echo requests that wait for the next beat; more are ignored.
pub const ECHOES: usize = 8;
/// Sample batches that wait for the link; the oldest are dropped (rule 16).
pub const SAMPLE_RING: usize = 256;
