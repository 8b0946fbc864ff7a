-- What people should know. Instants are microseconds since 1970 in UTC.
create table notifications (
    id text primary key,              -- ntf_…; sorts by time
    user_id text not null,            -- whom it is for
    kind bigint not null,             -- ticketmesh.notify.v1.NotificationKind
    subject text not null,
    body text not null,
    ticket_id text not null,          -- empty when it is about no ticket
    ticket_number text not null,
    actor_id text not null,           -- empty for the system
    created_at bigint not null,
    read_at bigint
);
create index notifications_by_person on notifications (user_id, id);
create index notifications_unread on notifications (user_id) where read_at is null;
create index notifications_by_age on notifications (created_at);
