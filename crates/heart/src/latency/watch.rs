//! Measures at a renderer: what its page `/latency` counted between two looks.

use std::time::Duration;

use heart_renderer::LatencyPage;
use heart_service::metrics::Tally;
use tokio_util::sync::CancellationToken;

use super::fetch::{Address, FetchError, get};
use super::figures::{Figures, HopName, Row};
use super::{LatencyError, LatencyOptions};

pub(super) async fn measure(
    options: &LatencyOptions,
    stop: &CancellationToken,
    say: &dyn Fn(&str),
) -> Result<Figures, LatencyError> {
    let address = &options.renderer;
    let earlier = look(address).await?;
    say(&format!("measuring at {address} for {} s", options.seconds));
    tokio::select! {
        () = tokio::time::sleep(Duration::from_secs(options.seconds)) => {}
        () = stop.cancelled() => {}
    }
    let figures = compare(address, &earlier, &look(address).await?)?;
    let (reports, seconds) = (figures.count(HopName::CapturedPublished), figures.seconds);
    match figures.count(HopName::ReceivedApplied) {
        0 if reports == 0 => Err(LatencyError::NoReports(seconds)),
        0 => Err(LatencyError::NoEvents { reports, seconds }),
        _ => Ok(figures),
    }
}

async fn look(address: &Address) -> Result<LatencyPage, LatencyError> {
    let text = get(address, "/latency").await.map_err(|source| match source {
        FetchError::Status(404) => LatencyError::NoPage(address.clone()),
        source => LatencyError::Renderer { address: address.clone(), source },
    })?;
    let unread = |source| LatencyError::Page { address: address.clone(), source };
    serde_json::from_str(&text).map_err(unread)
}

/// What came between two looks.
fn compare(
    address: &Address,
    earlier: &LatencyPage,
    later: &LatencyPage,
) -> Result<Figures, LatencyError> {
    if earlier.started_ms != later.started_ms || later.at_us < earlier.at_us {
        return Err(LatencyError::Restarted(address.clone()));
    }
    let between = |of: fn(&LatencyPage) -> &Tally| of(later).since(of(earlier));
    let error = between(|page| &page.published_received_error).summary().max;
    let row = |hop, of, error| Row::new(hop, None, between(of), error);
    let mut hops = vec![
        row(HopName::CapturedPublished, |page| &page.captured_published, None),
        row(HopName::PublishedReceived, |page| &page.published_received, error),
        row(HopName::ReceivedApplied, |page| &page.received_applied, None),
        row(HopName::CapturedApplied, |page| &page.captured_applied, error),
        row(HopName::AppliedShown, |page| &page.applied_shown, None),
    ];
    let presented = row(HopName::AppliedPresented, |page| &page.applied_presented, None);
    hops.extend((presented.summary.count > 0).then_some(presented));
    Ok(Figures {
        source: address.to_string(),
        seconds: (later.at_us - earlier.at_us) as f64 / 1e6,
        fps: Some(later.fps),
        hops,
        clocks: later.nodes.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_holds_what_came_between_two_looks_and_not_what_was_before() {
        let address = Address::parse("http://h").unwrap();
        let micros = Duration::from_micros;
        let mut earlier = LatencyPage { started_ms: 1, at_us: 5, ..Default::default() };
        earlier.captured_published.record(micros(20_000));
        let mut later = LatencyPage { at_us: 2_000_005, ..earlier.clone() };
        later.captured_published.record(micros(70));
        later.published_received.record(micros(90));
        later.published_received_error.record(micros(40));
        later.captured_applied.record(micros(8_000));
        let figures = compare(&address, &earlier, &later).unwrap();
        let of = |hop| figures.hops.iter().find(|row| row.hop == hop).unwrap();
        let published = of(HopName::CapturedPublished).summary;
        assert_eq!((published.count, published.max.map(|max| max < 72)), (1, Some(true)));
        assert_eq!(of(HopName::PublishedReceived).error_us, Some(40));
        assert_eq!(of(HopName::CapturedApplied).error_us, Some(40));
        assert_eq!((figures.seconds, figures.hops.len()), (2.0, 5), "there is no window");
        later.started_ms = 2;
        let error = compare(&address, &earlier, &later).unwrap_err();
        assert!(matches!(error, LatencyError::Restarted(_)));
    }
}
