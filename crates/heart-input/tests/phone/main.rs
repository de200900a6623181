//! The phones' page as people meet it: Chromium as a phone, the gateway's binary, Mosquitto.

#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "../program/broker.rs"]
#[expect(dead_code, reason = "this test does not ask what was retained")]
mod broker;
mod chromium;
#[path = "../program/lines.rs"]
mod lines;
#[path = "../program/process.rs"]
#[expect(dead_code, reason = "this test needs no pages of the gateway")]
mod process;

use std::path::PathBuf;
use std::time::Instant;

use broker::{Broker, Listener};
use chromium::{Chromium, Tab};
use heart_contract::decode_report;
use heart_event::{Button, Code, Keys, Name, PhoneKey};
use lines::until;
use process::{Gateway, binary};
use serde_json::json;

const PORTRAIT: (u32, u32) = (390, 844);
const LANDSCAPE: (u32, u32) = (844, 390);
const LIVE: &str = "document.body?.dataset.state === 'live'";

/// A gateway that serves the page, and who listens to it.
struct Garden {
    _broker: Broker,
    listener: Listener,
    _gateway: Gateway,
    invite_file: PathBuf,
    devices: String,
}

impl Garden {
    fn open(node: &str) -> Garden {
        let broker = Broker::start();
        let listener = broker.listen();
        let invite_file = std::env::temp_dir().join(format!("{node}-{}.url", std::process::id()));
        let devices = format!(
            r#"[{{name="phones",kind="phone",listen="127.0.0.1:0",title="Heart of the garden",invite_file="{}"}}]"#,
            invite_file.display()
        );
        let gateway = Gateway::start(node, &broker.brokers(), &devices, &[]);
        Garden { _broker: broker, listener, _gateway: gateway, invite_file, devices }
    }

    /// The address of the page with its present token, once that is not `old`.
    fn url(&self, old: &str) -> String {
        until("invitation", || {
            let url = std::fs::read_to_string(&self.invite_file).ok()?;
            let url = url.trim().to_owned();
            (url.contains("/#") && url != old).then_some(url)
        })
    }

    /// Waits for a report in which exactly these buttons are down.
    #[track_caller]
    fn wait_held(&mut self, node: &str, words: &[&str]) -> Vec<Button> {
        self.wait(node, |buttons, _| {
            let held = buttons.iter().filter(|button| button.pressed);
            held.map(|button| Keys::word(button.code).unwrap()).collect::<Vec<_>>() == words
        })
    }

    #[track_caller]
    fn wait(&mut self, node: &str, fits: impl Fn(&[Button], &[String]) -> bool) -> Vec<Button> {
        let (name, phones) = (Name::new(node).unwrap(), Name::new("phones").unwrap());
        let read = |payload: &[u8]| {
            let report = decode_report(&name, &phones, payload).unwrap();
            let buttons: Vec<Button> = report.buttons().collect();
            let texts = report.texts().map(|text| text.text.to_owned()).collect::<Vec<_>>();
            (buttons, texts)
        };
        let message = self.listener.wait(&format!("{node}/phones/report"), |message| {
            let (buttons, texts) = read(&message.payload);
            fits(&buttons, &texts)
        });
        read(&message.payload).0
    }
}

fn find(buttons: &[Button], code: Code) -> Button {
    *buttons.iter().find(|button| button.code == code).unwrap()
}

/// Nothing hangs over the edge, and every control is large enough for a thumb.
#[track_caller]
fn assert_fits(phone: &mut Chromium, tab: &Tab) {
    let fits = "document.documentElement.scrollWidth <= innerWidth \
        && document.documentElement.scrollHeight <= innerHeight \
        && [...document.querySelectorAll('button,input')].filter(e => e.offsetParent).every(e => \
           { const r = e.getBoundingClientRect(); return r.width >= 38 && r.height >= 40 \
             && r.left >= 0 && r.top >= 0 && r.right <= innerWidth && r.bottom <= innerHeight })";
    assert_eq!(phone.value(tab, fits), json!(true));
}

#[test]
fn fingers_on_the_page_are_presses_at_a_subscriber() {
    let node = "gw-phone-1";
    let (mut garden, mut phone) = (Garden::open(node), Chromium::start());
    let tab = phone.tab(PORTRAIT);
    let url = garden.url("");
    phone.open(&tab, &url);
    phone.wait(&tab, LIVE);
    assert_eq!(phone.value(&tab, "location.hash"), json!(""), "the token is not left behind");

    phone.touch(&tab, "touchStart", &["[data-key=activate]"]);
    garden.wait_held(node, &["phone_0_activate"]);
    // A second finger: the first stays down.
    phone.touch(&tab, "touchStart", &["[data-key=activate]", "[data-key=right]"]);
    garden.wait_held(node, &["phone_0_right", "phone_0_activate"]);
    let shots = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    phone.touch(&tab, "touchEnd", &["[data-key=activate]"]);
    garden.wait_held(node, &["phone_0_right"]);
    phone.touch(&tab, "touchEnd", &[]);
    let buttons = garden.wait_held(node, &[]);
    assert_eq!(find(&buttons, PhoneKey::Activate.code(0)).presses, 1);

    // The system takes the finger: no short press.
    phone.touch(&tab, "touchStart", &["[data-key=leave]"]);
    garden.wait_held(node, &["phone_0_leave"]);
    phone.touch(&tab, "touchCancel", &[]);
    let leave = find(&garden.wait_held(node, &[]), PhoneKey::Leave.code(0));
    assert_eq!((leave.presses, leave.shorts), (1, 0));

    phone.value(&tab, "document.querySelector('#text').focus()");
    phone.write(&tab, "Grüße vom Teich ✨");
    assert_eq!(phone.value(&tab, "document.querySelector('#left').textContent"), json!("263"));
    assert!(phone.picture(&tab, &shots.join("phone-portrait.png")) > 20_000);
    assert_fits(&mut phone, &tab);
    phone.tap(&tab, "#send");
    garden.wait(node, |_, texts| texts == ["Grüße vom Teich ✨"]);
    phone.tap(&tab, "[data-emoji=rainbow]");
    garden.wait(node, |_, texts| texts.last().is_some_and(|text| text == "🌈"));
    phone.turn(&tab, LANDSCAPE);
    phone.wait(&tab, "innerWidth > innerHeight");
    assert!(phone.picture(&tab, &shots.join("phone-landscape.png")) > 20_000);
    assert_fits(&mut phone, &tab);
    println!("pictures in {}", shots.display());

    // Its tab dies with a finger down; then the same phone comes back without any token.
    phone.touch(&tab, "touchStart", &["[data-key=left]"]);
    garden.wait_held(node, &["phone_0_left"]);
    let began = Instant::now();
    phone.close(&tab);
    garden.wait_held(node, &[]);
    println!("closed to released: {:?}", began.elapsed());
    let back = phone.tab(PORTRAIT);
    phone.open(&back, url.split('#').next().unwrap());
    phone.wait(&back, LIVE);
    phone.touch(&back, "touchStart", &["[data-key=right]"]);
    garden.wait_held(node, &["phone_0_right"]);
    assert_eq!(phone.complaints, Vec::<String>::new());
}

#[test]
fn a_spent_code_is_explained_and_a_new_one_lets_the_same_page_in() {
    let node = "gw-phone-2";
    let (garden, mut phone) = (Garden::open(node), Chromium::start());
    let first = garden.url("");
    let (page, _) = first.split_once('#').unwrap();
    let tab = phone.tab(PORTRAIT);
    phone.open(&tab, &format!("{page}#{}", "0".repeat(32)));
    let veiled = "document.querySelector('#veil')?.hidden === false";
    phone.wait(&tab, veiled);
    let why = phone.value(&tab, "document.querySelector('#why').textContent");
    assert_eq!(why, json!("Scan the code again"));
    phone.open(&tab, &first);
    phone.wait(&tab, LIVE);
    assert_eq!(phone.value(&tab, veiled), json!(false));
}

#[test]
fn the_command_line_draws_the_code_of_the_gateway_that_runs() {
    let garden = Garden::open("gw-phone-3");
    let url = garden.url("");
    let variables = [
        ("HEART_INPUT__SITE", "lab"),
        ("HEART_INPUT__NODE", "gw-phone-3"),
        ("HEART_INPUT__DEVICE", garden.devices.as_str()),
    ];
    let output = binary(&variables).arg("phone").output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        (output.status.code(), told.lines().next().unwrap()),
        (Some(0), &*format!("phones: {url}"))
    );
    assert!(told.lines().nth(1).is_some_and(|line| line.starts_with("███")), "{told}");
    // Whoever stops it takes the code away.
    let Garden { _gateway: mut gateway, invite_file, devices, .. } = garden;
    gateway.signal("TERM");
    assert_eq!(gateway.end().0.code(), Some(0));
    assert!(!invite_file.exists());
    let variables = [
        ("HEART_INPUT__SITE", "lab"),
        ("HEART_INPUT__NODE", "gw-phone-3"),
        ("HEART_INPUT__DEVICE", devices.as_str()),
    ];
    let output = binary(&variables).arg("phone").output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(69), "{told}");
    assert!(told.contains("no invitation is kept"), "{told}");
}
