//! Status: birth and last will of a gateway, as JSON that people and Home Assistant read too.

use heart_event::SessionId;
use serde::Deserialize;
use serde_json::Value;

use crate::MAJOR;
use crate::catalogue::cut;
use crate::limits;
use crate::reject::RejectReason;

/// Birth or death of a gateway (design §4 rule 13). Retained; the last will is the same with
/// [`StatusState::Offline`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Born or dead.
    pub state: StatusState,
    /// The run it speaks of.
    pub session: SessionId,
    /// Connects to the broker within this session, from 1.
    pub connection: u32,
    /// Version of the program, for people; at most 64 bytes are sent.
    pub version: String,
    /// Version of the schema, `MAJOR.MINOR` ([`crate::SCHEMA`]).
    pub schema: String,
}

/// Whether a gateway is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatusState {
    /// Birth.
    Online,
    /// Death: meant, or said by the broker.
    Offline,
}

/// The JSON's shape. Fields of later minors are ignored.
#[derive(Deserialize)]
struct Document {
    state: String,
    session: String,
    connection: u32,
    #[serde(default)]
    version: String,
    schema: String,
}

impl Status {
    const WORD_BYTES: usize = 64;

    /// The payload, at most [`limits::STATUS_BYTES`] long.
    #[must_use]
    pub fn to_json(&self) -> String {
        let state = match self.state {
            StatusState::Online => "online",
            StatusState::Offline => "offline",
        };
        // Values quote themselves; the order of the fields is for the people who read it.
        format!(
            r#"{{"state":"{state}","session":"{}","connection":{},"version":{},"schema":{}}}"#,
            self.session,
            self.connection,
            Value::from(cut(&self.version, Self::WORD_BYTES)),
            Value::from(cut(&self.schema, Self::WORD_BYTES)),
        )
    }

    /// Reads a payload. Unknown fields are ignored.
    ///
    /// # Errors
    /// By name: empty, too large, truncated, malformed, newer major, out of range (a state or a
    /// session that is none).
    pub fn from_json(payload: &[u8]) -> Result<Status, RejectReason> {
        if payload.is_empty() {
            return Err(RejectReason::Empty);
        }
        if payload.len() > limits::STATUS_BYTES {
            return Err(RejectReason::TooLarge);
        }
        let document: Document = serde_json::from_slice(payload).map_err(|error| {
            if error.is_eof() { RejectReason::Truncated } else { RejectReason::Malformed }
        })?;
        check_major(&document.schema)?;
        let state = match document.state.as_str() {
            "online" => StatusState::Online,
            "offline" => StatusState::Offline,
            _ => return Err(RejectReason::OutOfRange),
        };
        Ok(Status {
            state,
            session: SessionId::from_hex(&document.session).ok_or(RejectReason::OutOfRange)?,
            connection: document.connection,
            version: document.version,
            schema: document.schema,
        })
    }
}

fn check_major(schema: &str) -> Result<(), RejectReason> {
    let (major, minor) = schema.split_once('.').ok_or(RejectReason::OutOfRange)?;
    let number = |text: &str| text.parse::<u8>().map_err(|_| RejectReason::OutOfRange);
    number(minor)?;
    match number(major)? {
        major if major > MAJOR => Err(RejectReason::NewerMajor),
        major if major < MAJOR => Err(RejectReason::OutOfRange),
        _ => Ok(()),
    }
}
