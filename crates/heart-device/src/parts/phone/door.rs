//! The door: what is served to whom, and what every answer says about itself.
//!
//! | request | who | answer |
//! |---|---|---|
//! | `GET /`, `/phone.css`, `/phone.js`, `/icon.svg` | anybody | the page; nothing secret is in it |
//! | `POST /join`, the token in its body | a page of ours | 204 and a cookie; 401 stranger, 503 full |
//! | `GET /talk` | a page of ours with its cookie | the websocket, see [`super::talk`] |
//! | anything else | | 404 |
//!
//! *A page of ours*: `Origin` is this very address. `Host` must be an address, `localhost`, a
//! name under `.local`, or that of the configured `url`: a name from elsewhere that was made to
//! point here (DNS rebinding) gets nothing. The token is in the address behind `#`, which no
//! browser sends: only the page's own request carries it, in its body.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::crowd::{Admission, Secret};
use super::listener::Peer;
use super::room::Room;
use super::talk;
use super::word::WORD_BYTES;
use crate::telemetry::Garbage;

/// The body of `/join`: 32 hexadecimal digits.
const TOKEN_BYTES: usize = 64;
/// A cookie lives for a day; the gateway may forget it before.
const COOKIE_LIFE_S: u32 = 86_400;
/// A host's name has at most 253 characters; then come the port and brackets.
const HOST_BYTES: usize = 264;

const PAGE: &str = include_str!("page/phone.html");
const STYLE: &str = include_str!("page/phone.css");
const SCRIPT: &str = include_str!("page/phone.js");
const ICON: &str = include_str!("page/icon.svg");

/// What every answer says: only what comes from here is loaded, nothing is framed, guessed,
/// kept or passed on.
const ALWAYS: [(HeaderName, &str); 6] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

pub(super) fn router(room: Arc<Room>) -> Router {
    let page: Arc<str> = PAGE.replace("{{title}}", &escaped(room.title())).into();
    let html = move || async move { file("text/html; charset=utf-8", page.to_string()) };
    Router::new()
        .route("/", get(html))
        .route("/phone.css", get(|| async { file("text/css; charset=utf-8", STYLE) }))
        .route("/phone.js", get(|| async { file("text/javascript; charset=utf-8", SCRIPT) }))
        .route("/icon.svg", get(|| async { file("image/svg+xml", ICON) }))
        .route("/join", post(join).layer(DefaultBodyLimit::max(TOKEN_BYTES)))
        .route("/talk", get(talk_to))
        .layer(middleware::from_fn_with_state(Arc::clone(&room), guard))
        .with_state(room)
}

fn file(content_type: &'static str, text: impl Into<axum::body::Body>) -> Response {
    ([(header::CONTENT_TYPE, content_type)], text.into()).into_response()
}

/// Looks at the host of every request and adds to every answer what it must say.
async fn guard(State(room): State<Arc<Room>>, request: Request, next: Next) -> Response {
    let host = one(request.headers(), header::HOST).map(str::to_owned);
    let host = host.filter(|host| is_ours(host, room.url_host()));
    let mut response = match &host {
        Some(_) => next.run(request).await,
        None => refuse(&room, StatusCode::MISDIRECTED_REQUEST),
    };
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Some browsers do not take a websocket for `'self'`; so its address is spelled out.
    let host = host.unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
         connect-src 'self' ws://{host} wss://{host}; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    );
    // A host that was looked at has no character that a header may not have.
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

async fn join(State(room): State<Arc<Room>>, headers: HeaderMap, body: Bytes) -> Response {
    if !comes_from_our_page(&room, &headers) {
        return refuse(&room, StatusCode::FORBIDDEN);
    }
    let token = std::str::from_utf8(&body).ok().and_then(Secret::of_hex);
    let cookie = cookie(&room, &headers);
    let Ok((admission, fresh)) = room.admit(cookie.as_ref(), token.as_ref()) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    match admission {
        Admission::Back => StatusCode::NO_CONTENT.into_response(),
        Admission::New { .. } => {
            let (name, value) = (room.cookie_name(), fresh.hex());
            let rules = format!("Path=/; Max-Age={COOKIE_LIFE_S}; HttpOnly; SameSite=Strict");
            let cookie = format!("{name}={value}; {rules}");
            (StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response()
        }
        Admission::Full => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        // Without a token it is somebody who lost the way, not somebody who tries tokens.
        Admission::Stranger if body.is_empty() => StatusCode::UNAUTHORIZED.into_response(),
        Admission::Stranger => refuse(&room, StatusCode::UNAUTHORIZED),
    }
}

async fn talk_to(
    State(room): State<Arc<Room>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !comes_from_our_page(&room, &headers) {
        return refuse(&room, StatusCode::FORBIDDEN);
    }
    let known = cookie(&room, &headers).filter(|cookie| room.knows(cookie));
    let Some(cookie) = known else {
        return refuse(&room, StatusCode::UNAUTHORIZED);
    };
    let upgrade = upgrade.max_message_size(WORD_BYTES).max_frame_size(WORD_BYTES);
    peer.admit();
    upgrade.on_upgrade(move |socket| talk::talk(socket, room, cookie))
}

/// No, to somebody who should not have asked. Counted, and logged now and then.
fn refuse(room: &Room, status: StatusCode) -> Response {
    room.refused(Garbage::Stranger, status.canonical_reason().unwrap_or_default());
    status.into_response()
}

/// A header that is there once, as text.
fn one(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut all = headers.get_all(name).into_iter();
    let first = all.next()?.to_str().ok()?;
    all.next().is_none().then_some(first)
}

fn comes_from_our_page(room: &Room, headers: &HeaderMap) -> bool {
    let Some(origin) = one(headers, header::ORIGIN) else { return false };
    let host = one(headers, header::HOST).unwrap_or_default();
    origin.strip_prefix("http://") == Some(host) || Some(origin) == room.url()
}

/// The cookie of ours, if the request has one.
fn cookie(room: &Room, headers: &HeaderMap) -> Option<Secret> {
    let texts = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(name, _)| name.trim() == room.cookie_name())?;
    Secret::of_hex(value.trim())
}

/// Whether a request for `host` may be meant for us.
fn is_ours(host: &str, configured: Option<&str>) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    if host.len() > HOST_BYTES || !host.bytes().all(plain) {
        return false;
    }
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let name = name.to_ascii_lowercase();
    name.parse::<IpAddr>().is_ok()
        || name == "localhost"
        || name.ends_with(".local")
        || configured.is_some_and(|configured| configured.eq_ignore_ascii_case(host))
}

/// A text of the configuration, as HTML shows it.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(letter),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::phone::word::{EMOJI, TEXT_CHARS};

    #[test]
    fn only_addresses_and_local_names_are_ours() {
        for host in ["192.168.1.7:8470", "[fd00::7]:8470", "localhost:1", "Heart.local", "10.0.0.1"]
        {
            assert!(is_ours(host, None), "{host}");
        }
        for host in ["evil.example:8470", "local", "", "a b.local", "x;y.local", "[evil]:1"] {
            assert!(!is_ours(host, None), "{host}");
        }
        assert!(is_ours("heart.example", Some("heart.example")));
        assert!(!is_ours("other.example", Some("heart.example")));
    }

    #[test]
    fn a_title_is_text_whatever_it_looks_like() {
        assert_eq!(escaped("<b>\"R&D's\"</b>"), "&lt;b&gt;&quot;R&amp;D&#39;s&quot;&lt;/b&gt;");
    }

    #[test]
    fn the_page_has_nothing_inline_and_nothing_from_elsewhere() {
        for text in [PAGE, STYLE, SCRIPT] {
            for forbidden in ["https://", "<style", " style=", " onclick", "javascript:", "eval("] {
                assert!(!text.contains(forbidden), "{forbidden}");
            }
        }
        assert_eq!(
            PAGE.matches("<script").count(),
            PAGE.matches("<script src=\"/phone.js\"").count()
        );
        assert!(PAGE.contains("{{title}}"));
    }

    #[test]
    fn the_page_offers_what_the_gateway_takes() {
        for (name, said) in EMOJI {
            let button = format!("data-emoji=\"{name}\"");
            assert!(PAGE.contains(&button), "{button}");
            assert!(PAGE.contains(said), "{name}");
        }
        for key in heart_event::PhoneKey::ALL {
            assert!(PAGE.contains(&format!("data-key=\"{}\"", key.word())), "{key:?}");
        }
        assert!(SCRIPT.contains(&format!("TEXT_CHARS = {TEXT_CHARS};")));
        assert!(SCRIPT.contains(&format!("TEXT_BYTES = {};", heart_event::limits::TEXT_BYTES)));
    }
}
