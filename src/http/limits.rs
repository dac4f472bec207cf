//! Sizes, deadlines, connections: what keeps one caller from taking the service away from the others.

use std::time::Duration;

use crate::config::Proxies;

/// Limits; the defaults suit production.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The largest JSON body, in bytes; more is 413.
    pub body_bytes: usize,
    /// How long a body may take to arrive whole; more is 408 and the connection ends. actix has no such deadline itself.
    pub body_deadline: Duration,
    /// How long the head of a request may take to arrive; more is 408 and the connection ends.
    pub head_deadline: Duration,
    /// The largest head of a request, in bytes; more is 431 and the connection ends. From 128 KiB on, or with 97 headers, the
    /// server library refuses it without a problem.
    pub head_bytes: usize,
    /// How long an answer may wait for its caller to take some of it; then the connection ends.
    pub answer_deadline: Duration,
    /// How long an idle connection is kept.
    pub keep_alive: Duration,
    /// Open connections of the whole process; more wait in the backlog.
    pub connections: usize,
    /// Open connections from one address, of IPv6 from one /64 network. Requests on further ones are 429 and end them; past
    /// twice as many a connection ends unheard. A trusted proxy may have more.
    pub connections_per_address: Option<usize>,
    /// Reverse proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Proxies,
    /// Threads that answer requests.
    pub workers: usize,
    /// How long a stopping process waits for the requests it is answering.
    pub shutdown: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 256 * 1024,
            body_deadline: Duration::from_secs(10),
            head_deadline: Duration::from_secs(5),
            head_bytes: 16 * 1024,
            answer_deadline: Duration::from_secs(20),
            keep_alive: Duration::from_secs(15),
            connections: 16_384,
            connections_per_address: Some(2_048),
            trusted_proxies: Proxies::default(),
            workers: std::thread::available_parallelism().map_or(2, std::num::NonZeroUsize::get),
            shutdown: Duration::from_secs(10),
        }
    }
}
