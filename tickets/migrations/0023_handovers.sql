-- Who got a ticket and why is the staff's business; so it was told, but it was not kept so.
update history set internal = 1 where internal = 0 and what like '{"kind":"assignment"%';
