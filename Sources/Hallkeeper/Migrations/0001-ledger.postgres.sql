-- The ledger: entries, their seals, personal texts apart. Entries and seals are only ever added.
create table entry (
    place text not null,
    id text not null,
    chain text not null,
    recorded bigint not null,
    effective bigint not null,
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
    seq bigint not null,
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
    at bigint not null,
    primary key (actor, key)
);
create function ledger_is_kept() returns trigger language plpgsql as $$
begin
    raise exception 'the ledger is never changed';
end
$$;
create trigger entry_kept before update or delete on entry for each row execute function ledger_is_kept();
create trigger seal_kept before update or delete on seal for each row execute function ledger_is_kept();
create trigger entry_stays before truncate on entry for each statement execute function ledger_is_kept();
create trigger seal_stays before truncate on seal for each statement execute function ledger_is_kept();
