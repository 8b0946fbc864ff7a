-- The index of words on SQLite; its twin for PostgreSQL is 0005_search_postgres.sql. What stands in it is made in src/search.
--
-- It holds the words and not the texts, and where in a text a word stands does not matter. The tokenizer takes what it is given
-- apart at spaces alone.

-- Lists in the orders that had to read every ticket.
create index tickets_by_priority on tickets (priority, id);
create index tickets_by_resolve_due on tickets (resolve_due, id);

-- What everybody who sees a ticket may read, and its department; rowid is tickets.number.
create virtual table ticket_words using fts5(
    words, content = '', contentless_delete = 1, detail = none, tokenize = "ascii tokenchars '^#@~-_.'"
);
-- That, its notes, and its assignee, of tickets with notes; rowid is tickets.number.
create virtual table note_words using fts5(
    words, content = '', contentless_delete = 1, detail = none, tokenize = "ascii tokenchars '^#@~-_.'"
);
-- The published text of an article, and who reads it; rowid is articles.number.
create virtual table article_words using fts5(
    words, content = '', contentless_delete = 1, detail = none, tokenize = "ascii tokenchars '^#@~-_.'"
);

-- How words of titles are written.
create table vocabulary (
    initial text not null,                          -- the first letter
    word    text not null,
    primary key (initial, word)
);

-- Tickets that are there already are taken in by jobs (src/indexing.rs).
insert into jobs (id, kind, key, payload, traceparent, created_at, due, run_at)
values ('job_00000000000000000000000005', 'index_tickets', 'all', cast('{"after":0}' as blob), '', 0, 0, 0);
