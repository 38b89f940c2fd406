-- Families count their root repositories, leave out spikes, and have an exclusive part. Earlier weeks stay NULL.
-- An earlier database may not have the tables yet.
alter table if exists core.family_reading add column if not exists part_of varchar;
alter table if exists core.family_reading add column if not exists level smallint;
alter table if exists core.family_reading add column if not exists root_models bigint;
alter table if exists core.family_reading add column if not exists root_downloads_30d bigint;
alter table if exists core.family_reading add column if not exists root_downloads_30d_robust bigint;
alter table if exists core.family_reading add column if not exists root_downloads_all_time bigint;
alter table if exists core.family_reading add column if not exists root_models_counted_once bigint;
alter table if exists core.family_reading add column if not exists root_downloads_30d_counted_once bigint;
alter table if exists core.family_reading add column if not exists root_downloads_30d_robust_counted_once bigint;
alter table if exists core.family_week add column if not exists downloads_30d_robust bigint;
alter table if exists core.family_week add column if not exists models_counted_once bigint;
alter table if exists core.family_week add column if not exists downloads_30d_counted_once bigint;
alter table if exists core.family_week add column if not exists downloads_30d_robust_counted_once bigint;
