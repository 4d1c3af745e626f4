-- Cases (7.1–7.3): each a row, what each unit owes of it, and what was done, in order. Texts stand in `personal`.
create table complaint (
    place text not null,
    id text not null,
    number text not null,
    day text not null,
    series text not null,
    seq bigint not null,
    door text not null,
    kind text not null,
    severity text not null,
    channel text not null,
    service text not null,
    stage text not null,
    confidential bigint not null,
    anonymous bigint not null,
    recorded_by text not null,
    recorded bigint not null,
    pack text not null,
    hall text not null,
    respondent text not null,
    outer_number text not null,
    outer_due bigint,
    promised bigint,
    text text not null,
    wish text not null,
    name text not null,
    phone text not null,
    address text not null,
    account text not null,
    tracking text not null,
    unit text not null,
    first_dispatched bigint,
    approvals bigint not null,
    proposed_by text not null,
    first_contact bigint,
    reached bigint not null,
    finding text not null,
    responsibility text not null,
    cause text not null,
    result text not null,
    investigated bigint,
    replied bigint,
    replied_by text not null,
    reported bigint,
    called_back bigint,
    call_back text not null,
    satisfaction text not null,
    solved text not null,
    improvement text not null,
    improvement_until bigint,
    improvement_owner text not null,
    ended bigint,
    reopened bigint not null,
    sent_back bigint not null,
    extended bigint not null,
    request text not null,
    request_by text not null,
    request_until bigint,
    suspended bigint,
    suspended_until bigint,
    suspension text not null,
    supervised bigint not null,
    combined_into text not null,
    repeat_of text not null,
    first_due bigint,
    contact_due bigint,
    next_due bigint,
    version bigint not null,
    primary key (place, id)
);
create unique index complaint_id on complaint (id);
create unique index complaint_number on complaint (series, day, seq);
create unique index complaint_tracking on complaint (tracking);
-- The queue: what is not over, by the time left; a list of what is open, not of all that ever was.
create index complaint_open on complaint (confidential, next_due, id) where ended is null;
create index complaint_unit_open on complaint (unit, next_due, id) where ended is null;
-- All of them, latest first; figures by month.
create index complaint_recorded on complaint (confidential, recorded, id);
create index complaint_recorder on complaint (recorded_by, recorded);
create index complaint_combined on complaint (combined_into) where combined_into <> '';

create table complaint_unit (
    place text not null,
    complaint text not null,
    unit text not null,
    state text not null,
    dispatched bigint not null,
    signed bigint,
    signed_by text not null,
    tried bigint,
    contacted bigint,
    tries bigint not null,
    agreed bigint,
    no_visit text not null,
    visited bigint,
    visits bigint not null,
    primary key (place, complaint, unit)
);
create index complaint_unit_of on complaint_unit (unit, complaint) where state = 'open';
create index complaint_unit_case on complaint_unit (complaint);

create table complaint_step (
    place text not null,
    id text not null,
    complaint text not null,
    act text not null,
    at bigint not null,
    recorded bigint not null,
    by_person text not null,
    unit text not null,
    fields text not null,
    texts text not null,
    files text not null,
    primary key (place, id)
);
create index complaint_step_case on complaint_step (complaint, id);
-- What is owed about one case, wherever.
create index duty_about on duty (subject, state) where subject <> '';
