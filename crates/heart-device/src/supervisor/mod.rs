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
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use heart_event::{DeviceInfo, DeviceState};
use tokio::sync::Notify;
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
use crate::parts::{PartError, panic_text};
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
    let question = Arc::new(Question::default());
    let (timed, asked) = (Arc::clone(line), Arc::clone(&question));
    let mut life = Life(tokio::spawn(async move {
        tokio::select! {
            // In this order: what the hardware said is read before a press is declared long, so
            // that after a stall the release that lies in the kernel comes first.
            biased;
            end = running => end,
            () = timed.keep_time() => unreachable_end(),
            () = asked.answer() => unreachable_end(),
        }
    }));
    let mut unanswered = 0;
    loop {
        tokio::select! {
            biased;
            end = &mut life.0 => return ended(end),
            () = tokio::time::sleep(ASK_PERIOD) => {}
        }
        unanswered = if question.ask() { 0 } else { unanswered + 1 };
        if unanswered >= 2 {
            return PartError::Silent;
        }
    }
}

/// "Do you still answer?", one at a time. (A channel takes memory every 32 messages.)
#[derive(Debug, Default)]
struct Question {
    is_open: AtomicBool,
    asked: Notify,
}

impl Question {
    /// False if the last one was not answered yet.
    fn ask(&self) -> bool {
        let answered = !self.is_open.swap(true, Ordering::AcqRel);
        self.asked.notify_one();
        answered
    }

    /// Answers for ever.
    async fn answer(&self) {
        loop {
            self.asked.notified().await;
            self.is_open.store(false, Ordering::Release);
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
mod tests;
