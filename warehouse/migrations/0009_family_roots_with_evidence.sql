-- Family roots have a day of release and evidence.
alter table if exists core.family add column if not exists released_on date;
alter table if exists core.family add column if not exists evidence_url varchar;
