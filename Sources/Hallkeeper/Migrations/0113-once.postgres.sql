-- PostgreSQL has no such statement; `on conflict do update` asks the triggers.
select 1;
