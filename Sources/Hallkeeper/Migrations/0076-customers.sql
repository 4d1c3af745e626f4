-- Customers as the company's books know them, looked up by phone while somebody rings. Names, phones and addresses stand in `personal`.
create table customer (
    place text not null,
    id text not null,
    number text not null,
    name text not null,
    phones text not null,
    flag_reason text not null,
    flag_until text not null,
    made bigint not null,
    erased bigint,
    primary key (place, id)
);
create unique index customer_number on customer (number);
create table customer_account (
    place text not null,
    id text not null,
    customer text not null,
    account text not null,
    service text not null,
    address text not null,
    meter text not null,
    ended bigint,
    primary key (place, id)
);
create index customer_account_of on customer_account (customer);
create index customer_account_number on customer_account (account);
-- The phone backwards, so that its end is a beginning; goes with the customer when the law has them erased.
create table customer_phone (
    customer text not null,
    phone text not null,
    primary key (customer, phone)
);
create index customer_phone_number on customer_phone (phone);
-- What is kept for the desk: views of the queue, words for replies, whose case it is.
alter table complaint add column assignee text not null default '';
create index complaint_number_text on complaint (number);
create table saved_view (
    place text not null,
    id text not null,
    person text not null,
    shared bigint not null,
    title text not null,
    query text not null,
    made bigint not null,
    ended bigint,
    primary key (place, id)
);
create index saved_view_person on saved_view (person);
create index saved_view_shared on saved_view (place) where shared = 1;
create table canned_reply (
    place text not null,
    id text not null,
    title text not null,
    words text not null,
    made_by text not null,
    ended bigint,
    primary key (place, id)
);
-- Who has a case open to write in it, for a minute at a time; and what they have written so far. No part of the ledger.
create table presence (
    complaint text not null,
    person text not null,
    what text not null,
    until bigint not null,
    primary key (complaint, person)
);
create index presence_until on presence (until);
create table complaint_draft (
    person text not null,
    complaint text not null,
    act text not null,
    at bigint not null,
    body text not null,
    primary key (person, complaint, act)
);
create index complaint_draft_at on complaint_draft (at);
-- One act upon many cases: worked one after the other, each with how it went; and what to do to take it back.
create table bulk (
    place text not null,
    id text not null,
    person text not null,
    act text not null,
    fields text not null,
    total bigint not null,
    made bigint not null,
    undone bigint,
    primary key (place, id)
);
create index bulk_person on bulk (person, made);
create table bulk_row (
    place text not null,
    bulk text not null,
    complaint text not null,
    seq bigint not null,
    state text not null,
    note text not null,
    primary key (place, bulk, complaint)
);
create index bulk_row_waiting on bulk_row (bulk, seq) where state in ('waiting', 'undoing');
