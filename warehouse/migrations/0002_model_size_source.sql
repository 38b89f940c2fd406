-- Some files of the first release have these columns already: they were once added by comparison with the declarations.
alter table core.model add column if not exists size_source varchar;
alter table core.model add column if not exists memory_qualifier varchar;
