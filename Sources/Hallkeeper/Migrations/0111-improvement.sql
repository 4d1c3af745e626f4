-- Who carried an improvement out: another person verifies it (7.1).
alter table complaint add column improved_by text not null default '';
