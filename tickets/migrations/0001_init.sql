-- Tickets, their people, what was said and what happened.
--
-- Portable between SQLite and PostgreSQL: text, bigint. Times are microseconds since 1970 and 0 for "not yet"; enums are their
-- numbers in the contract; an empty text is "none". Who sees what is in src/store/visibility.rs.

create table tickets (
    id                  text primary key,
    number              bigint not null unique,
    subject             text not null,
    haystack            text not null,              -- number and subject in lower case, for `text` queries
    description         text not null,              -- Markdown
    description_html    text not null,
    requester_id        text not null,
    on_behalf_of_id     text not null,
    cc_ids              text not null,              -- words; `participants` is their index
    watcher_ids         text not null,              -- words; `participants` is their index
    department_id       text not null,
    category_id         text not null,
    priority            bigint not null,
    tags                text not null,              -- words
    language            text not null,
    source              bigint not null,
    status              bigint not null,
    stage_key           text not null,
    stage_label         text not null,
    run_id              text not null,
    run_version         bigint not null,
    assignee_id         text not null,
    queue_id            text not null,
    wait_reason         bigint not null,
    wait_until          bigint not null,
    response_due        bigint not null,
    resolve_due         bigint not null,            -- 9223372036854775807 for "never", so that it sorts last
    first_response_time bigint not null,
    resolve_time        bigint not null,
    close_time          bigint not null,
    reopen_count        bigint not null,
    create_time         bigint not null,
    update_time         bigint not null,            -- changes its requester may see
    comment_count       bigint not null,
    note_count          bigint not null,
    version             bigint not null
);
create index tickets_by_update on tickets (update_time, id);
create index tickets_by_creation on tickets (create_time, id);
create index tickets_by_status on tickets (status, update_time, id);
create index tickets_by_department on tickets (department_id, status, update_time, id);
create index tickets_by_assignee on tickets (assignee_id, status, update_time, id);
create index tickets_by_requester on tickets (requester_id, update_time, id);

-- Who may see a ticket besides its requester, its assignee and the staff of its department.
create table participants (
    ticket_id text not null,
    person_id text not null,
    role      text not null,                        -- behalf, cc, watcher
    primary key (ticket_id, person_id, role)
);
create index participants_by_person on participants (person_id, ticket_id);

create table comments (
    id          text primary key,
    ticket_id   text not null,
    internal    bigint not null,                    -- 0 public, 1 for the staff only
    text        text not null,                      -- Markdown; empty once deleted
    html        text not null,
    first_text  text not null,                      -- as first written, once edited
    parent_id   text not null,
    mention_ids text not null,                      -- words
    author      text not null,                      -- JSON
    create_time bigint not null,
    edit_time   bigint not null,
    delete_time bigint not null,
    deleted_by  text not null,                      -- JSON
    version     bigint not null
);
create index comments_by_ticket on comments (ticket_id, create_time, id);

-- What happened besides comments. Rows are never changed.
create table history (
    id        text primary key,
    ticket_id text not null,
    time      bigint not null,
    actor     text not null,                        -- JSON
    cause     text not null,
    what      text not null                         -- JSON, tagged by `kind`
);
create index history_by_ticket on history (ticket_id, time, id);

-- What is left of deleted tickets.
create table tombstones (
    ticket_id text primary key,
    number    bigint not null,
    time      bigint not null,
    actor     text not null,                        -- JSON
    reason    text not null
);

create table drafts (
    person_id text not null,
    ticket_id text not null,                        -- empty for a ticket not yet filed
    kind      bigint not null,
    text      text not null,
    save_time bigint not null,
    primary key (person_id, ticket_id, kind)
);

-- The next ticket number nobody has reserved.
create table numbers (
    name text primary key,
    next bigint not null
);
insert into numbers (name, next) values ('ticket', 1001);
