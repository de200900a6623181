//! Keeps every device alive: probing -> running -> faulted or gone -> again (design §6).
//!
//! One task per device. Each life of its part runs in a task of its own, so that a part that
//! panics or hangs is a faulted device and nothing else. Between two lives there are always at
//! least 250 ms, or 20 ms if something arrived where the device is looked for (`bus::arrivals`):
//! nothing here can spin. Called by `heart-input` and by renderers with embedded
//! devices; never looks at what devices say.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use heart_event::{DeviceInfo, DeviceState};
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinHandle};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::backoff::{Backoff, SHORTEST};
use crate::bus::Rig;
use crate::bus::arrivals::Seat;
use crate::clock::Clock;
use crate::config::{ConfigError, Device, unique};
use crate::hearing::{ears, listeners};
use crate::outlet::{Line, Outlet};
use crate::parts::PartError;
use crate::pulse::{PULSE_PERIOD, Pulse};
use crate::sink::Sink;

/// How often a life is asked whether it still answers; missing two answers in a row is silence.
const ASK_PERIOD: Duration = Duration::from_millis(500);
/// Longest that [`Devices::shutdown`] waits for tasks.
const SHUTDOWN: Duration = Duration::from_secs(1);

/// All devices of a gateway, supervised.
pub struct Devices {
    lines: Vec<Arc<Line>>,
    rig: Rig,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Devices {
    /// Starts every device; they are `probing` when this returns. Must be called within a tokio
    /// runtime with time and I/O enabled. What they say goes to `sink`, each under its index in
    /// `devices`.
    ///
    /// # Errors
    /// Two devices of one name or key, or more than 256 (devices made in code are checked here
    /// too, together with the configured ones).
    pub fn start(
        devices: Vec<Device>,
        sink: Arc<dyn Sink>,
        clock: Clock,
    ) -> Result<Devices, ConfigError> {
        Devices::start_on(Rig::new(clock), devices, sink, clock)
    }

    /// As [`Devices::start`], on buses that are there already.
    pub(crate) fn start_on(
        rig: Rig,
        devices: Vec<Device>,
        sink: Arc<dyn Sink>,
        clock: Clock,
    ) -> Result<Devices, ConfigError> {
        unique(devices.iter().map(|device| device.name()))?;
        let pulse = Arc::new(Pulse::new(clock.now()));
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let (mut lines, mut folders) = (Vec::with_capacity(devices.len()), BTreeSet::new());
        let ears = ears(&devices);
        for (index, device) in devices.into_iter().enumerate() {
            let names = (device.name(), device.kind());
            let heard_by = listeners(&ears, index);
            let (sink, pulse) = (Arc::clone(&sink), Arc::clone(&pulse));
            let line = Arc::new(Line::new(index, names, sink, clock, pulse, heard_by));
            lines.push(Arc::clone(&line));
            let (part, rig) = (device.part, Rig { ear: ears[index].clone(), ..rig.clone() });
            let (looked_for, here) = (Arc::clone(&part), rig.clone());
            let is_there = move || looked_for.is_there(&here);
            folders.extend(part.folders(&rig));
            let seat = rig.arrivals.seat();
            let part = move |outlet| Arc::clone(&part).run(outlet, rig.clone());
            tasks.spawn(supervise(part, is_there, line, seat, stop.clone()));
        }
        if !folders.is_empty() {
            let watch = rig.arrivals.clone().watch(folders.into_iter().collect());
            tasks.spawn(stop.clone().run_until_cancelled_owned(watch));
        }
        tasks.spawn(keep_pulse(pulse, clock, stop.clone()));
        Ok(Devices { lines, rig, stop, tasks })
    }

    /// Every device as the catalogue says it, in the order they were given.
    #[must_use]
    pub fn infos(&self) -> Vec<DeviceInfo> {
        self.lines.iter().map(|line| line.info()).collect()
    }

    /// Ends every device: each says its released report and is `gone`. Waits at most 1 s for the
    /// tasks; a task that does not end by then cannot say anything any more.
    pub async fn shutdown(self) {
        self.stop.cancel();
        self.tasks.close();
        if tokio::time::timeout(SHUTDOWN, self.tasks.wait()).await.is_err() {
            tracing::warn!("a device's task did not end within 1 s");
            for line in &self.lines {
                line.end_life(DeviceState::Gone, STOPPED);
            }
        }
        self.rig.ble.close().await;
    }
}

impl Drop for Devices {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

const STOPPED: &str = "the gateway stopped";

/// One device, for as long as the gateway runs.
async fn supervise<P>(
    part: impl Fn(Outlet) -> P,
    is_there: impl Fn() -> bool,
    line: Arc<Line>,
    mut seat: Seat,
    stop: CancellationToken,
) where
    P: Future<Output = Result<Infallible, PartError>> + Send + 'static,
{
    let mut backoff = Backoff::new(u64::from(line.name().key()) ^ line.now().nanos());
    loop {
        let began = line.now();
        let end = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            end = live(&part, &line) => end,
        };
        let denied = matches!(end, PartError::Denied { .. });
        // A node is there before udev has given it its group: not yet worth telling.
        let settling = denied && seat.is_settling();
        if !settling {
            line.end_life(end.state(), &end.to_string());
        }
        let wait = async {
            match end.state() {
                DeviceState::Gone => loop {
                    arrival_or(SHORTEST, &mut seat).await;
                    if is_there() {
                        break;
                    }
                },
                _ if settling => arrival_or(SHORTEST, &mut seat).await,
                _ if denied => {
                    arrival_or(backoff.after(line.now().since(began)), &mut seat).await;
                }
                _ => tokio::time::sleep(backoff.after(line.now().since(began))).await,
            }
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            () = wait => {}
            () = line.keep_time() => {}
        }
    }
    line.end_life(DeviceState::Gone, STOPPED);
}

/// Waits for an arrival, at most this long.
async fn arrival_or(longest: Duration, seat: &mut Seat) {
    // Both ends are a reason to look; which one it was does not matter.
    let _ = tokio::time::timeout(longest, seat.next()).await;
}

/// One life of a part, watched. Dropping this ends the life.
async fn live<P>(part: impl Fn(Outlet) -> P, line: &Arc<Line>) -> PartError
where
    P: Future<Output = Result<Infallible, PartError>> + Send + 'static,
{
    let running = part(line.begin_life());
    let (ask, mut asked) = mpsc::channel::<()>(1);
    let timed = Arc::clone(line);
    let mut life = Life(tokio::spawn(async move {
        tokio::select! {
            // In this order: what the hardware said is read before a press is declared long, so
            // that after a stall the release that lies in the kernel comes first.
            biased;
            end = running => end,
            () = timed.keep_time() => unreachable_end(),
            () = async { while asked.recv().await.is_some() {} } => unreachable_end(),
        }
    }));
    let mut unanswered = 0;
    loop {
        tokio::select! {
            biased;
            end = &mut life.0 => return ended(end),
            () = tokio::time::sleep(ASK_PERIOD) => {}
        }
        // The channel holds one question: while it is full, the last one was not answered.
        unanswered = if ask.try_send(()).is_ok() { 0 } else { unanswered + 1 };
        if unanswered >= 2 {
            return PartError::Silent;
        }
    }
}

/// Keeping time and answering questions end only with the life itself.
fn unreachable_end() -> Result<Infallible, PartError> {
    Err(PartError::Silent)
}

fn ended(end: Result<Result<Infallible, PartError>, JoinError>) -> PartError {
    let error = match end {
        Ok(Err(end)) => return end,
        Ok(Ok(never)) => match never {},
        Err(error) => error,
    };
    match error.try_into_panic() {
        Ok(payload) => PartError::Panicked(panic_text(&*payload)),
        Err(cancelled) => PartError::Panicked(cancelled.to_string()),
    }
}

fn panic_text(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default()
}

/// A life's task; ended when dropped, at its next await.
struct Life(JoinHandle<Result<Infallible, PartError>>);

impl Drop for Life {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn keep_pulse(pulse: Arc<Pulse>, clock: Clock, stop: CancellationToken) {
    loop {
        pulse.beat(clock.now());
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PULSE_PERIOD) => {}
        }
    }
}

#[cfg(test)]
mod tests {
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
        Arc::new(Line::new(
            0,
            (name, name),
            Arc::clone(sink) as Arc<dyn Sink>,
            clock,
            pulse,
            vec![],
        ))
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
        let device =
            tokio::spawn(supervise(part, || true, Arc::clone(&line), seat(), stop.clone()));
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
}
