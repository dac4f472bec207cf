//! As little of HTTP/1.1 as it takes to send a JSON body again and again over one connection: the load generator shares the
//! processors with what it measures, so it must cost little.

use std::io::{Error, ErrorKind, Result};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::keys;

/// A connection that is kept.
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

/// An answer.
pub struct Answer<'a> {
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: &'a [u8],
}

impl Answer<'_> {
    /// Whether it went well.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Status and the beginning of the body, to be read by a person.
    pub fn sample(&self) -> String {
        let text = String::from_utf8_lossy(self.body);
        format!("{} {}", self.status, text.chars().take(300).collect::<String>())
    }
}

/// A POST that is sent many times, each time under another key.
#[derive(Clone)]
pub struct Post {
    bytes: Vec<u8>,
    key_at: usize,
}

impl Post {
    /// A request with a JSON body.
    pub fn new(path: &str, token: Option<&str>, body: &Value) -> Self {
        let body = body.to_string();
        let bearer = token.map(|t| format!("Authorization: Bearer {t}\r\n")).unwrap_or_default();
        let mut head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\n{bearer}Content-Type: application/json\r\nContent-Length: {}\r\n\
             Idempotency-Key: ",
            body.len()
        );
        let key_at = head.len();
        head.push_str(&keys::key(0));
        head.push_str("\r\n\r\n");
        head.push_str(&body);
        Self { bytes: head.into_bytes(), key_at }
    }

    /// The request under the n-th key.
    pub fn keyed(&mut self, n: u64) -> &[u8] {
        let key = keys::key(n);
        let end = self.key_at.saturating_add(key.len());
        if let Some(place) = self.bytes.get_mut(self.key_at..end) {
            place.copy_from_slice(key.as_bytes());
        }
        &self.bytes
    }
}

/// A GET without credentials.
pub fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").into_bytes()
}

impl Connection {
    /// Connects to this machine.
    pub async fn open(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::with_capacity(16 * 1024) })
    }

    /// Sends a request and reads its whole answer.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.received.clear();
        self.stream.write_all(request).await?;
        let (status, body) = loop {
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            if let Some(whole) = whole(&self.received)? {
                break whole;
            }
        };
        Ok(Answer { status, body: self.received.get(body..).unwrap_or_default() })
    }
}

/// Status and where the body begins, once everything is there.
fn whole(bytes: &[u8]) -> Result<Option<(u16, usize)>> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let strange = || Error::new(ErrorKind::InvalidData, "an answer that this client does not read");
    let head = bytes.get(..end).and_then(|head| std::str::from_utf8(head).ok()).ok_or_else(strange)?;
    let status: u16 = head.get(9..12).and_then(|text| text.parse().ok()).ok_or_else(strange)?;
    let length = match length(head) {
        Some(length) => length,
        None if status == 204 => 0,
        None => return Err(strange()),
    };
    let body = end.saturating_add(4);
    Ok((bytes.len() >= body.saturating_add(length)).then_some((status, body)))
}

fn length(head: &str) -> Option<usize> {
    head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        if name.eq_ignore_ascii_case("content-length") { value.trim().parse().ok() } else { None }
    })
}
