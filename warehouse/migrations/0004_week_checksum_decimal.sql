alter table meta.week_checksum alter checksum type decimal(38, 0);
