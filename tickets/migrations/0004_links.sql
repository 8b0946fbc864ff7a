-- Links, merges, reactions and ratings. Portable; the version before runs on it.

alter table tickets add column merged_into_id text not null default '';      -- a stub leads there
alter table tickets add column parked_status bigint not null default 0;      -- what a stub's run says while `status` is CLOSED
alter table tickets add column score bigint not null default 0;              -- 1 to 5, 0 until rated
alter table tickets add column score_comment text not null default '';
alter table tickets add column rate_time bigint not null default 0;
create index drafts_by_ticket on drafts (ticket_id);

create table links (
    id          text primary key,
    from_id     text not null,
    to_id       text not null,
    kind        bigint not null,
    create_time bigint not null,
    unique (from_id, to_id, kind)
);
create index links_by_end on links (to_id, kind);

create table reactions (
    comment_id text not null,
    person_id  text not null,
    emoji      bigint not null,
    time       bigint not null,
    primary key (comment_id, person_id, emoji)
);

create table merges (
    id          text primary key,
    target_id   text not null,
    cc_ids      text not null,              -- words, people the target has in copy because of it
    watcher_ids text not null,              -- words, watchers it has because of it
    create_time bigint not null,
    undo_time   bigint not null             -- 0 while it stands
);
create index merges_by_target on merges (target_id) where undo_time = 0;

create table merge_sources (
    merge_id   text not null,
    source_id  text not null,
    place      bigint not null,             -- counts from 0
    opening_id text not null,               -- the comment that says on the target what the source asked
    primary key (merge_id, source_id)
);
create index merge_sources_by_source on merge_sources (source_id);

-- Which comments a merge moved, and from where.
create table merge_comments (
    merge_id   text not null,
    source_id  text not null,
    comment_id text not null,
    primary key (merge_id, source_id, comment_id)
);

-- Drafts as they were before a merge moved them.
create table merge_drafts (
    merge_id  text not null,
    ticket_id text not null,                -- the source, or the target with a draft of its own
    person_id text not null,
    kind      bigint not null,
    text      text not null,
    save_time bigint not null,
    primary key (merge_id, ticket_id, person_id, kind)
);
