-- What is asked at every request and changes seldom carries a number that grows with each change, in the transaction of
-- the change itself: a process may hold on to what it read under that number (Standing.swift).
create table change (
    name text not null primary key,
    number bigint not null
);
insert into change (name, number) values ('standing', 1), ('session', 1);
create function standing_changed() returns trigger language plpgsql as $$
begin
    update change set number = number + 1 where name = 'standing';
    return null;
end
$$;
create function session_changed() returns trigger language plpgsql as $$
begin
    update change set number = number + 1 where name = 'session';
    return null;
end
$$;

create trigger place_stands_new after insert or delete on place for each row execute function standing_changed();
create trigger place_stands after update on place for each row
when ((old.kind, old.parent, old.code, old.name_zh, old.name_en, old.hours, old.zone, old.starts, old.ended)
  is distinct from (new.kind, new.parent, new.code, new.name_zh, new.name_en, new.hours, new.zone, new.starts, new.ended))
execute function standing_changed();
create trigger trait_answer_stands after insert or update or delete on trait_answer for each row execute function standing_changed();
create trigger closure_stands after insert or update or delete on closure for each row execute function standing_changed();
create trigger person_stands after insert or update or delete on person for each row execute function standing_changed();
create trigger role_holder_stands after insert or update or delete on role_holder for each row execute function standing_changed();
create trigger deputy_stands after insert or update or delete on deputy for each row execute function standing_changed();
create trigger roster_stands after insert or update or delete on roster for each row execute function standing_changed();
create trigger qualification_stands after insert or update or delete on qualification for each row execute function standing_changed();
create trigger pack_force_stands after insert or update or delete on pack_force for each row execute function standing_changed();
create trigger calendar_notice_stands after insert or update or delete on calendar_notice for each row execute function standing_changed();
-- A name that is erased is gone from what anybody holds on to.
create trigger personal_stands after update or delete on personal for each row execute function standing_changed();
-- Sessions: a new one is nobody's memory yet; one revoked or gone is.
create trigger session_stands after update or delete on session for each row execute function session_changed();
