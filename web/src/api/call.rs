//! Making a call: one piece of code for all of them, which knows bytes alone.
//!
//! The generated clients would bring a copy of their whole machinery for each method, a third of the program; here a method adds
//! only its messages.

use bytes::{Buf, BufMut, Bytes};
use prost::Message;
use proto::method::Method;
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::{Request, Status};

use super::{Answer, Kind, PATIENCE, Trouble, channel, endless_channel};

/// Makes a call, again if it got no answer.
pub(super) async fn ask<Q: Message, A: Message + Default>(method: Method<Q, A>, question: Q) -> Answer<A> {
    let bytes = question.encode_to_vec();
    drop(question);
    // Boxed, so that the state of a call is one pointer wherever one is made.
    let answer = Box::pin(exchange(method.path(), bytes.into())).await?;
    A::decode(answer).map_err(|mistake| Trouble::of(&Status::internal(mistake.to_string())))
}

async fn exchange(path: &'static str, question: Bytes) -> Answer<Bytes> {
    let mut waits = PATIENCE.into_iter();
    loop {
        let trouble = match once(path, question.clone()).await {
            Ok(answer) => return Ok(answer),
            Err(status) => Trouble::of(&status),
        };
        match waits.next() {
            Some(wait) if trouble.kind == Kind::Offline => {
                gloo_timers::future::TimeoutFuture::new(wait).await;
            }
            _ => return Err(trouble),
        }
    }
}

async fn once(path: &'static str, question: Bytes) -> Result<Bytes, Status> {
    let mut grpc = Grpc::new(channel());
    grpc.ready().await.map_err(|never| Status::unavailable(never.to_string()))?;
    let answer = grpc.unary(Request::new(question), PathAndQuery::from_static(path), Raw).await?;
    Ok(answer.into_inner())
}

/// Makes a call with many answers and hears each as it comes. One that broke off is made again: with its `request_id` the server goes
/// on where it ended.
pub(super) async fn hear<Q: Message, A: Message + Default>(
    path: &'static str,
    question: Q,
    each: impl Fn(A),
) -> Answer<()> {
    let bytes = Bytes::from(question.encode_to_vec());
    let decoded =
        |answer: Bytes| A::decode(answer).map(&each).map_err(|mistake| Status::internal(mistake.to_string()));
    let mut waits = PATIENCE.into_iter();
    loop {
        let Err(status) = Box::pin(stream(path, bytes.clone(), &decoded)).await else { return Ok(()) };
        let trouble = Trouble::of(&status);
        match waits.next() {
            Some(wait) if trouble.kind == Kind::Offline => {
                gloo_timers::future::TimeoutFuture::new(wait).await;
            }
            _ => return Err(trouble),
        }
    }
}

async fn stream(
    path: &'static str,
    question: Bytes,
    each: &dyn Fn(Bytes) -> Result<(), Status>,
) -> Result<(), Status> {
    let mut grpc = Grpc::new(endless_channel());
    grpc.ready().await.map_err(|never| Status::unavailable(never.to_string()))?;
    let path = PathAndQuery::from_static(path);
    let mut answers = grpc.server_streaming(Request::new(question), path, Raw).await?.into_inner();
    while let Some(answer) = answers.message().await? {
        each(answer)?;
    }
    Ok(())
}

/// Messages as they are on the wire.
#[derive(Clone, Copy, Debug)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.put(message);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}
