//! How often the link asks for memory.
//!
//! Session and mirror: never, once warm. The whole path from a device's report over a real
//! mosquitto to the mirror: what rumqttc 0.25 costs, 8.6 when this was written. By its source a
//! publish takes three (the topic's `String`, its clone, its `Bytes`) and each wait of an event
//! loop for its channel one (flume's hook): the gateway's waits anew after the publish, after the
//! PUBACK and after each beat, the reader's after each message. One `Vec` per report is the
//! test's own. The payload is cut from a pool: none. Beats, echoes and their answers go on
//! meanwhile and are counted too.

#![expect(clippy::unwrap_used, reason = "in a test, also in what its tests share")]

#[path = "../conformance/bench.rs"]
#[expect(dead_code, reason = "shared with the conformance suite, which uses all of it")]
mod bench;
#[path = "../conformance/server.rs"]
#[expect(dead_code, reason = "shared with the traps, which use all of it")]
mod server;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bench::{Eye, Hand, eventually, gateway_options, name, reader_options};
use heart_event::{Button, Change, DeviceState, Event, Keys, Report, SessionId, Time};
use heart_link::{
    GatewayLink, Incoming, Mirror, MirrorOptions, Outgoing, ReaderLink, Session, SessionOptions,
    Slots, Snapshot,
};
use server::Server;

struct Counting;

static ALL: AtomicU64 = AtomicU64::new(0);
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

thread_local! {
    static MINE: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    ALL.fetch_add(1, Ordering::Relaxed);
    // A thread that is ending has no counter any more, and nobody who asks for it.
    let _ = MINE.try_with(|mine| mine.set(mine.get() + 1));
}

#[expect(unsafe_code, reason = "GlobalAlloc is an unsafe trait")]
// SAFETY: every call is handed on to the system's allocator as it came; counting neither
// allocates nor touches the memory.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn session_and_mirror_ask_for_no_memory_once_warm() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let ms = Time::from_millis;
    let slots = Arc::new(Slots::new(&[(name("pad"), name("simulated"))], ms(0)));
    slots.state(0, DeviceState::Running, "", ms(0));
    let options = SessionOptions {
        site: name("lab"),
        node: name("gw"),
        session: SessionId(7),
        version: "test".to_owned(),
        wall_offset: 0,
    };
    let mut session = Session::gateway(options, slots.clone(), ms(0));
    let mut mirror = Mirror::new(MirrorOptions::new(name("lab"), name("wall"), SessionId(8)));
    let (mut events, mut snapshot) = (Vec::<Event>::with_capacity(64), Snapshot::default());
    session.handle(ms(0), Incoming::Connected);
    let mut topic_text = String::with_capacity(128);
    let mut report = Report {
        buttons: vec![Button { code: Keys::SOUTH, ..Button::default() }],
        ..Report::default()
    };
    let mut heard = 0;
    let mut round = |at: u64| {
        let now = ms(at);
        report.buttons[0].pressed = !report.buttons[0].pressed;
        if report.buttons[0].pressed {
            report.buttons[0].presses += 1;
            report.buttons[0].last = Change::Pressed;
        } else {
            report.buttons[0].shorts += 1;
            report.buttons[0].last = Change::Short;
        }
        report.buttons[0].changed_at = now;
        slots.report(0, &report, true, now);
        let mut own_beat = None;
        while let Some(outgoing) = session.poll(now) {
            if let Outgoing::Publish { topic, payload, .. } = outgoing {
                use std::fmt::Write;
                topic_text.clear();
                write!(topic_text, "{topic}").unwrap();
                mirror.handle(now, &topic_text, payload);
                own_beat = topic_text.ends_with("/beat").then(|| payload.to_vec()).or(own_beat);
            }
        }
        if let Some(beat) = own_beat {
            let topic = "heart/v1/lab/gw/beat";
            session.handle(now, Incoming::Message { topic, payload: &beat, retained: false });
        }
        events.clear();
        mirror.drain_events(now, &mut events);
        heard += events.len();
        mirror.show(&mut snapshot);
        while mirror.take_note().is_some() || mirror.take_hop().is_some() {}
        while mirror.take_ask().is_some() {}
    };
    // Ten seconds of a report every 10 ms, beats between them.
    (0..1_000).for_each(|n| round(10 * n));
    // Between two beats, so that the test's own copies of beats are not counted.
    round(10_010);
    let before = MINE.get();
    (0..20).for_each(|n| round(10_020 + 10 * n));
    let asked = MINE.get() - before;
    assert_eq!(asked, 0, "20 reports from slot to snapshot");
    assert!(heard > 500, "{heard} events");
}

#[test]
fn a_report_over_a_real_broker_costs_what_rumqttc_costs() {
    const REPORTS: u64 = 200;
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let broker = Server::running("mosquitto", "");
        let link = GatewayLink::start(gateway_options("gw", &["pad"], broker.link())).unwrap();
        let mut hand = Hand::new(&link, 0);
        let mut eye = Eye::new(ReaderLink::start(reader_options(broker.link())).unwrap());
        eventually("the reader sees the pad", || eye.sees("gw", "pad")).await;
        let mut total = 0;
        for round in 0..2 * REPORTS {
            if round == REPORTS {
                total = ALL.load(Ordering::Relaxed);
            }
            let expected = eye.events.len() + 1;
            if round % 2 == 0 {
                hand.press()
            } else {
                hand.release()
            }
            while eye.events.len() < expected {
                eye.look();
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        let asked = ALL.load(Ordering::Relaxed) - total;
        let each = asked as f64 / REPORTS as f64;
        println!("{each:.2} allocations per report, both sides and all beats together");
        // Generous: on a busy machine a report takes longer, and more beats fall into its time.
        assert!(each <= 16.0, "{each}");
    });
}
