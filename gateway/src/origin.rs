//! Where a request comes from, as the mesh is told: the client's address, and a fingerprint of what its device says of itself.

use std::net::IpAddr;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use mesh_core::stack::{CLIENT_ADDRESS, CLIENT_DEVICE};

/// What a browser, or a program, says of itself alike in every call.
const STABLE: [HeaderName; 2] = [header::USER_AGENT, header::ACCEPT_LANGUAGE];

/// Where a request came from, as far as it can be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) address: IpAddr,
    pub(crate) device: Fingerprint,
}

/// Enough to tell devices behind one address apart, too little to follow anybody elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint([u8; 12]);

impl Origin {
    /// How the mesh hears of it.
    pub(crate) fn headers(self) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        let device = BASE64_URL_SAFE_NO_PAD.encode(self.device.0);
        let said = [(CLIENT_ADDRESS, self.address.to_string()), (CLIENT_DEVICE, device)];
        // Addresses and base64url always are good headers.
        said.into_iter().filter_map(|(name, value)| Some((name, HeaderValue::try_from(value).ok()?)))
    }

    /// A call of our own that is made for whoever is there.
    pub(crate) fn calls<T>(self, message: T) -> tonic::Request<T> {
        let mut request = tonic::Request::new(message);
        request.metadata_mut().as_mut().extend(self.headers());
        request
    }
}

impl Fingerprint {
    /// The fingerprint of whoever sends these headers.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let said = STABLE.map(|name| headers.get(name).map_or(&[][..], HeaderValue::as_bytes));
        let digest = digest(&SHA256, &said.join(&b'\n'));
        Self(std::array::from_fn(|index| digest.as_ref()[index]))
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue, header};

    use super::Fingerprint;

    fn of(said: &[(HeaderName, &'static str)]) -> Fingerprint {
        let said = said.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
        Fingerprint::of(&said.collect::<HeaderMap>())
    }

    #[test]
    fn a_device_is_known_by_what_it_always_says_and_by_nothing_else() {
        let firefox = (header::USER_AGENT, "Firefox");
        let german = (header::ACCEPT_LANGUAGE, "de");
        let once = of(&[firefox.clone(), german.clone()]);
        assert_eq!(once, of(&[german.clone(), firefox.clone(), (header::COOKIE, "a=b")]));
        assert_ne!(once, of(&[(header::USER_AGENT, "Chromium"), german]));
        assert_ne!(once, of(&[firefox]));
    }
}
