//! A scripted pair of hands on a knob: a tour through the program.

use std::time::Duration;

use heart_device::Injector;
use heart_event::{Encoders, Keys};
use tokio_util::sync::CancellationToken;

/// What the hands do.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Turn(i32),
    Press,
    LongPress,
}

/// Milliseconds after the start, and the deed. It begins late enough for the link to be live.
const SCRIPT: &[(u64, Deed)] = &[
    (1_200, Deed::Turn(1)),
    (1_800, Deed::Press),
    (2_600, Deed::Turn(1)),
    (3_900, Deed::LongPress),
    (4_500, Deed::Turn(-1)),
    (5_100, Deed::Press),
    (6_000, Deed::Turn(1)),
    (9_000, Deed::LongPress),
    (9_600, Deed::Turn(2)),
    (10_200, Deed::Press),
    (11_500, Deed::Turn(1)),
    (14_000, Deed::LongPress),
    (14_600, Deed::Turn(-2)),
];
/// Then it begins again.
const LOOP: Duration = Duration::from_millis(15_500);

/// Plays until told to stop.
pub(super) async fn play(knob: Injector, stop: CancellationToken) {
    let mut start = tokio::time::Instant::now();
    loop {
        for (at, deed) in SCRIPT {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep_until(start + Duration::from_millis(*at)) => {}
            }
            let Some(now) = knob.now() else { continue };
            knob.tell(|record| match deed {
                Deed::Turn(by) => record.turn(Encoders::KNOB, *by, now),
                Deed::Press => record.tap(Keys::BUTTON, now),
                Deed::LongPress => record.long_tap(Keys::BUTTON, now),
            });
        }
        start += LOOP;
    }
}
