-- The photos of one duty, and photos on their way that nobody will finish.
create index photo_duty on photo (place, duty);
create index upload_part_at on upload_part (at);
-- What an event has opened: asked at every report.
create index duty_cause on duty (cause);
