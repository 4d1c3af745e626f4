-- With one writer each entry is sealed in its own commit: nothing waits. The table is there so that both engines have the same.
create table unsealed (
    turn integer primary key,
    place text not null,
    entry text not null
);
