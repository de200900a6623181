//! What `doctor` says of configured devices whose hardware is no node of a fixed name.

use heart_device::DeviceConfig;
use heart_device::discover::{Bus, Trouble, User, bus_of, look};
use serde::Deserialize;

use crate::tree::Tree;

#[derive(Deserialize)]
struct File {
    device: Vec<DeviceConfig>,
}

fn device(table: &str) -> DeviceConfig {
    let text = format!("[[device]]\nname = \"it\"\n{table}");
    let file: File = toml::from_str(&text).unwrap_or_else(|why| panic!("{text}\n{why}"));
    file.device.into_iter().next().unwrap()
}

fn looked(tree: &Tree, table: &str) -> Result<String, Trouble> {
    let user = User { name: "pi".to_owned(), is_root: false };
    look(&tree.places(), &user, &device(table), &tree.discover(), 0)
}

#[track_caller]
fn assert_missing(tree: &Tree, table: &str, what: &str, fix: &str) {
    let trouble = looked(tree, table).expect_err(table);
    assert!(trouble.what.contains(what), "{trouble:?}");
    assert!(trouble.fix.contains(fix), "{trouble:?}");
}

const BUTTONS: &str = "kind = \"gpio_buttons\"\nchip = \"pinctrl-rp1\"\nlines = { south = 17 }\n";
const STRAP: &str = "kind = \"heart_rate\"\nmatch = { name = \"Polar*\" }\n";

#[test]
fn a_gpio_chip_is_found_by_its_label_and_must_have_the_lines() {
    let tree = Tree::new();
    assert_missing(&tree, BUTTONS, "no GPIO chip is here", "no GPIO chip that the kernel drives");
    tree.file("dev/gpiochip0", "pinctrl-bcm2711");
    assert_missing(&tree, BUTTONS, "is called pinctrl-rp1", "pinctrl-bcm2711");
    tree.file("dev/gpiochip4", "pinctrl-rp1");
    assert_eq!(looked(&tree, BUTTONS).unwrap(), "/dev/gpiochip4 may be opened");
    let by_node = BUTTONS.replace("pinctrl-rp1", "/dev/gpiochip4");
    assert_eq!(looked(&tree, &by_node).unwrap(), "/dev/gpiochip4 may be opened");
    let pins = BUTTONS.replace("17", "58");
    assert_missing(&tree, &pins, "there is no line 58", "gpioinfo");
    let encoder = "kind = \"gpio_encoder\"\nchip = \"pinctrl-rp1\"\na = 5\nb = 99\n";
    assert_missing(&tree, encoder, "there is no line 99", "gpioinfo");
}

#[test]
fn a_microphone_is_a_card_that_records_unless_only_alsa_knows() {
    let tree = Tree::new();
    let mic = |device: &str| format!("kind = \"microphone\"\n{device}");
    let named = mic("device = \"plughw:CARD=Snowball,DEV=0\"\n");
    assert_missing(&tree, &named, "no sound card that records is here", "microphone");
    assert_missing(&tree, &mic(""), "no sound card that records is here", "microphone");
    tree.file("proc/asound/cards", " 1 [Snowball       ]: USB-Audio - Blue Snowball\n");
    tree.file("proc/asound/pcm", "01-00: USB Audio : USB Audio : capture 1\n");
    tree.file("dev/snd/pcmC1D0c", "");
    let here = "hw:CARD=Snowball,DEV=0 may be opened";
    for device in ["plughw:CARD=Snowball,DEV=0", "hw:1,0", "hw:1", "default"] {
        let table = mic(&format!("device = \"{device}\"\n"));
        assert_eq!(looked(&tree, &table).unwrap(), here, "{device}");
    }
    let other = mic("device = \"hw:CARD=Yeti\"\n");
    assert_missing(&tree, &other, "no card that records fits", "plughw:CARD=Snowball,DEV=0");
    let own = mic("device = \"stage_left\"\n");
    assert!(looked(&tree, &own).unwrap().contains("left to alsa-lib"));
}

#[test]
fn a_strap_needs_an_adapter_that_is_on_d_bus_and_bluez() {
    let tree = Tree::new();
    assert_eq!(bus_of(&device(STRAP)), Some(Bus::Bluetooth));
    assert_missing(&tree, STRAP, "no Bluetooth adapter is here", "plug in an adapter");
    tree.file("sys/class/bluetooth/hci0/address", "00:11:22:33:44:55\n");
    tree.file("sys/class/bluetooth/hci0/rfkill0/soft", "1\n");
    assert_missing(&tree, STRAP, "hci0 is switched off", "rfkill unblock");
    tree.file("sys/class/bluetooth/hci0/rfkill0/soft", "0\n");
    assert_missing(&tree, STRAP, "D-Bus", "start dbus");
    tree.file("run/dbus/system_bus_socket", "");
    tree.file("proc/1/comm", "systemd\n");
    assert_missing(&tree, STRAP, "bluetoothd", "enable --now bluetooth");
    tree.file("proc/432/comm", "bluetoothd\n");
    assert!(looked(&tree, STRAP).unwrap().contains("hci0"));
    // The original's controller needs no rule of its own.
    assert!(looked(&tree, "kind = \"ble_knob\"\n").unwrap().contains("hci0"));
}

#[test]
fn the_page_for_phones_needs_a_network_and_says_who_has_its_port() {
    let tree = Tree::new();
    let page = "kind = \"phone\"\nlisten = \"0.0.0.0:8460\"\n";
    tree.file("sys/class/net/lo/operstate", "unknown\n");
    assert_missing(&tree, page, "no network but loopback is up", "ip address");
    tree.file("sys/class/net/wlan0/operstate", "up\n");
    assert_eq!(looked(&tree, page).unwrap(), "phones come over wlan0 to port 8460");
    let head = "  sl  local_address rem_address   st tx_queue rx_queue\n";
    let row = "   0: 00000000:210C 00000000:0000 0A 00000000:00000000 00:00000000\n";
    tree.file("proc/net/tcp", &format!("{head}{row}"));
    assert!(looked(&tree, page).unwrap().contains("somebody listens already"));
    let local = "kind = \"phone\"\nlisten = \"127.0.0.1:8460\"\n";
    assert!(looked(&tree, local).unwrap().contains("loopback"));
}

#[test]
fn twins_need_nothing() {
    let tree = Tree::new();
    for kind in ["heart_rate", "microphone", "phone", "gpio_buttons\"\nlines = { south = 1 }\n#"] {
        let table = format!("kind = \"{kind}\"\nsimulated = {{ seed = 1 }}\n");
        let device = device(&table);
        assert_eq!(bus_of(&device), None, "{kind}");
        assert_eq!(looked(&tree, &table).unwrap(), "is simulated", "{kind}");
    }
}
