-- Evidence of a claim says whether it is first-hand or a report of others; the next refresh fills it in from its file.
alter table if exists core.claim_evidence add column if not exists told varchar;
