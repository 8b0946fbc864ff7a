//! Files with certificates and keys in PEM, and what may be wrong with them: each sentence names the setting, the file and the
//! remedy.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};

use crate::error::{Error, Result};

/// A file that a setting names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(super) setting: &'static str,
    path: PathBuf,
}

/// A setting with what it says.
pub(crate) type Said<'a> = (&'static str, Option<&'a Path>);

/// A certificate and its key, of which nobody has use for one without the other.
pub(crate) fn pair(certificate: Said<'_>, key: Said<'_>) -> Result<Option<[Source; 2]>> {
    let missing = |one: &'static str, other: &str| {
        Err(Error::invalid(one, format!("is not set, but {other} is; name both files, or none")))
    };
    match (certificate, key) {
        ((_, None), (_, None)) => Ok(None),
        ((one, Some(certificate)), (other, Some(key))) => {
            Ok(Some([Source::new(one, certificate), Source::new(other, key)]))
        }
        ((one, None), (other, Some(_))) | ((other, Some(_)), (one, None)) => missing(one, other),
    }
}

impl Source {
    pub(crate) fn new(setting: &'static str, path: &Path) -> Self {
        Self { setting, path: path.to_owned() }
    }

    /// Reads the file as it is now.
    pub(super) fn read(&self) -> Result<Pem> {
        match std::fs::read(&self.path) {
            Ok(bytes) => Ok(Pem { source: self.clone(), bytes }),
            Err(error) => Err(self.wrong(format!("can't be read ({error})"))),
        }
    }

    fn wrong(&self, why: impl fmt::Display) -> Error {
        let path = self.path.display();
        Error::invalid(self.setting, format!("names {path}, which {why}; give one in PEM that can be used"))
    }
}

/// What a file held when it was read.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Pem {
    source: Source,
    bytes: Vec<u8>,
}

impl Pem {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its certificates, at least one.
    pub(crate) fn certificates(&self) -> Result<Vec<CertificateDer<'static>>> {
        let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&self.bytes).collect();
        match found {
            Ok(found) if found.is_empty() => Err(self.wrong("holds no certificate")),
            Ok(found) => Ok(found),
            Err(error) => Err(self.wrong(format!("holds a damaged certificate ({error})"))),
        }
    }

    /// Its private key.
    pub(crate) fn key(&self) -> Result<PrivateKeyDer<'static>> {
        PrivateKeyDer::from_pem_slice(&self.bytes)
            .map_err(|error| self.wrong(format!("holds no private key ({error})")))
    }

    /// A key that is not the certificate's.
    pub(crate) fn does_not_fit(&self, certificate: &Self, why: impl fmt::Display) -> Error {
        let of = certificate.source.setting;
        self.wrong(format!("holds a key that can't be used with the certificate of {of} ({why})"))
    }

    /// Why it can't be used.
    pub(crate) fn wrong(&self, why: impl fmt::Display) -> Error {
        self.source.wrong(why)
    }
}

/// Keys are not shown.
impl fmt::Debug for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pem").field(&self.source).finish()
    }
}
