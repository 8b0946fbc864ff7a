//! A method of the contract as a value: where it is, what it takes and what it brings.
//!
//! For callers that send bytes themselves: one piece of code then makes every call, while what goes in and comes out stays typed.
//! The generated modules (`tickets::v1::ticket_service`) have one for each method with one answer.

use std::marker::PhantomData;

/// A method that takes a `Q` and answers with one `A`.
pub struct Method<Q, A> {
    path: &'static str,
    types: PhantomData<fn(Q) -> A>,
}

impl<Q, A> Method<Q, A> {
    /// For generated code.
    pub(crate) const fn new(path: &'static str) -> Self {
        Self { path, types: PhantomData }
    }

    /// `/ticketmesh.tickets.v1.TicketService/GetTicket`.
    pub const fn path(self) -> &'static str {
        self.path
    }
}

impl<Q, A> Clone for Method<Q, A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Q, A> Copy for Method<Q, A> {}

impl<Q, A> std::fmt::Debug for Method<Q, A> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::Method;
    use crate::tickets::v1::{GetTicketRequest, Ticket, ticket_service};

    #[test]
    fn a_method_knows_its_path_and_its_types() {
        let get: Method<GetTicketRequest, Ticket> = ticket_service::GET_TICKET;
        assert_eq!(get.path(), "/ticketmesh.tickets.v1.TicketService/GetTicket");
    }
}
