-- The ledger: entries, their seals, personal texts apart. Entries and seals are only ever added.
create table entry (
    place text not null,
    id text not null,
    chain text not null,
    recorded integer not null,
    effective integer not null,
    actor text not null,
    kind text not null,
    about text not null,
    body text not null,
    primary key (place, id)
);
create unique index entry_id on entry (id);
create index entry_about on entry (place, about, id);
create table seal (
    chain text not null,
    seq integer not null,
    entry text not null,
    place text not null,
    prev text not null,
    hash text not null,
    primary key (chain, seq)
);
create unique index seal_entry on seal (entry);
create table personal (
    place text not null,
    id text not null,
    salt text not null,
    text text not null,
    primary key (place, id)
);
create index personal_id on personal (id);
create table idempotency (
    actor text not null,
    key text not null,
    digest text not null,
    answer text not null,
    at integer not null,
    primary key (actor, key)
);
create trigger entry_kept before update on entry begin select raise(abort, 'entries are never changed'); end;
create trigger entry_stays before delete on entry begin select raise(abort, 'entries are never deleted'); end;
create trigger seal_kept before update on seal begin select raise(abort, 'seals are never changed'); end;
create trigger seal_stays before delete on seal begin select raise(abort, 'seals are never deleted'); end;
