create table core.author (author_key integer not null, author varchar not null);

-- Numbered by size, as warehouse/hub/authors.py does: weeks of like size pack tightly.
insert into core.author
select row_number() over (order by downloads_all_time desc nulls last, author), author
from (
    select author, sum(downloads_all_time) as downloads_all_time
    from core.model
    left join core.model_reading
        on model_reading.model_key = model.model_key and model_reading.week = model.last_seen
    where author is not null
    group by author
);

create table core.author_week (
    week date not null,
    author_key integer not null,
    models bigint not null,
    downloads_30d bigint,
    downloads_all_time bigint
);

insert into core.author_week
select week, author_key, count(*), sum(downloads_30d), sum(downloads_all_time)
from core.model_reading
join core.model using (model_key)
join core.author using (author)
group by week, author_key
order by week, author_key;

create table meta.week_checksum (
    table_name varchar not null,
    week date not null,
    rows bigint not null,
    checksum hugeint not null
);
