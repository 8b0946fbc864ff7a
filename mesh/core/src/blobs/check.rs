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
    /// A check of what comes after so many bytes.
    pub(super) fn begin(&self, at: u64) -> Check<'_> {
        Check { expected: self, at, seen: at, head: Vec::with_capacity(HEAD) }
    }
}

/// The state of one upload's check.
#[derive(Debug)]
pub(super) struct Check<'a> {
    expected: &'a Expected,
    /// How many bytes were checked before.
    at: u64,
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
        if self.at == 0 && self.head.len() < HEAD {
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
        if is_program(&self.head) {
            return Err(Error::invalid(
                "content_type",
                "is a program's; programs are not taken, send an archive",
            ));
        }
        let said = self.expected.content_type.as_str();
        let mut musts = SIGNATURES.iter().filter(|(content_type, _)| *content_type == said).peekable();
        if musts.peek().is_none() || musts.any(|(_, must)| begins(&self.head, must)) {
            return Ok(());
        }
        Err(Error::invalid(
            "content_type",
            format!("is {said}, but the file does not begin like one; send it as what it is"),
        ))
    }
}

/// Whether a file that begins like this is a program: ELF, PE, Mach-O (both byte orders, and the fat form Java shares).
pub fn is_program(head: &[u8]) -> bool {
    // Words may begin with the two letters of a PE; a program's header has zeros besides.
    PROGRAMS.iter().any(|magic| head.starts_with(magic))
        || (head.starts_with(b"MZ") && head.iter().take(HEAD).any(|byte| *byte == 0))
}

/// What a file is that begins like this, where its first bytes tell: `image/png`.
pub fn sniff(head: &[u8]) -> Option<&'static str> {
    SIGNATURES.iter().find(|(_, must)| begins(head, must)).map(|(content_type, _)| *content_type)
}

fn begins(head: &[u8], must: &[(usize, &[u8])]) -> bool {
    must.iter().all(|(at, bytes)| head.get(*at..).is_some_and(|head| head.starts_with(bytes)))
}

const PROGRAMS: &[&[u8]] = &[
    b"\x7fELF",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
];

/// What must stand where in a file.
type Signature = &'static [(usize, &'static [u8])];

/// How files of a type begin; the narrower type first.
const SIGNATURES: &[(&str, Signature)] = &[
    ("image/png", &[(0, b"\x89PNG\r\n\x1a\n")]),
    ("image/jpeg", &[(0, b"\xff\xd8\xff")]),
    ("image/gif", &[(0, b"GIF87a")]),
    ("image/gif", &[(0, b"GIF89a")]),
    ("image/webp", &[(0, b"RIFF"), (8, b"WEBP")]),
    ("image/avif", &[(4, b"ftypavif")]),
    ("image/tiff", &[(0, b"II*\0")]),
    ("image/tiff", &[(0, b"MM\0*")]),
    ("application/pdf", &[(0, b"%PDF-")]),
    ("application/rtf", &[(0, b"{\\rtf")]),
    ("application/x-ole-storage", &[(0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")]),
    ("audio/mpeg", &[(0, b"ID3")]),
    ("audio/mpeg", &[(0, b"\xff\xfb")]),
    ("audio/ogg", &[(0, b"OggS")]),
    ("audio/wav", &[(0, b"RIFF"), (8, b"WAVE")]),
    ("video/mp4", &[(4, b"ftyp")]),
    ("video/webm", &[(0, b"\x1a\x45\xdf\xa3")]),
    ("application/zip", &[(0, b"PK\x03\x04")]),
    ("application/zip", &[(0, b"PK\x05\x06")]),
    ("application/gzip", &[(0, b"\x1f\x8b")]),
    ("application/vnd.rar", &[(0, b"Rar!\x1a\x07")]),
    ("application/x-7z-compressed", &[(0, b"7z\xbc\xaf\x27\x1c")]),
];
