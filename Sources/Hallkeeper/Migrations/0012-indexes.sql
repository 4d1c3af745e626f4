-- What every statement of every page, job and act asks for and no index found yet.
-- What is open now, for whoever counts and lists it: a list of what is open, not of all that ever was.
create index duty_open on duty (due) where state = 'open';
-- Who works where today, at each request.
create index roster_person on roster (person, day);
create index event_id on event (id);
-- What is forgotten by and by.
create index idempotency_at on idempotency (at);
create index session_ends on session (ends);
