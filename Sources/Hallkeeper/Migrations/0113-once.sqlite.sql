-- `insert or replace` removes the old row without asking the triggers that keep it; so what is there already is refused before.
create trigger entry_once before insert on entry when exists (select 1 from entry where id = new.id) begin select raise(abort, 'entries are never replaced'); end;
create trigger seal_once before insert on seal when exists (select 1 from seal where chain = new.chain and seq = new.seq) or exists (select 1 from seal where entry = new.entry)
begin select raise(abort, 'seals are never replaced'); end;
create trigger seal_signature_once before insert on seal_signature when exists (select 1 from seal_signature where chain = new.chain and seq = new.seq and (hash <> new.hash or key <> new.key or sig <> new.sig))
begin select raise(abort, 'signatures are never replaced'); end;
