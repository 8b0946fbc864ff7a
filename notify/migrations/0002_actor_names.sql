-- What the words of a notification call the one who did it, so that the name can be taken out of them again; '' where nobody is named.
alter table notifications add column actor_name text not null default '';
