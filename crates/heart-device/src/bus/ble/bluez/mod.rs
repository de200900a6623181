//! BlueZ over D-Bus (docs/decisions/0006): one keeper per gateway, one link per device.
//!
//! The keeper (`keeper`) holds the connection to the bus, a copy of BlueZ's objects (`objects`),
//! and the one search that all devices share (`scan`). It starts when the first part asks. Parts
//! never talk to it: both sides share [`Shared`]. What cannot be had now is an [`Outlook`], which
//! a part returns as its error.

mod calls;
mod keeper;
mod link;
mod objects;
mod outlook;
mod scan;
mod shared;
mod signals;
#[cfg(test)]
mod tests;

use std::mem::{Discriminant, discriminant};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub(crate) use link::Tie;
use outlook::Outlook;
use shared::Shared;

use super::{Link, Profile, Rule};
use crate::bus::Claims;
use crate::parts::PartError;

/// Longest that [`Bluez::close`] waits.
const CLOSE: Duration = Duration::from_secs(1);

/// BlueZ, as all parts of one gateway share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bluez {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// The bus; the system's if it is not told.
    address: Option<String>,
    shared: Arc<Shared>,
    keeper: Mutex<Option<Keeper>>,
}

#[derive(Debug)]
struct Keeper {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Bluez {
    /// BlueZ on another bus than the system's.
    #[cfg(test)]
    pub(super) fn on(address: &str) -> Bluez {
        let inner = Inner { address: Some(address.to_owned()), ..Inner::default() };
        Bluez { inner: Arc::new(inner) }
    }

    /// What is shared with the keeper, which runs from now on.
    fn shared(&self) -> &Arc<Shared> {
        let mut keeper = self.inner.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        if keeper.as_ref().is_none_or(|keeper| keeper.task.is_finished()) {
            let (shared, stop) = (Arc::clone(&self.inner.shared), CancellationToken::new());
            let work = keeper::keep(shared, self.inner.address.clone(), stop.clone());
            *keeper = Some(Keeper { stop, task: tokio::spawn(work) });
        }
        &self.inner.shared
    }

    /// Disconnects what is connected and ends the keeper. Waits at most 1 s.
    pub(crate) async fn close(&self) {
        let keeper = self.inner.keeper.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut keeper) = keeper else { return };
        keeper.stop.cancel();
        if tokio::time::timeout(CLOSE, &mut keeper.task).await.is_err() {
            tracing::warn!("BlueZ did not let go of all devices within 1 s");
        }
    }
}

/// What one device was told the last time, so that it asks again only when there is news.
#[derive(Debug, Default)]
pub(crate) struct Told(Mutex<Option<Discriminant<Outlook>>>);

impl Told {
    /// See [`Seeker::open`](super::Seeker::open).
    pub(crate) async fn open(
        &self,
        bluez: &Bluez,
        rule: &Rule,
        profile: &'static Profile,
        claims: &Claims,
    ) -> Result<Link, PartError> {
        let shared = bluez.shared();
        shared.want(Instant::now());
        shared.until(link::STARTING, |state| state.is_started()).await;
        let (outlook, claim) = shared.outlook_and_claim(rule, claims, Instant::now());
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(discriminant(&outlook));
        match (outlook, claim) {
            (Outlook::InRange(device), Some(claim)) => {
                link::make(shared, device, claim, profile).await
            }
            (outlook, _) => Err(outlook.error(rule, profile)),
        }
    }

    /// See [`Seeker::is_there`](super::Seeker::is_there).
    pub(crate) fn is_there(&self, bluez: &Bluez, rule: &Rule, claims: &Claims) -> bool {
        let (shared, now) = (bluez.shared(), Instant::now());
        shared.want(now);
        let outlook = shared.outlook(rule, claims, now);
        let told = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        matches!(outlook, Outlook::InRange(_)) || told != Some(discriminant(&outlook))
    }
}
