//! What an upload must be, checked while it streams: a wrong file is refused at its first wrong byte, not after the last.

use bytes::Bytes;
use proto::errors::v1::ErrorReason;

use crate::error::{Error, Result};

/// Bytes needed to tell what a file is.
const HEAD: usize = 64;

/// What the uploader said and what is allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// The media type he said: `image/png`.
    pub content_type: String,
    /// The most bytes that are taken.
    pub max_bytes: u64,
    /// How many bytes he said it has.
    pub size: Option<u64>,
    /// The digest he said it has, lower case hexadecimal.
    pub sha256: Option<String>,
}

impl Expected {
    /// A check of one upload.
    pub(super) fn begin(&self) -> Check<'_> {
        Check { expected: self, seen: 0, head: Vec::with_capacity(HEAD) }
    }
}

/// The state of one upload's check.
#[derive(Debug)]
pub(super) struct Check<'a> {
    expected: &'a Expected,
    seen: u64,
    head: Vec<u8>,
}

impl Check<'_> {
    /// Takes the next bytes.
    pub(super) fn see(&mut self, chunk: &Bytes) -> Result<()> {
        self.seen += chunk.len() as u64;
        let most =
            self.expected.size.map_or(self.expected.max_bytes, |said| said.min(self.expected.max_bytes));
        if self.seen > most {
            let problem = format!("has more than {most} bytes; send a smaller one");
            return Err(Error::invalid_because(&ErrorReason::BodyTooLarge, "file", problem));
        }
        if self.head.len() < HEAD {
            self.head.extend(chunk.iter().take(HEAD - self.head.len()));
            if self.head.len() == HEAD {
                return self.check_type();
            }
        }
        Ok(())
    }

    /// Looks at the whole; returns its size in bytes.
    pub(super) fn end(self, sha256: &str) -> Result<u64> {
        if self.head.len() < HEAD {
            self.check_type()?;
        }
        if let Some(said) = self.expected.size.filter(|said| *said != self.seen) {
            return Err(Error::invalid(
                "file",
                format!("ended after {} of {said} bytes; send it again", self.seen),
            ));
        }
        match &self.expected.sha256 {
            Some(said) if said != sha256 => Err(Error::invalid(
                "sha256",
                format!("is {said}, but the bytes have {sha256}; send it again"),
            )),
            _ => Ok(self.seen),
        }
    }

    /// A file that says it is a picture, a document or sound must begin like one, and a program is never taken.
    fn check_type(&self) -> Result<()> {
        if PROGRAMS.iter().any(|magic| self.head.starts_with(magic)) {
            return Err(Error::invalid(
                "content_type",
                "is a program's; programs are not taken, send an archive",
            ));
        }
        let said = self.expected.content_type.as_str();
        let must = SIGNATURES.iter().filter(|(content_type, ..)| *content_type == said);
        let mut known = must.peekable();
        if known.peek().is_none()
            || known.any(|(_, at, magic)| self.head.get(*at..).is_some_and(|head| head.starts_with(magic)))
        {
            return Ok(());
        }
        Err(Error::invalid(
            "content_type",
            format!("is {said}, but the file does not begin like one; send it as what it is"),
        ))
    }
}

/// How programs begin: ELF, PE, Mach-O (both byte orders, and the fat form Java shares).
const PROGRAMS: &[&[u8]] = &[
    b"\x7fELF",
    b"MZ",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
];

/// How files of a type begin: media type, offset, bytes. A browser shows these itself, so they must be what they say.
const SIGNATURES: &[(&str, usize, &[u8])] = &[
    ("image/png", 0, b"\x89PNG\r\n\x1a\n"),
    ("image/jpeg", 0, b"\xff\xd8\xff"),
    ("image/gif", 0, b"GIF87a"),
    ("image/gif", 0, b"GIF89a"),
    ("image/webp", 8, b"WEBP"),
    ("image/avif", 4, b"ftypavif"),
    ("application/pdf", 0, b"%PDF-"),
    ("audio/mpeg", 0, b"ID3"),
    ("audio/mpeg", 0, b"\xff\xfb"),
    ("audio/ogg", 0, b"OggS"),
    ("video/mp4", 4, b"ftyp"),
    ("video/webm", 0, b"\x1a\x45\xdf\xa3"),
    ("application/zip", 0, b"PK"),
    ("application/gzip", 0, b"\x1f\x8b"),
];
