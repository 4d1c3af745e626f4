-- What is open now, for whoever counts and lists it: a list of what is open, not of all that ever was.
create index duty_open on duty (due) where state = 'open';
