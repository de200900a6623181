//! A service that plays org.bluez: objects, signals and errors as BlueZ's documents say them
//! (doc/adapter-api, device-api, gatt-api, battery-api). Only what heart-device asks for.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};

use futures_core::Stream;
use tokio::task::JoinHandle;
use zbus::connection::Builder;
use zbus::message::Type;
use zbus::{Connection, Message, MessageStream, ObjectPath, Variant};

use super::super::objects::{ADAPTER, BATTERY, CHARACTERISTIC, DEVICE};

const HCI: &str = "/org/bluez/hci0";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
const MANAGER: &str = "org.freedesktop.DBus.ObjectManager";

/// What one device does.
#[derive(Clone, Debug)]
pub(super) struct Gadget {
    pub(super) path: String,
    pub(super) address: &'static str,
    pub(super) name: &'static str,
    /// The characteristic that it has.
    pub(super) uuid: &'static str,
    /// BlueZ's error when it is connected to.
    pub(super) refuses: Option<&'static str>,
    pub(super) battery: Option<u8>,
    pub(super) connected: bool,
}

impl Gadget {
    pub(super) fn new(address: &'static str, name: &'static str, uuid: &'static str) -> Gadget {
        let path = format!("{HCI}/dev_{}", address.replace(':', "_"));
        Gadget { path, address, name, uuid, refuses: None, battery: None, connected: false }
    }

    pub(super) fn characteristic(&self) -> String {
        format!("{}/service0001/char0002", self.path)
    }
}

#[derive(Debug, Default)]
pub(super) struct World {
    /// `None`: no adapter.
    pub(super) powered: Option<bool>,
    pub(super) discovering: bool,
    pub(super) gadgets: Vec<Gadget>,
    /// Every call: its method, and the last word of its path.
    pub(super) calls: Vec<String>,
}

/// A bluetoothd. Leaves the bus when dropped.
pub(super) struct Peer {
    connection: Connection,
    world: Arc<Mutex<World>>,
    task: JoinHandle<()>,
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Peer {
    pub(super) async fn start(address: &str, powered: Option<bool>, gadgets: &[Gadget]) -> Peer {
        let connection = Builder::address(address).build().await.unwrap();
        let world = World { powered, gadgets: gadgets.to_vec(), ..World::default() };
        let world = Arc::new(Mutex::new(world));
        let (hears, at) = (MessageStream::from(&connection), connection.clone());
        let task = tokio::spawn(serve(hears, at, Arc::clone(&world)));
        connection.request_name("org.bluez").await.unwrap();
        Peer { connection, world, task }
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// bluetoothd ends.
    pub(super) async fn quit(self) {
        self.connection.clone().close().await.unwrap();
    }

    /// An adapter is plugged in or switched.
    pub(super) async fn power(&self, on: bool) {
        let is_new = self.world().powered.replace(on).is_none();
        let powered = HashMap::from([("Powered", Variant::from(on))]);
        if is_new {
            added(&self.connection, HCI, ADAPTER, powered).await;
        } else {
            changed(&self.connection, HCI, ADAPTER, powered, &[]).await;
        }
    }

    /// A device comes into range.
    pub(super) async fn advertise(&self, gadget: Gadget) {
        let discovering = {
            let mut world = self.world();
            world.gadgets.push(gadget.clone());
            world.discovering
        };
        if discovering {
            advertises(&self.connection, &gadget).await;
        }
    }

    pub(super) async fn notify(&self, gadget: &Gadget, value: &[u8]) {
        let value = HashMap::from([("Value", Variant::from(value.to_vec()))]);
        changed(&self.connection, &gadget.characteristic(), CHARACTERISTIC, value, &[]).await;
    }

    pub(super) async fn battery(&self, gadget: &Gadget, percent: u8) {
        let percent = HashMap::from([("Percentage", Variant::from(percent))]);
        changed(&self.connection, &gadget.path, BATTERY, percent, &[]).await;
    }

    /// The link to a device drops; it is out of range.
    pub(super) async fn leave(&self, gadget: &Gadget) {
        self.world().gadgets.retain(|other| other.path != gadget.path);
        disconnected(&self.connection, &gadget.path).await;
    }
}

async fn serve(mut hears: MessageStream, at: Connection, world: Arc<Mutex<World>>) {
    while let Some(Ok(message)) = poll_fn(|cx| Pin::new(&mut hears).poll_next(cx)).await {
        if message.message_type() != Type::MethodCall {
            continue;
        }
        let (path, method) = {
            let header = message.header();
            (header.path().unwrap().to_string(), header.member().unwrap().to_string())
        };
        let word = path.rsplit('/').next().unwrap();
        world.lock().unwrap().calls.push(format!("{method} {word}"));
        answer(&message, &path, &method, &at, &world).await;
    }
}

async fn answer(call: &Message, path: &str, method: &str, at: &Connection, world: &Mutex<World>) {
    let gadgets = world.lock().unwrap().gadgets.clone();
    let gadget = gadgets.into_iter().find(|gadget| path.starts_with(&gadget.path));
    let header = call.header();
    match (method, gadget) {
        ("GetManagedObjects", _) => return list(call, at, world).await,
        ("StartDiscovery", _) => {
            world.lock().unwrap().discovering = true;
            let gadgets = world.lock().unwrap().gadgets.clone();
            for gadget in gadgets.iter().filter(|gadget| !gadget.connected) {
                advertises(at, gadget).await;
            }
        }
        ("StopDiscovery", _) => {
            world.lock().unwrap().discovering = false;
            let gadgets = world.lock().unwrap().gadgets.clone();
            for gadget in &gadgets {
                changed(at, &gadget.path, DEVICE, HashMap::new(), &["RSSI"]).await;
            }
        }
        ("Connect", Some(Gadget { refuses: Some(why), .. })) => {
            at.reply_error(&header, "org.bluez.Error.Failed", &why).await.unwrap();
            return;
        }
        ("Connect", Some(gadget)) => {
            set_connected(world, &gadget.path, true);
            connected(at, &gadget).await;
        }
        ("Disconnect", Some(gadget)) => {
            set_connected(world, &gadget.path, false);
            disconnected(at, &gadget.path).await;
        }
        ("SetDiscoveryFilter", _) | ("StartNotify", Some(_)) => {}
        _ => {
            at.reply_error(&header, "org.freedesktop.DBus.Error.UnknownObject", &path)
                .await
                .unwrap();
            return;
        }
    }
    at.reply(&header, &()).await.unwrap();
}

fn set_connected(world: &Mutex<World>, path: &str, connected: bool) {
    let mut world = world.lock().unwrap();
    let gadget = world.gadgets.iter_mut().find(|gadget| gadget.path == path);
    if let Some(gadget) = gadget {
        gadget.connected = connected;
    }
}

/// BlueZ lists devices that it has not forgotten, too; those here are forgotten at once.
async fn list(call: &Message, at: &Connection, world: &Mutex<World>) {
    let mut tree: HashMap<ObjectPath<'_>, HashMap<&str, HashMap<&str, Variant<'_>>>> =
        HashMap::new();
    if let Some(powered) = world.lock().unwrap().powered {
        let powered = HashMap::from([("Powered", Variant::from(powered))]);
        tree.insert(HCI.try_into().unwrap(), HashMap::from([(ADAPTER, powered)]));
    }
    at.reply(&call.header(), &tree).await.unwrap();
}

async fn advertises(at: &Connection, gadget: &Gadget) {
    let properties = HashMap::from([
        ("Address", Variant::from(gadget.address)),
        ("Name", Variant::from(gadget.name)),
        ("Connected", Variant::from(false)),
        ("RSSI", Variant::from(-61_i16)),
    ]);
    added(at, &gadget.path, DEVICE, properties).await;
}

async fn connected(at: &Connection, gadget: &Gadget) {
    let yes = |key| HashMap::from([(key, Variant::from(true))]);
    changed(at, &gadget.path, DEVICE, yes("Connected"), &[]).await;
    let uuid = HashMap::from([("UUID", Variant::from(gadget.uuid))]);
    added(at, &gadget.characteristic(), CHARACTERISTIC, uuid).await;
    if let Some(percent) = gadget.battery {
        let percent = HashMap::from([("Percentage", Variant::from(percent))]);
        added(at, &gadget.path, BATTERY, percent).await;
    }
    changed(at, &gadget.path, DEVICE, yes("ServicesResolved"), &[]).await;
}

async fn disconnected(at: &Connection, path: &str) {
    let no = |key| HashMap::from([(key, Variant::from(false))]);
    changed(at, path, DEVICE, no("ServicesResolved"), &[]).await;
    changed(at, path, DEVICE, no("Connected"), &[]).await;
}

async fn added(at: &Connection, path: &str, interface: &str, with: HashMap<&str, Variant<'_>>) {
    let path = ObjectPath::try_from(path).unwrap();
    let body = (path, HashMap::from([(interface, with)]));
    at.emit_signal(None::<&str>, "/", MANAGER, "InterfacesAdded", &body).await.unwrap();
}

async fn changed(
    at: &Connection,
    path: &str,
    interface: &str,
    changed: HashMap<&str, Variant<'_>>,
    gone: &[&str],
) {
    let body = (interface, changed, gone);
    at.emit_signal(None::<&str>, path, PROPERTIES, "PropertiesChanged", &body).await.unwrap();
}
