//! The ear: of all batches of samples, the newest instant of one microphone, for scenes.
//!
//! Pure; owned by the frame loop. A scene shows one sound, so one microphone is listened to: the
//! first one heard, until it falls silent. Scenes hear of motion from readings, which are in the
//! reports; inertial batches are let go here.

use std::time::Duration;

use heart_event::{BandSample, Inputs, Name, Presence, Time};
use heart_link::Batch;

/// Remembers what one microphone said last.
#[derive(Default)]
pub(super) struct Ear {
    /// Batches since the last frame; kept for its memory. The link holds at most 64.
    batches: Vec<Batch>,
    heard: Option<Heard>,
}

struct Heard {
    node: Name,
    device: Name,
    at: Time,
    sound: BandSample,
}

/// A microphone is silent after this long without a batch; they come 10 to 50 times a second.
const SILENT_AFTER: Duration = Duration::from_millis(500);

impl Ear {
    /// Where the batches since the last frame go.
    pub(super) fn batches(&mut self) -> &mut Vec<Batch> {
        &mut self.batches
    }

    /// Takes in what was put into [`Ear::batches`], and empties it.
    pub(super) fn listen(&mut self, now: Time) {
        self.heard.take_if(|heard| now.since(heard.at) > SILENT_AFTER);
        for Batch { node, device, samples, .. } in self.batches.drain(..) {
            let Some(sound) = samples.bands.last() else { continue };
            let other = |heard: &Heard| (heard.node, heard.device) != (node, device);
            if !self.heard.as_ref().is_some_and(other) {
                self.heard = Some(Heard { node, device, at: now, sound: *sound });
            }
        }
    }

    /// What scenes hear at `now`.
    pub(super) fn sound(&self, now: Time, inputs: &Inputs) -> Option<BandSample> {
        let heard = self.heard.as_ref()?;
        let node = inputs.nodes.iter().find(|node| node.node == heard.node)?;
        let stale = inputs.device(&heard.node, &heard.device)?.stale;
        let silent = now.since(heard.at) > SILENT_AFTER;
        (!silent && !stale && node.presence != Presence::Lost).then_some(heard.sound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heart_event::{DeviceInputs, NodeInputs, Report, Samples};

    fn name(text: &str) -> Name {
        Name::new(text).unwrap()
    }

    fn batch(device: &str, levels: &[f32]) -> Batch {
        let bands = levels.iter().map(|rms| BandSample { rms: *rms, ..BandSample::default() });
        let samples = Samples { bands: bands.collect(), ..Samples::default() };
        let (node, device) = (name("gw"), name(device));
        Batch { node, device, received_at: Time::ZERO, samples }
    }

    fn inputs(presence: Presence, stale: bool) -> Inputs {
        let device = |device| DeviceInputs {
            device: name(device),
            stale,
            seq: 1,
            report: Report::default(),
        };
        let devices = vec![device("mic"), device("other")];
        let node = NodeInputs { node: name("gw"), presence, session: None, devices };
        Inputs { nodes: vec![node], ..Inputs::default() }
    }

    fn level(ear: &Ear, now: u64, inputs: &Inputs) -> Option<f32> {
        ear.sound(Time::from_millis(now), inputs).map(|sound| sound.rms)
    }

    fn listen(ear: &mut Ear, now: u64, batches: Vec<Batch>) {
        ear.batches().extend(batches);
        ear.listen(Time::from_millis(now));
    }

    #[test]
    fn the_newest_instant_is_heard_for_half_a_second() {
        let (mut ear, online) = (Ear::default(), inputs(Presence::Online, false));
        assert_eq!(level(&ear, 0, &online), None);
        listen(&mut ear, 1_000, vec![batch("mic", &[0.1, 0.2]), batch("mic", &[0.3, 0.4])]);
        assert_eq!(level(&ear, 1_000, &online), Some(0.4));
        assert_eq!(level(&ear, 1_500, &online), Some(0.4));
        assert_eq!(level(&ear, 1_501, &online), None);
    }

    #[test]
    fn a_lost_node_a_stale_and_an_unknown_device_are_not_heard() {
        let mut ear = Ear::default();
        listen(&mut ear, 1_000, vec![batch("mic", &[0.4])]);
        assert_eq!(level(&ear, 1_000, &inputs(Presence::Lost, false)), None);
        assert_eq!(level(&ear, 1_000, &inputs(Presence::Online, true)), None);
        assert_eq!(level(&ear, 1_000, &Inputs::default()), None);
        assert_eq!(level(&ear, 1_000, &inputs(Presence::Online, false)), Some(0.4));
    }

    #[test]
    fn one_microphone_is_listened_to_until_it_falls_silent() {
        let (mut ear, online) = (Ear::default(), inputs(Presence::Online, false));
        listen(&mut ear, 1_000, vec![batch("mic", &[0.1]), batch("other", &[0.9])]);
        assert_eq!(level(&ear, 1_000, &online), Some(0.1));
        listen(&mut ear, 1_501, vec![batch("other", &[0.8])]);
        assert_eq!(level(&ear, 1_501, &online), Some(0.8));
    }

    #[test]
    fn batches_of_motion_are_let_go() {
        let mut ear = Ear::default();
        listen(&mut ear, 1_000, vec![batch("mic", &[])]);
        assert!(ear.heard.is_none() && ear.batches.is_empty());
    }
}
