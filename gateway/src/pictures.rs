//! `GET /pictures/{user}/{etag}`: people's pictures for whoever is signed in, by cookie, token or key.
//!
//! An address names one content for ever, since the tag changes with it: browsers keep it and never ask again. What identity made
//! of a picture is a PNG; nothing else leaves here.

use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use prost::Message as _;
use proto::identity::v1::{GetPictureRequest, Picture};
use tonic::{Status, body::Body};

use crate::{
    door::Door,
    ui::{only_get, plain},
    unary::{self, Answer, http_code},
};

/// Where pictures are.
pub(crate) const PREFIX: &str = "/pictures/";

const METHOD: &str = "/ticketmesh.identity.v1.DirectoryService/GetPicture";
const PNG: &str = "image/png";
/// Only the browser keeps it, and for good: others between us and him don't know who is signed in.
const FOR_GOOD: &str = "private, max-age=31536000, immutable";

/// The answer to a request below [`PREFIX`].
pub(crate) async fn answer(door: &Door, request: Request<Body>) -> Response<Body> {
    match *request.method() {
        Method::GET | Method::HEAD => find(door, request).await,
        _ => only_get(),
    }
}

async fn find(door: &Door, request: Request<Body>) -> Response<Body> {
    let (head, _) = request.into_parts();
    let path = head.uri.path().to_owned();
    let Some((user_id, etag)) = path.strip_prefix(PREFIX).and_then(|rest| rest.split_once('/')) else {
        return nothing();
    };
    let is_head = head.method == Method::HEAD;
    let ask = GetPictureRequest { user_id: user_id.to_owned() }.encode_to_vec();
    let Ok(Answer { headers, message, .. }) = unary::call(door, head, METHOD.to_owned(), &ask).await else {
        return nothing();
    };
    let mut response = match message.and_then(|bytes| decode(&bytes)) {
        Ok(picture) if picture.etag == etag && picture.media_type == PNG => shown(picture),
        Ok(_) => nothing(),
        Err(status) => refused(&status),
    };
    // The session may have been renewed on the way.
    response
        .headers_mut()
        .extend(headers.get_all(header::SET_COOKIE).iter().map(|line| (header::SET_COOKIE, line.clone())));
    if is_head {
        *response.body_mut() = Body::empty();
    }
    response
}

fn decode(bytes: &[u8]) -> Result<Picture, Status> {
    Picture::decode(bytes).map_err(|error| Status::internal(error.to_string()))
}

fn shown(picture: Picture) -> Response<Body> {
    let mut response = Response::new(Body::new(Full::from(picture.content)));
    for (name, value) in [
        (header::CONTENT_TYPE, PNG),
        (header::CACHE_CONTROL, FOR_GOOD),
        (header::CONTENT_DISPOSITION, "inline"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn refused(status: &Status) -> Response<Body> {
    match http_code(status) {
        // An id that is none is an address where nothing is.
        StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST => nothing(),
        StatusCode::UNAUTHORIZED => plain(StatusCode::UNAUTHORIZED, "sign in first\n"),
        code => plain(code, "the picture can't be had at the moment\n"),
    }
}

fn nothing() -> Response<Body> {
    plain(StatusCode::NOT_FOUND, "there is nothing here\n")
}
