//! A device that code plays: the demo's terminal keyboard, a program's own buttons.
//!
//! Product code, not a mock: it is supervised, recorded and published like hardware. It has no
//! `kind` in configuration files; make it with [`Device::injected`](crate::Device::injected).

use std::convert::Infallible;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use heart_event::Time;
use tokio::sync::watch;

use super::{Life, Part, PartError};
use crate::bus::Rig;
use crate::outlet::Outlet;
use crate::record::Record;

/// Plays one injected device. Clones play the same one.
#[derive(Clone)]
pub struct Injector {
    shared: Arc<Shared>,
}

struct Shared {
    outlet: Mutex<Option<Outlet>>,
    plugged: watch::Sender<bool>,
}

impl Injector {
    pub(crate) fn new() -> Self {
        let shared = Shared { outlet: Mutex::new(None), plugged: watch::Sender::new(true) };
        Injector { shared: Arc::new(shared) }
    }

    /// Tells the device's record what happened; everything told in one call is one report.
    /// Times are the caller's, on the clock given to [`Devices::start`](crate::Devices::start).
    ///
    /// `what` must not use an injector of the same device: the record is locked meanwhile.
    ///
    /// False, and nothing told, while the device is not running.
    pub fn tell(&self, what: impl FnOnce(&mut Record)) -> bool {
        let outlet = self.shared.outlet.lock().unwrap_or_else(PoisonError::into_inner).clone();
        outlet.is_some_and(|outlet| outlet.apply(what))
    }

    /// The time of now on the device's own clock; `None` while it is not running.
    #[must_use]
    pub fn now(&self) -> Option<Time> {
        let outlet = self.shared.outlet.lock().unwrap_or_else(PoisonError::into_inner).clone();
        outlet.map(|outlet| outlet.now())
    }

    /// Pulls the device's plug: it is released and `gone`.
    pub fn unplug(&self) {
        self.shared.plugged.send_replace(false);
    }

    /// Puts the plug back: it runs again within 250 ms.
    pub fn plug(&self) {
        self.shared.plugged.send_replace(true);
    }
}

impl fmt::Debug for Injector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Injector").field("plugged", &*self.shared.plugged.borrow()).finish()
    }
}

impl Part for Injector {
    fn run(self: Arc<Self>, outlet: Outlet, _: Rig) -> Life {
        Box::pin(async move { run(&self, &outlet).await })
    }

    fn is_there(&self, _: &Rig) -> bool {
        *self.shared.plugged.borrow()
    }
}

async fn run(injector: &Injector, outlet: &Outlet) -> Result<Infallible, PartError> {
    let place = || "the injected device".to_owned();
    let mut plugged = injector.shared.plugged.subscribe();
    if !*plugged.borrow_and_update() {
        return Err(PartError::Absent { place: place() });
    }
    *injector.shared.outlet.lock().unwrap_or_else(PoisonError::into_inner) = Some(outlet.clone());
    outlet.running(|_, _| {});
    // The sender lives in `injector`, so this ends only by an unplug.
    let _ = plugged.wait_for(|plugged| !plugged).await;
    Err(PartError::Closed { place: place() })
}
