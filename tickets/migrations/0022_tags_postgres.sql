-- The tags of tickets that are there already.
insert into ticket_tags (tag, ticket_id)
    select distinct tag, t.id from tickets t cross join lateral unnest(string_to_array(t.tags, ' ')) as tag where tag <> '';
