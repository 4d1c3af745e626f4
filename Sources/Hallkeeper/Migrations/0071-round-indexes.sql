-- A hall's scores are found by the hall, whatever the others have: its newest patrol, its patrols and points by day. Each
-- index holds all that is summed.
drop index patrol_point_part;
create index patrol_point_place on patrol_point (place, day, part, zone_zh, zone_en, got, possible);
create index patrol_place on patrol (place, day, form, score, vetoes);
create index patrol_ended on patrol (place, ended);

-- What a round that finds a point in order can close: asked once a round, not once a point.
create index finding_rectified on finding (place, form) where state = 'rectified';
