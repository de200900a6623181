//! The figures as a picture: a histogram of each hop, one below the other on one logarithmic axis,
//! so that what takes long is seen to.

use heart_frame::{Extent, Frame, Rgba};
use heart_service::metrics::Tally;

use super::figures::{Figures, Row, ms};
use super::sheet::{Area, Pen, Sheet};

const WIDTH: u32 = 1200;
const MARGIN: u32 = 24;
const HEADER: u32 = 92;
const FOOTER: u32 = 44;
const PANEL: u32 = 204;
/// From one panel to the next.
const GAP: u32 = 14;
/// Left of the bars: what a bar is worth.
const GUTTER: u32 = 78;
const PLOT: u32 = 84;
/// A bar and the space behind it.
const BAR: u32 = 8;

const NIGHT: Rgba = Rgba::opaque(0x0b, 0x07, 0x10);
const GROUND: Rgba = Rgba::opaque(0x1b, 0x13, 0x26);
const EDGE: Rgba = Rgba::opaque(0x3a, 0x2b, 0x4d);
const FAINT: Rgba = Rgba::opaque(0x28, 0x1d, 0x37);
const TEXT: Rgba = Rgba::opaque(0xf6, 0xf0, 0xff);
const QUIET: Rgba = Rgba::opaque(0xb9, 0xa9, 0xcf);
const GREEN: Rgba = Rgba::opaque(0x5b, 0xe3, 0xa0);
const AMBER: Rgba = Rgba::opaque(0xff, 0xc1, 0x4d);

/// The axis of all panels: whole decades of microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Axis {
    first: i32,
    last: i32,
}

/// Draws the hops of all nodes together.
pub(super) fn picture(figures: &Figures) -> Frame {
    let rows: Vec<&Row> = figures.hops.iter().filter(|row| row.node.is_none()).collect();
    let panels = u32::try_from(rows.len()).unwrap_or(1);
    let height = HEADER + panels * (PANEL + GAP) + FOOTER;
    let mut sheet = Sheet::new(Extent { width: WIDTH, height }, NIGHT);
    header(&mut sheet, figures);
    let axis = Axis::of(rows.iter().map(|row| &row.tally));
    for (place, row) in (0..).zip(rows) {
        let top = HEADER + place * (PANEL + GAP);
        panel(&mut sheet, Area::new(MARGIN, top, WIDTH - 2 * MARGIN, PANEL), row, axis);
    }
    let bottom = height - FOOTER + 10;
    let pen = Pen { scale: 2, colour: QUIET };
    sheet.text_at((WIDTH / 2, bottom), pen, "time, logarithmic; bars: share of the values");
    sheet.into_frame()
}

fn header(sheet: &mut Sheet, figures: &Figures) {
    let title = Pen { scale: 4, colour: Rgba::PINK };
    sheet.text((MARGIN, 16), title, "Heart: latency by hop");
    let fps = figures.fps.map_or_else(String::new, |fps| format!(", {fps:.0} frames a second"));
    let what = format!("{:.1} s at {}{fps}", figures.seconds, figures.source);
    sheet.text((MARGIN, 62), Pen { scale: 2, colour: QUIET }, &what);
}

fn panel(sheet: &mut Sheet, area: Area, row: &Row, axis: Axis) {
    sheet.panel(area, EDGE, GROUND);
    let (bright, quiet) = (Pen { scale: 2, colour: TEXT }, Pen { scale: 2, colour: QUIET });
    let (x, title) = (area.x + 16, row.hop.title());
    sheet.text((x, area.y + 14), bright, title);
    sheet.text((x + bright.width(title) + 24, area.y + 14), quiet, row.hop.meaning());
    sheet.text((x, area.y + 40), quiet, &numbers(row));
    let (left, width) = (area.x + GUTTER, area.width - GUTTER - 56);
    let plot = Area::new(left, area.y + 86, width, PLOT);
    ticks(sheet, plot, axis);
    let shares = axis.shares(&row.tally, (plot.width / BAR) as usize);
    let most = shares.iter().copied().fold(0.0, f64::max);
    if most > 0.0 {
        for (place, share) in (0..).zip(&shares) {
            let high = (share / most * f64::from(plot.height)).round() as u32;
            // What is there is seen, be it ever so little.
            let high = if *share > 0.0 { high.max(2) } else { 0 };
            let bar = Area::new(plot.x + place * BAR, plot.bottom() - high, BAR - 1, high);
            sheet.fill(bar, Rgba::PINK);
        }
        sheet.text_to((plot.x - 10, plot.y), quiet, &format!("{:.0} %", (100.0 * most).max(1.0)));
    }
    sheet.text_to((plot.x - 10, plot.bottom() - 14), quiet, "0");
    for (micros, name, colour) in [(row.summary.p50, "p50", GREEN), (row.summary.p99, "p99", AMBER)]
    {
        let Some(micros) = micros else { continue };
        let (x, pen) = (axis.place(micros, plot), Pen { scale: 2, colour });
        let lines = (plot.y - 22, plot.bottom());
        sheet.dashes(x, lines, colour);
        // Outside of each other, however close they are.
        if name == "p50" {
            sheet.text_to((x.saturating_sub(6), plot.y - 24), pen, name);
        } else {
            sheet.text((x + 8, plot.y - 24), pen, name);
        }
    }
}

fn numbers(row: &Row) -> String {
    let summary = row.summary;
    let told = |name: &str, micros| format!("{name} {}", row.told(micros));
    let mut text = [
        told("p50", summary.p50),
        told("p95", summary.p95),
        told("p99", summary.p99),
        told("max", summary.max),
    ]
    .join("   ");
    text.push_str(" ms   ");
    text.push_str(&format!("{} values", summary.count));
    if let Some(error) = row.error_us {
        text.push_str(&format!("   +- {} ms", ms(error)));
    }
    text
}

fn ticks(sheet: &mut Sheet, plot: Area, axis: Axis) {
    let pen = Pen { scale: 2, colour: QUIET };
    for decade in axis.first..=axis.last {
        let tens = 10_u64.pow(decade.unsigned_abs());
        if decade < axis.last {
            for minor in 2..10 {
                let x = axis.place(minor * tens, plot);
                sheet.fill(Area::new(x, plot.y, 1, plot.height), FAINT);
            }
        }
        let x = axis.place(tens, plot);
        sheet.fill(Area::new(x, plot.y, 1, plot.height + 6), EDGE);
        sheet.text_at((x, plot.bottom() + 10), pen, label(decade));
    }
    sheet.fill(Area::new(plot.x, plot.bottom(), plot.width, 1), QUIET);
}

/// Ten to the power of `decade` microseconds.
fn label(decade: i32) -> &'static str {
    ["1 us", "10 us", "100 us", "1 ms", "10 ms", "100 ms", "1 s", "10 s", "100 s"]
        .get(decade.unsigned_abs() as usize)
        .copied()
        .unwrap_or_default()
}

impl Axis {
    /// Around all values; from 1 us to 100 s at most, and two decades at least.
    fn of<'a>(tallies: impl Iterator<Item = &'a Tally>) -> Axis {
        let (mut first, mut last) = (8, 0);
        for (held, _) in tallies.flat_map(Tally::buckets) {
            first = first.min(log(held.start).floor() as i32);
            last = last.max(log(held.end).ceil() as i32);
        }
        let last = last.clamp(2, 8);
        Axis { first: first.clamp(0, last - 2), last }
    }

    /// How far along the axis a time is, 0 to 1.
    fn share(self, micros: u64) -> f64 {
        let along = (log(micros) - f64::from(self.first)) / f64::from(self.last - self.first);
        along.clamp(0.0, 1.0)
    }

    fn place(self, micros: u64, plot: Area) -> u32 {
        plot.x + (self.share(micros) * f64::from(plot.width)).round() as u32
    }

    /// Which share of all values is in each of so many equal parts of the axis. A bucket that
    /// reaches over several counts in each by its part.
    fn shares(self, tally: &Tally, parts: usize) -> Vec<f64> {
        let mut shares = vec![0.0; parts];
        for (held, count) in tally.buckets() {
            let share = count as f64 / tally.count() as f64;
            let along = |micros| self.share(micros) * parts as f64;
            let (from, to) = (along(held.start), along(held.end));
            for (place, own) in shares.iter_mut().enumerate().skip(from as usize) {
                let (left, right) = (place as f64, place as f64 + 1.0);
                if to <= left {
                    break;
                }
                *own += share * (to.min(right) - from.max(left)) / (to - from);
            }
        }
        shares
    }
}

/// Of microseconds; none counts as one.
fn log(micros: u64) -> f64 {
    (micros.max(1) as f64).log10()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use heart_service::metrics::Tally;
    use proptest::prelude::*;

    use super::*;
    use crate::latency::figures::HopName;

    fn tally(micros: &[u64]) -> Tally {
        let mut tally = Tally::default();
        micros.iter().for_each(|micros| tally.record(Duration::from_micros(*micros)));
        tally
    }

    proptest! {
        #[test]
        fn all_values_are_in_the_bars(row in prop::collection::vec(1..60_000_000_u64, 1..50)) {
            let tally = tally(&row);
            let axis = Axis::of([&tally].into_iter());
            let sum: f64 = axis.shares(&tally, 137).iter().sum();
            prop_assert!((sum - 1.0).abs() < 1e-6, "{sum} of {row:?} on {axis:?}");
        }
    }

    #[test]
    fn the_axis_has_whole_decades_around_all_values() {
        let (short, long) = (tally(&[120]), tally(&[16_000]));
        assert_eq!(Axis::of([&short, &long].into_iter()), Axis { first: 2, last: 5 });
        assert_eq!(Axis::of([&tally(&[0])].into_iter()), Axis { first: 0, last: 2 });
        assert_eq!(Axis::of([&tally(&[])].into_iter()), Axis { first: 0, last: 2 });
    }

    #[test]
    fn a_picture_has_a_panel_for_each_hop_with_bars_and_both_marks() {
        let row = |hop, micros| Row::new(hop, None, tally(micros), None);
        let figures = |hops| Figures {
            source: "http://127.0.0.1:9462".to_owned(),
            seconds: 30.0,
            fps: None,
            hops,
            clocks: Vec::new(),
        };
        let one = picture(&figures(vec![row(HopName::CapturedPublished, &[50, 60, 60, 900])]));
        let none = picture(&figures(vec![row(HopName::CapturedPublished, &[])]));
        let lit = |frame: &Frame, colour: Rgba| {
            frame.bytes().chunks_exact(4).filter(|pixel| *pixel == colour.0).count()
        };
        assert_eq!(one.extent(), none.extent());
        assert!(lit(&one, GREEN) > 100 && lit(&one, AMBER) > 100);
        // The title is pink, too.
        assert!(lit(&one, Rgba::PINK) > lit(&none, Rgba::PINK) + 500);
        assert_eq!((lit(&none, GREEN), lit(&none, AMBER)), (0, 0));
    }
}
