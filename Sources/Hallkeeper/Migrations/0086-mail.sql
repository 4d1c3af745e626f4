-- Where people's mail goes; the address itself is a personal text.
create table person_mail (
    place text not null,
    person text not null,
    mail text not null,
    primary key (place, person)
);
create index person_mail_person on person_mail (person);
-- Whom a message by mail is for, and whether it may go at any hour.
alter table delivery add column person text not null default '';
alter table delivery add column urgent bigint not null default 1;
-- Other programs that are told when a case changes.
create table subscription (
    id text not null primary key,
    name text not null,
    address text not null,
    secret text not null,
    origin text not null,
    made bigint not null,
    ended bigint
);
create unique index subscription_name on subscription (name) where ended is null;
-- Each change to each of them, with how it went. Only what changed stands in it, no word of anybody.
create table announcement (
    id text not null primary key,
    subscription text not null,
    complaint text not null,
    event text not null,
    number text not null,
    stage text not null,
    version bigint not null,
    at bigint not null,
    state text not null,
    tries bigint not null,
    next_at bigint not null,
    note text not null
);
create index announcement_next on announcement (next_at) where state = 'waiting';
create index announcement_subscription on announcement (subscription, id);
