-- Whom open cases are about: asked wherever it is decided who owes something.
create index complaint_party on complaint (respondent) where respondent <> '';
