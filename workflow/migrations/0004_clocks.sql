-- Service levels: working hours, policies, what happened to tickets, and the clocks that follow from it. Amounts are microseconds.

create table calendars (
    id         text   not null primary key,
    version    bigint not null,
    name       text   not null unique,
    body       bytea  not null, -- ticketmesh.workflow.v1.Calendar
    created_at bigint not null,
    updated_at bigint not null
);

-- Never changed: clocks that ended say by which one they were measured.
create table calendar_versions (
    calendar_id text   not null references calendars (id),
    version     bigint not null,
    body        bytea  not null, -- ticketmesh.workflow.v1.Calendar
    primary key (calendar_id, version)
);

create table sla_policies (
    id         text   not null primary key,
    version    bigint not null,
    name       text   not null unique,
    position   bigint not null, -- the first that matches applies
    body       bytea  not null, -- ticketmesh.workflow.v1.SlaPolicy; columns go before what it says
    created_at bigint not null,
    updated_at bigint not null
);

-- What clocks can hear of, kept for every ticket. Only ever added to.
create table moments (
    run_id        text   not null references runs (id),
    seq           bigint not null,
    at            bigint not null,
    event         text   not null, -- a word of sla/moment.rs
    priority      bigint not null, -- this and the next nine: how the ticket stood after it
    status        bigint not null,
    stage         text   not null,
    share         bigint not null, -- of the stage in the whole way, in millionths
    pauses        bigint not null,
    wait_reason   bigint not null,
    assignee_id   text   not null,
    department_id text   not null,
    answered      bigint not null,
    parked        bigint not null,
    policy_id     text   not null, -- that applied from here on, '' for none
    cause         text   not null, -- for people
    since         bigint,          -- what it absorbed had waited since
    primary key (run_id, seq)
);

create table clocks (
    id               text   not null primary key,
    version          bigint not null,
    run_id           text   not null references runs (id),
    ticket_id        text   not null,
    metric           bigint not null,
    instance         bigint not null,
    phase            bigint not null, -- 1 running, 2 paused, 3 closed, 4 cancelled
    policy_id        text   not null,
    policy_version   bigint not null,
    calendar_id      text   not null,
    calendar_version bigint not null,
    target           bigint not null,
    in_days          bigint not null, -- flag: working days are counted, each as 24 hours
    bells            text   not null, -- amounts of time used at which people are told
    since            bigint not null, -- seq of the moment it began with
    carried          bigint not null, -- used already when it began
    started_at       bigint not null,
    spent            bigint not null, -- used up to mark
    mark             bigint not null,
    due              bigint,
    missed_at        bigint,
    closed_at        bigint,
    told             bigint not null, -- the last bell that rang
    unique (run_id, metric, instance)
);
create index clocks_by_ticket on clocks (ticket_id);

-- How far open tickets follow an edit; the newest row is the one that goes on.
create table sla_reviews (
    id         text   not null primary key,
    started_at bigint not null,
    total      bigint not null,
    done       bigint not null,
    changed    bigint not null,
    ended_at   bigint
);
