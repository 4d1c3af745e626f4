-- Heads of chains, signed with a key that is not in the database. Only ever added.
create table seal_signature (
    chain text not null,
    seq bigint not null,
    hash text not null,
    key text not null,
    sig text not null,
    at bigint not null,
    primary key (chain, seq)
);
create trigger seal_signature_kept before update or delete on seal_signature for each row execute function ledger_is_kept();
create trigger seal_signature_stays before truncate on seal_signature for each statement execute function ledger_is_kept();
