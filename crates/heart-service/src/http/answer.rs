//! Answers, and what each of them says about itself.

use axum::http::StatusCode;
use axum::http::header::{self, HeaderName};
use axum::response::{IntoResponse, Response};

/// What every answer says: it is not kept, guessed at or framed, tells nobody where it stood, and
/// a page loads nothing from elsewhere.
const ALWAYS: [(HeaderName, &str); 5] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
         img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
    ),
];

pub(super) fn text(status: StatusCode, text: impl Into<String>) -> Response {
    fresh(status, "text/plain; charset=utf-8", text.into().into_bytes())
}

pub(super) fn json_page(status: StatusCode, value: &serde_json::Value) -> Response {
    let mut body = value.to_string().into_bytes();
    body.push(b'\n');
    fresh(status, "application/json", body)
}

pub(super) fn fresh(status: StatusCode, content_type: &'static str, body: Vec<u8>) -> Response {
    (status, ALWAYS, [(header::CONTENT_TYPE, content_type)], body).into_response()
}
