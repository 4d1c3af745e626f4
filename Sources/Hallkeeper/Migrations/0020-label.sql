-- Codes that hang in halls: on zones, on rounds, on things, and the public logs. A code is unguessable and never used again.
create table label (
    place text not null,
    code text not null,
    kind text not null,
    target text not null,
    name text not null,
    by_person text not null,
    at bigint not null,
    revoked bigint,
    primary key (place, code)
);
create unique index label_code on label (code);
-- A scan asks for what is open at one hall, in the order it is due.
create index duty_open_place on duty (place, due) where state = 'open';
