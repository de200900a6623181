//! The broker that is loaded: one that is there, one that a command starts, or the embedded one.

use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use heart_link::Broker as Address;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::runtime::Runtime;

use super::LoadError;
use super::stage::until;
use super::usage::Watched;
use crate::broker::Broker;

/// How long a broker may take to listen: RabbitMQ takes ten seconds.
const LISTENS_WITHIN: Duration = Duration::from_secs(60);

/// How long a killed one may go on listening.
const ENDS_WITHIN: Duration = Duration::from_secs(5);

/// A broker. One that was started here ends when this is dropped.
#[derive(Debug)]
pub struct Host(Kind);

#[derive(Debug)]
enum Kind {
    /// It is there, and nobody here may kill it.
    There(String),
    /// Started by a command of the shell, in a process group of its own.
    Command { url: String, command: String, child: Option<Child> },
    /// In this process, in a runtime of its own, which takes its connections with it.
    Embedded { port: u16, clients: usize, running: Option<(Runtime, Broker)> },
}

impl Host {
    /// One that is there, and that nobody here may kill.
    #[must_use]
    pub fn there(url: &str) -> Host {
        Host(Kind::There(url.to_owned()))
    }

    /// Starts one by a command of the shell, and waits at most 60 s until it listens at `url`.
    ///
    /// # Errors
    /// [`LoadError`]: the address is taken, or it ends or says nothing there.
    pub async fn command(url: &str, command: &str) -> Result<Host, LoadError> {
        let (url, command) = (url.to_owned(), command.to_owned());
        let mut host = Host(Kind::Command { url, command, child: None });
        host.start().await?;
        Ok(host)
    }

    /// Starts the embedded one for up to this many clients, on a free port of loopback.
    ///
    /// # Errors
    /// [`LoadError`]: no thread or no port.
    pub async fn embedded(clients: usize) -> Result<Host, LoadError> {
        let mut host = Host(Kind::Embedded { port: 0, clients, running: None });
        host.start().await?;
        Ok(host)
    }

    /// Where it is: `mqtt://…`.
    #[must_use]
    pub fn url(&self) -> String {
        match &self.0 {
            Kind::There(url) | Kind::Command { url, .. } => url.clone(),
            Kind::Embedded { port, .. } => format!("mqtt://127.0.0.1:{port}"),
        }
    }

    /// Its processes, where they are its own.
    pub(super) fn watched(&self) -> Option<Watched> {
        match &self.0 {
            Kind::Command { child: Some(child), .. } => Some(Watched::group("broker", child.id())),
            _ => None,
        }
    }

    /// Whether it may be killed.
    pub(super) fn is_ours(&self) -> bool {
        !matches!(self.0, Kind::There(_))
    }

    /// Ends it without a word, if it was started here.
    pub fn kill(&mut self) {
        match &mut self.0 {
            Kind::There(_) => {}
            Kind::Command { child, .. } => {
                let Some(mut child) = child.take() else { return };
                if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
                    // It may have ended by itself.
                    let _ = kill_process_group(group, Signal::KILL);
                }
                let _ = child.wait();
            }
            Kind::Embedded { running, .. } => {
                running.take().into_iter().for_each(|(runtime, _)| runtime.shutdown_background());
            }
        }
    }

    /// Starts it, at the address where it was, and waits until it listens.
    pub(super) async fn start(&mut self) -> Result<(), LoadError> {
        match &mut self.0 {
            Kind::There(_) => Ok(()),
            Kind::Command { url, command, child } => {
                let address = Address::parse(url)?;
                // A killed one may still be on its way out.
                let closed = until(ENDS_WITHIN, || is_closed(&address)).await;
                closed.ok_or_else(|| LoadError::Taken(url.clone()))?;
                let started = Command::new("sh")
                    .args(["-c", command])
                    .stdin(Stdio::null())
                    .stdout(Stdio::null())
                    .process_group(0)
                    .spawn()
                    .map_err(LoadError::System)?;
                let child = child.insert(started);
                listens(url, &address, child).await
            }
            Kind::Embedded { port, clients, running } => {
                let mut runtime = tokio::runtime::Builder::new_multi_thread();
                let runtime = runtime.worker_threads(2).thread_name("broker").enable_all().build();
                let runtime = runtime.map_err(LoadError::System)?;
                let (at, clients) = (*port, *clients);
                let started = runtime.spawn(async move { Broker::start_at(at, clients).await });
                let broker = started.await.map_err(|error| LoadError::System(error.into()))??;
                *port = broker.address().port();
                *running = Some((runtime, broker));
                Ok(())
            }
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Waits until somebody listens at the broker's address, or its process ends.
async fn listens(url: &str, address: &Address, child: &mut Child) -> Result<(), LoadError> {
    let began = Instant::now();
    while !is_open(address) {
        if let Some(status) = child.try_wait().map_err(LoadError::System)? {
            return Err(LoadError::Ended(status));
        }
        if began.elapsed() > LISTENS_WITHIN {
            return Err(LoadError::Mute(url.to_owned()));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

fn is_open(address: &Address) -> bool {
    knock(address).any(|answer| answer.is_ok_and(|is_another| is_another))
}

/// Nobody listens: a full queue of connections says nothing, and is no refusal.
fn is_closed(address: &Address) -> bool {
    let refused = |error: io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
    knock(address).all(|answer| answer.is_err_and(refused))
}

/// Whether somebody else answered at each address. A port that the kernel gives away by itself may
/// be given to the very client that knocks at it, which is then connected with itself.
fn knock(address: &Address) -> impl Iterator<Item = io::Result<bool>> {
    let addresses = (address.host(), address.port()).to_socket_addrs();
    addresses.into_iter().flatten().map(|address: SocketAddr| {
        let stream = TcpStream::connect_timeout(&address, Duration::from_millis(500))?;
        Ok(stream.local_addr()? != stream.peer_addr()?)
    })
}
