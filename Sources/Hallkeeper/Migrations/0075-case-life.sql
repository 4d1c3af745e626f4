-- What the rest of a case's life keeps: tries to call back, verdicts of two levels, supervision with a day, what it came from.
alter table complaint add column call_tries bigint not null default 0;
alter table complaint add column call_tried bigint;
alter table complaint add column verdict text not null default '';
alter table complaint add column ground text not null default '';
alter table complaint add column request_ground text not null default '';
alter table complaint add column request_grants bigint not null default 0;
alter table complaint add column request_granted_by text not null default '';
alter table complaint add column approved_by text not null default '';
alter table complaint add column supervised_until bigint;
alter table complaint add column converted_from text not null default '';
alter table complaint add column converted_into text not null default '';
alter table complaint add column untold bigint not null default 0;
alter table complaint add column returned bigint not null default 0;
alter table complaint_unit add column last_try bigint;
create index complaint_repeat on complaint (repeat_of) where repeat_of <> '';
-- Who approves in somebody's stead, from day to day.
create table deputy (
    place text not null,
    id text not null,
    role text not null,
    holder text not null,
    person text not null,
    from_day text not null,
    until_day text not null,
    ended bigint,
    primary key (place, id)
);
create index deputy_person on deputy (person, until_day);
create index deputy_role on deputy (place, role, until_day);
