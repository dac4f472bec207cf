//! Open connections, counted by address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Counts open connections by address.
#[derive(Clone)]
pub(super) struct Connections {
    limit: Option<usize>,
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One open connection; counted until it is dropped.
pub(super) struct Ticket {
    address: IpAddr,
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
    over: bool,
}

impl Connections {
    pub(super) fn new(limit: Option<usize>) -> Self {
        Self { limit, open: Arc::default() }
    }

    /// Counts one connection more.
    pub(super) fn enter(&self, address: IpAddr) -> Ticket {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(address).or_insert(0);
        *count = count.saturating_add(1);
        let over = self.limit.is_some_and(|limit| *count > limit);
        Ticket { address, open: self.open.clone(), over }
    }

    /// How many connections are open.
    pub(super) fn count(&self) -> usize {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }
}

impl Ticket {
    /// Whether its address had too many connections when this one was opened.
    pub(super) fn over(&self) -> bool {
        self.over
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                open.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_connections_past_the_limit_of_an_address_are_over() {
        let connections = Connections::new(Some(2));
        let here = IpAddr::from([192, 0, 2, 1]);
        let (a, b, c) = (connections.enter(here), connections.enter(here), connections.enter(here));
        assert_eq!((a.over(), b.over(), c.over()), (false, false, true));
        assert!(!connections.enter(IpAddr::from([192, 0, 2, 2])).over());
        drop((a, c));
        assert!(!connections.enter(here).over());
        drop(b);
        assert_eq!(connections.count(), 0);
    }
}
