-- What nobody has to keep any longer is destroyed by two people's word; what is needed longer is kept.
alter table complaint add column disposal text not null default '';
alter table complaint add column disposal_by text not null default '';
alter table complaint add column kept_until text not null default '';
create index complaint_retention on complaint (ended, id) where ended is not null and disposal <> 'destroyed';
