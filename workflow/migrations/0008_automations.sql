-- Automations, what they did, and recent events to try them on.

create table automations (
    id             text   not null primary key,
    version        bigint not null,
    name           text   not null unique,
    position       bigint not null,
    enabled        bigint not null, -- flag
    enabled_at     bigint not null, -- failures before do not count any more
    event          text   not null, -- what it waits for; '' for a schedule
    paused_because text   not null,
    body           bytea  not null, -- ticketmesh.workflow.v1.Automation; columns go before what it says
    created_at     bigint not null,
    updated_at     bigint not null
);
create index automations_by_event on automations (event, position) where enabled = 1;
create index automations_by_position on automations (position, id);

create table automation_runs (
    id            text   not null primary key,
    automation_id text   not null references automations (id),
    ticket_id     text   not null,
    cause         text   not null, -- event, time of the schedule, or deed that failed: what made it look, once
    at            bigint not null,
    outcome       bigint not null,
    by_person     bigint not null, -- flag: of the event behind it; what goes round comes back without one
    body          bytea  not null, -- ticketmesh.workflow.v1.AutomationRun
    unique (automation_id, ticket_id, cause)
);
create index automation_runs_by_time on automation_runs (automation_id, at, id);
create index automation_runs_by_outcome on automation_runs (automation_id, outcome, at);
create index automation_runs_by_age on automation_runs (at);

-- Of each event one a second at most, without what people wrote; the latest thousand or so stay.
create table heard (
    id     text   not null primary key,
    name   text   not null,
    second bigint not null,
    said   text   not null -- JSON
);
create index heard_by_second on heard (name, second);
