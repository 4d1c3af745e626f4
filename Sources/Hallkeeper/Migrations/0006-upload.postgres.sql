-- Photos on their way: parts by their place in the file, until all are there; then what became of them.
create table upload_part (sha text not null, person text not null, start bigint not null, bytes bytea not null, at bigint not null, primary key (sha, person, start));
create table upload (sha text not null, person text not null, blob text not null, at bigint not null, primary key (sha, person));
