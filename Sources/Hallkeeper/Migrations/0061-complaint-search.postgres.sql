-- What is looked for: words apart, characters apart; the phone backwards, so that its end is a beginning. Made anew at any time.
create table complaint_search (
    n bigint generated always as identity primary key,
    id text not null unique,
    confidential bigint not null,
    phone text collate "C" not null,
    account text not null,
    doc tsvector not null
);
create index complaint_search_phone on complaint_search (phone) where phone <> '';
create index complaint_search_account on complaint_search (account) where account <> '';
create index complaint_search_doc on complaint_search using gin (doc);
