//! The calls to BlueZ, and what its errors mean. Each call is bounded by a time of its own or by
//! the connection's.

use std::collections::HashMap;
use std::time::Duration;

use zbus::connection::Builder;
use zbus::names::OwnedUniqueName;
use zbus::{Connection, Error, Message, OwnedObjectPath, OwnedVariant, Variant, fdo};

use super::objects::{CHARACTERISTIC, DEVICE};
use super::outlook::Trouble;

const NAME: &str = "org.bluez";
const BUS: &str = "org.freedesktop.DBus";
/// Longest for any answer. Making a connection takes the longest: BlueZ itself gives up later.
const ANSWER: Duration = Duration::from_secs(10);

/// The signals of BlueZ, and the one that says who BlueZ is.
const SIGNALS: [&str; 2] = [
    "type='signal',sender='org.bluez'",
    "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',\
     member='NameOwnerChanged',arg0='org.bluez'",
];

/// A running BlueZ. Calls go to this very process: they never start another one.
#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) connection: Connection,
    pub(super) owner: OwnedUniqueName,
}

/// Every object with the properties of each of its interfaces.
pub(super) type Tree = HashMap<OwnedObjectPath, HashMap<String, HashMap<String, OwnedVariant>>>;

/// A connection to the bus at `address`, or to the system's (`DBUS_SYSTEM_BUS_ADDRESS` if set).
pub(super) async fn connect(address: Option<&str>) -> Result<Connection, Trouble> {
    let builder = address.map_or_else(Builder::system, Builder::address);
    let built = tokio::time::timeout(ANSWER, builder.method_timeout(ANSWER).build()).await;
    let built = built.map_err(|_| Trouble::NoBus("no answer for 10 s".to_owned()))?;
    built.map_err(|error| Trouble::NoBus(error.to_string()))
}

/// Asks for BlueZ's signals, then for its objects. The bus may start BlueZ for this.
pub(super) async fn start(connection: &Connection) -> Result<(Service, Message), Trouble> {
    for rule in SIGNALS {
        let path = "/org/freedesktop/DBus";
        let asked = connection.call_method(Some(BUS), path, Some(BUS), "AddMatch", &rule).await;
        asked.map_err(|error| trouble(&error))?;
    }
    let manager = "org.freedesktop.DBus.ObjectManager";
    let call = connection.call_method(Some(NAME), "/", Some(manager), "GetManagedObjects", &());
    let tree = call.await.map_err(|error| trouble(&error))?;
    let owner = tree.header().sender().map(|owner| owner.to_owned().into());
    let owner = owner.ok_or_else(|| Trouble::Broken("an answer from nobody".to_owned()))?;
    Ok((Service { connection: connection.clone(), owner }, tree))
}

fn trouble(error: &Error) -> Trouble {
    match error {
        Error::FDO(error) => match &**error {
            fdo::Error::AccessDenied(_) | fdo::Error::AuthFailed(_) => Trouble::Denied,
            fdo::Error::ServiceUnknown(_)
            | fdo::Error::NameHasNoOwner(_)
            | fdo::Error::NoReply(_)
            | fdo::Error::SpawnChildExited(_)
            | fdo::Error::SpawnFailed(_)
            | fdo::Error::SpawnServiceNotFound(_) => Trouble::NoDaemon,
            other => Trouble::Broken(other.to_string()),
        },
        // The bus asked systemd, which has no such service or was told not to start it.
        Error::MethodError(name, ..) if name.contains("systemd1") => Trouble::NoDaemon,
        Error::InputOutput(why) => Trouble::Broken(why.to_string()),
        other => Trouble::Broken(other.to_string()),
    }
}

/// What BlueZ said against a call: the last word of the error's name, and its text.
pub(super) fn refusal(error: &Error) -> (String, String) {
    match error {
        Error::MethodError(name, text, _) => {
            let word = name.rsplit('.').next().unwrap_or_default().to_owned();
            (word, text.clone().unwrap_or_else(|| name.to_string()))
        }
        Error::FDO(error) if matches!(**error, fdo::Error::AccessDenied(_)) => {
            ("NotAuthorized".to_owned(), error.to_string())
        }
        Error::InputOutput(why) if why.kind() == std::io::ErrorKind::TimedOut => {
            (String::new(), "no answer for 10 s".to_owned())
        }
        other => (String::new(), other.to_string()),
    }
}

impl Service {
    async fn call(&self, path: &str, interface: &str, method: &str) -> Result<(), Error> {
        let owner = Some(self.owner.as_ref());
        let call = self.connection.call_method(owner, path, Some(interface), method, &());
        call.await.map(drop)
    }

    /// Connects a device; no error if it is connected already.
    pub(super) async fn connect(&self, device: &str) -> Result<(), Error> {
        match self.call(device, DEVICE, "Connect").await {
            Err(error) if refusal(&error).0 == "AlreadyConnected" => Ok(()),
            done => done,
        }
    }

    /// Disconnects a device, or gives up its connecting.
    pub(super) async fn disconnect(&self, device: &str) {
        if let Err(error) = self.call(device, DEVICE, "Disconnect").await {
            tracing::debug!(device, %error, "BlueZ did not disconnect");
        }
    }

    /// Subscribes to a characteristic. By `StartNotify`, not `AcquireNotify`: the latter loses
    /// what a device says before it has answered the subscription (bleak, issue 1885).
    pub(super) async fn notify(&self, characteristic: &str) -> Result<(), Error> {
        match self.call(characteristic, CHARACTERISTIC, "StartNotify").await {
            // It is being subscribed since an earlier call of ours: words will come.
            Err(error) if refusal(&error).0 == "InProgress" => Ok(()),
            done => done,
        }
    }

    /// Searches for Low Energy devices, or ends that.
    pub(super) async fn search(&self, adapter: &str, on: bool) -> Result<(), Error> {
        let interface = super::objects::ADAPTER;
        if !on {
            return self.call(adapter, interface, "StopDiscovery").await;
        }
        let filter = HashMap::from([
            ("Transport", Variant::from("le")),
            ("DuplicateData", Variant::from(false)),
        ]);
        let owner = Some(self.owner.as_ref());
        let method = "SetDiscoveryFilter";
        self.connection.call_method(owner, adapter, Some(interface), method, &filter).await?;
        match self.call(adapter, interface, "StartDiscovery").await {
            Err(error) if refusal(&error).0 == "InProgress" => Ok(()),
            done => done,
        }
    }
}
