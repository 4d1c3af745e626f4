create table blob (hash text not null primary key, media text not null, bytes blob not null, at bigint not null);
