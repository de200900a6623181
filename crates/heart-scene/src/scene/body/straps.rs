//! Straps: which hearts are heard, and whether they race.

use heart_event::{DeviceInputs, Inputs, Readings};

/// Straps that are shown: two rows of eight.
pub(super) const MOST: usize = 16;
/// Straps that must be heard, and the mean they must be above, before everything burns.
const ENOUGH: usize = 5;
const RACING_BPM: f32 = 150.0;

/// One strap. A device is one if its report has a reading of beats per minute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Strap {
    /// Beats per minute; the last that was heard while it is away, `None` if none ever was.
    pub(super) bpm: Option<f32>,
    /// 0 to 1.
    pub(super) battery: Option<f32>,
    /// It is heard now.
    pub(super) heard: bool,
}

/// The first [`MOST`] straps, in the order of their devices.
pub(super) fn straps(inputs: &Inputs) -> impl Iterator<Item = Strap> {
    inputs.devices().filter_map(strap).take(MOST)
}

/// Whether at least five hearts are heard and beat more than 150 times a minute in the mean.
pub(crate) fn racing(inputs: &Inputs) -> bool {
    let heard = || inputs.devices().filter_map(strap).filter(|strap| strap.heard);
    let (count, sum) = heard()
        .filter_map(|strap| strap.bpm)
        .fold((0_usize, 0.0), |(count, sum), bpm| (count + 1, sum + bpm));
    count >= ENOUGH && sum / count as f32 > RACING_BPM
}

fn strap(device: &DeviceInputs) -> Option<Strap> {
    let find = |code| device.report.readings.iter().find(|reading| reading.code == code);
    let bpm = find(Readings::BPM)?;
    let battery = find(Readings::BATTERY).filter(|reading| reading.valid);
    let sane = bpm.value.is_finite() && bpm.value > 0.0;
    Some(Strap {
        bpm: sane.then(|| bpm.value.min(300.0)),
        battery: battery.map(|reading| reading.value.clamp(0.0, 1.0)),
        heard: bpm.valid && !device.stale && sane,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::testing::{device, inputs};
    use heart_event::{Reading, Report};

    fn strap_of(name: &str, bpm: f32, valid: bool) -> DeviceInputs {
        let bpm = Reading { code: Readings::BPM, valid, value: bpm, ..Reading::default() };
        device(name, Report { readings: vec![bpm], ..Report::default() })
    }

    fn hearts(bpms: &[f32]) -> Inputs {
        let device = |(i, bpm): (usize, &f32)| strap_of(&format!("strap-{i}"), *bpm, true);
        inputs(bpms.iter().enumerate().map(device).collect())
    }

    #[test]
    fn five_hearts_above_150_race_and_four_or_150_do_not() {
        assert!(racing(&hearts(&[151.0; 5])));
        assert!(racing(&hearts(&[90.0, 180.0, 180.0, 180.0, 180.0])), "it is the mean");
        assert!(!racing(&hearts(&[150.0; 5])));
        assert!(!racing(&hearts(&[200.0; 4])));
        assert!(!racing(&Inputs::default()));
    }

    #[test]
    fn hearts_that_are_not_heard_do_not_race() {
        let mut inputs = hearts(&[180.0; 5]);
        inputs.nodes[0].devices[2].stale = true;
        assert!(!racing(&inputs));
        let mut inputs = hearts(&[180.0; 5]);
        inputs.nodes[0].devices[2].report.readings[0].valid = false;
        assert!(!racing(&inputs));
    }

    #[test]
    fn what_has_no_beats_is_no_strap_and_sixteen_are_enough() {
        assert_eq!(straps(&inputs(vec![device("knob", Report::default())])).count(), 0);
        assert_eq!(straps(&hearts(&[60.0; 20])).count(), MOST);
        let away = inputs(vec![strap_of("a", 72.0, false), strap_of("b", 0.0, true)]);
        let seen: Vec<Strap> = straps(&away).collect();
        assert_eq!(seen[0], Strap { bpm: Some(72.0), battery: None, heard: false });
        assert_eq!(seen[1], Strap { bpm: None, battery: None, heard: false });
    }
}
