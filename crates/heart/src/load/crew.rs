//! The thread that moves all hands, each when it is due.
//!
//! One thread for a thousand gateways. It never catches up: what it had no time for is left out
//! and counted, as a person would leave it out.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use heart_event::{Name, Time};
use heart_link::GatewayHandle;
use heart_link::shell::clock;

use super::hands::{Deed, Hand, Times};

/// While nothing is due, and between two looks whether something is to be done at all.
const DOZE: Duration = Duration::from_millis(5);

/// A hand at its device.
pub(super) struct Post {
    pub(super) handle: GatewayHandle,
    /// Of the gateway, as the link counts them.
    pub(super) device: usize,
    pub(super) name: Name,
    pub(super) hand: Hand,
    pub(super) times: Arc<Times>,
}

/// The thread, from outside.
pub(super) struct Crew {
    orders: Arc<Orders>,
    thread: JoinHandle<Vec<Post>>,
}

#[derive(Default)]
struct Orders {
    working: AtomicBool,
    ending: AtomicBool,
    reports: AtomicU64,
    batches: AtomicU64,
    left_out: AtomicU64,
}

/// What hands did since they began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Done {
    pub(super) reports: u64,
    pub(super) batches: u64,
    /// Periods that there was no time for.
    pub(super) left_out: u64,
}

impl Crew {
    /// Hands at their posts, at rest.
    ///
    /// # Errors
    /// The system has no thread left.
    pub(super) fn new(posts: Vec<Post>) -> std::io::Result<Crew> {
        let orders = Arc::new(Orders::default());
        let own = Arc::clone(&orders);
        let thread = std::thread::Builder::new().name("crew".to_owned());
        Ok(Crew { orders, thread: thread.spawn(move || work(posts, &own))? })
    }

    /// To work, or to rest.
    pub(super) fn work(&self, working: bool) {
        self.orders.working.store(working, Ordering::Release);
    }

    pub(super) fn done(&self) -> Done {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Done {
            reports: read(&self.orders.reports),
            batches: read(&self.orders.batches),
            left_out: read(&self.orders.left_out),
        }
    }

    /// Goes home; the hands as they were left.
    pub(super) fn end(self) -> Vec<Post> {
        self.orders.ending.store(true, Ordering::Release);
        self.thread.join().unwrap_or_default()
    }
}

fn work(mut posts: Vec<Post>, orders: &Orders) -> Vec<Post> {
    let mut due = BinaryHeap::with_capacity(posts.len());
    while !orders.ending.load(Ordering::Acquire) {
        if !orders.working.load(Ordering::Acquire) {
            due.clear();
            std::thread::sleep(DOZE);
            continue;
        }
        let now = clock::now();
        if due.is_empty() {
            let starts = posts.iter().enumerate();
            due.extend(starts.map(|(index, post)| Reverse((spread(now, index, post), index))));
        }
        let wait = turn(&mut posts, &mut due, now, orders);
        std::thread::sleep(wait.min(DOZE));
    }
    posts
}

/// Moves the hands that are due; how long nobody is.
fn turn(
    posts: &mut [Post],
    due: &mut BinaryHeap<Reverse<(Time, usize)>>,
    now: Time,
    orders: &Orders,
) -> Duration {
    while let Some(mut first) = due.peek_mut() {
        let Reverse((at, index)) = *first;
        if at > now {
            return at.since(now);
        }
        let Some(post) = posts.get_mut(index) else { return DOZE };
        let period = post.hand.kind().period();
        let missed = (now.since(at).as_nanos() / period.as_nanos()) as u64;
        orders.left_out.fetch_add(missed, Ordering::Relaxed);
        let next = if missed == 0 { at + period } else { now + period };
        *first = Reverse((next, index));
        drop(first);
        act(post, orders);
    }
    DOZE
}

fn act(post: &mut Post, orders: &Orders) {
    // Its own time, not that of the turn: what takes long in a turn is not the link's doing.
    let now = clock::now();
    match post.hand.tick(now, &post.times) {
        Deed::Nothing => {}
        Deed::Report(discrete) => {
            orders.reports.fetch_add(1, Ordering::Relaxed);
            post.handle.report(post.device, &post.hand.report, discrete, now);
        }
        Deed::Samples => {
            orders.batches.fetch_add(1, Ordering::Relaxed);
            post.handle.samples(post.device, &post.hand.samples, now);
        }
    }
}

/// Hands do not move in step: the first ticks lie anywhere within a period.
fn spread(now: Time, index: usize, post: &Post) -> Time {
    let period = post.hand.kind().period().as_nanos() as u64;
    // Multiples of the golden ratio fill the period evenly (Knuth, TAOCP 3 §6.4).
    let share = (index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    now + Duration::from_nanos(((period as u128 * u128::from(share)) >> 32) as u64)
}
