-- The tables every service's database has. Portable types only: text, bigint, double precision, and bytea for bytes (SQLite keeps a
-- column of that unknown name as it was bound). Instants are microseconds since 1970 in UTC.

-- Events that happened and have not left yet. Written in the transaction of the change; a row goes when the bus has confirmed it.
create table outbox (
    seq integer primary key,            -- order of writing; 0002 makes it bigint and self-counting on PostgreSQL
    id text not null unique,            -- evt_…
    subject text not null,              -- events of one subject leave in the order of seq
    envelope bytea not null,            -- ticketmesh.events.v1.Envelope, trace context included
    created_at bigint not null,
    attempts bigint not null default 0, -- refusals by a consumer; a bus that can't be reached does not count
    free_at bigint not null default 0,  -- a relay's lease or a pause after a failure ends then
    leased_by text,
    last_error text
);
create index outbox_by_subject on outbox (subject, seq);
create index outbox_held on outbox (free_at) where free_at > 0;

-- Events a consumer kept refusing. Kept until an administrator sends them again or drops them.
create table dead_letters (
    id text primary key,                -- evt_…
    subject text not null,
    envelope bytea not null,
    attempts bigint not null,
    reason text not null,               -- what the consumer said last
    died_at bigint not null
);

-- Events this service has taken in, so that a second delivery does nothing.
create table inbox (
    consumer text not null,
    event_id text not null,
    seen_at bigint not null,
    primary key (consumer, event_id)
);
create index inbox_by_age on inbox (seen_at);

-- Answers to calls that carry a request id. An answer is null only inside the transaction that makes it.
create table requests (
    caller text not null,
    method text not null,
    request_id text not null,
    fingerprint text not null,          -- of the request's body
    answer bytea,
    created_at bigint not null,
    primary key (caller, method, request_id)
);
create index requests_by_age on requests (created_at);

-- Work to be done later or after the transaction.
create table jobs (
    seq integer primary key,            -- as in outbox
    id text not null unique,            -- job_…
    kind text not null,
    key text not null,                  -- jobs of one kind and key run one after the other, in the order of seq
    payload bytea not null,
    traceparent text not null,
    created_at bigint not null,
    due bigint not null,
    run_at bigint not null,             -- due at first; then the end of a runner's lease, or of a pause after a failure
    leased_by text,
    attempts bigint not null default 0, -- failures that count
    last_error text,
    died_at bigint                      -- given up then; waits for an administrator
);
create index jobs_by_key on jobs (kind, key, seq);
create index jobs_by_time on jobs (kind, run_at);
