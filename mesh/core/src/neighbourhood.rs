//! Who is counted together by address: one IPv4 address, or one IPv6 /64, which is what one household or machine gets.

use std::{
    fmt,
    net::{AddrParseError, IpAddr, Ipv6Addr},
    str::FromStr,
};

/// The network one party calls from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Neighbourhood(IpAddr);

impl From<IpAddr> for Neighbourhood {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(v6) => Self(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into()),
            v4 @ IpAddr::V4(_) => Self(v4),
        }
    }
}

impl FromStr for Neighbourhood {
    type Err = AddrParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<IpAddr>().map(Self::from)
    }
}

impl fmt::Display for Neighbourhood {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(address) => address.fmt(formatter),
            IpAddr::V6(network) => write!(formatter, "{network}/64"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Neighbourhood;

    fn of(address: &str) -> Neighbourhood {
        address.parse().expect("an address")
    }

    #[test]
    fn a_whole_ipv6_network_of_a_household_counts_as_one() {
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }

    #[test]
    fn it_reads_as_administrators_write_it() {
        assert_eq!(of("192.0.2.1").to_string(), "192.0.2.1");
        assert_eq!(of("2001:db8::7:1").to_string(), "2001:db8::/64");
        assert!("nowhere".parse::<Neighbourhood>().is_err());
    }
}
