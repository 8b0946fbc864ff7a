//! What a file is: told by its first bytes, and held against what its name promises.
//!
//! What is refused: programs under any name, and content that is not what the name promises, so that nobody opens what he did
//! not expect. What is taken and only ever handed out as a download: everything a browser would run or unpack, such as SVG and
//! HTML with scripts, archives of any depth, and pictures of unreasonable size. Nothing is unpacked here, so nothing can burst
//! here; of pictures only the head is read.

use std::io::Cursor;

use image::{ImageFormat, ImageReader};
use mesh_core::{
    blobs::{is_program, sniff},
    error::Result,
};

use super::unusable;

/// Bytes from the beginning of a file that are looked at.
pub(crate) const HEAD: usize = 256 * 1024;

/// What each side of a picture that is shown in place may have.
const MOST_SIDE: i32 = 16_384;
/// What it may have in all.
const MOST_PIXELS: i64 = 50_000_000;

/// What nobody knows better.
const ANYTHING: &str = "application/octet-stream";
const TEXT: &str = "text/plain";
const PDF: &str = "application/pdf";

/// What a file was recognised as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) content_type: &'static str,
    /// Pixels of a picture; 0 for others, and where its head does not tell.
    pub(crate) width: i32,
    pub(crate) height: i32,
}

/// How the content must be for a name to be true.
#[derive(Clone, Copy, Debug)]
enum Must {
    /// Begins like one of these.
    Begin(&'static [&'static str]),
    /// Begins like this, or like nothing known.
    NotBegin(&'static str),
    /// Is text.
    Read,
}

const ZIP: Must = Must::Begin(&["application/zip"]);
/// Documents are archives; with a password, or from long ago, they are the older container.
const OFFICE: Must = Must::Begin(&["application/zip", "application/x-ole-storage"]);
const MP4: Must = Must::Begin(&["video/mp4", "image/avif"]);

/// What names promise.
const PROMISES: &[(&[&str], &str, Must)] = &[
    (&["png"], "image/png", Must::Begin(&["image/png"])),
    (&["jpg", "jpeg"], "image/jpeg", Must::Begin(&["image/jpeg"])),
    (&["gif"], "image/gif", Must::Begin(&["image/gif"])),
    (&["webp"], "image/webp", Must::Begin(&["image/webp"])),
    (&["avif"], "image/avif", MP4),
    (&["heic", "heif"], "image/heic", MP4),
    (&["tif", "tiff"], "image/tiff", Must::Begin(&["image/tiff"])),
    (&["svg"], "image/svg+xml", Must::Read),
    (&["pdf"], PDF, Must::Begin(&[PDF])),
    (&["doc", "dot"], "application/msword", OFFICE),
    (&["xls"], "application/vnd.ms-excel", OFFICE),
    (&["ppt"], "application/vnd.ms-powerpoint", OFFICE),
    (&["msg"], "application/vnd.ms-outlook", OFFICE),
    (&["docx"], "application/vnd.openxmlformats-officedocument.wordprocessingml.document", OFFICE),
    (&["xlsx"], "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", OFFICE),
    (&["pptx"], "application/vnd.openxmlformats-officedocument.presentationml.presentation", OFFICE),
    (&["odt"], "application/vnd.oasis.opendocument.text", ZIP),
    (&["ods"], "application/vnd.oasis.opendocument.spreadsheet", ZIP),
    (&["odp"], "application/vnd.oasis.opendocument.presentation", ZIP),
    (&["rtf"], "application/rtf", Must::Begin(&["application/rtf"])),
    (&["zip"], "application/zip", ZIP),
    (&["gz", "tgz"], "application/gzip", Must::Begin(&["application/gzip"])),
    (&["rar"], "application/vnd.rar", Must::Begin(&["application/vnd.rar"])),
    (&["7z"], "application/x-7z-compressed", Must::Begin(&["application/x-7z-compressed"])),
    (&["mp3"], "audio/mpeg", Must::NotBegin("audio/mpeg")),
    (&["ogg", "oga"], "audio/ogg", Must::Begin(&["audio/ogg"])),
    (&["wav"], "audio/wav", Must::Begin(&["audio/wav"])),
    (&["m4a"], "audio/mp4", MP4),
    (&["mp4", "m4v"], "video/mp4", MP4),
    (&["mov"], "video/quicktime", Must::NotBegin("video/mp4")),
    (&["webm", "mkv"], "video/webm", Must::Begin(&["video/webm"])),
    (&["txt", "log", "md"], TEXT, Must::Read),
    (&["csv"], "text/csv", Must::Read),
    (&["json"], "application/json", Must::Read),
    (&["xml"], "application/xml", Must::Read),
    (&["yaml", "yml"], "application/yaml", Must::Read),
    (&["html", "htm", "xhtml"], "text/html", Must::Read),
    (&["eml"], "message/rfc822", Must::Read),
    (&["ics"], "text/calendar", Must::Read),
];

/// What a name promises; anything when it promises nothing.
pub(crate) fn promised(name: &str) -> &'static str {
    promise(name).map_or(ANYTHING, |(content_type, _)| content_type)
}

/// What a file of this name is that begins like this, or why it can't be taken.
pub(crate) fn recognise(name: &str, head: &[u8]) -> Result<Kind> {
    if is_program(head) {
        return Err(unusable("the file is a program; programs are not taken, send an archive"));
    }
    let begins = sniff(head);
    let content_type = match promise(name) {
        Some((content_type, must)) if must.is_met(begins, head) => content_type,
        Some((content_type, _)) => {
            let found = begins.unwrap_or("something else");
            return Err(unusable(format!(
                "the name promises {content_type}, but the content is {found}; give it its right name"
            )));
        }
        None => begins.unwrap_or_else(|| if is_text(head) { TEXT } else { ANYTHING }),
    };
    let (width, height) = dimensions(content_type, head).unwrap_or_default();
    Ok(Kind { content_type, width, height })
}

/// Whether browsers may show it in place: what they draw without running anything of it, and can hold.
pub(crate) fn is_inline(content_type: &str, width: i32, height: i32) -> bool {
    let is_reasonable = (1..=MOST_SIDE).contains(&width)
        && (1..=MOST_SIDE).contains(&height)
        && i64::from(width) * i64::from(height) <= MOST_PIXELS;
    match content_type {
        PDF => true,
        "image/png" | "image/jpeg" | "image/gif" | "image/webp" => is_reasonable,
        _ => false,
    }
}

impl Must {
    fn is_met(self, begins: Option<&str>, head: &[u8]) -> bool {
        match self {
            Self::Begin(likes) => begins.is_some_and(|begins| likes.contains(&begins)),
            Self::NotBegin(like) => begins.is_none_or(|begins| begins == like),
            Self::Read => is_text(head),
        }
    }
}

fn promise(name: &str) -> Option<(&'static str, Must)> {
    let (_, ending) = name.rsplit_once('.')?;
    let ending = ending.to_ascii_lowercase();
    let (.., content_type, must) =
        PROMISES.iter().find(|(endings, ..)| endings.contains(&ending.as_str()))?;
    Some((content_type, *must))
}

/// Text in any encoding of the last forty years: two bytes a letter say so themselves, others have no control characters.
fn is_text(head: &[u8]) -> bool {
    let says_so = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
    says_so || !head.iter().any(|byte| matches!(byte, 0..=8 | 0x0e..=0x1a | 0x1c..=0x1f))
}

/// Width and height, where the head tells them.
fn dimensions(content_type: &str, head: &[u8]) -> Option<(i32, i32)> {
    let format = match content_type {
        "image/png" => ImageFormat::Png,
        "image/jpeg" => ImageFormat::Jpeg,
        "image/webp" => ImageFormat::WebP,
        "image/gif" => {
            let [width, height] = [6, 8].map(|at| head.get(at..at + 2));
            let side = |bytes: &[u8]| i32::from(u16::from_le_bytes([bytes[0], bytes[1]]));
            return Some((side(width?), side(height?)));
        }
        _ => return None,
    };
    let (width, height) = ImageReader::with_format(Cursor::new(head), format).into_dimensions().ok()?;
    Some((width.try_into().ok()?, height.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{DynamicImage, ImageFormat};
    use proptest::prelude::{any, prop, prop_assert, proptest};

    use super::{is_inline, promised, recognise};

    fn picture(format: ImageFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        DynamicImage::new_rgb8(30, 20).write_to(&mut Cursor::new(&mut bytes), format).expect("encodes");
        bytes
    }

    #[test]
    fn pictures_are_measured_and_shown() {
        let gif = b"GIF89a\x1e\0\x14\0\0\0\0".to_vec();
        for (name, bytes) in [
            ("a.png", picture(ImageFormat::Png)),
            ("a.JPG", picture(ImageFormat::Jpeg)),
            ("a.webp", picture(ImageFormat::WebP)),
            ("a.gif", gif),
        ] {
            let kind = recognise(name, &bytes).expect("a picture");
            assert_eq!((kind.content_type, kind.width, kind.height), (promised(name), 30, 20));
            assert!(is_inline(kind.content_type, kind.width, kind.height), "{name}");
        }
        assert!(!is_inline("image/png", 40_000, 40_000), "a bomb is a download");
        assert!(!is_inline("image/png", 0, 0), "what can't be measured is a download");
        assert!(!is_inline("image/svg+xml", 10, 10) && !is_inline("text/html", 0, 0));
    }

    #[test]
    fn a_name_that_promises_something_else_is_refused() {
        let png = picture(ImageFormat::Png);
        for (name, bytes) in [
            ("a.pdf", png.as_slice()),
            ("a.txt", &png),
            ("a.png", b"%PDF-1.7"),
            ("a.gif", b"<script>alert(1)</script>"),
            ("a.docx", b"just words"),
            ("a.zip", b"GIF89a"),
            ("a.mp3", &png),
            ("a.csv", b"PK\x03\x04\0\0\0\0"),
        ] {
            assert!(recognise(name, bytes).is_err(), "{name}");
        }
    }

    #[test]
    fn programs_are_refused_under_any_name() {
        for (name, bytes) in
            [("a.txt", &b"\x7fELF\x02\x01"[..]), ("setup.exe", b"MZ\x90\0\x03\0"), ("a", b"\xca\xfe\xba\xbe")]
        {
            assert!(recognise(name, bytes).is_err(), "{name}");
        }
        assert!(recognise("a.txt", b"MZ is where the Rhine meets the Main").is_ok());
    }

    #[test]
    fn what_runs_in_a_browser_is_taken_and_never_shown() {
        for (name, bytes) in [
            ("a.svg", &b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"[..]),
            ("a.html", b"<!doctype html><script>alert(1)</script>"),
        ] {
            let kind = recognise(name, bytes).expect("taken");
            assert!(!is_inline(kind.content_type, kind.width, kind.height), "{name}");
        }
    }

    #[test]
    fn a_file_that_is_two_things_at_once_is_what_its_name_says_and_nothing_else() {
        // A picture to some, a script to others.
        let both = b"GIF89a/*\x01\0\x01\0*/=1;alert(1)";
        assert_eq!(recognise("a.gif", both).expect("taken").content_type, "image/gif");
        assert!(recognise("a.html", both).is_err() && recognise("a.txt", both).is_err());
    }

    #[test]
    fn names_without_a_promise_are_what_they_are() {
        assert_eq!(recognise("README", b"words").expect("taken").content_type, "text/plain");
        assert_eq!(
            recognise("dump.bin", b"\0\x01\x02").expect("taken").content_type,
            "application/octet-stream"
        );
        assert_eq!(recognise("a.unknown", b"PK\x03\x04").expect("taken").content_type, "application/zip");
        assert_eq!(recognise("latin.txt", b"K\xf6ln").expect("taken").content_type, "text/plain");
        assert_eq!(recognise("wide.txt", b"\xff\xfea\0b\0").expect("taken").content_type, "text/plain");
    }

    proptest! {
        #[test]
        fn any_bytes_under_any_name_are_recognised_or_refused(
            name in "[a-z]{1,3}\\.(png|jpe?g|webp|gif|svg|pdf|txt|zip|docx|x)",
            magic in prop::sample::select(vec![&b"\x89PNG\r\n\x1a\n"[..], b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBP", b"GIF89a", b""]),
            rest in prop::collection::vec(any::<u8>(), 0..512),
        ) {
            let bytes = [magic, &rest].concat();
            if let Ok(kind) = recognise(&name, &bytes) {
                prop_assert!(kind.width >= 0 && kind.height >= 0);
            }
        }
    }
}
