//! The contract: generated types and stubs, ids, permission codes, event names, error reasons, the words of rules.
//!
//! Compiles to native code and to WASM alike, so it knows nothing of tokio, databases or transports. What the wire says is
//! in the `.proto` files beside this crate; the modules here only give generated types good manners.

pub mod event;
pub mod id;
pub mod method;
pub mod permission;
pub mod reason;
pub mod word;

/// The compiled contract (`google.protobuf.FileDescriptorSet`), for reflection, JSON and breaking-change checks.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// Declares `proto::<package>::v1` around the code generated for `ticketmesh.<package>.v1`.
macro_rules! packages {
    ($($(#[$doc:meta])* $package:ident => $name:literal;)*) => {$(
        $(#[$doc])*
        pub mod $package {
            /// Version 1 of the package.
            #[allow(clippy::all, clippy::pedantic, unused_qualifications, reason = "generated code; not every package trips them, so `expect` would not hold")]
            pub mod v1 {
                tonic::include_proto!($name);
            }
        }
    )*};
}

packages! {
    /// Reasons shared by every service.
    errors => "ticketmesh.errors.v1";
    /// What travels on the bus and down the live stream.
    events => "ticketmesh.events.v1";
    /// The browser's session and the live stream.
    gateway => "ticketmesh.gateway.v1";
    /// People, departments, roles, sessions, keys.
    identity => "ticketmesh.identity.v1";
    /// Inbox, mail, webhooks.
    notify => "ticketmesh.notify.v1";
    /// Tickets, conversation, catalogue, views, attachments, knowledge.
    tickets => "ticketmesh.tickets.v1";
    /// Workflows, runs, routing, service levels, automations, reports.
    workflow => "ticketmesh.workflow.v1";
}
