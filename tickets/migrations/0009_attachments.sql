-- Files of tickets and comments. Their bytes are in the file store under their digest; the same bytes are there once.

create table attachments (
    id           text primary key,
    ticket_id    text not null,                     -- empty for a ticket not yet filed; a comment's own ticket counts before it
    comment_id   text not null,                     -- empty for a file of the ticket itself, and until it is used
    owner_id     text not null,
    position     bigint not null,                   -- among the files it was used with
    name         text not null,
    size         bigint not null,
    content_type text not null,
    sha256       text not null,                     -- empty until its bytes came
    width        bigint not null,
    height       bigint not null,
    state        bigint not null,
    create_time  bigint not null,
    expire_time  bigint not null,                   -- when it is forgotten unless it is used
    bind_time    bigint not null                    -- when it was used; 0 until then
);
create index attachments_by_ticket on attachments (ticket_id, id);
create index attachments_by_comment on attachments (comment_id, position);
create index attachments_by_owner on attachments (owner_id, bind_time);
create index attachments_by_content on attachments (sha256);

-- What is in the file store. Whoever refers to a content, and whoever removes one, first touches its row, so that neither
-- happens behind the other's back.
create table contents (
    sha256  text primary key,
    size    bigint not null,
    touches bigint not null
);
