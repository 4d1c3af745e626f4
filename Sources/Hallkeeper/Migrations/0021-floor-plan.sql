-- A hall's floor plan in its versions, and what stands where on it, in thousandths of its width and height.
create table floor_plan (
    place text not null,
    id text not null,
    blob text not null,
    media text not null,
    width bigint not null,
    height bigint not null,
    by_person text not null,
    at bigint not null,
    primary key (place, id)
);
create table plan_mark (
    place text not null,
    kind text not null,
    target text not null,
    x bigint not null,
    y bigint not null,
    by_person text not null,
    at bigint not null,
    removed bigint,
    primary key (place, kind, target)
);
-- The public log counts what a round found wanting.
create index finding_record on finding (place, record);
