//! Music made of drums, and what is heard of it through the very bands of a microphone.

use std::f64::consts::TAU;

use super::super::hearing::{Hearing, hop_frames};
use crate::backoff::Chance;

/// Beats that were told (seconds since the beginning) and the last tempo.
struct Told {
    beats: Vec<f64>,
    tempo: Option<f32>,
}

fn listen(rate: u32, seconds: f64, mut sound: impl FnMut(f64) -> f64) -> Told {
    let (mut hearing, hop) = (Hearing::new(rate), hop_frames(rate));
    let mut told = Told { beats: Vec::new(), tempo: None };
    let frames: Vec<f32> = (0..(seconds * f64::from(rate)) as usize)
        .map(|i| sound(i as f64 / f64::from(rate)).clamp(-1.0, 1.0) as f32)
        .collect();
    for (number, mono) in frames.chunks_exact(hop).enumerate() {
        let heard = hearing.hear(mono).beat;
        let end = ((number + 1) * hop) as f64 / f64::from(rate);
        told.beats.extend(heard.beat_ago.map(|ago| end - f64::from(ago)));
        told.tempo = heard.tempo;
    }
    told
}

/// A bass drum on each beat, something softer on each half, and a tone that does not end.
fn drums(tempo: f64) -> impl FnMut(f64) -> f64 {
    let mut noise = Chance::new(3);
    move |t| {
        let beat = t * tempo / 60.0;
        let since = beat.fract() * 60.0 / tempo;
        let since_half = (beat + 0.5).fract() * 60.0 / tempo;
        let kick = (-18.0 * since).exp() * (TAU * 65.0 * since).sin();
        let hat = 0.15 * (-60.0 * since_half).exp() * (noise.ratio() * 2.0 - 1.0);
        0.7 * kick + hat + 0.05 * (TAU * 330.0 * t).sin()
    }
}

/// Each beat after `from` is within `within` seconds of one that was played, and few are missing.
#[track_caller]
fn assert_beats(told: &Told, tempo: f64, (from, to): (f64, f64), within: f64) {
    let beats: Vec<f64> = told.beats.iter().copied().filter(|t| (from..to).contains(t)).collect();
    for t in &beats {
        let away = (t * tempo / 60.0 - (t * tempo / 60.0).round()) * 60.0 / tempo;
        assert!(away.abs() < within, "{tempo}: the beat at {t:.3} s is off by {away:.3} s");
    }
    let played = (to - from) * tempo / 60.0;
    assert!((beats.len() as f64 - played).abs() <= 2.0, "{tempo}: {} of {played}", beats.len());
}

#[test]
fn drums_are_heard_at_their_tempo_and_on_the_beat() {
    for tempo in [80.0, 96.0, 120.0, 128.0, 150.0] {
        let told = listen(48_000, 20.0, drums(tempo));
        let heard = f64::from(told.tempo.expect("a tempo"));
        assert!((heard / tempo - 1.0).abs() < 0.02, "{tempo}: {heard}");
        assert_beats(&told, tempo, (8.0, 20.0), 0.045);
    }
}

#[test]
fn every_usual_sample_rate_hears_the_same() {
    for rate in [16_000, 22_050, 44_100] {
        let told = listen(rate, 16.0, drums(120.0));
        let heard = told.tempo.expect("a tempo");
        assert!((heard / 120.0 - 1.0).abs() < 0.02, "{rate}: {heard}");
        assert_beats(&told, 120.0, (8.0, 16.0), 0.05);
    }
}

#[test]
fn a_new_tempo_is_followed_within_ten_seconds() {
    let (mut slow, mut fast) = (drums(100.0), drums(140.0));
    let told = listen(48_000, 30.0, |t| if t < 12.0 { slow(t) } else { fast(t - 12.0) });
    let heard = told.tempo.expect("a tempo");
    assert!((heard / 140.0 - 1.0).abs() < 0.02, "{heard}");
    let late: Vec<f64> = told.beats.iter().filter(|t| **t > 22.0).map(|t| t - 12.0).collect();
    assert_beats(&Told { beats: late, tempo: None }, 140.0, (10.0, 18.0), 0.045);
}

#[test]
fn a_short_break_is_bridged_and_a_long_one_ends_the_beat() {
    let mut play = drums(120.0);
    let told = listen(48_000, 14.0, |t| if (10.0..11.5).contains(&t) { 0.0 } else { play(t) });
    assert_beats(&told, 120.0, (8.0, 14.0), 0.06);
    let mut play = drums(120.0);
    let told = listen(48_000, 24.0, |t| if t > 10.0 { 0.0 } else { play(t) });
    assert_eq!(told.tempo, None);
    assert!(told.beats.iter().all(|t| *t < 20.0), "{:?}", told.beats.last());
}

#[test]
fn what_does_not_repeat_has_no_beat() {
    let mut noise = Chance::new(9);
    let told = listen(48_000, 20.0, |_| 0.3 * (noise.ratio() * 2.0 - 1.0));
    assert!(told.beats.len() <= 2, "noise: {:?}", told.beats);
    let told = listen(48_000, 12.0, |t| 0.5 * (TAU * 220.0 * t).sin());
    assert_eq!((told.beats.len(), told.tempo), (0, None), "a tone");
    let told = listen(48_000, 12.0, |_| 0.0);
    assert_eq!((told.beats.len(), told.tempo), (0, None), "silence");
    // Somebody claps now and then.
    let mut chance = Chance::new(5);
    let mut claps = vec![1.0];
    while claps.last().is_some_and(|t| *t < 20.0) {
        claps.push(claps[claps.len() - 1] + 0.3 + 1.5 * chance.ratio());
    }
    let clap = |t: f64| {
        let since = claps.iter().map(|at| t - at).filter(|since| *since >= 0.0);
        let since = since.fold(9.0, f64::min);
        (-40.0 * since).exp() * (TAU * 900.0 * t).sin() * 0.8
    };
    let told = listen(48_000, 20.0, clap);
    assert!(told.beats.len() <= 12, "claps: {:?}", told.beats);
}
