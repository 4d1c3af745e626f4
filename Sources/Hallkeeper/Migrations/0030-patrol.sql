-- Patrols from above: one walk through a hall, its points as they were seen and scored, and what the hall itself ticked.
-- Days are those of the hall; a month is the first seven characters of a day.

create table patrol (
    place text not null,
    id text not null,
    form text not null,
    pack text not null,
    points text not null,
    seed text not null,
    inspector text not null,
    day text not null,
    began bigint not null,
    ended bigint,
    record text not null,
    duty text not null,
    score bigint,
    uncapped bigint,
    grade text not null,
    vetoes bigint not null,
    compared bigint,
    primary key (place, id)
);
create index patrol_day on patrol (day, place);
create index patrol_uncompared on patrol (day) where compared is null and ended is not null;

create table patrol_point (
    place text not null,
    patrol text not null,
    number bigint not null,
    form text not null,
    point text not null,
    clause text not null,
    part text not null,
    zone_zh text not null,
    zone_en text not null,
    weight bigint not null,
    veto bigint not null,
    answer text not null,
    got bigint not null,
    possible bigint not null,
    photos text not null,
    note text not null,
    day text not null,
    at bigint not null,
    matched text not null,
    own_answer text not null,
    own_record text not null,
    own_photos text not null,
    own_note text not null,
    own_by text not null,
    own_role text not null,
    own_at bigint,
    verdict text not null,
    primary key (place, patrol, number)
);
-- Each holds all its sums ask for, so that a year of a thousand halls is summed from the index alone.
create index patrol_point_verdict on patrol_point (day, place, verdict, own_answer);
create index patrol_point_part on patrol_point (day, place, part, zone_zh, zone_en, got, possible);

-- What a hall ticked on a day, found without its duties.
create index record_at on record (place, at);
