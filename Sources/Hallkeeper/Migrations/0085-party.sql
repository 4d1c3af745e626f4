-- Whom open cases are about: asked wherever it is decided who owes something.
create index complaint_party_open on complaint (id, confidential, respondent) where respondent <> '' and ended is null;
