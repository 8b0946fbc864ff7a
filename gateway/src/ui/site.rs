//! The files of the UI by address, each with its compressed forms and a tag made from its content.
//!
//! The UI is several programs, each with pages of its own: `<word>/index.html` is the page of every address that begins with that
//! word, `index.html` the page of all others.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{HeaderMap, header};

const EMBEDDED: &[(&str, &[u8])] = &include!(concat!(env!("OUT_DIR"), "/ui.rs"));

const INDEX: &str = "index.html";

/// Shown by a gateway that was built before its UI.
const MISSING: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Ticketmesh</title>\
<h1>The UI is not built in</h1><p>This gateway works, but it was compiled before its pages. Stop it and start it with \
<code>cargo xtask run</code>, which builds both.</p></html>";

/// Everything there is to serve.
#[derive(Debug)]
pub(crate) struct Site {
    files: BTreeMap<String, File>,
    /// By the first word of the addresses they are for.
    pages: BTreeMap<String, File>,
    /// For every other address.
    index: File,
}

/// One file.
#[derive(Clone, Debug)]
pub(super) struct File {
    content_type: &'static str,
    immutable: bool,
    tag: String,
    plain: Bytes,
    brotli: Option<Bytes>,
    gzip: Option<Bytes>,
}

/// A form in which a file travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Plain,
    Brotli,
    Gzip,
}

impl Site {
    /// The UI this program was built with.
    pub(crate) fn embedded() -> Self {
        Self::of(EMBEDDED.iter().map(|(path, bytes)| (*path, Bytes::from_static(bytes))))
    }

    /// A site of these files. `name.br` and `name.gz` are forms of `name`.
    pub(crate) fn of<'a>(files: impl IntoIterator<Item = (&'a str, Bytes)>) -> Self {
        let all: BTreeMap<_, _> = files.into_iter().collect();
        let is_form = |path: &str| matches!(path.rsplit_once('.'), Some((_, "br" | "gz")));
        let (mut files, mut pages) = (BTreeMap::new(), BTreeMap::new());
        for (path, bytes) in all.iter().filter(|(path, _)| !is_form(path)) {
            let file = File::new(path, bytes.clone(), &all);
            match path.strip_suffix(INDEX).map(|folder| folder.trim_end_matches('/')) {
                Some(word) => pages.insert(word.to_owned(), file),
                None => files.insert(format!("/{path}"), file),
            };
        }
        let missing = || File::new(INDEX, Bytes::from_static(MISSING.as_bytes()), &BTreeMap::new());
        let index = pages.remove("").unwrap_or_else(missing);
        Self { files, pages, index }
    }

    /// The file at an address.
    pub(super) fn find(&self, path: &str) -> Option<&File> {
        self.files.get(path)
    }

    /// The page of an address of the UI.
    pub(super) fn page(&self, path: &str) -> &File {
        let word = path.split('/').nth(1).unwrap_or_default();
        self.pages.get(word).unwrap_or(&self.index)
    }

    /// The text of all pages.
    pub(super) fn text(&self) -> String {
        let pages = self.pages.values().chain([&self.index]);
        pages.map(|page| str::from_utf8(&page.plain).unwrap_or_default()).collect()
    }
}

impl File {
    fn new(path: &str, plain: Bytes, all: &BTreeMap<&str, Bytes>) -> Self {
        let form = |suffix| all.get(format!("{path}.{suffix}").as_str()).cloned();
        let hash = digest(&SHA256, &plain);
        Self {
            content_type: content_type(path),
            immutable: path.starts_with("assets/"),
            tag: BASE64_URL_SAFE_NO_PAD.encode(&hash.as_ref()[..12]),
            brotli: form("br"),
            gzip: form("gz"),
            plain,
        }
    }

    pub(super) const fn content_type(&self) -> &'static str {
        self.content_type
    }

    pub(super) const fn is_immutable(&self) -> bool {
        self.immutable
    }

    /// The bytes of a form the file has; the plain ones otherwise.
    pub(super) fn bytes(&self, encoding: Encoding) -> Bytes {
        self.form(encoding).unwrap_or(&self.plain).clone()
    }

    /// A strong tag; the forms of a file differ in theirs.
    pub(super) fn tag(&self, encoding: Encoding) -> String {
        let form = encoding.name().map(|name| format!("-{name}")).unwrap_or_default();
        format!("\"{}{form}\"", self.tag)
    }

    const fn form(&self, encoding: Encoding) -> Option<&Bytes> {
        match encoding {
            Encoding::Plain => Some(&self.plain),
            Encoding::Brotli => self.brotli.as_ref(),
            Encoding::Gzip => self.gzip.as_ref(),
        }
    }
}

impl Encoding {
    /// The smallest form of the file that the client takes.
    pub(super) fn best(file: &File, asked: &HeaderMap) -> Self {
        let lines = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
        let accepted: Vec<_> = lines.flat_map(|line| line.split(',')).filter_map(accepted).collect();
        let takes = |encoding: &Self| {
            file.form(*encoding).is_some()
                && encoding.name().is_some_and(|name| accepted.contains(&name) || accepted.contains(&"*"))
        };
        [Self::Brotli, Self::Gzip].into_iter().find(takes).unwrap_or(Self::Plain)
    }

    /// The name in `Content-Encoding`.
    pub(super) const fn name(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
        }
    }
}

/// The encoding of one item of `Accept-Encoding`, unless it is refused with `q=0`.
fn accepted(item: &str) -> Option<&str> {
    let (name, weight) = item.split_once(';').unwrap_or((item, ""));
    let weight = weight.trim().strip_prefix("q=").unwrap_or("1");
    (weight.parse().is_ok_and(|weight: f32| weight > 0.0)).then(|| name.trim())
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{Encoding, Site};

    #[test]
    fn an_address_gets_the_page_of_its_first_word() {
        let files =
            [("index.html", "front"), ("admin/index.html", "back"), ("admin/index.html.br", "packed")];
        let site = Site::of(files.map(|(path, text)| (path, Bytes::from_static(text.as_bytes()))));
        for (path, text) in [
            ("/", "front"),
            ("/desk/mine/TX-1", "front"),
            ("/administration", "front"),
            ("/requests/admin", "front"),
            ("/admin", "back"),
            ("/admin/people/usr_1", "back"),
        ] {
            assert_eq!(site.page(path).bytes(Encoding::Plain), text, "{path}");
        }
        assert_eq!(site.page("/admin").bytes(Encoding::Brotli), "packed");
        assert!(site.find("/admin/index.html").is_none(), "a page is served by its address only");
        assert!(site.text().contains("front") && site.text().contains("back"));
    }
}
