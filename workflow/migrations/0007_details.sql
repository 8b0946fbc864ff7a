-- What rules may say of a ticket beyond what decides who sees and takes it.

alter table runs add column details bytea; -- ticketmesh.tickets.v1.Ticket, only what rules speak of; null while nothing is known
