//! Open connections, counted by the network they come from.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::config::{Proxies, network};

type Open = Arc<Mutex<HashMap<IpAddr, usize>>>;

/// Counts open connections by network.
#[derive(Clone)]
pub(super) struct Connections {
    limit: Option<usize>,
    proxies: Proxies,
    open: Open,
}

/// Where a connection stands among those of its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Within the limit, or a trusted proxy's, behind which all callers may be.
    Within,
    /// Beyond the limit: its caller is told so, and the connection ends.
    Beyond,
}

/// One open connection; counted until it is dropped.
pub(super) struct Ticket {
    network: IpAddr,
    open: Open,
    place: Place,
}

impl Connections {
    pub(super) fn new(limit: Option<usize>, proxies: Proxies) -> Self {
        Self { limit, proxies, open: Arc::default() }
    }

    /// Counts one connection more; none past twice the limit, where not even a refusal is worth a connection.
    pub(super) fn enter(&self, address: IpAddr) -> Option<Ticket> {
        let network = network(address);
        let limit = self.limit.filter(|_| !self.proxies.contain(address));
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.get(&network).copied().unwrap_or(0).saturating_add(1);
        let place = match limit {
            Some(limit) if count > limit.saturating_mul(2) => return None,
            Some(limit) if count > limit => Place::Beyond,
            _ => Place::Within,
        };
        open.insert(network, count);
        Some(Ticket { network, open: self.open.clone(), place })
    }

    /// How many connections are open.
    pub(super) fn count(&self) -> usize {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }
}

impl Ticket {
    /// Where the connection stood when it was opened.
    pub(super) fn place(&self) -> Place {
        self.place
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.network) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                open.remove(&self.network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    fn places<'t>(tickets: impl IntoIterator<Item = &'t Option<Ticket>>) -> Vec<Option<Place>> {
        tickets.into_iter().map(|ticket| ticket.as_ref().map(Ticket::place)).collect()
    }

    #[test]
    fn past_the_limit_of_an_address_connections_are_refused_and_past_twice_the_limit_not_had() {
        let connections = Connections::new(Some(2), Proxies::default());
        let mut tickets: Vec<_> = (0..6).map(|_| connections.enter(HERE)).collect();
        let (within, beyond) = (Some(Place::Within), Some(Place::Beyond));
        assert_eq!(places(&tickets), [within, within, beyond, beyond, None, None]);
        assert_eq!(connections.count(), 4);
        assert_eq!(places(&[connections.enter(IpAddr::from([192, 0, 2, 2]))]), [within]);
        tickets.truncate(1);
        assert_eq!(places(&[connections.enter(HERE)]), [within]);
        tickets.clear();
        assert_eq!(connections.count(), 0);
    }

    #[test]
    fn the_addresses_of_one_ipv6_network_share_its_limit() {
        let connections = Connections::new(Some(1), Proxies::default());
        let enter = |address: &str| connections.enter(address.parse().unwrap());
        let tickets = [enter("2001:db8::1"), enter("2001:db8::2"), enter("2001:db8::3"), enter("2001:db8:0:1::1")];
        assert_eq!(places(&tickets), [Some(Place::Within), Some(Place::Beyond), None, Some(Place::Within)]);
    }

    #[test]
    fn a_trusted_proxy_has_no_limit() {
        let connections = Connections::new(Some(1), Proxies::parse("192.0.2.0/24").unwrap());
        let tickets: Vec<_> = (0..5).map(|_| connections.enter(HERE)).collect();
        assert!(places(&tickets).iter().all(|place| *place == Some(Place::Within)));
    }
}
