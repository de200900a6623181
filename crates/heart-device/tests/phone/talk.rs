//! Phones that were let in: presses, texts, silence, return.

use std::time::Duration;

use heart_event::{Change, Keys, PhoneKey};
use tokio_tungstenite::tungstenite::Message;

use crate::{Hall, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_finger_on_the_page_is_a_press_in_the_record() {
    let hall = Hall::open("").await;
    let (page, cookie, _) = hall.admitted("").await;
    let mut phone = page.live(&cookie).await;
    phone.press("activate").await;
    phone.press("right").await;
    hall.wait_held(&["phone_0_right", "phone_0_activate"]).await;
    phone.release("activate").await;
    phone.release("right").await;
    hall.wait_held(&[]).await;
    phone.say(r#""do":"browse","step":3"#).await;
    phone.say(r#""do":"text","text":"Grüße ✨""#).await;
    phone.say(r#""do":"emoji","name":"star""#).await;
    until("both texts", || hall.heard.report(0).unwrap().texts.len() == 2).await;
    let report = hall.heard.report(0).unwrap();
    let texts: Vec<_> = report.texts.iter().map(|text| text.text.as_str()).collect();
    assert_eq!(texts, ["Grüße ✨", "\u{2b50}"]);
    assert_eq!(report.encoders[0].position, 4);
    let activate = report.button(Keys::PHONE_0_ACTIVATE).unwrap();
    assert_eq!((activate.presses, activate.pressed), (1, false));
    hall.close().await;
    assert_eq!(phone.hear_end().await, 1001, "the gateway says good-bye");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_that_falls_silent_lets_go_after_a_second_and_may_go_on() {
    let hall = Hall::open("").await;
    let (page, cookie, _) = hall.admitted("").await;
    let mut phone = page.live(&cookie).await;
    phone.press("left").await;
    hall.wait_held(&["phone_0_left"]).await;
    phone.fall_silent();
    hall.wait_held(&[]).await;
    let left = *hall.heard.report(0).unwrap().button(Keys::PHONE_0_LEFT).unwrap();
    assert_eq!((left.last, left.presses, left.shorts), (Change::Released, 1, 0));
    let pressed_at = hall.heard.all().into_iter().find_map(|(_, said)| match said {
        crate::heard::Said::Report { report, .. } => {
            report.button(Keys::PHONE_0_LEFT).filter(|b| b.pressed).map(|b| b.changed_at)
        }
        _ => None,
    });
    let held = left.changed_at.since(pressed_at.unwrap());
    println!("last word to release: {held:?}");
    assert!(held >= Duration::from_millis(900), "{held:?}: the silence was not waited for");
    // It is not believed at once: what waited in the air might come now.
    phone.press("right").await;
    phone.come_alive().await;
    phone.press("leave").await;
    hall.wait_held(&["phone_0_leave"]).await;
    assert_eq!(hall.heard.report(0).unwrap().button(Keys::PHONE_0_RIGHT).unwrap().presses, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_that_hangs_up_lets_go_and_returns_to_its_own_place() {
    let hall = Hall::open("").await;
    let (page, first, token) = hall.admitted("").await;
    let (_, second, _) = hall.admitted(&token).await;
    let mut phone = page.live(&second).await;
    phone.press("activate").await;
    hall.wait_held(&["phone_1_activate"]).await;
    drop(phone);
    hall.wait_held(&[]).await;
    assert_eq!(page.join("", Some(&second)).await.status, 204, "its cookie is enough");
    let mut back = page.live(&second).await;
    let mut other = page.live(&first).await;
    back.press("leave").await;
    other.press("leave").await;
    hall.wait_held(&["phone_1_leave", "phone_0_leave"]).await;
    // The same phone from another tab: the older one is told, and lets go.
    let mut newest = page.live(&second).await;
    hall.wait_held(&["phone_0_leave"]).await;
    back.press("leave").await;
    assert_eq!(back.hear_end().await, 4409);
    newest.press("leave").await;
    hall.wait_held(&["phone_1_leave", "phone_0_leave"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_phones_play_at_once_and_the_ninth_is_told_that_it_is_full() {
    let hall = Hall::open("token = 'run'").await;
    let mut phones = Vec::new();
    for _ in 0..8 {
        let (page, cookie, _) = hall.admitted("").await;
        phones.push(page.live(&cookie).await);
    }
    let (page, token) = hall.invitation("").await;
    assert_eq!(page.join(&token, None).await.status, 503);
    for phone in &mut phones {
        phone.press("right").await;
    }
    let turned = || {
        let report = hall.heard.report(0).unwrap_or_default();
        let turned =
            |n| report.encoders.iter().any(|e| e.code == PhoneKey::encoder(n) && e.position == 1);
        (0..8).all(turned)
    };
    until("eight turns", turned).await;
    let report = hall.heard.report(0).unwrap();
    assert_eq!((report.buttons.len(), report.encoders.len()), (32, 8));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_is_survived_and_what_no_page_says_ends_the_conversation() {
    let hall = Hall::open("").await;
    let (page, cookie, _) = hall.admitted("").await;
    let mut phone = page.live(&cookie).await;
    for garbage in ["", "{", "[]", r#"{"at":1}"#, r#"{"at":1,"do":"reboot"}"#, "ü\u{0}"] {
        phone.send(Message::text(garbage)).await;
    }
    phone.send(Message::binary(vec![0xff; 100])).await;
    phone.press("left").await;
    hall.wait_held(&["phone_0_left"]).await;
    phone.send(Message::text("x".repeat(5000))).await;
    phone.hear_end().await;
    hall.wait_held(&[]).await;

    let mut phone = page.live(&cookie).await;
    phone.press("left").await;
    hall.wait_held(&["phone_0_left"]).await;
    for _ in 0..200 {
        phone.press("right").await;
    }
    assert_eq!(phone.hear_end().await, 1008);
    hall.wait_held(&[]).await;
    // The allowance belongs to the phone, not to its connection: a new one does not fill it.
    let mut again = page.talk(&cookie).await;
    for _ in 0..200 {
        again.press("right").await;
    }
    assert_eq!(again.hear_end().await, 1008);
}
