-- What a process has taken up, so that the others leave it: for half a minute, then whoever comes may take it. Only saves
-- work done twice for nothing; that nothing happens twice is decided by each act itself.
create table claim (
    what text not null primary key,
    who text not null,
    until bigint not null
);
