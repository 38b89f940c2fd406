-- Family roots have a day of release and evidence.
alter table if exists core.family add column if not exists released_on date;
alter table if exists core.family add column if not exists evidence_url varchar;
-- A family that is listed later is counted back: the week in which that was done.
alter table if exists core.family_reading add column if not exists counted_in date;
