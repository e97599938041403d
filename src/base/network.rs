//! The part of a network address that leads to no person: kept as a proof where the policy asks for one. `core::net` knows addresses,
//! and no sockets.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The beginning of an address: of IPv4 the first 24 bits, of IPv6 the first 48. The rest is never kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NetworkPrefix(IpAddr);

impl NetworkPrefix {
    /// Of this address.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => {
                let [a, b, c, _] = address.octets();
                IpAddr::V4(Ipv4Addr::new(a, b, c, 0))
            }
            IpAddr::V6(address) => {
                let [a, b, c, ..] = address.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
            }
        })
    }

    /// Of whom a proxy names last in `X-Forwarded-For`: that name is its own, and those before it are anybody's.
    #[must_use]
    pub fn forwarded(header: &str) -> Option<Self> {
        let last = header.rsplit(',').next()?.trim();
        let address = last.parse().ok().or_else(|| last.trim_matches(['[', ']']).parse().ok())?;
        Some(Self::of(address))
    }
}

impl fmt::Display for NetworkPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = if self.0.is_ipv4() { 24 } else { 48 };
        write!(f, "{}/{bits}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_of_an_address_is_never_kept() {
        for (header, kept) in [
            ("203.0.113.77", "203.0.113.0/24"),
            ("6.6.6.6, 203.0.113.77", "203.0.113.0/24"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
            ("[2001:db8:1:2::9]", "2001:db8:1::/48"),
            ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ] {
            assert_eq!(NetworkPrefix::forwarded(header).unwrap().to_string(), kept, "{header}");
        }
        for odd in ["", "unknown", "203.0.113.77, ", "203.0.113.777", "a@b.example", "203.0.113.77:80"] {
            assert_eq!(NetworkPrefix::forwarded(odd), None, "{odd}");
        }
    }
}
