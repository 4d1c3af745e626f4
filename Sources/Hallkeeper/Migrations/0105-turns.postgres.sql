-- What is committed and not sealed yet, in the order it was written: whoever wrote a row after somebody else began after
-- that one's commit, so has a later turn. The sealer takes them in this order and costs what is new, not what there is.
create table unsealed (
    turn bigint generated always as identity primary key,
    place text not null,
    entry text not null
);
insert into unsealed (place, entry) select place, id from entry where not exists (select 1 from seal where seal.entry = entry.id) order by id;
create function entry_waits() returns trigger language plpgsql as $$
begin
    insert into unsealed (place, entry) values (new.place, new.id);
    return null;
end
$$;
create trigger entry_waits after insert on entry for each row execute function entry_waits();
-- The turn of an act: whoever changes what another has changed draws a later one, for it began after that one's commit.
create sequence entry_turn;
