"""Weekly totals of authors: the models of each by their present owner."""

from datetime import date

import duckdb

from warehouse.database import checksums
from warehouse.database.derive import check
from warehouse.tables.core import AUTHOR, AUTHOR_WEEK


def add_week(connection: duckdb.DuckDBPyConnection, week: date) -> None:
    """Total a week of base.model_week by author, replacing earlier totals of the same week.

    Call it after `models.add_week`, which fills the staging table `owner_before`. A model that moves to another owner takes
    its past along: all weeks of both owners are totalled again. The owners are those that differ between core.model and
    `owner_before`, because an earlier load of the week may have moved models that this one moves back.

    Raises:
        CheckError: a declared check fails.
    """
    # Keys in order of size: authors of similar size are stored together and compress well.
    connection.execute(
        """
        insert into core.author
        -- Few models are new or have moved: find them first, and look up only their owners.
        with candidate as materialized (
            select model_key, author
            from core.model
            where author is not null
                and (first_seen = $week or model_key in (select model_key from owner_before))
        )
        select
            (select coalesce(max(author_key), 0) from core.author)
                + row_number() over (order by sum(downloads_all_time) desc nulls last, author),
            author
        from candidate
        join base.model_week as reading on reading.model_key = candidate.model_key and reading.week = $week
        anti join (select author from core.author semi join candidate using (author)) using (author)
        group by author
        """,
        {"week": week},
    )
    connection.execute("delete from core.author_week where week = ?", [week])
    connection.execute(
        """
        insert into core.author_week by name
        select
            $week as week, author_key, count(*) as models,
            sum(downloads_30d)::bigint as downloads_30d, sum(downloads_all_time)::bigint as downloads_all_time
        from base.model_week as reading
        join core.model using (model_key)
        join core.author using (author)
        where reading.week = $week
        group by author_key
        order by author_key
        """,
        {"week": week},
    )
    connection.execute(
        """
        create or replace temp table author_of_move as
        with move as (
            select before.author as former, model.author as present
            from owner_before as before
            join core.model using (model_key)
            where before.author is distinct from model.author
        )
        select author_key, author
        from core.author
        where author in (select former from move union all select present from move)
        """
    )
    connection.execute(
        """
        create or replace temp table model_of_move as
        select model_key, author_key from core.model join author_of_move using (author)
        """
    )
    connection.execute(
        """
        create or replace temp table week_of_move as
        select
            week, author_key, count(*) as models,
            sum(downloads_30d)::bigint as downloads_30d, sum(downloads_all_time)::bigint as downloads_all_time
        from base.model_week
        join model_of_move using (model_key)
        where week <> $week
        group by week, author_key
        """,
        {"week": week},
    )
    before = f"week <> '{week}' and author_key in (select author_key from author_of_move)"
    with checksums.rewriting(connection, AUTHOR_WEEK, before):
        connection.execute(f"delete from core.author_week where {before}")
        # Not without rows: after an ordered insert of no rows, DuckDB 1.5.5 hides inserts that fill a row group until the
        # database is opened again.
        if connection.execute("from week_of_move limit 1").fetchall():
            connection.execute("insert into core.author_week by name from week_of_move order by week, author_key")
    checksums.forget(connection, AUTHOR_WEEK, week)
    check(connection, AUTHOR)
    check(connection, AUTHOR_WEEK, where=f"week = '{week}'")
