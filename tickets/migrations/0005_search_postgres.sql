-- The index of words on PostgreSQL; its twin for SQLite is 0005_search_sqlite.sql. What stands in it is made in src/search.
--
-- The pending list of each index is a quarter of the usual: long enough for filing to write many tickets at once, and short, because
-- every search reads all of it.

-- Lists in the orders that had to read every ticket.
create index tickets_by_priority on tickets (priority, id);
create index tickets_by_resolve_due on tickets (resolve_due, id);

create table ticket_words (
    rowid bigint primary key,                       -- tickets.number; named as SQLite names it
    words tsvector not null                         -- what everybody who sees the ticket may read, and its department
);
create index ticket_words_by_word on ticket_words using gin (words) with (gin_pending_list_limit = 1024);

create table note_words (
    rowid bigint primary key,                       -- tickets.number, of tickets with notes
    words tsvector not null                         -- that, its notes, and its assignee
);
create index note_words_by_word on note_words using gin (words) with (gin_pending_list_limit = 1024);

create table article_words (
    rowid bigint primary key,                       -- articles.number
    words tsvector not null                         -- its published text, and who reads it
);
create index article_words_by_word on article_words using gin (words);

-- How words of titles are written.
create table vocabulary (
    initial text not null,                          -- the first letter
    word    text not null,
    primary key (initial, word)
);

-- Tickets that are there already are taken in by jobs (src/indexing.rs).
insert into jobs (id, kind, key, payload, traceparent, created_at, due, run_at)
values ('job_00000000000000000000000005', 'index_tickets', 'all', convert_to('{"after":0}', 'UTF8'), '', 0, 0, 0);
