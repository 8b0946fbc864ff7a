-- The knowledge base: articles, what was published of them, and whether they helped. What is found by words stands in
-- article_words (0005_search).

create table articles (
    id              text primary key,
    number          bigint not null unique,         -- for the index of words
    title           text not null,                  -- as it is written now
    title_key       text not null,                  -- in lower case, to sort by
    text            text not null,                  -- Markdown
    html            text not null,
    author_id       text not null,
    category_id     text not null,
    visibility      bigint not null,
    state           bigint not null,
    revision        bigint not null,                -- published texts
    public_title    text not null,                  -- as it was last published
    public_key      text not null,                  -- in lower case, to sort by
    public_text     text not null,
    public_html     text not null,
    public_author   text not null,
    publish_time    bigint not null,
    helpful_count   bigint not null,
    unhelpful_count bigint not null,
    create_time     bigint not null,
    update_time     bigint not null,
    version         bigint not null
);
create index articles_by_title on articles (state, title_key, id);
create index articles_by_public_title on articles (state, public_key, id);

create table article_versions (
    article_id   text not null,
    revision     bigint not null,
    title        text not null,
    text         text not null,
    summary      text not null,
    author_id    text not null,                     -- who published it
    publish_time bigint not null,
    primary key (article_id, revision)
);

-- Who said whether it helped; the articles count them.
create table article_ratings (
    article_id text not null,
    person_id  text not null,
    helpful    bigint not null,
    time       bigint not null,
    primary key (article_id, person_id)
);

insert into numbers (name, next) values ('article', 1);
