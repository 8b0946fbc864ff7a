//! Bytes on their way in: held to what was announced, kept as far as they come, gone on with where they ended.
//!
//! A client that goes away loses nothing: the task that takes its bytes is not the connection's, and keeps what came. A client
//! that falls silent is told how far it is; it holds no more than its own connection and one of its own seats meanwhile.

use std::{str::FromStr as _, time::Duration};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use futures::{StreamExt as _, TryStreamExt as _, stream::BoxStream};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, header};
use http_body_util::BodyDataStream;
use mesh_core::{
    blobs::{Appended, Expected, Stretch},
    error::{Error, Result},
};
use prost::{Message as _, Name as _};
use proto::tickets::v1::{
    Attachment, AttachmentState, FinishUploadRequest, upload_service_client::UploadServiceClient,
};
use tonic::{Status, body::Body};

use super::{Files, Known};
use crate::body::Allowance;

/// How many bytes come before these, and how many have come.
const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
/// RFC 9530: the digest of the whole file, also on a part of it.
const DIGEST: HeaderName = HeaderName::from_static("repr-digest");
/// Pieces an upload may come in; each is looked at whenever one asks how far it is.
const MOST_STRETCHES: usize = 1_000;
/// How long recognising and keeping a file may take.
const FINISHING: Duration = Duration::from_mins(2);

/// What a request says of the bytes it brings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Said {
    /// Where they belong; `None` to begin anew.
    at: Option<u64>,
    /// SHA-256 of the whole file, hexadecimal; may be empty.
    sha256: String,
}

/// Where an upload ended.
enum End {
    /// The file is there.
    Whole(Attachment),
    /// So many bytes have come; more are awaited.
    Part(u64),
    /// It ended with an error; so many bytes are kept.
    Broken(Status, u64),
}

impl Files {
    /// Takes bytes of an upload.
    pub(super) async fn take(&self, id: &str, request: Request<Body>) -> Response<Body> {
        let (head, body) = request.into_parts();
        let headers = head.headers.clone();
        let known = match self.known(id, head).await {
            Ok(known) => known,
            Err(error) => return self.json.refuse(&error.into(), HeaderMap::new()),
        };
        let Known { file, cookies } = known;
        let ended = match file {
            Ok(file) => self.receive(file, &headers, body).await,
            Err(status) => Err(status.into()),
        };
        match ended {
            Ok(end) => self.told(end, cookies),
            Err(error) => self.json.refuse(&error.into(), cookies),
        }
    }

    /// Says how many bytes have come.
    pub(super) async fn tell(&self, id: &str, request: Request<Body>) -> Response<Body> {
        let (head, _) = request.into_parts();
        let told = async {
            let Known { file, cookies } = self.known(id, head).await?;
            let file = file?;
            let size = match file.state() {
                AttachmentState::Uploading => self.blobs.arrived(id).await?.size,
                _ => size_of(&file),
            };
            Ok::<_, Error>((size, cookies))
        };
        let mut response = match told.await {
            Ok((size, cookies)) => {
                let mut response = Response::new(Body::empty());
                *response.headers_mut() = with_offset(cookies, size);
                response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
                response
            }
            Err(error) => self.json.refuse(&error.into(), HeaderMap::new()),
        };
        *response.body_mut() = Body::empty();
        response
    }

    async fn receive(&self, file: Attachment, headers: &HeaderMap, body: Body) -> Result<End> {
        if file.state() != AttachmentState::Uploading {
            // The answer got lost on the way, and the client asks again.
            return Ok(End::Whole(file));
        }
        let said = Said::of(headers)?;
        let at = if let Some(at) = said.at {
            at
        } else {
            self.blobs.discard(&file.id).await?;
            0
        };
        let arrived = self.blobs.arrived(&file.id).await?;
        let come = arrived.size;
        if come != at {
            let error = Error::conflict(format!("{come} bytes have come, not {at}; go on there"));
            return Ok(End::Broken(error.into(), come));
        }
        if arrived.stretches() >= MOST_STRETCHES {
            let problem =
                "goes on after 1000 pieces; send fewer and larger ones, from the beginning without it";
            return Err(Error::invalid("upload-offset", problem));
        }
        let awaited = usize::try_from(size_of(&file).saturating_sub(at)).unwrap_or(usize::MAX);
        Allowance { bytes: awaited, silence: self.silence }.check(headers)?;
        let seat = self.seats.take(&file.owner_id)?;
        let files = self.clone();
        let taking = tokio::spawn(async move {
            let _seat = seat;
            files.append(file, at, said.sha256, body).await
        });
        taking.await.map_err(Error::internal)?
    }

    /// Appends what comes, and finishes when that was all.
    async fn append(&self, file: Attachment, at: u64, sha256: String, body: Body) -> Result<End> {
        // What is too much is refused by the file store's own check, which leaves nothing of it.
        let allowance = Allowance { bytes: usize::MAX, silence: self.silence };
        let expected = Expected {
            content_type: file.content_type.clone(),
            max_bytes: size_of(&file),
            size: Some(size_of(&file)),
            sha256: None,
        };
        let stretch = Stretch { upload: &file.id, at, expected: &expected };
        let Appended { size, stopped } = self.blobs.append(stretch, bytes(allowance.hold(body))).await?;
        match stopped {
            Some(error) => Ok(End::Broken(error.into(), size)),
            None if size < size_of(&file) => Ok(End::Part(size)),
            None => self.finish(file.id, sha256).await,
        }
    }

    async fn finish(&self, id: String, sha256: String) -> Result<End> {
        let mut ask = tonic::Request::new(FinishUploadRequest { id: id.clone(), sha256 });
        ask.set_timeout(FINISHING);
        match UploadServiceClient::new(self.tickets.for_worker()).finish_upload(ask).await {
            Ok(taken) => Ok(End::Whole(taken.into_inner())),
            Err(status) => Ok(End::Broken(status, self.blobs.arrived(&id).await?.size)),
        }
    }

    fn told(&self, end: End, cookies: HeaderMap) -> Response<Body> {
        match end {
            End::Whole(file) => {
                let headers = with_offset(cookies, size_of(&file));
                self.json.show(&Attachment::full_name(), &file.encode_to_vec(), headers)
            }
            End::Part(size) => {
                let mut response = Response::new(Body::empty());
                *response.status_mut() = StatusCode::ACCEPTED;
                *response.headers_mut() = with_offset(cookies, size);
                response
            }
            End::Broken(status, size) => {
                let mut response = self.json.refuse(&status, with_offset(cookies, size));
                if status.code() == tonic::Code::Cancelled {
                    *response.status_mut() = StatusCode::REQUEST_TIMEOUT;
                }
                response
            }
        }
    }
}

impl Said {
    /// What the headers say, or everything that is wrong with it.
    fn of(headers: &HeaderMap) -> Result<Self> {
        if headers.contains_key(header::CONTENT_RANGE) {
            return Err(Error::invalid(
                "content-range",
                "is not understood; say in upload-offset where to go on",
            ));
        }
        let at = headers.get(&OFFSET).map(|at| {
            let at = at.to_str().ok().and_then(|at| u64::from_str(at).ok());
            at.ok_or_else(|| Error::invalid("upload-offset", "is no number; give the bytes sent before"))
        });
        let digest = headers.get(&DIGEST).map(|digest| {
            let digest = digest.to_str().ok().and_then(sha256_of);
            digest.ok_or_else(|| {
                Error::invalid("repr-digest", "is not like sha-256=:…=:; give the digest in Base64")
            })
        });
        Ok(Self { at: at.transpose()?, sha256: digest.transpose()?.unwrap_or_default() })
    }
}

/// The SHA-256 among the digests of a header; empty when there are only others.
fn sha256_of(digests: &str) -> Option<String> {
    for digest in digests.split(',') {
        let (name, value) = digest.trim().split_once('=')?;
        if name.eq_ignore_ascii_case("sha-256") {
            let bytes = BASE64_STANDARD.decode(value.strip_prefix(':')?.strip_suffix(':')?).ok()?;
            return (bytes.len() == 32).then(|| hex::encode(bytes));
        }
    }
    Some(String::new())
}

fn bytes(body: Body) -> BoxStream<'static, Result<bytes::Bytes>> {
    BodyDataStream::new(body).map_err(Error::from).boxed()
}

fn size_of(file: &Attachment) -> u64 {
    u64::try_from(file.size_bytes).unwrap_or_default()
}

fn with_offset(mut headers: HeaderMap, size: u64) -> HeaderMap {
    headers.insert(OFFSET, HeaderValue::from(size));
    headers
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::Said;

    fn said(headers: &[(&'static str, &str)]) -> Option<Said> {
        let header = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a value"))
        };
        Said::of(&headers.iter().map(header).collect::<HeaderMap>()).ok()
    }

    #[test]
    fn a_request_says_where_its_bytes_belong_and_what_the_whole_is() {
        assert_eq!(said(&[]), Some(Said::default()));
        assert_eq!(said(&[("upload-offset", "7")]).and_then(|said| said.at), Some(7));
        let digest = "unixsum=30637, sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:";
        let hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
        assert_eq!(said(&[("repr-digest", digest)]).map(|said| said.sha256).as_deref(), Some(hello));
        for wrong in [
            ("upload-offset", "-1"),
            ("upload-offset", "1e3"),
            ("repr-digest", "sha-256=abc"),
            ("repr-digest", "sha-256=:AAAA:"),
            ("content-range", "bytes 0-1/2"),
        ] {
            assert_eq!(said(&[wrong]), None, "{wrong:?}");
        }
    }
}
