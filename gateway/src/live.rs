//! The live stream: everything a caller may see, as it happens, resumable.
//!
//! One subscription a gateway ([`hub`]) feeds one memory of the recent past ([`ring`]); every [`stream`] reads from it at its own
//! pace. Nothing here knows event types: audiences are made by publishers and judged by `policy::sees`.

mod activity;
pub(crate) mod filter;
mod hub;
mod ring;
mod rpc;
mod seats;
mod stream;

pub(crate) use hub::Hub;
pub(crate) use ring::Memory;
pub(crate) use rpc::Live;
pub(crate) use seats::{Seat, Seats};
