-- The tags of tickets that are there already.
insert into ticket_tags (tag, ticket_id)
    with recursive words (ticket_id, word, rest) as (
        select id, '', tags || ' ' from tickets where tags <> ''
        union all
        select ticket_id, substr(rest, 1, instr(rest, ' ') - 1), substr(rest, instr(rest, ' ') + 1) from words where rest <> '')
    select distinct word, ticket_id from words where word <> '';
