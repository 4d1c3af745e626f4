-- The reply's deadline as it was last moved; `first_due` stays what it was first given.
alter table complaint add column reply_due bigint;
update complaint set reply_due = first_due;
-- Cases about somebody: few, and left out of what that one sees.
create index complaint_respondent on complaint (respondent) where respondent <> '';
-- Customers served, by service and month, as they are entered (K9).
create table served (
    place text not null,
    service text not null,
    month text not null,
    customers bigint not null,
    by_person text not null,
    at bigint not null,
    primary key (place, service, month)
);
