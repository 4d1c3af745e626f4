-- A round as it was walked, person by person and device by device; the answers are one JSON text, so that a phone that
-- sends them bit by bit rewrites one row.
create table walk (
    place text not null,
    duty text not null,
    person text not null,
    device text not null,
    form text not null,
    pack text not null,
    answers text not null,
    began bigint not null,
    ended bigint,
    ticket bigint,
    sent bigint not null,
    received bigint not null,
    state text not null,
    record text not null,
    missing text not null,
    primary key (place, duty, person, device)
);
create index walk_received on walk (place, received);

-- What is known of a photo apart from its pixels.
create table photo (
    place text not null,
    hash text not null,
    duty text not null,
    point text not null,
    by_person text not null,
    taken bigint not null,
    live bigint not null,
    drawn bigint not null,
    at bigint not null,
    primary key (place, hash, duty, point)
);
create index photo_hash on photo (hash);

alter table finding add column times bigint not null default 1;
alter table finding add column last_at bigint not null default 0;
alter table finding add column relapse_of text not null default '';
alter table finding add column rechecked_by text not null default '';
alter table finding add column rechecked_at bigint;
alter table finding add column recheck_note text not null default '';
alter table finding add column reopened bigint not null default 0;
alter table finding add column closed_off_by text not null default '';
alter table finding add column closed_off_at bigint;
create index finding_point on finding (place, form, point, at);
