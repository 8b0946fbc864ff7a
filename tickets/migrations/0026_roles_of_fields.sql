-- Of the staff, a field may be for the holders of some roles only: their ids, as one line of words; empty for all of the staff.
alter table fields add column role_ids text not null default '';
