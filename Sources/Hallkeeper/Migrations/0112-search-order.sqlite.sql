-- Words are kept in the order cases came in, so that the latest that match come first and a list stops when its page is full; what
-- is open can be looked for beside the words. `n`: the second a case came in, and its place in it.
create table complaint_search_new (
    n integer primary key,
    id text not null unique,
    confidential integer not null,
    phone text not null,
    account text not null
);
insert into complaint_search_new (n, id, confidential, phone, account)
select turn + max(recorded / 1000 * 4096 - turn) over (order by turn), id, confidential, phone, account
from (
    select s.id, s.confidential, s.phone, s.account, c.recorded, row_number() over (order by c.recorded / 1000, c.recorded, c.id) as turn
    from complaint_search s join complaint c on c.id = s.id
);
create virtual table complaint_words_new using fts5 (doc, state, tokenize = "unicode61 remove_diacritics 0");
insert into complaint_words_new (rowid, doc, state)
select new.n, w.doc, case when c.ended is null then 'open' else '' end
from complaint_search_new new join complaint_search old on old.id = new.id join complaint_words w on w.rowid = old.n join complaint c on c.id = new.id
order by new.n;
drop table complaint_words;
drop table complaint_search;
alter table complaint_search_new rename to complaint_search;
alter table complaint_words_new rename to complaint_words;
create index complaint_search_phone on complaint_search (phone) where phone <> '';
create index complaint_search_account on complaint_search (account) where account <> '';
