-- The hall: places, people, the pack in force, duties and what comes of them.
-- Keys begin with the place (the company is one), a row's place never changes. Moments are milliseconds since 1970 UTC,
-- days YYYY-MM-DD, JSON is text. Free text of people stands in `personal`; here stand only its ids.

create table place (
    place text not null primary key,
    kind text not null,
    parent text not null,
    code text not null,
    name_zh text not null,
    name_en text not null,
    hours text not null,
    zone text not null,
    starts text not null,
    planned text not null,
    ended bigint
);
create index place_kind on place (kind, place);

create table trait_answer (
    place text not null,
    trait text not null,
    conditions bigint,
    installed bigint,
    reason text not null,
    by_person text not null,
    at bigint not null,
    primary key (place, trait)
);

create table closure (
    place text not null,
    day text not null,
    reason text not null,
    by_person text not null,
    at bigint not null,
    ended bigint,
    primary key (place, day)
);

create table person (
    place text not null,
    person text not null,
    login text not null,
    name text not null,
    language text not null,
    theme text not null,
    active bigint not null,
    primary key (place, person)
);
create unique index person_login on person (login);
create index person_id on person (person);

create table role_holder (
    place text not null,
    role text not null,
    person text not null,
    from_day text not null,
    until_day text not null,
    by_person text not null,
    at bigint not null,
    primary key (place, role, person, from_day)
);
create index role_holder_person on role_holder (person, until_day);

create table roster (
    place text not null,
    day text not null,
    role text not null,
    person text not null,
    present bigint not null,
    reason text not null,
    by_person text not null,
    at bigint not null,
    primary key (place, day, role, person)
);

create table qualification (
    place text not null,
    person text not null,
    topic text not null,
    granted text not null,
    until_day text not null,
    by_person text not null,
    at bigint not null,
    primary key (place, person, topic, granted)
);

create table pack_version (
    place text not null,
    hash text not null,
    pack text not null,
    edition text not null,
    by_person text not null,
    at bigint not null,
    primary key (place, hash)
);
create table pack_file (
    place text not null,
    hash text not null,
    name text not null,
    body text not null,
    primary key (place, hash, name)
);
create table pack_force (
    place text not null,
    from_day text not null,
    hash text not null,
    by_person text not null,
    at bigint not null,
    primary key (place, from_day)
);

create table calendar_notice (
    place text not null,
    level text not null,
    year bigint not null,
    body text not null,
    reason text not null,
    by_person text not null,
    at bigint not null,
    primary key (place, level, year)
);

create table event (
    place text not null,
    id text not null,
    kind text not null,
    subject text not null,
    fields text not null,
    by_person text not null,
    at bigint not null,
    recorded bigint not null,
    scope text not null,
    primary key (place, id)
);
create index event_recent on event (place, at);

create table duty (
    place text not null,
    id text not null,
    rule text not null,
    subject text not null,
    occasion text not null,
    pack text not null,
    day text not null,
    opens bigint not null,
    due bigint not null,
    first_due bigint not null,
    lapses bigint,
    role text not null,
    seat text not null,
    form text not null,
    ends_on text not null,
    state text not null,
    holder text not null,
    cause text not null,
    done_by text not null,
    done_at bigint,
    received_at bigint,
    record text not null,
    note text not null,
    next_at bigint,
    next_step bigint not null,
    provisional bigint not null,
    reasons text not null,
    primary key (place, id)
);
create unique index duty_identity on duty (place, rule, subject, occasion);
create index duty_id on duty (id);
create index duty_seat on duty (seat, state, due);
create index duty_day on duty (place, day, rule);
create index duty_subject on duty (place, subject, state);
create index duty_next on duty (next_at) where next_at is not null;

create table record (
    place text not null,
    id text not null,
    duty text not null,
    form text not null,
    pack text not null,
    answers text not null,
    by_person text not null,
    at bigint not null,
    received_at bigint not null,
    corrects text not null,
    note text not null,
    primary key (place, id)
);
create index record_duty on record (place, duty);

create table signature (
    place text not null,
    record text not null,
    person text not null,
    at bigint not null,
    primary key (place, record, person)
);

create table finding (
    place text not null,
    id text not null,
    record text not null,
    form text not null,
    point text not null,
    clause text not null,
    severity text not null,
    state text not null,
    note text not null,
    photos text not null,
    by_person text not null,
    at bigint not null,
    rectified_by text not null,
    rectified_at bigint,
    rectify_note text not null,
    rectify_photos text not null,
    primary key (place, id)
);
create index finding_state on finding (place, state, at);
create index finding_clause on finding (place, at, clause);

create table step (
    place text not null,
    duty text not null,
    step bigint not null,
    at bigint not null,
    primary key (place, duty, step)
);

create table outbox (
    place text not null,
    duty text not null,
    step bigint not null,
    tell text not null,
    immediate bigint not null,
    opens bigint not null,
    state text not null,
    primary key (place, duty, step)
);
create index outbox_due on outbox (state, opens);

create table inbox (
    place text not null,
    duty text not null,
    step bigint not null,
    person text not null,
    why text not null,
    at bigint not null,
    read_at bigint,
    primary key (place, duty, step, person)
);
create index inbox_person on inbox (person, read_at, at);

create table fanout (
    place text not null,
    id text not null,
    kind text not null,
    event text not null,
    at_place text not null,
    done bigint not null,
    total bigint not null,
    state text not null,
    primary key (place, id)
);
create index fanout_open on fanout (state, id);

create table device (
    place text not null,
    id text not null,
    name text not null,
    token text not null,
    by_person text not null,
    at bigint not null,
    revoked bigint,
    primary key (place, id)
);
create unique index device_token on device (token);

-- Not kept by the ledger: secrets, sessions, drafts, and what only makes things quicker. Its entries say that they changed.
create table credential (
    person text not null primary key,
    password text not null,
    pin text not null,
    failures bigint not null,
    locked_until bigint not null
);
create table session (
    token text not null primary key,
    id text not null,
    person text not null,
    csrf text not null,
    created bigint not null,
    seen bigint not null,
    ends bigint not null,
    revoked bigint
);
create index session_person on session (person);
create table setting (
    name text not null primary key,
    value text not null
);
create table draft (
    person text not null,
    path text not null,
    form text not null,
    at bigint not null,
    primary key (person, path)
);
