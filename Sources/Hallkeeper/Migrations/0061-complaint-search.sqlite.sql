-- What is looked for: words apart, characters apart; the phone backwards, so that its end is a beginning. Made anew at any time.
create table complaint_search (
    n integer primary key,
    id text not null unique,
    confidential integer not null,
    phone text not null,
    account text not null
);
create index complaint_search_phone on complaint_search (phone) where phone <> '';
create index complaint_search_account on complaint_search (account) where account <> '';
create virtual table complaint_words using fts5 (doc, tokenize = "unicode61 remove_diacritics 0");
