-- On what somebody has signed in, so that he hears of a sign-in on anything else.
create table devices (
    user_id text   not null references users (id),
    mark    text   not null, -- id of the device's token, or hash of its network and of what it says of itself
    seen_at bigint not null,
    primary key (user_id, mark)
);
create index devices_order on devices (user_id, seen_at);
