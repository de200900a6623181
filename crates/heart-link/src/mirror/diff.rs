//! Two reports in, events out (rules 8, 9 and 11). Pure arithmetic on counters.

use std::time::Duration;

use heart_event::{Button, Change, Encoder, Release, Time, What};

use crate::timing::{EVENTS_PER_BUTTON, TURN_MAX};

/// How a report is judged before its changes are told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judgement {
    /// The node is live, its device runs, and this is no baseline.
    pub(super) makes_events: bool,
    /// From this age on a change makes no event.
    pub(super) stale_after: Duration,
    /// When the report was sent, on the node's clock.
    pub(super) sent: Time,
    /// How much longer than the quickest beat it travelled.
    pub(super) excess: Duration,
    /// When the mirror's state was last known to be the device's, on the node's clock.
    pub(super) good_at: Option<Time>,
}

impl Judgement {
    /// Age of a change on arrival.
    pub(super) fn age(&self, changed_at: Time) -> Duration {
        self.sent.since(changed_at).saturating_add(self.excess)
    }

    /// Rule 9: young enough to be told.
    pub(super) fn fresh(&self, changed_at: Time) -> bool {
        self.age(changed_at) <= self.stale_after
    }

    /// Rule 9: every change since the mirror was last right is young enough, whatever its time.
    fn all_fresh(&self) -> bool {
        self.good_at.is_some_and(|good| self.fresh(good))
    }
}

/// The events of one button, in order, at most [`EVENTS_PER_BUTTON`]; the rest is counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Told {
    events: [Option<What>; EVENTS_PER_BUTTON],
    len: usize,
    /// Changes that made no event because of the bound.
    pub(super) left_out: u32,
}

impl Told {
    fn push(&mut self, what: What) {
        match self.events.get_mut(self.len) {
            Some(free) => {
                *free = Some(what);
                self.len += 1;
            }
            None => self.left_out = self.left_out.saturating_add(1),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = What> + '_ {
        self.events.iter().take(self.len).flatten().copied()
    }
}

/// What happened to a button between `old` and `new`.
///
/// `emitted` is true while a `Pressed` of it was told and no `Released` yet; it is kept here, so
/// that a release is told exactly for presses that were told (rule 10).
pub(super) fn button(old: &Button, new: &Button, judged: &Judgement, emitted: &mut bool) -> Told {
    let mut told = Told::default();
    if *old == *new {
        return told;
    }
    let presses = new.presses.saturating_sub(old.presses);
    let ended = presses > 0 || !new.pressed;
    if !judged.makes_events || !judged.fresh(new.changed_at) || new.last == Change::None {
        // Moves the mirror without an event; but a press that was told must not stay.
        if *emitted && ended {
            told.push(What::Released { how: Release::Cancelled });
            *emitted = false;
        }
        return told;
    }
    if steps(old, new) > 1 && !judged.all_fresh() {
        only_the_last(old, new, emitted, &mut told);
    } else {
        everything(old, new, emitted, &mut told);
    }
    told
}

/// Elementary changes between two states of a button.
fn steps(old: &Button, new: &Button) -> u32 {
    let presses = new.presses.saturating_sub(old.presses);
    if matches!(new.last, Change::Tap | Change::LongTap) {
        return presses;
    }
    let longs = new.longs.saturating_sub(old.longs);
    let releases = (presses + u32::from(old.pressed)).saturating_sub(u32::from(new.pressed));
    presses.saturating_add(longs).saturating_add(releases)
}

/// Rule 9, "otherwise only the last one does".
fn only_the_last(old: &Button, new: &Button, emitted: &mut bool, told: &mut Told) {
    let same_hold = new.presses == old.presses;
    if *emitted && !(same_hold && new.pressed) {
        let long = same_hold && new.last == Change::Released && new.longs > old.longs;
        let how = if long { Release::Long } else { Release::Cancelled };
        told.push(What::Released { how });
        *emitted = false;
    }
    match new.last {
        Change::Pressed if new.pressed && !same_hold => {
            told.push(What::Pressed { count: new.presses });
            *emitted = true;
        }
        Change::Long if *emitted && same_hold => told.push(What::Long { count: new.longs }),
        Change::Tap | Change::LongTap if !same_hold => {
            whole_press(new.presses, new.longs, new.last == Change::LongTap, Release::Short, told);
        }
        _ => {}
    }
}

/// Every change is young: tell them all, in an order in which they can have happened.
fn everything(old: &Button, new: &Button, emitted: &mut bool, told: &mut Told) {
    let mut presses = new.presses.saturating_sub(old.presses);
    let mut shorts = new.shorts.saturating_sub(old.shorts);
    let mut longs = new.longs.saturating_sub(old.longs);
    let mut long_count = old.longs;
    // The hold that goes on in `new` keeps its own long press back from the others.
    let current_is_long = new.pressed && presses > 0 && new.last == Change::Long;
    longs = longs.saturating_sub(u32::from(current_is_long));
    if old.pressed {
        let mut long = old.last == Change::Long;
        if longs > 0 && !long {
            longs -= 1;
            long_count = long_count.saturating_add(1);
            long = true;
            if *emitted {
                told.push(What::Long { count: long_count });
            }
        }
        if presses > 0 || !new.pressed {
            let how = ending(long, &mut shorts);
            if *emitted {
                told.push(What::Released { how });
                *emitted = false;
            }
        }
    }
    let current = u32::from(new.pressed && presses > 0);
    presses -= current;
    // The earliest whole presses are the ones left out: the end state must be told.
    let each = if longs > 0 { 3 } else { 2 };
    let room = (EVENTS_PER_BUTTON - told.len - 2 * current as usize) as u32 / each;
    let left_out = presses.saturating_sub(room);
    told.left_out = told.left_out.saturating_add(left_out);
    shorts = shorts.min(presses - left_out);
    longs = longs.min(presses - left_out);
    long_count = new.longs.saturating_sub(longs + u32::from(current_is_long));
    for count in
        (new.presses - current - (presses - left_out)..new.presses - current).map(|c| c + 1)
    {
        let long = shorts == 0 && longs > 0;
        longs -= u32::from(long);
        long_count += u32::from(long);
        whole_press(count, long_count, long, ending(long, &mut shorts), told);
    }
    if current == 1 {
        told.push(What::Pressed { count: new.presses });
        *emitted = true;
        if current_is_long {
            told.push(What::Long { count: new.longs });
        }
    }
}

fn ending(long: bool, shorts: &mut u32) -> Release {
    if long {
        Release::Long
    } else if *shorts > 0 {
        *shorts -= 1;
        Release::Short
    } else {
        Release::Cancelled
    }
}

fn whole_press(count: u32, long_count: u32, long: bool, how: Release, told: &mut Told) {
    told.push(What::Pressed { count });
    if long {
        told.push(What::Long { count: long_count });
    }
    told.push(What::Released { how: if long { Release::Long } else { how } });
}

/// What happened to an encoder, and how many detents the bound left out.
pub(super) fn encoder(old: &Encoder, new: &Encoder, judged: &Judgement) -> (Option<What>, u32) {
    let moved = new.position.wrapping_sub(old.position);
    if moved == 0 || !judged.makes_events || !judged.fresh(new.changed_at) {
        return (None, 0);
    }
    let step = i32::from(new.step);
    // A single change, or all of them young: the whole way counts. Else only the last change,
    // whose direction the way does not tell (decision 0001).
    let told = if step == moved || judged.all_fresh() { moved } else { step };
    let delta = told.clamp(-TURN_MAX, TURN_MAX);
    let event = (delta != 0).then_some(What::Turned { delta, position: new.position });
    (event, told.abs_diff(delta))
}

#[cfg(test)]
mod tests {
    use super::*;
    use What::{Long, Pressed, Released};
    use heart_event::Keys;

    const UP: Button = Button {
        code: Keys::SOUTH,
        pressed: false,
        last: Change::None,
        presses: 4,
        shorts: 3,
        longs: 1,
        changed_at: Time::ZERO,
    };
    const NOW: Time = Time::from_millis(10_000);

    fn cancelled() -> What {
        Released { how: Release::Cancelled }
    }

    /// `ago_ms`: the change's age; `good_ms`: how long ago the mirror was right.
    #[track_caller]
    fn check(old: Button, new: Button, ago_ms: u64, good_ms: u64, was: bool, expected: &[What]) {
        let at = |ms: u64| NOW.before(Duration::from_millis(ms));
        let judged = Judgement {
            makes_events: true,
            stale_after: crate::timing::STALE_AFTER,
            sent: NOW,
            excess: Duration::ZERO,
            good_at: Some(at(good_ms)),
        };
        let mut emitted = was;
        let new = Button { changed_at: at(ago_ms), ..new };
        let told = button(&old, &new, &judged, &mut emitted);
        assert_eq!(told.iter().collect::<Vec<_>>(), expected);
        let ups = expected.iter().filter(|w| matches!(w, Released { .. })).count();
        let downs = expected.iter().filter(|w| matches!(w, Pressed { .. })).count();
        assert_eq!(emitted, was as usize + downs > ups, "what is told as down must come up");
    }

    fn down(from: Button) -> Button {
        Button { pressed: true, last: Change::Pressed, presses: from.presses + 1, ..from }
    }

    fn short(from: Button) -> Button {
        Button { pressed: false, last: Change::Short, shorts: from.shorts + 1, ..from }
    }

    fn long(from: Button) -> Button {
        Button { last: Change::Long, longs: from.longs + 1, ..from }
    }

    fn up(from: Button) -> Button {
        Button { pressed: false, last: Change::Released, ..from }
    }

    fn tap(from: Button) -> Button {
        let (presses, shorts) = (from.presses + 1, from.shorts + 1);
        Button { last: Change::Tap, presses, shorts, ..from }
    }

    #[test]
    fn each_single_change_is_told_as_itself() {
        check(UP, down(UP), 10, 10, false, &[Pressed { count: 5 }]);
        let held = down(UP);
        check(held, short(held), 10, 10, true, &[Released { how: Release::Short }]);
        check(held, long(held), 10, 10, true, &[Long { count: 2 }]);
        let long_held = long(held);
        check(long_held, up(long_held), 10, 10, true, &[Released { how: Release::Long }]);
        check(held, up(held), 10, 10, true, &[cancelled()]);
        let tapped = [Pressed { count: 5 }, Released { how: Release::Short }];
        check(UP, tap(UP), 10, 10, false, &tapped);
        // The same, although the mirror was last right long ago: it is one change.
        check(UP, down(UP), 10, 9_000, false, &[Pressed { count: 5 }]);
        check(UP, tap(UP), 10, 9_000, false, &tapped);
    }

    #[test]
    fn a_stale_change_is_not_told_but_ends_a_press_that_was() {
        check(UP, down(UP), 501, 600, false, &[]);
        check(UP, tap(UP), 501, 600, false, &[]);
        let held = down(UP);
        check(held, short(held), 501, 600, true, &[cancelled()]);
        check(held, long(held), 501, 600, true, &[]);
        check(held, down(short(held)), 501, 600, true, &[cancelled()]);
    }

    #[test]
    fn lost_reports_lose_nothing_while_the_state_was_lately_right() {
        let whole = [Pressed { count: 5 }, Released { how: Release::Short }];
        check(UP, short(down(UP)), 10, 300, false, &whole);
        let held = down(UP);
        let again = [Released { how: Release::Short }, Pressed { count: 6 }];
        check(held, down(short(held)), 10, 300, true, &again);
        let two = [whole[0], whole[1], Pressed { count: 6 }, whole[1]];
        check(UP, tap(tap(UP)), 10, 300, false, &two);
    }

    #[test]
    fn after_an_outage_only_the_last_change_is_told() {
        check(UP, down(short(down(UP))), 10, 9_000, false, &[Pressed { count: 6 }]);
        check(UP, short(down(UP)), 10, 9_000, false, &[]);
        check(UP, long(down(UP)), 10, 9_000, false, &[]);
        check(
            UP,
            tap(tap(UP)),
            10,
            9_000,
            false,
            &[Pressed { count: 6 }, Released { how: Release::Short }],
        );
        let held = down(UP);
        check(held, down(short(held)), 10, 9_000, true, &[cancelled(), Pressed { count: 6 }]);
    }

    #[test]
    fn a_release_is_told_only_for_a_press_that_was() {
        let held = down(UP);
        check(held, short(held), 10, 10, false, &[]);
        check(held, long(held), 10, 10, false, &[]);
        check(held, down(short(held)), 10, 10, false, &[Pressed { count: 6 }]);
    }

    #[test]
    fn eight_events_at_most_and_the_end_state_is_among_them() {
        let mut many = UP;
        for _ in 0..1_000_000 {
            many = short(down(many));
        }
        let many = Button { changed_at: NOW, ..down(many) };
        let judged = Judgement {
            makes_events: true,
            stale_after: crate::timing::STALE_AFTER,
            sent: NOW,
            excess: Duration::ZERO,
            good_at: Some(NOW),
        };
        let mut emitted = false;
        let told = button(&UP, &many, &judged, &mut emitted);
        let events: Vec<_> = told.iter().collect();
        assert_eq!(events.last(), Some(&Pressed { count: 1_000_005 }));
        assert_eq!(events.first(), Some(&Pressed { count: 1_000_002 }));
        assert!(events.len() <= EVENTS_PER_BUTTON && emitted);
        assert_eq!(told.left_out, 999_997);
    }

    #[test]
    fn a_turn_counts_the_way_or_after_an_outage_its_last_step() {
        let old = Encoder { position: 10, ..Encoder::default() };
        let new = Encoder { position: 40, step: -1, changed_at: NOW, ..old };
        let judged = |good_at| Judgement {
            makes_events: true,
            stale_after: crate::timing::STALE_AFTER,
            sent: NOW,
            excess: Duration::ZERO,
            good_at,
        };
        let turned = |delta, position| Some(What::Turned { delta, position });
        assert_eq!(encoder(&old, &new, &judged(Some(NOW))), (turned(30, 40), 0));
        assert_eq!(encoder(&old, &new, &judged(None)), (turned(-1, 40), 0));
        let far = Encoder { position: 10 + 5_000, ..new };
        assert_eq!(encoder(&old, &far, &judged(Some(NOW))), (turned(1000, 5_010), 4_000));
        let back = Encoder { position: 10, ..new };
        assert_eq!(encoder(&old, &back, &judged(Some(NOW))), (None, 0));
    }
}
