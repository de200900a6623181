//! Who is not let in, and what everybody is told.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::Hall;
use crate::heard::WIDE;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_lets_one_phone_in_and_then_there_is_another_one() {
    let hall = Hall::open("").await;
    let (page, token) = hall.invitation("").await;
    assert_eq!(token.len(), 32, "128 bits");
    for wrong in ["", "0", &"0".repeat(32), &token[1..], &"x".repeat(64)] {
        assert_eq!(page.join(wrong, None).await.status, 401, "{wrong}");
    }
    assert_eq!(page.join(&"x".repeat(65), None).await.status, 413);
    let answer = page.join(&token, None).await;
    assert_eq!(answer.status, 204);
    let rules = answer.header("set-cookie").unwrap();
    for rule in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(rules.contains(rule), "{rules}");
    }
    assert_eq!(page.join(&token, None).await.status, 401, "it is spent");
    let (_, next) = hall.invitation(&token).await;
    assert_ne!(next, token);
    assert_eq!(page.join(&next, None).await.status, 204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_others_get_nothing_even_with_a_cookie() {
    let hall = Hall::open("").await;
    let (page, cookie, token) = hall.admitted("").await;
    let (_, token) = hall.invitation(&token).await;
    let ours = format!("http://{}", page.host);
    for origin in ["http://evil.example", "null", "https://127.0.0.1", &format!("{ours}.evil")] {
        let joined = page.join_from(origin, &page.host, &token, None).await;
        assert_eq!(joined.status, 403, "{origin}");
        assert_eq!(page.open(origin, Some(&cookie)).await.err(), Some(403), "{origin}");
    }
    // A name that was made to point here: its pages are of one origin with us, and get nothing.
    let rebound = page.join_from("http://evil.example", "evil.example", &token, None).await;
    assert_eq!(rebound.status, 421);
    assert_eq!(page.open(&ours, None).await.err(), Some(401));
    let forged = cookie.replace(|c: char| c.is_ascii_digit(), "a");
    assert_eq!(page.open(&ours, Some(&forged)).await.err(), Some(401));
    assert!(page.open(&ours, Some(&cookie)).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_keeps_to_itself_and_there_is_nothing_else() {
    let hall = Hall::open("title = 'R&D <b>'").await;
    let (page, _) = hall.invitation("").await;
    for path in ["/", "/phone.css", "/phone.js", "/icon.svg", "/nothing", "/../etc/passwd", "/talk"]
    {
        let answer = page.get(path).await;
        let is_there = matches!(path, "/" | "/phone.css" | "/phone.js" | "/icon.svg");
        assert_eq!(answer.status == 200, is_there, "{path}: {}", answer.status);
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; "), "{policy}");
        assert!(!policy.contains("unsafe"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
    }
    let html = page.get("/").await.body;
    assert!(html.contains("<title>R&amp;D &lt;b&gt;</title>"), "{html}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_request_is_given_up_and_the_page_stays() {
    let hall = Hall::open("").await;
    let (page, _) = hall.invitation("").await;
    let long = format!("GET / HTTP/1.1\r\nHost: x\r\nA: {}", "b".repeat(200_000));
    for garbage in [b"\x16\x03\x01\x02\x00garbage\r\n\r\n".as_slice(), b"\r\n\r\n", long.as_bytes()]
    {
        let mut stream = TcpStream::connect(&page.host).await.unwrap();
        // It may be closed before all was sent, and with a reset.
        let _ = stream.write_all(garbage).await;
        let mut answer = Vec::new();
        let _ = timeout(WIDE, stream.read_to_end(&mut answer)).await.expect("it is closed");
        assert!(!answer.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&answer));
    }
    assert_eq!(page.get("/").await.status, 200);
}
