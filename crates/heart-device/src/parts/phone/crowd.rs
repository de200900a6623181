//! Who may come in, and where each one stands: the token, the cookies, the places.
//!
//! A token admits a phone once; it then has a cookie, and with it its place, for as long as the
//! gateway runs. A phone that has been away for a minute may lose its place to a newcomer, who
//! is told that all is full before that. Pure: time and randomness are arguments. Nothing is
//! compared in a time that tells how much of it was right.

use std::time::Duration;

use heart_event::{PHONES, Time};
use subtle::ConstantTimeEq;

use super::hand::{Hand, Heard};
use crate::record::Record;

/// After this long away a place may be given to somebody else.
const AWAY: Duration = Duration::from_secs(60);

/// 128 random bits: a token or a cookie.
#[derive(Clone, Copy)]
pub(super) struct Secret([u8; 16]);

impl Secret {
    pub(super) fn new(random: [u8; 16]) -> Self {
        Secret(random)
    }

    /// Reads 32 hexadecimal digits.
    pub(super) fn of_hex(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        let plain = digits.len() == 32 && digits.iter().all(u8::is_ascii_hexdigit);
        plain.then(|| u128::from_str_radix(text, 16).ok().map(|bits| Secret(bits.to_be_bytes())))?
    }

    pub(super) fn hex(&self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.0))
    }

    fn is(&self, other: &Secret) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// Everybody who may press something.
pub(super) struct Crowd {
    token: Secret,
    /// Whether each token admits one phone only.
    once: bool,
    places: [Option<Guest>; PHONES],
    connections: u64,
}

/// One phone that was admitted.
struct Guest {
    cookie: Secret,
    hand: Hand,
    /// Number of the connection that speaks for it; `None` while it is away.
    connection: Option<u64>,
    /// When it was last heard or admitted.
    heard: Time,
}

/// What a phone at the door is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// Its cookie is one of ours.
    Back,
    /// The token was right: its cookie is the fresh secret.
    New { phone: u8 },
    /// The token was right, but every place is taken; the token is not spent.
    Full,
    /// Neither token nor cookie is right.
    Stranger,
}

impl Crowd {
    pub(super) fn new(token: Secret, once: bool) -> Self {
        Crowd { token, once, places: Default::default(), connections: 0 }
    }

    /// The token that admits the next phone.
    pub(super) fn token(&self) -> Secret {
        self.token
    }

    /// A phone is at the door. `fresh` becomes its cookie if it comes in by the token, and
    /// `next` then the new token.
    pub(super) fn admit(
        &mut self,
        cookie: Option<&Secret>,
        token: Option<&Secret>,
        (fresh, next): (Secret, Secret),
        now: Time,
    ) -> Admission {
        if cookie.and_then(|cookie| self.place(cookie)).is_some() {
            return Admission::Back;
        }
        if !token.is_some_and(|token| self.token.is(token)) {
            return Admission::Stranger;
        }
        let Some(place) = self.free(now) else { return Admission::Full };
        let phone = place as u8;
        let hand = Hand::new(phone);
        self.places[place] = Some(Guest { cookie: fresh, hand, connection: None, heard: now });
        if self.once {
            self.token = next;
        }
        Admission::New { phone }
    }

    /// Whether a phone with this cookie has a place.
    pub(super) fn knows(&self, cookie: &Secret) -> bool {
        self.place(cookie).is_some()
    }

    /// A connection with `cookie` begins to speak: its place and its number. Whatever another
    /// connection of this phone still held is let go; that one is not heard any more.
    pub(super) fn connect(
        &mut self,
        cookie: &Secret,
        now: Time,
        record: &mut Record,
    ) -> Option<(u8, u64)> {
        let place = self.place(cookie)?;
        let guest = self.places[place].as_mut()?;
        self.connections += 1;
        guest.hand.let_go(now, record);
        guest.hand.list(record);
        guest.connection = Some(self.connections);
        guest.heard = now;
        Some((place as u8, self.connections))
    }

    /// Phone `phone` says something on `connection`; `None` if another one speaks for it now.
    pub(super) fn hear(
        &mut self,
        (phone, connection): (u8, u64),
        message: &str,
        now: Time,
        record: &mut Record,
    ) -> Option<Heard> {
        let guest = self.guest(phone, connection)?;
        guest.heard = now;
        Some(guest.hand.hear(message, now, record))
    }

    /// The phone fell silent: what it held is let go. It keeps its connection.
    pub(super) fn fall_silent(
        &mut self,
        (phone, connection): (u8, u64),
        now: Time,
        r: &mut Record,
    ) {
        if let Some(guest) = self.guest(phone, connection) {
            guest.hand.let_go(now, r);
        }
    }

    /// The connection is over; the phone keeps its place until somebody needs it.
    pub(super) fn hang_up(&mut self, (phone, connection): (u8, u64), now: Time, r: &mut Record) {
        if let Some(guest) = self.guest(phone, connection) {
            guest.hand.let_go(now, r);
            guest.connection = None;
            guest.heard = now;
        }
    }

    fn guest(&mut self, phone: u8, connection: u64) -> Option<&mut Guest> {
        let guest = self.places.get_mut(usize::from(phone))?.as_mut()?;
        (guest.connection == Some(connection)).then_some(guest)
    }

    /// Looks at every place, whatever it finds.
    fn place(&self, cookie: &Secret) -> Option<usize> {
        let guests = self.places.iter().enumerate();
        let known = guests.filter_map(|(n, guest)| guest.as_ref().map(|guest| (n, guest)));
        known.fold(None, |found, (n, guest)| if guest.cookie.is(cookie) { Some(n) } else { found })
    }

    /// A place that nobody has, or the one whose phone has been away longest, if long enough.
    fn free(&self, now: Time) -> Option<usize> {
        if let Some(empty) = self.places.iter().position(Option::is_none) {
            return Some(empty);
        }
        let guests = self.places.iter().enumerate().filter_map(|(n, g)| Some((n, g.as_ref()?)));
        let away = guests
            .filter(|(_, guest)| guest.connection.is_none() && now.since(guest.heard) >= AWAY);
        away.min_by_key(|(_, guest)| guest.heard).map(|(n, _)| n)
    }
}

#[cfg(test)]
mod tests {
    use heart_event::Keys;

    use super::*;

    fn secret(n: u8) -> Secret {
        Secret::new([n; 16])
    }

    fn ms(millis: u64) -> Time {
        Time::from_millis(millis)
    }

    /// Phones 0 to `count`: each used the current token; the cookie of phone n is `secret(n)`.
    fn crowd(count: u8) -> Crowd {
        let mut crowd = Crowd::new(secret(100), true);
        for n in 0..count {
            let admission = admit(&mut crowd, None, Some(100 + n), n, 0);
            assert_eq!(admission, Admission::New { phone: n });
        }
        crowd
    }

    /// At the door with these; `n` is its cookie if it comes in, `101 + n` then the next token.
    fn admit(c: &mut Crowd, cookie: Option<u8>, token: Option<u8>, n: u8, at: u64) -> Admission {
        let [cookie, token] = [cookie, token].map(|n| n.map(secret));
        c.admit(cookie.as_ref(), token.as_ref(), (secret(n), secret(101 + n)), ms(at))
    }

    #[test]
    fn a_token_admits_once_and_a_cookie_for_ever() {
        let mut crowd = crowd(1);
        assert_eq!(admit(&mut crowd, None, Some(100), 9, 0), Admission::Stranger);
        assert_eq!(admit(&mut crowd, None, None, 9, 0), Admission::Stranger);
        assert_eq!(admit(&mut crowd, Some(7), None, 9, 0), Admission::Stranger);
        assert_eq!(admit(&mut crowd, Some(0), None, 9, 0), Admission::Back);
        let token = crowd.token().hex();
        assert_eq!(admit(&mut crowd, Some(0), Some(101), 9, 0), Admission::Back);
        assert_eq!(crowd.token().hex(), token, "whoever is in spends no token");
        assert_eq!(admit(&mut crowd, Some(7), Some(101), 9, 0), Admission::New { phone: 1 });
    }

    #[test]
    fn where_the_token_is_for_all_it_stays() {
        let mut crowd = Crowd::new(secret(100), false);
        assert_eq!(admit(&mut crowd, None, Some(100), 0, 0), Admission::New { phone: 0 });
        assert_eq!(admit(&mut crowd, None, Some(100), 1, 0), Admission::New { phone: 1 });
    }

    #[test]
    fn the_ninth_is_told_that_it_is_full_and_spends_no_token() {
        let (mut crowd, mut record) = (crowd(8), Record::default());
        assert_eq!(admit(&mut crowd, None, Some(108), 8, 59_999), Admission::Full);
        let there = crowd.connect(&secret(0), ms(50_000), &mut record).unwrap();
        // Phone 0 is there; the others have been away for a minute since they were admitted.
        assert_eq!(admit(&mut crowd, None, Some(108), 8, 60_000), Admission::New { phone: 1 });
        assert!(crowd.connect(&secret(1), ms(60_000), &mut record).is_none(), "it lost its place");
        crowd.hang_up(there, ms(60_001), &mut record);
        assert_eq!(admit(&mut crowd, Some(0), None, 9, 60_002), Admission::Back);
    }

    #[test]
    fn the_newest_connection_of_a_phone_speaks_and_the_other_let_go() {
        let (mut crowd, mut record) = (crowd(1), Record::default());
        let first = crowd.connect(&secret(0), ms(1), &mut record).unwrap();
        for (now, word) in [
            (1000, r#""do":"beat""#),
            (1300, r#""do":"beat""#),
            (1400, r#""do":"press","key":"leave""#),
        ] {
            let message = format!(r#"{{"at":{now},{word}}}"#);
            assert!(crowd.hear(first, &message, ms(now), &mut record).is_some());
        }
        let held = |record: &Record| {
            let mut buttons = record.report().buttons.iter();
            buttons.any(|button| button.code == Keys::PHONE_0_LEAVE && button.pressed)
        };
        assert!(held(&record));
        let second = crowd.connect(&secret(0), ms(1500), &mut record).unwrap();
        assert!(!held(&record));
        assert_eq!(second.0, first.0, "the same place");
        assert_eq!(crowd.hear(first, r#"{"at":1,"do":"beat"}"#, ms(1501), &mut record), None);
        crowd.hang_up(first, ms(1502), &mut record);
        assert!(crowd.hear(second, r#"{"at":1,"do":"beat"}"#, ms(1503), &mut record).is_some());
    }

    #[test]
    fn a_secret_is_32_hexadecimal_digits_and_nothing_else() {
        let hex = "00ff00ff00ff00ff00ff00ff00ff00ff";
        assert_eq!(Secret::of_hex(hex).unwrap().hex(), hex);
        for wrong in
            ["", "00ff", "+0ff00ff00ff00ff00ff00ff00ff00ff", &"0".repeat(33), &"ü".repeat(16)]
        {
            assert!(Secret::of_hex(wrong).is_none(), "{wrong}");
        }
    }
}
