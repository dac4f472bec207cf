//! What only a socket shows. No test waits: each reads until the server ends the connection.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use super::*;
use crate::http::serve;

/// Longer than any test waits: what ends a connection here is never that it is idle.
pub(super) const LONG: Duration = Duration::from_secs(3600);

fn start(limits: Limits) -> (World, SocketAddr, actix_web::dev::ServerHandle) {
    start_on(TcpListener::bind("127.0.0.1:0").unwrap(), limits)
}

pub(super) fn start_on(listener: TcpListener, limits: Limits) -> (World, SocketAddr, actix_web::dev::ServerHandle) {
    let world = world_with(Limits { workers: 1, ..limits });
    let address = listener.local_addr().unwrap();
    let server = serve(&world.door, routes, listener, std::future::pending()).unwrap();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    (world, address, handle)
}

/// Sends, then reads until the other side ends the connection.
async fn talk(address: SocketAddr, words: String) -> String {
    let whole = move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(words.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("the server ends the connection");
        String::from_utf8_lossy(&answer).into_owned()
    };
    actix_web::rt::task::spawn_blocking(whole).await.unwrap()
}

const GET: &str = "GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n";
const LAST: &str = "GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
const POST: &str = "POST /api/v1/notes HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";

#[actix_web::test]
async fn a_body_that_does_not_arrive_is_408_and_the_end_of_the_connection() {
    let limits = Limits { body_deadline: Duration::from_millis(100), ..Limits::default() };
    let (_world, address, handle) = start(limits);
    let words = format!("{POST}authorization: Bearer own:case:note\r\ncontent-length: 100\r\n\r\n{{\"text\":");
    let answer = talk(address, words).await;
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("\"code\":\"body_timeout\""), "{answer}");
    handle.stop(false).await;
}

#[actix_web::test]
async fn a_refused_caller_is_not_listened_to() {
    let (_world, address, handle) = start(Limits::default());
    for body in ["content-length: 100000\r\n\r\n{", "transfer-encoding: chunked\r\n\r\n5\r\n{\"tex\r\n"] {
        let answer = talk(address, format!("{POST}{body}")).await;
        assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    }
    handle.stop(false).await;
}

#[actix_web::test]
async fn a_head_that_does_not_arrive_ends_the_connection() {
    let limits = Limits { head_deadline: Duration::from_millis(200), ..Limits::default() };
    let (_world, address, handle) = start(limits);
    let answer = talk(address, "GET /health/live HTTP/1.1\r\nhost:".to_owned()).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    handle.stop(false).await;
}

/// What the server library answers itself: none of it is a problem, and none of it wears our headers.
#[actix_web::test]
async fn what_is_no_request_gets_a_status_without_a_body_and_the_end_of_the_connection() {
    let limits = Limits { head_deadline: Duration::from_secs(3), keep_alive: LONG, ..Limits::default() };
    let (_world, address, handle) = start(limits);
    let head = |headers: String| format!("GET /health/live HTTP/1.1\r\nhost: x\r\n{headers}\r\n");
    let many: String = (0..100).map(|n| format!("x-{n}: 1\r\n")).collect();
    for (status, words) in [
        (400, "no request at all\r\n\r\n".to_owned()),
        (400, head("content-length: 1\r\ntransfer-encoding: chunked\r\n".to_owned())),
        (408, "GET /health/live HTTP/1.1\r\nhost:".to_owned()),
        (431, head(many)),
    ] {
        let answer = talk(address, words).await;
        let (head, body) = answer.split_once("\r\n\r\n").expect(&answer);
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")) && body.is_empty(), "{status}: {answer}");
        assert!(!head.contains("content-type") && !head.contains("x-request-id"), "{answer}");
    }
    handle.stop(false).await;
}

#[actix_web::test]
async fn a_head_of_more_than_16_kib_is_431_and_the_end_of_the_connection() {
    let (_world, address, handle) = start(Limits { keep_alive: LONG, ..Limits::default() });
    let head =
        |length: usize| format!("GET /health/live HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n", "x".repeat(length));
    let answer = talk(address, head(16 * 1024)).await;
    assert!(answer.starts_with("HTTP/1.1 431 ") && answer.contains("\"code\":\"head_too_large\""), "{answer}");
    assert!(answer.contains("application/problem+json") && answer.contains("at most 16 KiB"), "{answer}");
    let path = format!("GET /{}?q={} HTTP/1.1\r\nhost: x\r\n\r\n", "p".repeat(9_000), "q".repeat(9_000));
    let answer = talk(address, path).await;
    assert!(answer.starts_with("HTTP/1.1 431 ") && !answer.contains(&"p".repeat(2001)), "{answer}");
    let small = head(15 * 1024).replace("host: x", "host: x\r\nconnection: close");
    assert!(talk(address, small).await.starts_with("HTTP/1.1 200 "));
    handle.stop(false).await;
}

#[actix_web::test]
async fn one_address_cannot_take_all_connections() {
    let limits =
        Limits { connections_per_address: Some(2), keep_alive: LONG, head_deadline: LONG, ..Limits::default() };
    let (world, address, handle) = start(limits);
    let held: Vec<_> = (0..2).map(|_| TcpStream::connect(address).unwrap()).collect();
    // Whoever is over the limit is told so and not listened to again, although they would stay.
    let answer = talk(address, GET.to_owned()).await;
    assert!(answer.starts_with("HTTP/1.1 429 ") && answer.contains("retry-after: 1"), "{answer}");
    assert!(answer.contains("\"code\":\"too_many_connections\""), "{answer}");
    while world.door.0.connections.count() > 2 {
        actix_web::rt::task::yield_now().await;
    }
    // Whoever has twice as many is not even asked what they want.
    let more: Vec<_> = (0..2).map(|_| TcpStream::connect(address).unwrap()).collect();
    assert_eq!(talk(address, String::new()).await, "");
    drop((held, more));
    while world.door.0.connections.count() > 0 {
        actix_web::rt::task::yield_now().await;
    }
    assert!(talk(address, LAST.to_owned()).await.starts_with("HTTP/1.1 200 "));
    handle.stop(false).await;
}

#[actix_web::test]
async fn behind_a_trusted_proxy_nobody_is_refused_for_the_number_of_its_connections() {
    let trusted_proxies = crate::config::Proxies::parse("127.0.0.0/8").unwrap();
    let limits = Limits { connections_per_address: Some(1), trusted_proxies, ..Limits::default() };
    let (_world, address, handle) = start(limits);
    let held: Vec<_> = (0..5).map(|_| TcpStream::connect(address).unwrap()).collect();
    assert!(talk(address, LAST.to_owned()).await.starts_with("HTTP/1.1 200 "));
    drop(held);
    handle.stop(false).await;
}

#[actix_web::test]
async fn a_panic_does_not_end_the_service() {
    let (_world, address, handle) = start(Limits::default());
    let id = CaseId::new();
    let delete = format!(
        "DELETE /api/v1/notes/{id} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer own:case:note\r\nconnection: close\r\n\r\n"
    );
    for _ in 0..2 {
        let answer = talk(address, delete.clone()).await;
        assert!(answer.starts_with("HTTP/1.1 500 ") && answer.contains("application/problem+json"), "{answer}");
        assert!(answer.contains("x-content-type-options: nosniff"), "{answer}");
    }
    handle.stop(false).await;
}

#[actix_web::test]
async fn a_head_has_no_body_on_the_wire() {
    let (_world, address, handle) = start(Limits::default());
    let head = "HEAD /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let answer = talk(address, head.to_owned()).await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("\r\n\r\n"), "{answer}");
    assert!(answer.contains("content-length: 17"), "{answer}");
    handle.stop(false).await;
}
