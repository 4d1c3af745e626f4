-- Photos made small, once, when they are first asked for; they can be thrown away at any time.
create table thumb (hash text not null primary key, bytes blob not null, at bigint not null);
