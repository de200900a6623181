//! The supervisor with parts that fail in every way, on virtual time where nothing blocks.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use heart_event::{Keys, Name, Report, Samples, Time};

use super::*;
use crate::bus::arrivals::Arrivals;

/// Remembers the last report and every state.
#[derive(Default)]
struct Last(Mutex<(Report, Vec<(DeviceState, String)>)>);

impl Last {
    fn held(&self) -> bool {
        self.0.lock().unwrap().0.buttons.iter().any(|button| button.pressed)
    }

    fn state(&self) -> (DeviceState, String) {
        self.0.lock().unwrap().1.last().cloned().unwrap_or_default()
    }
}

impl Sink for Last {
    fn report(&self, _: usize, report: &Report, _: bool, _: Time) {
        self.0.lock().unwrap().0.copy_from(report);
    }

    fn samples(&self, _: usize, _: &Samples, _: Time) {}

    fn state(&self, _: usize, state: DeviceState, detail: &str) {
        self.0.lock().unwrap().1.push((state, detail.to_owned()));
    }
}

fn line(sink: &Arc<Last>, clock: Clock) -> Arc<Line> {
    let name = Name::new("part").unwrap();
    let pulse = Arc::new(Pulse::new(clock.now()));
    Arc::new(Line::new(0, (name, name), Arc::clone(sink) as Arc<dyn Sink>, clock, pulse, vec![]))
}

/// The seat of a device for which nothing ever arrives.
fn seat() -> Seat {
    Arrivals::default().seat()
}

async fn wait_for(sink: &Last, state: DeviceState) {
    let there = async {
        while sink.state().0 != state {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), there).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_part_that_panics_lets_go_is_faulted_and_runs_again() {
    let sink = Arc::new(Last::default());
    let (line, stop) = (line(&sink, Clock::of_runtime()), CancellationToken::new());
    let lives = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&lives);
    let part = move |outlet: Outlet| {
        let life = count.fetch_add(1, Ordering::SeqCst);
        async move {
            outlet.running(|record, t| record.press(Keys::SOUTH, t));
            tokio::time::sleep(Duration::from_millis(10)).await;
            assert!(life > 0, "a bug in the first life");
            std::future::pending().await
        }
    };
    let device = tokio::spawn(supervise(part, || true, Arc::clone(&line), seat(), stop.clone()));
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert!(sink.held());
    tokio::time::sleep(Duration::from_millis(10)).await;
    let detail = "the device's task panicked: a bug in the first life".to_owned();
    assert_eq!((sink.state(), sink.held()), ((DeviceState::Faulted, detail), false));
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!((sink.state().0, sink.held()), (DeviceState::Running, true));
    assert_eq!(lives.load(Ordering::SeqCst), 2);
    stop.cancel();
    device.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_part_that_fails_at_once_is_tried_at_a_bounded_pace() {
    let sink = Arc::new(Last::default());
    let (line, stop) = (line(&sink, Clock::of_runtime()), CancellationToken::new());
    let lives = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&lives);
    let part = move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        async { Err(PartError::Busy { place: "the port".to_owned() }) }
    };
    let device = tokio::spawn(supervise(part, || true, line, seat(), stop.clone()));
    tokio::time::sleep(Duration::from_secs(60)).await;
    let tried = lives.load(Ordering::SeqCst);
    assert!((29..=64).contains(&tried), "{tried}: every 1 to 2 s after the first few");
    assert_eq!(sink.0.lock().unwrap().1.len(), 2, "probing, faulted: said once, not per try");
    stop.cancel();
    device.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_part_that_hangs_is_faulted_and_can_say_nothing_when_it_wakes() {
    let sink = Arc::new(Last::default());
    let (line, stop) = (line(&sink, Clock::boottime()), CancellationToken::new());
    let (wake, asleep) = std::sync::mpsc::channel::<()>();
    let asleep = Arc::new(Mutex::new(Some(asleep)));
    let (told, heard) = tokio::sync::oneshot::channel();
    let told = Arc::new(Mutex::new(Some(told)));
    let part = move |outlet: Outlet| {
        let (asleep, told) = (asleep.lock().unwrap().take(), Arc::clone(&told));
        async move {
            outlet.running(|record, t| record.press(Keys::SOUTH, t));
            if let Some(asleep) = asleep {
                // Blocks the task's thread, as a bad driver does.
                let _ = asleep.recv();
                let t = outlet.now();
                let took = outlet.apply(|record| record.press(Keys::EAST, t));
                let _ = told.lock().unwrap().take().unwrap().send(took);
            }
            std::future::pending().await
        }
    };
    let device = tokio::spawn(supervise(part, || true, line, seat(), stop.clone()));
    wait_for(&sink, DeviceState::Faulted).await;
    assert_eq!(sink.state().1, "the device's task did not answer for 1 s");
    assert!(!sink.held());
    // The next life runs when the old task wakes: only its outlet's number tells them apart.
    wait_for(&sink, DeviceState::Running).await;
    wake.send(()).unwrap();
    assert!(!heard.await.unwrap(), "its outlet is dead");
    stop.cancel();
    device.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_device_that_arrives_runs_before_the_next_look_would_be() {
    let sink = Arc::new(Last::default());
    let (line, stop) = (line(&sink, Clock::of_runtime()), CancellationToken::new());
    let (arrivals, plugged) = (Arrivals::default(), Arc::new(AtomicBool::new(false)));
    let (there, looked_for) = (Arc::clone(&plugged), Arc::clone(&plugged));
    let part = move |outlet: Outlet| {
        let there = there.load(Ordering::SeqCst);
        async move {
            if !there {
                return Err(PartError::Absent { place: "the pad".to_owned() });
            }
            outlet.running(|_, _| {});
            std::future::pending().await
        }
    };
    let is_there = move || looked_for.load(Ordering::SeqCst);
    let device = supervise(part, is_there, line, arrivals.seat(), stop.clone());
    let device = tokio::spawn(device);
    tokio::time::sleep(Duration::from_millis(1010)).await;
    assert_eq!(sink.state().0, DeviceState::Gone);
    arrivals.tell();
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert_eq!(sink.state().0, DeviceState::Gone, "something else arrived");
    plugged.store(true, Ordering::SeqCst);
    arrivals.tell();
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert_eq!(sink.state().0, DeviceState::Running);
    stop.cancel();
    device.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_node_that_udev_has_not_yet_opened_is_no_fault_for_a_second() {
    let sink = Arc::new(Last::default());
    let (line, stop) = (line(&sink, Clock::of_runtime()), CancellationToken::new());
    let (arrivals, allowed) = (Arrivals::default(), Arc::new(AtomicBool::new(false)));
    let open = Arc::clone(&allowed);
    let part = move |outlet: Outlet| {
        let open = open.load(Ordering::SeqCst);
        async move {
            if !open {
                let place = "event7".to_owned();
                return Err(PartError::Denied { place, fix: "wait" });
            }
            outlet.running(|_, _| {});
            std::future::pending().await
        }
    };
    arrivals.tell();
    let device = supervise(part, || true, line, arrivals.seat(), stop.clone());
    let device = tokio::spawn(device);
    let state = |at_ms: u64| {
        let sink = Arc::clone(&sink);
        async move {
            tokio::time::sleep(Duration::from_millis(at_ms)).await;
            sink.state().0
        }
    };
    assert_eq!(state(900).await, DeviceState::Probing, "nothing is told yet");
    assert_eq!(state(400).await, DeviceState::Faulted, "it is not udev that is waited for");
    allowed.store(true, Ordering::SeqCst);
    arrivals.tell();
    assert_eq!(state(10).await, DeviceState::Running, "its mode was changed");
    stop.cancel();
    device.await.unwrap();
}
