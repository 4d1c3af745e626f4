-- Sums of ended cases by day of intake, for the whole and for each value of each thing they can be told apart by. Made anew at any
-- time from `complaint`; a day that changed is named in `complaint_stale` until it is summed again.
create table complaint_sum (
    day text not null,
    dim text not null,
    value text not null,
    counts text not null,
    spans bytea not null,
    primary key (dim, value, day)
);
create index complaint_sum_day on complaint_sum (day);
create table complaint_stale (day text not null, mark text not null, primary key (day, mark));
insert into complaint_stale (day, mark) select distinct day, 'all' from complaint where series = 'TS';
