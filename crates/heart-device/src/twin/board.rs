//! A simulated board's end of the serial line: the very bytes that its firmware would write.

use std::collections::VecDeque;
use std::sync::Arc;

use heart_event::Time;
use rustix::io::Errno;

use super::{Action, Fault, Stage, Twin};
use crate::backoff::Chance;
use crate::clock::Clock;
use crate::parts::PartError;

/// What the twin is called in errors.
const PLACE: &str = "the simulated board";
/// Longest question that a board listens to, bytes.
const QUESTION_MAX: usize = 64;
/// What a board says when it is reset: CircuitPython's console.
const BANNER: &[u8] = b"\r\nAdafruit CircuitPython 9.0.5\r\ncode.py output:\r\n";

/// The firmware of one kind of board, written from the original's and not from the part.
///
/// Dropped when the port is closed: opening it resets the board.
pub(crate) trait Firmware: Send {
    /// What the board is called in its answer to `Identify`.
    fn device_name(&self) -> &'static str;

    /// What it says when it has started, with its controls where the stage has them.
    fn boot(&mut self, stage: &Stage, out: &mut Vec<u8>);

    /// Hands did all of this at `t`.
    fn act(&mut self, actions: &[Action], t: Time, out: &mut Vec<u8>);

    /// When [`Firmware::poll`] has something to say next.
    fn next_wake(&self) -> Time {
        Time::NEVER
    }

    /// What it says by `now` because time has passed.
    fn poll(&mut self, _now: Time, _out: &mut Vec<u8>) {}
}

/// A serial port with a simulated board behind it.
pub(crate) struct BoardPort {
    twin: Arc<Twin>,
    firmware: Box<dyn Firmware>,
    device_id: String,
    clock: Clock,
    /// Written by the firmware, not yet read.
    out: VecDeque<u8>,
    said: Vec<u8>,
    question: Vec<u8>,
    noise: Chance,
}

impl BoardPort {
    /// Opens the port, which resets the board. It answers to `Identify` with `device_id`.
    pub(crate) fn open(
        twin: Arc<Twin>,
        firmware: Box<dyn Firmware>,
        device_id: String,
        clock: Clock,
    ) -> Result<Self, PartError> {
        let (out, said, question) = (VecDeque::new(), Vec::new(), Vec::new());
        let noise = Chance::new(0x6e01_5e01);
        let mut port = BoardPort { twin, firmware, device_id, clock, out, said, question, noise };
        let now = clock.now();
        let BoardPort { twin, firmware, said, .. } = &mut port;
        let fault = twin.stage(now, |stage| {
            // What hands did while the port was closed is where the controls stand.
            stage.advance_before(now);
            firmware.boot(stage, said);
            stage.fault_at(now)
        });
        if fault == Some(Fault::Unplug) {
            return Err(PartError::Absent { place: PLACE.to_owned() });
        }
        port.out.extend(BANNER);
        port.speak(fault)?;
        Ok(port)
    }

    /// Waits for bytes and reads what is there into `buffer`. May be dropped while it waits.
    pub(crate) async fn read<'a>(&mut self, buffer: &'a mut [u8]) -> Result<&'a [u8], PartError> {
        loop {
            let now = self.clock.now();
            let BoardPort { twin, firmware, said, .. } = self;
            let (fault, next) = twin.stage(now, |stage| {
                stage.together_until(now, |actions, t| {
                    // In the order of time: what became due before these actions is said first.
                    firmware.poll(t, said);
                    firmware.act(actions, t, said);
                });
                (stage.fault(), stage.next_at())
            });
            firmware.poll(now, said);
            let next = next.unwrap_or(Time::NEVER).min(firmware.next_wake());
            self.speak(fault)?;
            if !self.out.is_empty() {
                let count = self.out.len().min(buffer.len());
                for (to, byte) in buffer.iter_mut().zip(self.out.drain(..count)) {
                    *to = byte;
                }
                return Ok(&buffer[..count]);
            }
            tokio::time::sleep(next.since(now)).await;
        }
    }

    /// Takes what is written to the board, and answers it.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> usize {
        for &byte in bytes {
            if byte != b'\n' {
                self.question.push(byte);
                self.question.truncate(QUESTION_MAX);
                continue;
            }
            if self.question.trim_ascii().eq_ignore_ascii_case(b"identify") {
                let (name, id) = (self.firmware.device_name(), &self.device_id);
                let answer = serde_json::json!({
                    "event_type": "device.identify",
                    "data": { "device_name": name, "firmware_commit": "twin", "device_id": id },
                });
                self.said.extend_from_slice(format!("{answer}\n").as_bytes());
            }
            self.question.clear();
        }
        bytes.len()
    }

    /// Lets what was said out, as the fault of the moment has it.
    fn speak(&mut self, fault: Option<Fault>) -> Result<(), PartError> {
        let place = || PLACE.to_owned();
        match fault {
            Some(Fault::Unplug) => return Err(PartError::Closed { place: place() }),
            Some(Fault::Stuck) => {
                return Err(PartError::Io { place: place(), source: Errno::TIMEDOUT.into() });
            }
            Some(Fault::Garbage) => {
                self.said.iter_mut().for_each(|byte| *byte = self.noise.between(0, 255) as u8);
            }
            Some(Fault::Silence) => self.said.clear(),
            None => {}
        }
        self.out.extend(self.said.drain(..));
        Ok(())
    }
}

/// Writes one line as the original's firmware does.
pub(crate) fn line(
    out: &mut Vec<u8>,
    event_type: &str,
    data: impl serde::Serialize,
    producer: u16,
) {
    let line = serde_json::json!({
        "event_type": event_type, "data": data, "producer_id": producer,
    });
    out.extend_from_slice(format!("{line}\n").as_bytes());
}
