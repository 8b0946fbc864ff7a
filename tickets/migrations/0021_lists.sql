-- Lists and counts ask for status, priority, department and assignee in every mixture. With these behind what an index orders by,
-- they are answered by the index alone: a count reads no ticket, a list only those it shows.
drop index tickets_by_status;
drop index tickets_by_department;
drop index tickets_by_assignee;
drop index tickets_by_priority;
create index tickets_by_status on tickets (status, update_time, id, priority, department_id, assignee_id);
create index tickets_by_age on tickets (status, create_time, id, priority, department_id, assignee_id);
create index tickets_by_department on tickets (department_id, status, update_time, id, priority, assignee_id);
create index tickets_by_assignee on tickets (assignee_id, status, update_time, id, priority, department_id);
create index tickets_by_priority on tickets (priority, id, status, department_id, assignee_id);

-- The words of `tickets.tags`, as their index.
create table ticket_tags (
    tag       text not null,
    ticket_id text not null,
    primary key (tag, ticket_id)
);
create index ticket_tags_by_ticket on ticket_tags (ticket_id);
