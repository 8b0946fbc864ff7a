//! Tickets on their way out, one after the other as they come.

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use http::{HeaderValue, Request, Response, header};
use http_body::Frame;
use http_body_util::StreamBody;
use mesh_core::error::Result;
use prost::Message as _;
use proto::tickets::v1::{ExportTicketsRequest, ExportTicketsResponse, TicketQuery};
use tonic::{Status, body::Body};

use super::{
    Asked, Format, Transfer,
    cells::line,
    columns::{cells, header as columns},
    cookies,
};
use crate::{
    json::Json,
    unary::{self, Answers},
};

const METHOD: &str = "/ticketmesh.tickets.v1.TicketService/ExportTickets";
const MESSAGE: &str = "ticketmesh.tickets.v1.ExportTicketsResponse";

impl Transfer {
    /// Hands tickets out as a file.
    pub(super) async fn hand_out(&self, asked: Asked, request: Request<Body>) -> Result<Response<Body>> {
        let (head, _) = request.into_parts();
        let query = TicketQuery { filter: asked.filter, ..TicketQuery::default() };
        let ask = ExportTicketsRequest { query: Some(query), with_comments: asked.with_comments };
        let Answers { headers, messages } =
            unary::stream(&self.door, head, METHOD.to_owned(), &ask.encode_to_vec()).await?;
        let messages = match messages {
            Ok(messages) => messages,
            Err(status) => return Ok(self.json.refuse(&status, cookies(&headers))),
        };
        let (json, format) = (self.json.clone(), asked.format);
        let written = messages.map(move |message| write(&json, format, &message?));
        let first = match format {
            Format::Csv => Some(Ok(line(columns()).into())),
            Format::JsonLines => None,
        };
        let body = stream::iter(first).chain(written).map_ok(Frame::data);
        let mut response = Response::new(Body::new(StreamBody::new(body)));
        *response.headers_mut() = cookies(&headers);
        describe(format, response.headers_mut());
        Ok(response)
    }
}

fn write(json: &Json, format: Format, message: &[u8]) -> std::result::Result<Bytes, Status> {
    match format {
        Format::JsonLines => Ok(format!("{}\n", json.write(MESSAGE, message)?).into()),
        Format::Csv => {
            let exported =
                ExportTicketsResponse::decode(message).map_err(mesh_core::error::Error::internal)?;
            Ok(line(cells(json, &exported)?).into())
        }
    }
}

fn describe(format: Format, headers: &mut http::HeaderMap) {
    let (kind, name) = match format {
        Format::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"tickets.csv\""),
        Format::JsonLines => ("application/x-ndjson", "attachment; filename=\"tickets.jsonl\""),
    };
    for (header, value) in [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(header, HeaderValue::from_static(value));
    }
}
