"""The front row: the newest figure of the main series, each with its change to the week before."""

from dataclasses import dataclass
from datetime import date

import duckdb


@dataclass(frozen=True)
class Headline:
    """A figure of the front row. `change` is in words, with its unit; `direction` is up, down, level or unknown."""

    chart: str
    name: str
    value: str
    change: str
    direction: str
    on: date


# Each gives the figure, its change to the calendar week before, the words for both, and its day; no row without a figure.
_HEADLINES: tuple[tuple[str, str, str], ...] = (
    (
        "hub_models",
        "public models on the Hub",
        """
        select whole(models), round(growth_pct, 1), percent(round(growth_pct, 1)) || ' in a week', period_start
        from charts.hub_models
        where basis = 'measured' and models is not null order by period_start desc limit 1
        """,
    ),
    (
        "hub_downloads",
        "downloads from the Hub in 30 days",
        """
        select short(downloads), round(growth_pct, 1), percent(round(growth_pct, 1)) || ' in a week' || warned(growth_flag),
            period_start
        from charts.hub_downloads
        where series = 'hub_downloads_30d' and downloads is not null order by period_start desc limit 1
        """,
    ),
    (
        "model_derivatives",
        "models built on Llama, at least",
        """
        select whole(derivatives), round(growth_pct, 1), percent(round(growth_pct, 1)) || ' in a week', period_start
            from charts.model_derivatives
        where basis = 'measured' and family = 'llama' and derivatives is not null order by period_start desc limit 1
        """,
    ),
    (
        "community",
        "subscribers of r/LocalLLaMA",
        """
        select short(members), round(growth_pct, 1), percent(round(growth_pct, 1)) || ' in a week' || warned(growth_flag),
            period_start
        from charts.community
        where basis = 'measured' and entity = 'r/LocalLLaMA' and members is not null order by period_start desc, source limit 1
        """,
    ),
    (
        "arena_gap",
        "rating points between the best proprietary and the best open model",
        """
        select printf('%.1f', gap_points), round(gap_points - before, 1), signed(round(gap_points - before, 1))
            || ' points in a week', period_start
        from (
            select period_start, gap_points,
                max(gap_points) over (
                    partition by board, source order by period_start
                    range between interval 7 days preceding and interval 7 days preceding
                ) as before
            from charts.arena_gap
        )
        where gap_points is not null order by period_start desc limit 1
        """,
    ),
    (
        "licences",
        "of downloads go to models under permissive licences",
        """
        select printf('%.1f%%', share), round(share - before, 1), signed(round(share - before, 1))
            || ' points in a week', period_start
        from (
            select period_start, share_of_downloads_pct as share,
                max(share_of_downloads_pct) over (
                    partition by source order by period_start
                    range between interval 7 days preceding and interval 7 days preceding
                ) as before
            from charts.licences where licence_class = 'permissive' and basis = 'measured'
        )
        where share is not null order by period_start desc limit 1
        """,
    ),
    (
        "laptop_models",
        "text models known to fit a 16 GB laptop at 4 bits",
        """
        select whole(models_low), models_low - before, percent(round((models_low / nullif(before, 0) - 1) * 100, 1))
            || ' in a week',
            period_start
        from (
            select period_start, models_low,
                max(models_low) over (
                    partition by source order by period_start
                    range between interval 7 days preceding and interval 7 days preceding
                ) as before
            from charts.laptop_models where basis = 'estimated' and ram_gb = 16 and bits = 4
        )
        where models_low is not null order by period_start desc limit 1
        """,
    ),
)


def read_headlines(connection: duckdb.DuckDBPyConnection) -> list[Headline]:
    """Give the figures that there are."""
    headlines = []
    for chart, name, query in _HEADLINES:
        for value, change, words, on in connection.execute(query).fetchall():
            told = words or "no figure of the week before"
            headlines.append(Headline(chart, name, value, told, _direction(change), on))
    return headlines


def _direction(change: float | None) -> str:
    if change is None:
        return "unknown"
    return "up" if change > 0 else "down" if change < 0 else "level"
