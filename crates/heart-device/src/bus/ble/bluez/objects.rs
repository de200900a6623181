//! What BlueZ says there is: adapters, devices, characteristics. Pure.
//!
//! A copy of the part of BlueZ's object tree that matters here, kept by its signals (BlueZ's
//! `org.bluez.Adapter`, `.Device`, `.Battery` and `.GattCharacteristic` interfaces). Time is an
//! argument. Bounded: a crowd that advertises must not fill the memory.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use tokio::time::Instant;
use zbus::Variant;

use super::super::Rule;

pub(super) const ADAPTER: &str = "org.bluez.Adapter1";
pub(super) const DEVICE: &str = "org.bluez.Device1";
pub(super) const BATTERY: &str = "org.bluez.Battery1";
pub(super) const CHARACTERISTIC: &str = "org.bluez.GattCharacteristic1";

/// Most objects of one interface that are kept; more are ignored.
const OBJECTS_MAX: usize = 1024;
/// A name is cut to this many bytes (a device name has at most 248).
const NAME_MAX: usize = 64;
/// How long a device counts as in range after its last advertisement was heard.
const SEEN_LIFE: Duration = Duration::from_secs(10);

/// The copy.
#[derive(Debug, Default)]
pub(super) struct Objects {
    /// Path -> powered.
    adapters: BTreeMap<String, bool>,
    devices: BTreeMap<String, Device>,
    /// Path -> UUID.
    characteristics: BTreeMap<String, String>,
}

/// A device that BlueZ knows, in range or not.
#[derive(Clone, Debug, Default)]
pub(super) struct Device {
    pub(super) address: String,
    /// As advertised; empty if it has none.
    pub(super) name: String,
    pub(super) connected: bool,
    /// Its services are known. Never true while it is not connected.
    pub(super) resolved: bool,
    /// Percent.
    pub(super) battery: Option<u8>,
    /// BlueZ hears it advertise: it has a signal strength.
    has_rssi: bool,
    seen: Option<Instant>,
    /// It was just let go: not wanted before this.
    rests_until: Option<Instant>,
}

/// The adapter that searches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Adapter {
    None,
    Off(String),
    On(String),
}

impl Objects {
    /// An interface of an object, as it is (all properties) or as it changed.
    pub(super) fn update(
        &mut self,
        (path, interface): (&str, &str),
        changed: &HashMap<&str, Variant<'_>>,
        invalidated: &[&str],
        now: Instant,
    ) {
        match interface {
            ADAPTER => {
                if let Some(powered) = entry(&mut self.adapters, path) {
                    set(changed, "Powered", powered);
                }
            }
            DEVICE => {
                if let Some(device) = entry(&mut self.devices, path) {
                    device.update(changed, invalidated, now);
                }
            }
            BATTERY => {
                if let Some(device) = self.devices.get_mut(path) {
                    let mut percent = 0_u8;
                    if set(changed, "Percentage", &mut percent) && percent <= 100 {
                        device.battery = Some(percent);
                    }
                }
            }
            CHARACTERISTIC => {
                // A notification is a change of it, too, and not of what is kept.
                if changed.contains_key("UUID")
                    && let Some(uuid) = entry(&mut self.characteristics, path)
                {
                    set_text(changed, "UUID", uuid);
                }
            }
            _ => {}
        }
    }

    /// An object lost interfaces.
    pub(super) fn remove(&mut self, path: &str, interfaces: &[&str]) {
        for interface in interfaces {
            match *interface {
                ADAPTER => drop(self.adapters.remove(path)),
                DEVICE => drop(self.devices.remove(path)),
                CHARACTERISTIC => drop(self.characteristics.remove(path)),
                _ => {}
            }
        }
    }

    /// The first adapter that is switched on, else the first.
    pub(super) fn adapter(&self) -> Adapter {
        match self.adapters.iter().find(|(_, powered)| **powered) {
            Some((path, _)) => Adapter::On(path.clone()),
            None => self.adapters.keys().next().cloned().map_or(Adapter::None, Adapter::Off),
        }
    }

    pub(super) fn device(&self, path: &str) -> Option<&Device> {
        self.devices.get(path)
    }

    /// Devices that fit and are in range, in the order of their paths.
    pub(super) fn in_range(
        &self,
        rule: &Rule,
        now: Instant,
    ) -> impl Iterator<Item = (&str, &Device)> {
        let wanted = move |device: &Device| {
            device.is_in_range(now) && rule.fits(&device.address, &device.name)
        };
        let devices = self.devices.iter().filter(move |(_, device)| wanted(device));
        devices.map(|(path, device)| (path.as_str(), device))
    }

    /// The path of a device's characteristic.
    pub(super) fn characteristic(&self, device: &str, uuid: &str) -> Option<&str> {
        let mut below = self.characteristics.range(device.to_owned()..);
        let is_below =
            |path: &str| path.strip_prefix(device).is_some_and(|rest| rest.starts_with('/'));
        let found = below.find(|(path, of)| is_below(path) && of.as_str() == uuid);
        found.map(|(path, _)| path.as_str())
    }

    /// A link to a device ended: it is left in peace until `until`, and must advertise anew.
    pub(super) fn rest(&mut self, path: &str, until: Instant) {
        if let Some(device) = self.devices.get_mut(path) {
            (device.seen, device.rests_until) = (None, Some(until));
        }
    }
}

impl Device {
    fn update(&mut self, changed: &HashMap<&str, Variant<'_>>, gone: &[&str], now: Instant) {
        set_text(changed, "Address", &mut self.address);
        set_text(changed, "Name", &mut self.name);
        set(changed, "Connected", &mut self.connected);
        set(changed, "ServicesResolved", &mut self.resolved);
        self.resolved &= self.connected;
        if changed.contains_key("RSSI") {
            (self.has_rssi, self.seen) = (true, Some(now));
        }
        if gone.contains(&"RSSI") {
            self.has_rssi = false;
        }
    }

    fn is_in_range(&self, now: Instant) -> bool {
        let rests = self.rests_until.is_some_and(|until| now < until);
        let seen = self.seen.is_some_and(|seen| now.saturating_duration_since(seen) < SEEN_LIFE);
        !rests && (self.has_rssi || self.connected || seen)
    }
}

fn entry<'a, T: Default>(objects: &'a mut BTreeMap<String, T>, path: &str) -> Option<&'a mut T> {
    if objects.len() >= OBJECTS_MAX && !objects.contains_key(path) {
        return None;
    }
    Some(objects.entry(path.to_owned()).or_default())
}

/// Takes a property of the right type. Whether it did.
fn set<T>(changed: &HashMap<&str, Variant<'_>>, key: &str, value: &mut T) -> bool
where
    T: for<'a> TryFrom<&'a Variant<'a>>,
{
    let new = changed.get(key).and_then(|variant| T::try_from(variant).ok());
    new.map(|new| *value = new).is_some()
}

fn set_text(changed: &HashMap<&str, Variant<'_>>, key: &str, value: &mut String) {
    if let Some(Variant::Str(text)) = changed.get(key) {
        let text = text.as_str();
        text[..text.floor_char_boundary(NAME_MAX)].clone_into(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "/org/bluez/hci0/dev_C8_FF_00_11_22_33";

    fn device(objects: &mut Objects, changed: &[(&'static str, Variant<'static>)], now: Instant) {
        let changed = changed.iter().map(|(key, value)| (*key, value.try_clone().unwrap()));
        objects.update((PATH, DEVICE), &changed.collect(), &[], now);
    }

    fn strap(now: Instant) -> Objects {
        let mut objects = Objects::default();
        let address = Variant::from("C8:FF:00:11:22:33");
        let (name, rssi) = (Variant::from("Polar H10"), Variant::from(-60_i16));
        device(&mut objects, &[("Address", address), ("Name", name), ("RSSI", rssi)], now);
        objects
    }

    fn is_found(objects: &Objects, now: Instant) -> bool {
        objects.in_range(&Rule::named("Polar*"), now).count() == 1
    }

    #[test]
    fn a_device_is_in_range_while_it_is_heard_and_ten_seconds_more() {
        let now = Instant::now();
        let mut objects = strap(now);
        assert!(is_found(&objects, now + Duration::from_secs(60)), "BlueZ still hears it");
        objects.update((PATH, DEVICE), &HashMap::new(), &["RSSI"], now);
        assert!(is_found(&objects, now + Duration::from_secs(9)));
        assert!(!is_found(&objects, now + Duration::from_secs(10)));
    }

    #[test]
    fn a_device_that_was_let_go_is_left_in_peace_and_must_advertise_anew() {
        let now = Instant::now();
        let mut objects = strap(now);
        objects.update((PATH, DEVICE), &HashMap::new(), &["RSSI"], now);
        objects.rest(PATH, now + Duration::from_secs(1));
        assert!(!is_found(&objects, now + Duration::from_secs(2)));
        device(&mut objects, &[("RSSI", Variant::from(-70_i16))], now);
        assert!(!is_found(&objects, now));
        assert!(is_found(&objects, now + Duration::from_secs(1)));
    }

    #[test]
    fn a_link_that_drops_takes_the_services_along() {
        let now = Instant::now();
        let mut objects = strap(now);
        let yes = || Variant::from(true);
        device(&mut objects, &[("Connected", yes()), ("ServicesResolved", yes())], now);
        assert!(objects.device(PATH).unwrap().resolved);
        device(&mut objects, &[("Connected", Variant::from(false))], now);
        assert!(!objects.device(PATH).unwrap().resolved);
        objects.remove(PATH, &["org.freedesktop.DBus.Properties", DEVICE]);
        assert!(objects.device(PATH).is_none());
    }

    #[test]
    fn a_characteristic_is_that_of_its_own_device() {
        let mut objects = Objects::default();
        let mut add = |path: &str, uuid: &'static str| {
            let path = format!("/org/bluez/hci0/{path}");
            let uuid = HashMap::from([("UUID", Variant::from(uuid))]);
            objects.update((&path, CHARACTERISTIC), &uuid, &[], Instant::now());
        };
        add("dev_1/service0001/char0002", "a");
        add("dev_1/service0001/char0004", "b");
        add("dev_11/service0001/char0002", "c");
        let found = |uuid| objects.characteristic("/org/bluez/hci0/dev_1", uuid);
        assert_eq!(found("b"), Some("/org/bluez/hci0/dev_1/service0001/char0004"));
        assert_eq!(found("c"), None);
    }

    #[test]
    fn properties_of_wrong_types_and_crowds_change_nothing() {
        let now = Instant::now();
        let mut objects = strap(now);
        device(
            &mut objects,
            &[("Connected", Variant::from("yes")), ("Name", Variant::from(7))],
            now,
        );
        let known = objects.device(PATH).unwrap();
        assert_eq!((known.connected, known.name.as_str()), (false, "Polar H10"));
        for battery in [Variant::from(101_u8), Variant::from(-1_i16), Variant::from("full")] {
            let changed = HashMap::from([("Percentage", battery)]);
            objects.update((PATH, BATTERY), &changed, &[], now);
        }
        assert_eq!(objects.device(PATH).unwrap().battery, None);
        for stranger in 0..2000 {
            let path = format!("/org/bluez/hci0/dev_{stranger}");
            objects.update((&path, DEVICE), &HashMap::new(), &[], now);
        }
        assert_eq!(objects.devices.len(), OBJECTS_MAX);
    }

    #[test]
    fn the_first_adapter_that_is_on_searches() {
        let mut objects = Objects::default();
        assert_eq!(objects.adapter(), Adapter::None);
        let powered = |on: bool| HashMap::from([("Powered", Variant::from(on))]);
        let now = Instant::now();
        objects.update(("/org/bluez/hci0", ADAPTER), &powered(false), &[], now);
        assert_eq!(objects.adapter(), Adapter::Off("/org/bluez/hci0".to_owned()));
        objects.update(("/org/bluez/hci1", ADAPTER), &powered(true), &[], now);
        assert_eq!(objects.adapter(), Adapter::On("/org/bluez/hci1".to_owned()));
    }
}
