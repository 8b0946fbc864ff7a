//! The address a request comes from.
//!
//! The address of the connection counts, unless it is a trusted proxy's: then the proxy's word does, read from the right, and
//! only as far as trusted proxies reach. Whatever a client writes into those headers itself is never believed.

use std::{
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use http::{HeaderMap, header};
use ipnet::IpNet;

/// A network of proxies whose forwarding headers are believed: `10.0.0.0/8`, `fd00::/8`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrustedProxy(IpNet);

impl FromStr for TrustedProxy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        network
            .map(Self)
            .map_err(|_| format!("{text:?} is no address and no network; write `10.0.0.0/8` or `10.1.2.3`"))
    }
}

/// The header in which trusted proxies say whom they speak for. One of them, or a client could use the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ProxyHeader {
    /// `X-Forwarded-For: client, proxy`
    #[default]
    XForwardedFor,
    /// `Forwarded: for=client;proto=https, for=proxy` (RFC 7239)
    Forwarded,
}

/// Finds the client's address.
#[derive(Clone, Debug, Default)]
pub(crate) struct Addresses {
    pub(crate) proxies: Vec<TrustedProxy>,
    pub(crate) header: ProxyHeader,
}

impl Addresses {
    /// The address of whoever made the request, as far as trusted proxies vouch for it.
    pub(crate) fn client(&self, connection: IpAddr, headers: &HeaderMap) -> IpAddr {
        let connection = connection.to_canonical();
        if !self.trusts(connection) {
            return connection;
        }
        let mut last = connection;
        for said in self.said(headers).iter().rev() {
            let Some(address) = address(said) else { return last };
            if !self.trusts(address) {
                return address;
            }
            last = address;
        }
        last
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.proxies.iter().any(|proxy| proxy.0.contains(&address))
    }

    /// What the proxies wrote, the nearest one last.
    fn said(&self, headers: &HeaderMap) -> Vec<String> {
        let name = match self.header {
            ProxyHeader::XForwardedFor => "x-forwarded-for",
            ProxyHeader::Forwarded => header::FORWARDED.as_str(),
        };
        let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
        let hops = lines.flat_map(|line| line.split(','));
        match self.header {
            ProxyHeader::XForwardedFor => hops.map(|hop| hop.trim().to_owned()).collect(),
            ProxyHeader::Forwarded => hops.map(forwarded_for).collect(),
        }
    }
}

/// The `for` of one hop of `Forwarded`; empty when it has none.
fn forwarded_for(hop: &str) -> String {
    let mut pairs = hop.split(';').filter_map(|pair| pair.trim().split_once('='));
    let value = pairs.find(|(name, _)| name.eq_ignore_ascii_case("for")).map_or("", |(_, value)| value);
    value.trim_matches('"').to_owned()
}

/// An address as proxies write it: `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]:4711`.
fn address(text: &str) -> Option<IpAddr> {
    let bare = || text.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let address = text.parse::<SocketAddr>().map(|with_port| with_port.ip()).or_else(|_| bare()).ok()?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::{Addresses, ProxyHeader};

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn behind(proxies: &[&str], header: ProxyHeader) -> Addresses {
        Addresses { proxies: proxies.iter().map(|proxy| proxy.parse().expect("a network")).collect(), header }
    }

    fn said(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_static(value))])
    }

    #[test]
    fn a_client_cannot_lend_itself_an_address() {
        let forged = said("x-forwarded-for", "203.0.113.9");
        assert_eq!(
            behind(&[], ProxyHeader::XForwardedFor).client(ip("198.51.100.7"), &forged),
            ip("198.51.100.7")
        );
        let forged = said("x-forwarded-for", "203.0.113.9, 198.51.100.7, 10.0.0.2");
        assert_eq!(
            behind(&["10.0.0.0/8"], ProxyHeader::XForwardedFor).client(ip("10.0.0.1"), &forged),
            ip("198.51.100.7")
        );
    }

    #[test]
    fn only_the_configured_header_is_read() {
        let proxy = behind(&["10.0.0.1"], ProxyHeader::Forwarded);
        assert_eq!(proxy.client(ip("10.0.0.1"), &said("x-forwarded-for", "203.0.113.9")), ip("10.0.0.1"));
        let forwarded =
            said("forwarded", "for=192.0.2.60;proto=http;by=203.0.113.43, for=\"[2001:db8:cafe::17]:4711\"");
        assert_eq!(proxy.client(ip("10.0.0.1"), &forwarded), ip("2001:db8:cafe::17"));
    }

    #[test]
    fn a_damaged_hop_ends_what_is_believed() {
        let damaged = said("x-forwarded-for", "203.0.113.9, unknown, 10.0.0.2");
        assert_eq!(
            behind(&["10.0.0.0/8"], ProxyHeader::XForwardedFor).client(ip("10.0.0.1"), &damaged),
            ip("10.0.0.2")
        );
    }
}
