-- Fewer indexes for each duty that is written: what somebody owes is asked of what is open, in the order in which it is shown; what is owed
-- about something is found by duty_about or duty_identity; what an event has opened is asked no more.
create index duty_open_seat on duty (seat, due, id) where state = 'open';
drop index duty_seat;
drop index duty_subject;
drop index duty_cause;
