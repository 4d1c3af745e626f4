-- When a case came in stands beside its words, so that the latest that match come first; what is open can be looked for beside the
-- words, as a lexeme nobody can write: words hold letters and digits alone.
alter table complaint_search add column at bigint not null default 0;
update complaint_search s set at = c.recorded, doc = case when c.ended is null then s.doc || '=open'::tsvector else s.doc end
from complaint c where c.id = s.id;
create index complaint_search_at on complaint_search (at, id);
