-- With one writer each entry is sealed in its own commit: nothing waits. The table is there so that both engines have the same.
create table unsealed (
    turn integer primary key,
    place text not null,
    entry text not null
);
-- The turn of an act: in the order of commits.
create table entry_turn (one integer primary key check (one = 1), last integer not null);
insert into entry_turn (one, last) values (1, 0);
