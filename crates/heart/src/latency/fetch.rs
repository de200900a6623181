//! One GET of a page of a renderer: plain HTTP/1.1, bounded in time and bytes.

use std::fmt;
use std::time::Duration;

use thiserror::Error;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Where a renderer's pages are: `http://HOST[:PORT]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    host: String,
    port: u16,
}

/// Why a page did not come.
#[derive(Debug, Error)]
pub enum FetchError {
    /// No connection, or it ended too early.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// It takes too long.
    #[error("no answer within {} s", WITHIN.as_secs())]
    Late,
    /// Longer than any page of ours.
    #[error("the answer is longer than {BYTES_MAX} bytes")]
    TooLong,
    /// No HTTP.
    #[error("the answer is no HTTP")]
    NotHttp,
    /// Another status than 200.
    #[error("the answer is {0}")]
    Status(u16),
}

/// For all of it.
const WITHIN: Duration = Duration::from_secs(5);
/// Eleven hops of 700 buckets are 150 KB at most.
const BYTES_MAX: u64 = 1 << 20;
/// The port of the renderer's pages, unless configured.
const PORT: u16 = 9462;

impl Address {
    /// Reads `http://HOST[:PORT]`, with or without a slash behind it; IPv6 in brackets.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub fn parse(text: &str) -> Result<Address, String> {
        if text.starts_with("https://") {
            return Err("pages speak plain HTTP; behind a proxy use an SSH tunnel".to_owned());
        }
        let rest = text.strip_prefix("http://").ok_or("write http://HOST[:PORT]")?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => {
                (host, port.parse().map_err(|_| format!("{port:?} is no port"))?)
            }
            _ => (rest, PORT),
        };
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let host = bare.unwrap_or(host);
        if host.is_empty() || host.contains(['/', '?', '#', '@', '[', ']']) {
            return Err(format!("{host:?} is no host; write http://HOST[:PORT]"));
        }
        Ok(Address { host: host.to_owned(), port })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Address { host, port } = self;
        if host.contains(':') {
            write!(f, "http://[{host}]:{port}")
        } else {
            write!(f, "http://{host}:{port}")
        }
    }
}

/// The body of a page.
///
/// # Errors
/// [`FetchError`].
pub(super) async fn get(address: &Address, path: &str) -> Result<String, FetchError> {
    let answer = tokio::time::timeout(WITHIN, ask(address, path)).await;
    body(answer.map_err(|_| FetchError::Late)??)
}

async fn ask(address: &Address, path: &str) -> Result<Vec<u8>, FetchError> {
    let mut stream = TcpStream::connect((address.host.as_str(), address.port)).await?;
    let (host, port) = (&address.host, address.port);
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAccept: application/json\r\n\
         Connection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(BYTES_MAX + 1).read_to_end(&mut answer).await?;
    if answer.len() as u64 > BYTES_MAX { Err(FetchError::TooLong) } else { Ok(answer) }
}

fn body(answer: Vec<u8>) -> Result<String, FetchError> {
    let answer = String::from_utf8(answer).map_err(|_| FetchError::NotHttp)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(FetchError::NotHttp)?;
    let mut words = head.split(' ');
    if !words.next().is_some_and(|word| word.starts_with("HTTP/1.")) {
        return Err(FetchError::NotHttp);
    }
    match words.next().and_then(|code| code.parse().ok()) {
        Some(200) => Ok(body.to_owned()),
        Some(code) => Err(FetchError::Status(code)),
        None => Err(FetchError::NotHttp),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_what_is_none_is_told() {
        for (text, url) in [
            ("http://127.0.0.1:9462", "http://127.0.0.1:9462"),
            ("http://wall-1/", "http://wall-1:9462"),
            ("http://[::1]:80", "http://[::1]:80"),
            ("http://[::1]", "http://[::1]:9462"),
        ] {
            assert_eq!(Address::parse(text).unwrap().to_string(), url);
        }
        for wrong in ["127.0.0.1:9462", "https://h", "http://", "http://h:x", "http://h/status"] {
            assert!(Address::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_body_is_taken_from_a_good_answer_only() {
        let body = |text: &str| body(text.as_bytes().to_vec());
        assert_eq!(body("HTTP/1.1 200 OK\r\nx: y\r\n\r\n{}").unwrap(), "{}");
        let status = body("HTTP/1.1 404 Not Found\r\n\r\n");
        assert!(matches!(status, Err(FetchError::Status(404))));
        for wrong in ["", "SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n"] {
            assert!(matches!(body(wrong), Err(FetchError::NotHttp)), "{wrong:?}");
        }
    }
}
