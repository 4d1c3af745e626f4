-- What a hall adds to the company's rounds: points of its own, and a photo of how a point looks here when it is good.
create table own_point (
    place text not null,
    form text not null,
    id text not null,
    title_zh text not null,
    title_en text not null,
    good_zh text not null,
    good_en text not null,
    clause text not null,
    zone text not null,
    role text not null,
    by_person text not null,
    at bigint not null,
    ended bigint,
    primary key (place, form, id)
);
create table reference_photo (
    place text not null,
    form text not null,
    point text not null,
    hash text not null,
    by_person text not null,
    at bigint not null,
    primary key (place, form, point)
);

-- A round being made: the whole of it as YAML, as it will stand in the pack; the pack it began from.
create table round_draft (
    place text not null,
    form text not null,
    body text not null,
    schedule text not null,
    base text not null,
    state text not null,
    by_person text not null,
    at bigint not null,
    primary key (place, form)
);

-- How long a point takes is measured from the last walks of a round, wherever they were.
create index walk_form on walk (form, received);
