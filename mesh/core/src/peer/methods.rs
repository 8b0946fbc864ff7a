//! What the contract says of a method, for retries: whether it can be repeated, and whether doing so does harm.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use prost::Message;
use prost_types::{FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto};

/// Verbs that only read.
const READS: [&str; 9] =
    ["Get", "List", "BatchGet", "Count", "Search", "Explain", "Preview", "Diff", "DryRun"];
/// A request with this field is done once, however often it comes.
const ONCE: &str = "request_id";

/// What matters of a method. Of an unknown one nothing is assumed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Method {
    /// One message there, one back.
    pub(super) is_unary: bool,
    /// Doing it twice is doing it once.
    pub(super) is_idempotent: bool,
}

/// The method at `/package.Service/Method`.
pub(super) fn method(path: &str) -> Method {
    static METHODS: LazyLock<HashMap<String, Method>> = LazyLock::new(read);
    METHODS.get(path).copied().unwrap_or_default()
}

fn read() -> HashMap<String, Method> {
    let files = FileDescriptorSet::decode(proto::DESCRIPTORS).unwrap_or_default().file;
    let once: HashSet<String> = files.iter().flat_map(done_once).collect();
    files.iter().flat_map(|file| methods_of(file, &once)).collect()
}

/// The full names of messages with a request id.
fn done_once(file: &FileDescriptorProto) -> impl Iterator<Item = String> {
    let with_id =
        file.message_type.iter().filter(|message| message.field.iter().any(|field| field.name() == ONCE));
    with_id.map(|message| format!(".{}.{}", file.package(), message.name()))
}

fn methods_of(file: &FileDescriptorProto, once: &HashSet<String>) -> Vec<(String, Method)> {
    let of = |service: &str, method: &MethodDescriptorProto| {
        let path = format!("/{}.{service}/{}", file.package(), method.name());
        let is_unary = !method.client_streaming() && !method.server_streaming();
        let is_read = READS.iter().any(|verb| method.name().starts_with(verb));
        (path, Method { is_unary, is_idempotent: is_read || once.contains(method.input_type()) })
    };
    file.service
        .iter()
        .flat_map(|service| service.method.iter().map(move |method| of(service.name(), method)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Method, method};

    #[test]
    fn reads_and_requests_with_an_id_may_be_repeated() {
        let tickets = |name: &str| method(&format!("/ticketmesh.tickets.v1.TicketService/{name}"));
        assert_eq!(tickets("GetTicket"), Method { is_unary: true, is_idempotent: true });
        assert_eq!(tickets("CreateTicket"), Method { is_unary: true, is_idempotent: true });
        assert!(!tickets("ExportTickets").is_unary && !tickets("ImportTickets").is_unary);
        assert_eq!(tickets("NoSuchMethod"), Method::default());
    }
}
