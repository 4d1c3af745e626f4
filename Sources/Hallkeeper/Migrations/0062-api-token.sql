-- Keys of other programs, by the hash of the token: shown once, kept nowhere.
create table api_token (
    hash text not null primary key,
    name text not null,
    scopes text not null,
    made bigint not null,
    ends bigint,
    ended bigint
);
create unique index api_token_name on api_token (name) where ended is null;
