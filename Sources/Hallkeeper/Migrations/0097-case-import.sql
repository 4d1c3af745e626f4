-- Old cases from a file: the file, which column is what, how far it is. The lines that cannot be taken in are told apart.
create table case_import (
    place text not null,
    id text not null,
    blob text not null,
    name text not null,
    mapping text not null,
    lines bigint not null,
    state text not null,
    done bigint not null,
    added bigint not null,
    known bigint not null,
    wrong bigint not null,
    by_person text not null,
    at bigint not null,
    ended bigint,
    primary key (place, id)
);
create index case_import_at on case_import (at);
create unique index case_import_id on case_import (id);
create table case_import_wrong (
    import text not null,
    line bigint not null,
    field text not null,
    zh text not null,
    en text not null,
    primary key (import, line, field)
);
-- Which column was what, by the head of the file: remembered for the next one.
create table import_mapping (head text not null primary key, mapping text not null, at bigint not null);
