//! A caller's connection, which ends when an answer is not taken.
//!
//! The server library has deadlines for what it reads, none for what it writes: a caller who asks and never reads would
//! hold a connection, and what is left of the answer, for ever.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use super::connections::{Connections, Place, Ticket};

/// One connection.
pub(super) struct Line {
    stream: TcpStream,
    ticket: Ticket,
    /// How long an answer may wait until some of it is taken.
    patience: Duration,
    /// Runs while an answer waits.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl Line {
    /// Takes a connection, and tells whose it is.
    ///
    /// # Errors
    /// A caller who is gone already, or has far too many.
    pub(super) fn open(
        stream: TcpStream,
        connections: &Connections,
        patience: Duration,
    ) -> io::Result<(Self, Option<SocketAddr>)> {
        let peer = stream.peer_addr()?;
        let ticket = connections.enter(peer.ip()).ok_or(io::ErrorKind::ConnectionRefused)?;
        Ok((Self { stream, ticket, patience, deadline: None }, Some(peer)))
    }

    /// Where it stands among the connections of its network.
    pub(super) fn place(&self) -> Place {
        self.ticket.place()
    }

    /// Waits for the caller to take some of what was sent; an error when that takes too long.
    fn wait(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        let patience = self.patience;
        let deadline = self.deadline.get_or_insert_with(|| Box::pin(sleep(patience)));
        deadline.as_mut().poll(context).map(|()| {
            // What the system still holds of the answer would wait there on.
            let _ = self.stream.set_zero_linger();
            io::ErrorKind::TimedOut.into()
        })
    }
}

impl AsyncRead for Line {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write(context, bytes) {
            Poll::Pending => self.wait(context).map(Err),
            taken => {
                self.deadline = None;
                taken
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
