-- A register of things: which, where, in whose care, in which state, how old.
create table item (
    place text not null,
    id text not null,
    kind text not null,
    type text not null,
    name text not null,
    zone text not null,
    spot text not null,
    custodian text not null,
    state text not null,
    made text,
    serviced text,
    photo text not null,
    by_person text not null,
    at bigint not null,
    ended bigint,
    primary key (place, id)
);

-- Which thing a finding is about: several stand under one form, and each is found, put right and re-checked by itself.
alter table finding add column subject text not null default '';
