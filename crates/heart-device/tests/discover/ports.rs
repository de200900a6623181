//! Each sort of thing by itself.

use heart_device::discover::Bus;

use crate::tree::Tree;

/// A pad has `BTN_SOUTH`, a keyboard the letters, a mouse `BTN_LEFT`.
const PAD: &[u16] = &[0x130, 0x131];
const KEYBOARD: &[u16] = &[16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 30];

#[test]
fn input_devices_are_told_by_what_they_can_do() {
    let tree = Tree::new();
    tree.input("event0", "Power Button", "LNXPWRBN/button/input0", "", &[116], "0");
    tree.input("event1", "Desk Keyboard", "usb-1/input0", "", KEYBOARD, "0");
    tree.input("event2", "A Mouse", "usb-2/input0", "", &[0x110], "903");
    tree.input("event3", "Surface Dial", "", "c8:3f:26:00:00:01", &[0x100], "80");
    tree.input("event4", "A Panel", "usb-4/input0", "", &[0x14a], "0");
    tree.file("sys/class/input/event4/device/capabilities/abs", "3\n");
    tree.input("event10", "Lite 2", "usb-3/input0", "", PAD, "0");
    let found = tree.on(Bus::Input);
    let what = |what: &str| what.split([';', ' ']).next().unwrap().to_owned();
    let told: Vec<_> =
        found.iter().map(|f| (f.facts["name"].as_str(), f.kind, what(&f.what))).collect();
    assert_eq!(
        told,
        [
            ("Power Button", None, "nothing".to_owned()),
            ("Desk Keyboard", Some("keyboard"), "keyboard".to_owned()),
            ("A Mouse", Some("dial"), "mouse".to_owned()),
            ("Surface Dial", Some("dial"), "dial".to_owned()),
            ("A Panel", Some("touch"), "touch".to_owned()),
            ("Lite 2", Some("gamepad"), "gamepad".to_owned()),
        ]
    );
}

#[test]
fn the_suggested_match_picks_one_device_by_the_most_lasting_thing_it_says() {
    let tree = Tree::new();
    tree.input("event1", "Lite 2", "usb-1/input0", "", PAD, "0");
    tree.input("event2", "Lite 2", "usb-2/input0", "", PAD, "0");
    tree.input("event3", "Lite 2 Keyboard", "usb-2/input1", "", KEYBOARD, "0");
    tree.input("event4", "Pro Controller", "bt", "e4:17:d8:37:c3:40", PAD, "0");
    tree.input("event5", "Alone", "usb-9/input0", "", PAD, "0");
    tree.input("event6", "Twin", "virtual", "", PAD, "0");
    tree.input("event7", "Twin", "virtual", "", PAD, "0");
    let found = tree.on(Bus::Input);
    let rules: Vec<&str> =
        found.iter().map(|f| f.stanza.as_deref().unwrap().lines().nth(3).unwrap()).collect();
    assert_eq!(
        rules,
        [
            r#"match = { name = "Lite 2", phys = "usb-1/input0" }"#,
            r#"match = { name = "Lite 2", phys = "usb-2/input0" }"#,
            r#"match = { name = "Lite 2 Keyboard" }"#,
            r#"match = { name = "Pro Controller", uniq = "e4:17:d8:37:c3:40" }"#,
            r#"match = { name = "Alone" }"#,
            // They say the same of themselves: only the node is left.
            r#"path = "/dev/input/event6""#,
            r#"path = "/dev/input/event7""#,
        ]
    );
}

#[test]
fn serial_ports_are_named_by_what_they_are_and_never_twice() {
    let tree = Tree::new();
    let knob = "usb-Adafruit_Industries_LLC_Rotary_Trinkey_M0_1A2B-if00";
    tree.file("dev/ttyACM0", "");
    tree.link(&format!("dev/serial/by-id/{knob}"), "../../ttyACM0");
    tree.file("dev/ttyUSB0", "");
    let usb = "sys/devices/platform/usb1/1-1/1-1.2";
    tree.file(&format!("{usb}/idVendor"), "10c4\n");
    tree.file(&format!("{usb}/product"), "Rotary Trinkey M0\n");
    tree.file(&format!("{usb}/1-1.2:1.0/ttyUSB0/tty/ttyUSB0/dev"), "188:0\n");
    tree.link(
        "sys/class/tty/ttyUSB0",
        "../../devices/platform/usb1/1-1/1-1.2/1-1.2:1.0/ttyUSB0/tty/ttyUSB0",
    );
    tree.link(&format!("{usb}/1-1.2:1.0/ttyUSB0/tty/ttyUSB0/device"), "../..");
    tree.file("dev/ttyUSB1", "");
    tree.file("dev/ttyS0", "");
    let found = tree.on(Bus::Serial);
    let told: Vec<_> = found.iter().map(|f| (f.place.as_str(), f.kind)).collect();
    let knob = format!("/dev/serial/by-id/{knob}");
    assert_eq!(
        told,
        [
            (knob.as_str(), Some("rotary_switch")),
            ("/dev/ttyUSB0", Some("rotary_switch")),
            ("/dev/ttyUSB1", None),
        ]
    );
    assert_eq!(found[0].facts["node"], "/dev/ttyACM0");
    assert_eq!(found[1].facts["product"], "Rotary Trinkey M0");
    assert_eq!(
        found[0].stanza.as_deref().unwrap(),
        format!(
            "[[device]]\nname = \"rotary_switch\"\nkind = \"rotary_switch\"\nserial = \"{knob}\"\n"
        )
    );
}

#[test]
fn an_i2c_adapter_without_a_node_is_told_with_the_module_that_makes_one() {
    let tree = Tree::new();
    tree.file("sys/bus/i2c/devices/i2c-1/name", "bcm2835 (i2c@7e804000)\n");
    tree.file("sys/bus/i2c/devices/1-001a/name", "wm8960\n");
    tree.file("proc/sys/kernel/osrelease", "6.1.0-rpi\n");
    let [found] = &tree.on(Bus::I2c)[..] else { panic!() };
    assert_eq!(found.facts["adapter"], "bcm2835 (i2c@7e804000)");
    assert_eq!(found.facts["taken by the kernel"], "0x1a wm8960");
    let fix = found.trouble.clone().unwrap().fix;
    assert!(fix.starts_with("this kernel (6.1.0-rpi) has no module i2c-dev in "), "{fix}");
    tree.file("lib/modules/6.1.0-rpi/modules.dep", "kernel/drivers/i2c/i2c-dev.ko.xz:\n");
    let fix = tree.on(Bus::I2c)[0].trouble.clone().unwrap().fix;
    assert!(fix.starts_with("sudo modprobe i2c-dev && "), "{fix}");
    tree.file("sys/class/i2c-dev/i2c-1/name", "bcm2835 (i2c@7e804000)\n");
    tree.file("dev/i2c-1", "");
    let [found] = &tree.on(Bus::I2c)[..] else { panic!() };
    assert_eq!((found.place.as_str(), &found.trouble), ("/dev/i2c-1", &None));
}

#[test]
fn a_node_that_udev_did_not_make_is_told() {
    let tree = Tree::new();
    tree.file("sys/class/spidev/spidev0.0/dev", "153:0\n");
    let [found] = &tree.on(Bus::Spi)[..] else { panic!() };
    let trouble = found.trouble.as_ref().unwrap();
    assert!(trouble.what.starts_with("/dev/spidev0.0 is not there"), "{trouble:?}");
    tree.file("dev/spidev0.0", "");
    assert_eq!(tree.on(Bus::Spi)[0].trouble, None);
}

#[test]
fn a_gpio_chip_is_called_by_its_label_and_one_that_does_not_answer_is_still_told() {
    let tree = Tree::new();
    tree.file("dev/gpiochip0", "pinctrl-bcm2711");
    tree.file("dev/gpiochip1", "");
    let [first, second] = &tree.on(Bus::Gpio)[..] else { panic!() };
    assert_eq!(first.facts["label"], "pinctrl-bcm2711");
    assert_eq!(first.facts["lines"], "58");
    assert!(second.facts["label"].starts_with("? ("), "{second:?}");
}

#[test]
fn capture_devices_are_found_and_those_that_only_play_are_not() {
    let tree = Tree::new();
    tree.file(
        "proc/asound/pcm",
        "00-00: vc4-hdmi-0 : vc4-hdmi-0 : playback 1\n\
         01-00: USB Audio : USB Audio : playback 1 : capture 1\n",
    );
    tree.file(
        "proc/asound/cards",
        " 0 [vc4hdmi0       ]: vc4-hdmi - vc4-hdmi-0\n\
         \x20                     vc4-hdmi-0\n\
         \x201 [Device         ]: USB-Audio - USB PnP Sound Device\n",
    );
    tree.file("dev/snd/pcmC1D0c", "");
    let [found] = &tree.on(Bus::Sound)[..] else { panic!() };
    assert_eq!(found.place, "hw:CARD=Device,DEV=0");
    assert_eq!((found.facts["name"].as_str(), &found.trouble), ("USB Audio", &None));
}

#[test]
fn a_bluetooth_adapter_that_is_switched_off_is_told_with_the_switch() {
    let tree = Tree::new();
    tree.file("sys/class/bluetooth/hci0/rfkill0/soft", "1\n");
    tree.file("sys/class/bluetooth/hci0/rfkill0/hard", "0\n");
    tree.file("sys/class/bluetooth/hci0:64/type", "x");
    tree.file("sys/class/bluetooth/hci1/rfkill1/hard", "1\n");
    tree.file("sys/class/bluetooth/hci2/address", "00:11:22:33:44:55\n");
    let found = tree.on(Bus::Bluetooth);
    let fixes: Vec<_> = found.iter().map(|f| f.trouble.as_ref().map(|t| t.fix.as_str())).collect();
    let hard = "turn the wireless switch on";
    assert_eq!(fixes, [Some("sudo rfkill unblock bluetooth"), Some(hard), None]);
}
