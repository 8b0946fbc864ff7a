-- Tickets of other systems, by what they are called there. A row outlives its ticket: what was deleted does not come back.

create table imports (
    system      text not null,
    external_id text not null,
    ticket_id   text not null unique,
    primary key (system, external_id)
);
