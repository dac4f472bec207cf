//! Callers who take their answers slowly, or not at all.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use actix_web::rt::net::{TcpSocket, TcpStream};
use actix_web::rt::time::{sleep, timeout};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::wire::{LONG, start_on};
use super::*;

/// So little is kept on the way that most of an answer waits in the service until the caller reads.
const BUFFER: u32 = 4096;

fn listener() -> TcpListener {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_send_buffer_size(BUFFER).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    socket.listen(16).unwrap().into_std().unwrap()
}

/// Asks for the document, and reads the first byte of the answer.
async fn ask(address: std::net::SocketAddr, headers: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(BUFFER).unwrap();
    let mut stream = socket.connect(address).await.unwrap();
    stream.write_all(format!("GET /openapi.json HTTP/1.1\r\nhost: x\r\n{headers}\r\n").as_bytes()).await.unwrap();
    stream.read_u8().await.unwrap();
    stream
}

#[actix_web::test]
async fn a_caller_who_does_not_take_an_answer_loses_the_connection() {
    let limits = Limits { answer_deadline: Duration::from_millis(300), keep_alive: LONG, ..Limits::default() };
    let (world, address, handle) = start_on(listener(), limits);
    for headers in ["", "connection: close\r\n"] {
        let mut stream = ask(address, headers).await;
        let ended = async {
            while world.door.0.connections.count() > 0 {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(Duration::from_secs(20), ended).await.expect("the connection ends");
        let mut rest = Vec::new();
        assert!(stream.read_to_end(&mut rest).await.is_err(), "the answer was cut off, not finished");
    }
    handle.stop(false).await;
}

#[actix_web::test]
async fn a_caller_who_reads_slowly_and_steadily_gets_the_whole_answer() {
    let deadline = Duration::from_millis(500);
    let limits = Limits { answer_deadline: deadline, keep_alive: LONG, ..Limits::default() };
    let (world, address, handle) = start_on(listener(), limits);
    let whole = test::call_and_read_body(
        &test::init_service(app(&world.door, routes)).await,
        TestRequest::get().uri("/openapi.json").to_request(),
    )
    .await;
    let mut stream = ask(address, "connection: close\r\n").await;
    let started = Instant::now();
    let mut answer = Vec::new();
    let mut piece = vec![0; whole.len() / 100];
    loop {
        match stream.read(&mut piece).await.expect("the connection stays") {
            0 => break,
            length => answer.extend_from_slice(&piece[..length]),
        }
        sleep(Duration::from_millis(20)).await;
    }
    assert!(started.elapsed() > deadline * 3, "{:?}", started.elapsed());
    let text = String::from_utf8(answer).unwrap();
    let (_, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(body.as_bytes() == whole, "{} of {} bytes", body.len(), whole.len());
    handle.stop(false).await;
}
