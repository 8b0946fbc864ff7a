//! Bytes on their way out.
//!
//! Whatever a file holds, a browser gets nothing it could run in our name: only pictures and PDF are shown in place, everything
//! else is saved; types are never guessed; a page made of a file has an origin of its own and may load nothing.

use std::{fmt::Write as _, ops::Range};

use futures::TryStreamExt as _;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::Frame;
use http_body_util::StreamBody;
use mesh_core::{
    blobs::Served,
    error::{Error, Result},
};
use proto::tickets::v1::{Attachment, AttachmentState};
use tonic::{Status, body::Body};

use super::{
    Files, Known,
    range::{self, Part},
};
use crate::{ui::plain, unary::http_code};

const PDF: &str = "application/pdf";
/// What browsers would run if they were told its type.
const RUNNABLE: [&str; 3] = ["text/html", "image/svg+xml", "application/xml"];
const BYTES: &str = "application/octet-stream";
/// The browser may keep it, and asks each time whether it may still show it.
const ASK_AGAIN: &str = "private, no-cache";
const ALONE: &str = "default-src 'none'; sandbox";
/// Browsers draw PDF with a part of their own, which a sandbox keeps out.
const ALONE_WITH_VIEWER: &str =
    "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'";
/// Seconds after which the scanner will have looked.
const SCANNED_IN: &str = "5";

impl Files {
    /// Hands a file out.
    pub(super) async fn hand_out(&self, id: &str, request: Request<Body>) -> Response<Body> {
        let (head, _) = request.into_parts();
        let (headers, method) = (head.headers.clone(), head.method.clone());
        let Ok(Known { file, cookies }) = self.known(id, head).await else {
            return nothing();
        };
        let mut response = match file {
            Ok(file) => {
                self.serve(&file, &headers, &method).await.unwrap_or_else(|error| refused(&error.into()))
            }
            Err(status) => refused(&status),
        };
        response.headers_mut().extend(cookies);
        if method == Method::HEAD {
            *response.body_mut() = Body::empty();
        }
        response
    }

    async fn serve(&self, file: &Attachment, headers: &HeaderMap, method: &Method) -> Result<Response<Body>> {
        match file.state() {
            AttachmentState::Ready => {}
            AttachmentState::Scanning => return Ok(scanning()),
            AttachmentState::Quarantined => {
                return Ok(plain(StatusCode::FORBIDDEN, "the virus scanner refused this file\n"));
            }
            AttachmentState::Uploading | AttachmentState::Unspecified => return Ok(nothing()),
        }
        let tag = format!("\"{}\"", file.sha256);
        if range::has(headers, &tag) {
            let mut unchanged = Response::new(Body::empty());
            *unchanged.status_mut() = StatusCode::NOT_MODIFIED;
            describe(unchanged.headers_mut(), file, &tag)?;
            return Ok(unchanged);
        }
        // What is shown in place stays with us, where our headers guard it.
        if !file.inline
            && method == Method::GET
            && let Some(link) = self.blobs.link(&file.sha256, &served(file)).await?
        {
            return sent_on(&link);
        }
        let size = u64::try_from(file.size_bytes).unwrap_or_default();
        match range::asked(headers, size, &tag) {
            Part::Whole => self.bytes(file, &tag, None).await,
            Part::Bytes(part) => self.bytes(file, &tag, Some(part)).await,
            Part::Nothing => {
                let mut response = plain(StatusCode::RANGE_NOT_SATISFIABLE, "the file ends before that\n");
                response
                    .headers_mut()
                    .extend(range::described(None, size).map(|value| (header::CONTENT_RANGE, value)));
                Ok(response)
            }
        }
    }

    async fn bytes(&self, file: &Attachment, tag: &str, part: Option<Range<u64>>) -> Result<Response<Body>> {
        let blob = self.blobs.get(&file.sha256, part.clone()).await?;
        let mut response = Response::new(Body::new(StreamBody::new(blob.bytes.map_ok(Frame::data))));
        let headers = response.headers_mut();
        describe(headers, file, tag)?;
        let length = part.as_ref().map_or(blob.size, |part| part.end - part.start);
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        if let Some(part) = part {
            headers
                .extend(range::described(Some(&part), blob.size).map(|value| (header::CONTENT_RANGE, value)));
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        }
        Ok(response)
    }
}

/// Says of a file what it is and what may be done with it.
fn describe(headers: &mut HeaderMap, file: &Attachment, tag: &str) -> Result<()> {
    let Served { content_type, disposition } = served(file);
    let policy = if file.inline && file.content_type == PDF { ALONE_WITH_VIEWER } else { ALONE };
    for (name, value) in [
        (header::CONTENT_TYPE, content_type.as_str()),
        (header::CONTENT_DISPOSITION, disposition.as_str()),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, ASK_AGAIN),
        (header::ACCEPT_RANGES, "bytes"),
        (header::ETAG, tag),
    ] {
        headers.insert(name, HeaderValue::from_str(value).map_err(Error::internal)?);
    }
    Ok(())
}

fn served(file: &Attachment) -> Served {
    let runnable = RUNNABLE.contains(&file.content_type.as_str());
    Served {
        content_type: if runnable { BYTES.to_owned() } else { file.content_type.clone() },
        disposition: disposition(file.inline, &file.name),
    }
}

/// RFC 6266: the name in ASCII for old clients, and as it is (RFC 5987) for all others.
fn disposition(inline: bool, name: &str) -> String {
    let kind = if inline { "inline" } else { "attachment" };
    let plain = |letter: char| match letter {
        ' '..='~' if !matches!(letter, '"' | '\\' | '%') => letter,
        _ => '_',
    };
    let ascii: String = name.chars().map(plain).collect();
    let mut exact = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            exact.push(byte.into());
        } else {
            // Writing to a string does not fail.
            let _ = write!(exact, "%{byte:02X}");
        }
    }
    format!("{kind}; filename=\"{ascii}\"; filename*=UTF-8''{exact}")
}

/// To the store's own address, for a minute.
fn sent_on(link: &str) -> Result<Response<Body>> {
    let mut response = plain(StatusCode::FOUND, "the file is over there\n");
    let link = HeaderValue::from_str(link).map_err(Error::internal)?;
    response.headers_mut().insert(header::LOCATION, link);
    Ok(response)
}

fn scanning() -> Response<Body> {
    let words = "the virus scanner is looking at this file; come again in a moment\n";
    let mut response = plain(StatusCode::SERVICE_UNAVAILABLE, words);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(SCANNED_IN));
    response
}

fn refused(status: &Status) -> Response<Body> {
    match http_code(status) {
        // An id that is none is an address where nothing is.
        StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST => nothing(),
        StatusCode::UNAUTHORIZED => plain(StatusCode::UNAUTHORIZED, "sign in first\n"),
        code => plain(code, "the file can't be had at the moment\n"),
    }
}

fn nothing() -> Response<Body> {
    plain(StatusCode::NOT_FOUND, "there is nothing here\n")
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn a_name_is_given_to_old_clients_and_to_new_ones() {
        assert_eq!(disposition(true, "a b.png"), "inline; filename=\"a b.png\"; filename*=UTF-8''a%20b.png");
        assert_eq!(
            disposition(false, "Ü\"; x=\".txt"),
            "attachment; filename=\"__; x=_.txt\"; filename*=UTF-8''%C3%9C%22%3B%20x%3D%22.txt"
        );
    }
}
