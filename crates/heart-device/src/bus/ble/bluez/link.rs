//! How a link is made: connect, wait for the services, subscribe. And how it ends.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;
use zbus::Error;

use super::super::{End, Link, Profile, WAITING_MAX};
use super::calls::{Service, refusal};
use super::shared::{Connecting, Phase, Shared, State};
use crate::bus::Claim;
use crate::parts::PartError;

/// Longest that BlueZ may take to say what there is.
pub(super) const STARTING: Duration = Duration::from_secs(15);
/// Longest that the radio may take to end its search before a connection is made.
const SEARCH_ENDS: Duration = Duration::from_secs(2);
/// Longest that reading a device's services may take.
const SERVICES: Duration = Duration::from_secs(15);
/// Longest from that to the list of its characteristics.
const LISTED: Duration = Duration::from_secs(2);
/// How long a device is left in peace after its link ended: the pace of reconnects at most.
const REST: Duration = Duration::from_secs(1);

/// What holds a device while its part uses it. Dropping it gives the device back.
pub(crate) struct Tie {
    shared: Arc<Shared>,
    device: String,
    /// Its route; 0 before there is one.
    route: u64,
    _claim: Claim,
}

impl Tie {
    fn new(shared: Arc<Shared>, device: String, claim: Claim) -> Tie {
        shared.change_quietly(|state| state.held.push(device.clone()));
        Tie { shared, device, route: 0, _claim: claim }
    }

    /// Why nothing more comes over the link to `place`.
    pub(crate) fn why_lost(&self, place: &str) -> PartError {
        let lack = self.shared.look(|state| match &state.service {
            Phase::Down(trouble) => Some(trouble.error()),
            _ => None,
        });
        lack.unwrap_or_else(|| {
            let what = format!("the link to {place} was lost: out of range, or switched off");
            PartError::Unreachable { what }
        })
    }
}

impl Drop for Tie {
    fn drop(&mut self) {
        self.shared.change(|state| {
            state.routes.retain(|route| route.id != self.route);
            state.objects.rest(&self.device, Instant::now() + REST);
            // At most one per device: the claim was ours alone.
            state.held.retain(|device| *device != self.device);
            state.let_go.push(std::mem::take(&mut self.device));
        });
        self.shared.wake.notify_one();
    }
}

impl fmt::Debug for Tie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tie").field(&self.device).finish()
    }
}

/// Makes the link to a device that was claimed.
pub(super) async fn make(
    shared: &Arc<Shared>,
    device: String,
    claim: Claim,
    profile: &'static Profile,
) -> Result<Link, PartError> {
    let place = shared.look(|state| match state.objects.device(&device) {
        Some(known) if known.name.is_empty() => known.address.clone(),
        Some(known) => format!("{} ({:?})", known.address, known.name),
        None => device.clone(),
    });
    // Never closed.
    let _turn = shared.turn.acquire().await;
    let connecting = Connecting::new(shared);
    shared.until(SEARCH_ENDS, |state| !state.searching).await;
    let service = shared.look(|state| match &state.service {
        Phase::Up(service) => Ok(service.clone()),
        Phase::Down(trouble) => Err(trouble.error()),
        Phase::Starting => Err(PartError::Absent { place: place.clone() }),
    })?;
    let mut tie = Tie::new(Arc::clone(shared), device, claim);
    let device = tie.device.clone();
    let failed = |step: &str, error: &Error| {
        let (_, why) = refusal(error);
        PartError::Unready { what: format!("{place} {step}: {why}") }
    };
    service.connect(&device).await.map_err(|error| failed("did not connect", &error))?;
    let characteristic = resolved(shared, &device, &place, profile).await?;
    let (words, hear) = mpsc::channel(WAITING_MAX);
    // Before the subscription, so that its first word is heard.
    tie.route = shared.change(|state| state.listen(&device, &characteristic, words));
    subscribe(&service, &characteristic, &place).await?;
    shared.change(State::found);
    drop(connecting);
    Ok(Link { place, words: hear, end: End::Radio(tie) })
}

/// Waits until the services are known, and gives the path of the profile's characteristic.
async fn resolved(
    shared: &Shared,
    device: &str,
    place: &str,
    profile: &Profile,
) -> Result<String, PartError> {
    let (mut was_connected, mut is_resolved) = (false, false);
    let is_decided = |state: &State| {
        let Some(known) = state.objects.device(device) else { return true };
        let dropped = was_connected && !known.connected;
        (was_connected, is_resolved) = (known.connected, known.resolved);
        is_resolved || dropped
    };
    let in_time = shared.until(SERVICES, is_decided).await;
    let unready = |why: String| Err(PartError::Unready { what: format!("{place} {why}") });
    if !in_time {
        return unready(format!("did not say its services within {} s", SERVICES.as_secs()));
    }
    if !is_resolved {
        return unready("dropped the link before it said its services".to_owned());
    }
    // BlueZ may list the characteristics a moment after it said that it knows them all.
    let mut found = None;
    let is_listed = |state: &State| {
        found = state.objects.characteristic(device, profile.notifies).map(str::to_owned);
        found.is_some()
    };
    shared.until(LISTED, is_listed).await;
    let lacks =
        || format!("is no {}: it has no characteristic {}", profile.about, profile.notifies);
    found.map_or_else(|| unready(lacks()), Ok)
}

async fn subscribe(service: &Service, path: &str, place: &str) -> Result<(), PartError> {
    let Err(error) = service.notify(path).await else { return Ok(()) };
    let (word, why) = refusal(&error);
    Err(match word.as_str() {
        "NotPermitted" => PartError::Busy { place: place.to_owned() },
        "NotAuthorized" => {
            PartError::Denied { place: place.to_owned(), fix: "pair with it: `bluetoothctl pair`" }
        }
        _ => PartError::Unready { what: format!("{place} cannot be subscribed to: {why}") },
    })
}
