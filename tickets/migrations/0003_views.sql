-- Views, macros, and bulk changes with what it takes to undo them.
--
-- Portable as 0001. `sharing` is the contract's `SharingKind`; who may use what is in src/store/shelf.rs.

create table views (
    id            text primary key,
    owner_id      text not null,
    name          text not null,
    sharing       bigint not null,
    department_id text not null,                    -- empty unless shared with a department
    filter        text not null,                    -- a rule
    order_by      text not null,
    columns       text not null,                    -- words
    group_by      text not null,
    position      bigint not null,
    version       bigint not null
);
create index views_by_owner on views (owner_id);
create index views_by_place on views (sharing, department_id);

create table macros (
    id             text primary key,
    owner_id       text not null,
    name           text not null,
    sharing        bigint not null,
    department_id  text not null,
    ticket         bytea not null,                  -- the contract's Ticket with the fields to set
    paths          text not null,                   -- words: which those are
    comment_kind   bigint not null,
    comment_text   text not null,                   -- a template; empty for no comment
    transition_key text not null,
    version        bigint not null
);
create index macros_by_owner on macros (owner_id);
create index macros_by_place on macros (sharing, department_id);

-- A change of many tickets. Its tickets are settled at the start.
create table bulks (
    id          text primary key,
    owner_id    text not null,
    total       bigint not null,
    macro       bytea not null,                     -- the contract's Macro as it was at the start; empty for none
    create_time bigint not null,
    undo_time   bigint not null                     -- when undoing began
);
create index bulks_by_time on bulks (create_time);

create table bulk_tickets (
    bulk_id        text not null,
    place          bigint not null,                 -- from 1, in the order of their turns
    ticket_id      text not null,
    etag           text not null,                   -- the version it must have; empty for any
    state          bigint not null,                 -- 0 waiting, 1 done, 2 skipped
    reason         text not null,                   -- why it was skipped
    message        text not null,
    entry_ids      text not null,                   -- words: the entries of the history that tell of it
    before         bytea not null,                  -- the contract's Ticket with the changed fields as they were
    paths          text not null,                   -- words: which fields were changed
    comment_id     text not null,
    first_response bigint not null,                 -- the first response, when the comment was that
    version        bigint not null,                 -- of the ticket afterwards
    done_time      bigint not null,
    undo_state     bigint not null,                 -- 0 not undone, 1 restored, 2 skipped
    undo_reason    text not null,
    undo_message   text not null,
    primary key (bulk_id, place)
);
create index bulk_tickets_by_ticket on bulk_tickets (ticket_id);
