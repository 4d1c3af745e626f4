-- What departments owe about others is counted by day (coverage).
create index duty_seat_day on duty (seat, day);
