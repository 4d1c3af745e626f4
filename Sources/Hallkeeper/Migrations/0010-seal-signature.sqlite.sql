-- Heads of chains, signed with a key that is not in the database. Only ever added.
create table seal_signature (
    chain text not null,
    seq integer not null,
    hash text not null,
    key text not null,
    sig text not null,
    at integer not null,
    primary key (chain, seq)
);
create trigger seal_signature_kept before update on seal_signature begin select raise(abort, 'signatures are never changed'); end;
create trigger seal_signature_stays before delete on seal_signature begin select raise(abort, 'signatures are never deleted'); end;
