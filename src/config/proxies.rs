//! Where callers are: reverse proxies whose `X-Forwarded-For` is believed, and what an address counts as.

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

/// A network: an address and how many of its first bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    bits: u8,
}

/// What an address counts as where callers are counted: an IPv4 address as itself, an IPv6 address as its /64 network, which
/// one subscriber has whole.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// The proxies that are believed; none by default. Cheap enough to clone once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies(Vec<Network>);

impl Proxies {
    /// Addresses and networks, separated by commas; an empty text names none.
    ///
    /// # Errors
    /// What is neither an address nor a network whose further bits are zero.
    pub fn parse(text: &str) -> Result<Self, String> {
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        names.map(|name| name.parse().map_err(|()| wrong(name))).collect::<Result<_, _>>().map(Self)
    }

    /// Whether an address is one of them.
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(address))
    }

    /// Who speaks through `peer`: the peer itself, unless it is one of these; then the last address in the chain that is
    /// none of them. What stands left of that one was written by the caller and may be anything. A chain that does not
    /// read ends at the last address that did.
    pub fn caller(&self, peer: IpAddr, chain: &str) -> IpAddr {
        let mut nearest = peer.to_canonical();
        for hop in chain.rsplit(',') {
            if !self.contain(nearest) {
                break;
            }
            let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
            nearest = address.to_canonical();
        }
        nearest
    }
}

impl Network {
    fn contains(&self, address: IpAddr) -> bool {
        match (bits(self.address), bits(address)) {
            ((own, 32), (other, 32)) | ((own, 128), (other, 128)) => self.part(own) == self.part(other),
            _ => false,
        }
    }

    /// The bits that count.
    fn part(&self, address: u128) -> u128 {
        let width = bits(self.address).1;
        address.checked_shr(u32::from(width.saturating_sub(self.bits))).unwrap_or(0)
    }
}

fn bits(address: IpAddr) -> (u128, u8) {
    match address {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()), 32),
        IpAddr::V6(v6) => (v6.to_bits(), 128),
    }
}

impl FromStr for Network {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(drop)?;
        let (number, width) = bits(address);
        let bits = prefix.map_or(Ok(width), str::parse).map_err(drop)?;
        let network = Self { address, bits };
        let rest = width.checked_sub(bits).ok_or(())?;
        let written = network.part(number).checked_shl(u32::from(rest)).unwrap_or(0);
        if written == number { Ok(network) } else { Err(()) }
    }
}

fn wrong(name: &str) -> String {
    format!("{name:?} is neither an address nor a network such as 10.0.0.0/8 or fd00::/8")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(peer: &str, chain: &str) -> String {
        let proxies = Proxies::parse("10.0.0.0/8, 192.0.2.7,fd00::/8").unwrap();
        proxies.caller(peer.parse().unwrap(), chain).to_string()
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_one_caller() {
        let network = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network("2001:db8:1:3::"), "2001:db8:1:3::");
        assert_eq!(network("192.0.2.7"), "192.0.2.7");
        // An IPv4 address as a socket of both families tells it.
        assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.7");
    }

    #[test]
    fn what_a_stranger_claims_about_itself_is_not_believed() {
        assert_eq!(caller("198.51.100.1", "203.0.113.9"), "198.51.100.1");
        assert_eq!(caller("198.51.100.1", "203.0.113.9, 10.0.0.1"), "198.51.100.1");
        let nobody = Proxies::default();
        assert_eq!(nobody.caller("10.0.0.1".parse().unwrap(), "203.0.113.9").to_string(), "10.0.0.1");
    }

    #[test]
    fn behind_proxies_the_caller_is_the_last_address_that_is_none_of_them() {
        assert_eq!(caller("10.0.0.1", "203.0.113.9"), "203.0.113.9");
        assert_eq!(caller("10.0.0.1", "203.0.113.9, 10.1.2.3,192.0.2.7"), "203.0.113.9");
        assert_eq!(caller("fd00::1", "2001:db8::5"), "2001:db8::5");
        // An IPv4 address as a socket of both families tells it.
        assert_eq!(caller("::ffff:10.0.0.1", "::ffff:203.0.113.9"), "203.0.113.9");
    }

    #[test]
    fn addresses_that_the_caller_wrote_before_the_proxies_are_not_looked_at() {
        assert_eq!(caller("10.0.0.1", "1.1.1.1, 203.0.113.9"), "203.0.113.9");
        assert_eq!(caller("10.0.0.1", "10.0.0.9, 203.0.113.9, 10.0.0.2"), "203.0.113.9");
        assert_eq!(caller("10.0.0.1", "nonsense, 203.0.113.9"), "203.0.113.9");
    }

    #[test]
    fn a_chain_that_does_not_read_ends_at_the_last_address_that_did() {
        assert_eq!(caller("10.0.0.1", ""), "10.0.0.1");
        assert_eq!(caller("10.0.0.1", "203.0.113.9, unknown"), "10.0.0.1");
        assert_eq!(caller("10.0.0.1", "203.0.113.9, x, 10.0.0.2"), "10.0.0.2");
        assert_eq!(caller("10.0.0.1", "10.0.0.3, 10.0.0.2"), "10.0.0.3");
    }

    #[test]
    fn networks_are_written_exactly() {
        for good in ["", "10.0.0.0/8", "0.0.0.0/0", "::/0", "127.0.0.1, ::1", "10.0.0.1/32"] {
            assert!(Proxies::parse(good).is_ok(), "{good}");
        }
        for bad in ["10.0.0.1/8", "10.0.0.0/33", "10.0.0", "localhost", "10.0.0.0/-1", "fd00::/129", "10.0.0.0/"] {
            assert!(Proxies::parse(bad).is_err(), "{bad}");
        }
        let all = Proxies::parse("0.0.0.0/0").unwrap();
        assert!(all.contain("203.0.113.9".parse().unwrap()) && !all.contain("2001:db8::1".parse().unwrap()));
    }
}
