-- Two roles for one database: `hallkeeper_owner` owns the tables and applies migrations, `hallkeeper_app` serves. Who has the
-- application's password can add to the ledger and cannot change or delete in it, nor take the guards away.
-- Run as a superuser in the database, after the first `hallkeeper migrate` by the owner, and again after each upgrade:
--     psql -d hallkeeper -f postgres-roles.sql
do $$
begin
    if not exists (select 1 from pg_roles where rolname = 'hallkeeper_app') then create role hallkeeper_app login; end if;
end
$$;
grant usage on schema public to hallkeeper_app;
revoke create on schema public from public, hallkeeper_app;
grant select, insert, update, delete on all tables in schema public to hallkeeper_app;
grant usage, select on all sequences in schema public to hallkeeper_app;
-- The ledger is only added to; what it is made of is not changed by whoever serves.
revoke update, delete, truncate on entry, seal, seal_signature from hallkeeper_app;
revoke insert, update, delete, truncate on migration from hallkeeper_app;
revoke delete, truncate on personal from hallkeeper_app;
