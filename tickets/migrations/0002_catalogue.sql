-- The catalogue: categories, fields, the priority matrix; and what tickets answer in its forms.

create table categories (
    id               text primary key,
    department_id    text not null,
    parent_id        text not null,
    name             text not null,
    name_key         text not null,                 -- the name in lower case
    description      text not null,
    position         bigint not null,
    field_keys       text not null,                 -- words
    default_priority bigint not null,
    archive_time     bigint not null,
    version          bigint not null
);
create unique index categories_by_name on categories (department_id, parent_id, name_key) where archive_time = 0;

create table fields (
    id            text primary key,
    key           text not null unique,
    label         text not null,
    help          text not null,
    kind          bigint not null,
    options       text not null,                    -- JSON
    required_when text not null,
    visible_when  text not null,
    default_value text not null,                    -- JSON; empty for none
    staff_only    bigint not null,
    archive_time  bigint not null,
    version       bigint not null
);

-- One row: what was read from the catalogue is still true while its revision is the same.
create table catalogue (
    name           text primary key,
    revision       bigint not null,
    matrix         text not null,                   -- nine priorities: for each impact, for each urgency
    matrix_version bigint not null
);
insert into catalogue (name, revision, matrix, matrix_version) values ('catalogue', 1, '1 1 2 1 2 3 2 3 4', 1);

alter table tickets add column fields text not null default '';                 -- JSON; `ticket_fields` is its index
alter table tickets add column impact bigint not null default 0;
alter table tickets add column urgency bigint not null default 0;
alter table tickets add column priority_by_hand bigint not null default 1;      -- what was there before was set by hand
create index tickets_by_category on tickets (category_id, update_time, id);

-- The answers of tickets for conditions of lists. One row a value; a multiple choice has one for each option.
create table ticket_fields (
    ticket_id text not null,
    key       text not null,
    place     bigint not null,                      -- 0, 1, … among the options of a multiple choice
    word      text,                                 -- TEXT URL CHOICE MULTI_CHOICE USER ASSET, the currency of MONEY
    number    double precision,                     -- NUMBER, the amount of MONEY
    whole     bigint,                               -- BOOL as 0 and 1, DATE as microseconds of its midnight in UTC
    primary key (ticket_id, key, place)             -- LONG_TEXT has a row without a value: it is there
);
create index ticket_fields_by_word on ticket_fields (key, word, ticket_id) where word is not null;
create index ticket_fields_by_number on ticket_fields (key, number, ticket_id) where number is not null;
create index ticket_fields_by_whole on ticket_fields (key, whole, ticket_id) where whole is not null;

-- What happened to fields only the staff sees, only the staff sees.
alter table history add column internal bigint not null default 0;
