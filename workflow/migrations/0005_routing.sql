-- Routing: what queues ask for, whom they ask, and what agents can take.

alter table queues add column version bigint not null default 1;
alter table queues add column name text not null default '';         -- '' is called as its department
alter table queues add column home text not null default '';         -- whose tickets and agents it joins; '' goes by its rule alone
alter table queues add column position bigint not null default 1000; -- the first that matches takes the ticket
alter table queues add column pass bigint not null default 0;        -- how far weighted turns have come
alter table queues add column absence bigint not null default 1;     -- what becomes of tickets whose assignee goes offline …
alter table queues add column grace bigint not null default 0;       -- … for this long
alter table queues add column settings bytea;                        -- ticketmesh.workflow.v1.Queue; none are the defaults
-- `department_id` is that of a department's own queue. Others have their own id there, because the column is unique.
update queues set home = department_id;
create unique index queues_by_name on queues (name) where name <> '';
create index queues_by_home on queues (home, position, id);

-- Departments whose agents a queue asks, and after how long a wait.
create table queue_pools (
    queue_id      text   not null references queues (id),
    department_id text   not null,
    joins_after   bigint not null, -- microseconds
    primary key (queue_id, department_id)
);
create index queue_pools_by_department on queue_pools (department_id);
insert into queue_pools (queue_id, department_id, joins_after) select id, department_id, 0 from queues;

alter table turns add column pass bigint not null default 0;

alter table agents add column profile bytea;                         -- ticketmesh.workflow.v1.AgentProfile: what is said by hand
alter table agents add column limited bigint not null default 0;     -- flag: there is a limit to the work
alter table agents add column away_until bigint;
alter table agents add column claims bigint not null default 0;      -- counts what routing gave, so that two queues never fill one place
create index agents_everywhere on agents (user_id) where everywhere = 1 and active = 1;

alter table runs add column units bigint not null default 1;         -- of an agent's capacity
alter table runs add column source bigint not null default 0;        -- of the ticket; 0 for those from before
alter table runs add column pinned bigint not null default 0;        -- flag: was escalated to its queue, and no rule moves it
alter table runs add column snoozed_until bigint;                    -- set aside until then
alter table runs add column wake_on_reply bigint not null default 0; -- flag
alter table runs add column offered_to text;                         -- waits for this agent's answer …
alter table runs add column offered_until bigint;                    -- … until then
create index runs_offered on runs (offered_to) where offered_to is not null;
-- In the order in which a queue is emptied, so that it is read and never sorted.
drop index runs_waiting;
create index runs_waiting on runs (queue_id, priority desc, queued_at, id) where queued_at is not null;
drop index runs_by_assignee;
create index runs_by_assignee on runs (assignee_id, category, source, units) where ended_at is null;
create index runs_by_requester on runs (requester_id, started_at) where assignee_id is not null;
