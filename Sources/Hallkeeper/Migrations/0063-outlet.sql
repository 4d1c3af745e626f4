-- Where messages of a place go besides inboxes: a group's robot, a program. What is secret of them is no part of the ledger.
create table outlet (
    id text not null primary key,
    place text not null,
    kind text not null,
    address text not null,
    secret text not null,
    urgent bigint not null,
    origin text not null,
    made bigint not null,
    ended bigint
);
create index outlet_place on outlet (place) where ended is null;
-- Each message to each of them, with how it went.
create table delivery (
    id text not null primary key,
    outlet text not null,
    place text not null,
    duty text not null,
    step bigint not null,
    state text not null,
    tries bigint not null,
    next_at bigint not null,
    note text not null,
    made bigint not null
);
create index delivery_next on delivery (next_at) where state = 'waiting';
create index delivery_outlet on delivery (outlet, made);
