-- What is asked at every request and changes seldom carries a number that grows with each change, in the transaction of
-- the change itself: a process may hold on to what it read under that number (Standing.swift).
create table change (
    name text not null primary key,
    number integer not null
);
insert into change (name, number) values ('standing', 1), ('session', 1);

create trigger place_stands_new after insert on place begin update change set number = number + 1 where name = 'standing'; end;
create trigger place_stands after update on place
when old.kind is not new.kind or old.parent is not new.parent or old.code is not new.code or old.name_zh is not new.name_zh or old.name_en is not new.name_en
  or old.hours is not new.hours or old.zone is not new.zone or old.starts is not new.starts or old.ended is not new.ended
begin update change set number = number + 1 where name = 'standing'; end;
create trigger place_stands_not after delete on place begin update change set number = number + 1 where name = 'standing'; end;

create trigger trait_answer_stands_new after insert on trait_answer begin update change set number = number + 1 where name = 'standing'; end;
create trigger trait_answer_stands after update on trait_answer begin update change set number = number + 1 where name = 'standing'; end;
create trigger trait_answer_stands_not after delete on trait_answer begin update change set number = number + 1 where name = 'standing'; end;

create trigger closure_stands_new after insert on closure begin update change set number = number + 1 where name = 'standing'; end;
create trigger closure_stands after update on closure begin update change set number = number + 1 where name = 'standing'; end;
create trigger closure_stands_not after delete on closure begin update change set number = number + 1 where name = 'standing'; end;

create trigger person_stands_new after insert on person begin update change set number = number + 1 where name = 'standing'; end;
create trigger person_stands after update on person begin update change set number = number + 1 where name = 'standing'; end;
create trigger person_stands_not after delete on person begin update change set number = number + 1 where name = 'standing'; end;

create trigger role_holder_stands_new after insert on role_holder begin update change set number = number + 1 where name = 'standing'; end;
create trigger role_holder_stands after update on role_holder begin update change set number = number + 1 where name = 'standing'; end;
create trigger role_holder_stands_not after delete on role_holder begin update change set number = number + 1 where name = 'standing'; end;

create trigger deputy_stands_new after insert on deputy begin update change set number = number + 1 where name = 'standing'; end;
create trigger deputy_stands after update on deputy begin update change set number = number + 1 where name = 'standing'; end;
create trigger deputy_stands_not after delete on deputy begin update change set number = number + 1 where name = 'standing'; end;

create trigger roster_stands_new after insert on roster begin update change set number = number + 1 where name = 'standing'; end;
create trigger roster_stands after update on roster begin update change set number = number + 1 where name = 'standing'; end;
create trigger roster_stands_not after delete on roster begin update change set number = number + 1 where name = 'standing'; end;

create trigger qualification_stands_new after insert on qualification begin update change set number = number + 1 where name = 'standing'; end;
create trigger qualification_stands after update on qualification begin update change set number = number + 1 where name = 'standing'; end;
create trigger qualification_stands_not after delete on qualification begin update change set number = number + 1 where name = 'standing'; end;

create trigger pack_force_stands_new after insert on pack_force begin update change set number = number + 1 where name = 'standing'; end;
create trigger pack_force_stands after update on pack_force begin update change set number = number + 1 where name = 'standing'; end;
create trigger pack_force_stands_not after delete on pack_force begin update change set number = number + 1 where name = 'standing'; end;

create trigger calendar_notice_stands_new after insert on calendar_notice begin update change set number = number + 1 where name = 'standing'; end;
create trigger calendar_notice_stands after update on calendar_notice begin update change set number = number + 1 where name = 'standing'; end;
create trigger calendar_notice_stands_not after delete on calendar_notice begin update change set number = number + 1 where name = 'standing'; end;

-- A name that is erased is gone from what anybody holds on to.
create trigger personal_stands after update on personal begin update change set number = number + 1 where name = 'standing'; end;
create trigger personal_stands_not after delete on personal begin update change set number = number + 1 where name = 'standing'; end;

-- Sessions: a new one is nobody's memory yet; one revoked or gone is.
create trigger session_stands after update on session begin update change set number = number + 1 where name = 'session'; end;
create trigger session_stands_not after delete on session begin update change set number = number + 1 where name = 'session'; end;
