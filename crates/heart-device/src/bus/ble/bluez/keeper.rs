//! The keeper: holds the connection to BlueZ, hears its signals, runs the shared search.
//!
//! It always reads what the bus sends, whatever else it waits for: a full queue would hold up
//! every answer on the connection. It ends with the gateway; when BlueZ or the bus leave, every
//! link ends and it tries again every 2 s.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use futures_core::Stream;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use zbus::{Message, MessageStream};

use super::calls::{self, Service, Tree};
use super::objects::Adapter;
use super::outlook::Trouble;
use super::scan::Scan;
use super::shared::{Phase, Shared};
use super::signals::{hear, list};

/// How long after BlueZ was lost it is looked for again.
const RETRY: Duration = Duration::from_secs(2);
/// Most signals that are kept while BlueZ lists its objects.
const EARLY_MAX: usize = 1024;

/// Keeps the connection until `stop`.
pub(super) async fn keep(shared: Arc<Shared>, address: Option<String>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let trouble = match session(&shared, address.as_deref(), &stop).await {
            Ok(()) => return,
            Err(trouble) => trouble,
        };
        tracing::debug!(?trouble, "BlueZ");
        shared.change(|state| state.fall(trouble));
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(RETRY) => {}
        }
    }
}

/// One connection to one BlueZ, up to its end. `Ok` when it was stopped.
async fn session(
    shared: &Shared,
    address: Option<&str>,
    stop: &CancellationToken,
) -> Result<(), Trouble> {
    let connection = calls::connect(address).await?;
    let mut signals = MessageStream::from(&connection);
    let (service, early) = started(&mut signals, calls::start(&connection)).await?;
    let tree = early.0.body().deserialize::<Tree>();
    let tree = tree.map_err(|error| Trouble::Broken(error.to_string()))?;
    shared.change(|state| {
        state.objects = list(&tree, Instant::now());
        // Of an earlier BlueZ, which let go of everything when it left.
        state.let_go.clear();
        state.service = Phase::Up(service.clone());
    });
    for signal in early.1 {
        hear(shared, &signal, &service)?;
    }
    let mut work = Work::new(service);
    loop {
        let next = work.look(shared);
        let pause = async {
            match next {
                Some(next) => tokio::time::sleep_until(next).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => {
                // A stream that nobody reads would hold up the answers.
                drop(signals);
                work.end(shared).await;
                return Ok(());
            }
            signal = next_of(&mut signals) => hear(shared, &signal?, &work.service)?,
            () = work.go_on(shared) => {}
            () = shared.wake.notified() => {}
            () = pause => {}
        }
    }
}

/// Runs `start` while reading the bus. What came meanwhile is kept, in order: some of it may be
/// newer than the list.
async fn started(
    signals: &mut MessageStream,
    start: impl Future<Output = Result<(Service, Message), Trouble>>,
) -> Result<(Service, (Message, Vec<Message>)), Trouble> {
    let (mut start, mut early) = (pin!(start), Vec::new());
    loop {
        tokio::select! {
            biased;
            started = &mut start => {
                let (service, tree) = started?;
                return Ok((service, (tree, early)));
            }
            signal = next_of(signals) => {
                let signal = signal?;
                if early.len() < EARLY_MAX {
                    early.push(signal);
                }
            }
        }
    }
}

async fn next_of(signals: &mut MessageStream) -> Result<Message, Trouble> {
    match poll_fn(|cx| Pin::new(&mut *signals).poll_next(cx)).await {
        Some(Ok(message)) => Ok(message),
        Some(Err(error)) => Err(Trouble::NoBus(error.to_string())),
        None => Err(Trouble::NoBus("the bus closed the connection".to_owned())),
    }
}

/// What the keeper does at BlueZ: the search, and disconnecting.
struct Work {
    service: Service,
    scan: Scan,
    /// The adapter that searches for us.
    searching: Option<String>,
    /// The call that starts or ends a search, one at a time.
    call: Option<Search>,
    disconnects: JoinSet<()>,
}

/// A call under way: which adapter, start or end, and whether it worked.
type Search = Pin<Box<dyn Future<Output = (String, bool, Result<(), zbus::Error>)> + Send>>;

impl Work {
    fn new(service: Service) -> Self {
        let (scan, disconnects) = (Scan::default(), JoinSet::new());
        Work { service, scan, searching: None, call: None, disconnects }
    }

    /// Starts what is due; says when to look again at the latest.
    fn look(&mut self, shared: &Shared) -> Option<Instant> {
        let now = Instant::now();
        let (wanted, connecting, adapter, let_go) = shared.change_quietly(|state| {
            let let_go = std::mem::take(&mut state.let_go);
            (state.is_wanted(now), state.connecting > 0, state.objects.adapter(), let_go)
        });
        for device in let_go {
            let service = self.service.clone();
            self.disconnects.spawn(async move { service.disconnect(&device).await });
        }
        let Adapter::On(adapter) = adapter else {
            // Without a powered adapter there is no search; BlueZ ended it.
            self.searching = None;
            shared.change_quietly(|state| state.searching = false);
            return None;
        };
        let (on, next) = self.scan.plan(now, wanted, connecting);
        if self.call.is_none() && on != self.searching.is_some() {
            let (service, adapter) =
                (self.service.clone(), self.searching.clone().unwrap_or(adapter));
            self.call = Some(Box::pin(async move {
                let done = service.search(&adapter, on).await;
                (adapter, on, done)
            }));
            if on {
                shared.change(|state| state.searching = true);
            }
        }
        // Nobody wakes the keeper when a device is not wanted any more.
        next.or_else(|| on.then(|| now + RETRY))
    }

    /// Goes on with what is under way; never ready while there is nothing.
    async fn go_on(&mut self, shared: &Shared) {
        let call = async {
            match &mut self.call {
                Some(call) => call.await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            (adapter, on, done) = call => {
                self.call = None;
                if let Err(error) = &done {
                    tracing::debug!(%adapter, on, %error, "BlueZ refused to search");
                    self.scan.refused(Instant::now());
                }
                self.searching = (on && done.is_ok()).then_some(adapter);
                let searching = self.searching.is_some();
                shared.change(|state| state.searching = searching);
            }
            Some(_) = self.disconnects.join_next() => {}
        }
    }

    /// Lets go of every device before the gateway ends, also of what a part has not let go of yet:
    /// BlueZ keeps a device connected whose user is gone.
    async fn end(mut self, shared: &Shared) {
        shared.change_quietly(|state| state.let_go.append(&mut state.held));
        self.look(shared);
        while self.disconnects.join_next().await.is_some() {}
    }
}
