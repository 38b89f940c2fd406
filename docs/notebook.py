"""A notebook on the published file: `make notebook`. It only reads; change what you like and look at what happens."""

import marimo

app = marimo.App(width="medium", app_title="Tidegauge")


@app.cell
def _():
    import altair as alt
    import duckdb
    import marimo as mo

    from assets.settings import Settings

    return Settings, alt, duckdb, mo


@app.cell
def _(Settings, duckdb, mo):
    settings = Settings()
    places = [
        settings.published / "tidegauge.duckdb",
        settings.home.absolute() / "demo" / "published" / "tidegauge.duckdb",
    ]
    found = [place for place in places if place.exists()]
    mo.stop(
        not found,
        mo.md(
            f"**There is no release yet** in `{places[0].parent}`, nor a demonstration beside it. Run `make demo` (made-up "
            "figures, no key) or `make refresh` (live services), and run this notebook again."
        ),
    )
    release = duckdb.connect(str(found[0]), read_only=True)
    return found, release


@app.cell
def _(found, mo, release):
    version, published_at, weeks, origin = release.execute(
        "select version, published_at::date, weeks, origin from meta.release cross join meta.warehouse "
        "order by version desc limit 1"
    ).fetchall()[0]
    made_up = " **Its rows of the Hub are made up: they come from the sandbox.**" if origin == "sandbox" else ""
    mo.md(f"# Tidegauge\n\nRelease {version} of {published_at}, {weeks} weeks of the Hub, from `{found[0]}`.{made_up}")
    return


@app.cell
def _(mo, release):
    guide = release.execute("select question, look_in, reading, example from meta.question order by number").pl()
    question = mo.ui.dropdown(guide["question"].to_list(), value=guide["question"][1], label="Ask")
    mo.vstack([mo.md("## The guide: what people ask"), question])
    return guide, question


@app.cell
def _(guide, mo, question, release):
    _, look_in, reading, example = guide.row(guide["question"].to_list().index(question.value))
    answer = release.execute(example).pl()
    mo.vstack(
        [
            mo.md(f"Look in {look_in}.\n\n```sql\n{example.strip()}\n```"),
            mo.ui.table(answer, selection=None),
            mo.md(reading),
        ]
    )
    return


@app.cell
def _(alt, mo, release):
    downloads = release.execute(
        "select period_start, downloads, series from charts.hub_downloads where downloads is not null order by period_start"
    ).pl()
    # Published, measured and estimated figures are different series: no line leads from one to the other.
    picture = (
        alt.Chart(downloads, title="Downloads on the Hub: in a month, or over 30 days")
        .mark_line(point=True)
        .encode(
            x=alt.X("period_start:T", title=None),
            y=alt.Y("downloads:Q", scale=alt.Scale(type="log"), title="downloads (log)"),
            color=alt.Color("series:N", title=None),
            strokeDash=alt.StrokeDash("series:N", title=None),
        )
        .properties(width=640, height=280)
    )
    mo.vstack([mo.md("## Downloads"), picture])
    return


@app.cell
def _(alt, mo, release):
    licences = release.execute(
        "select licence_class, share_of_models_pct, share_of_downloads_pct from charts.licences "
        "where period_start = (select max(period_start) from charts.licences)"
    ).pl()
    bars = (
        alt.Chart(licences.unpivot(index="licence_class", variable_name="of", value_name="share_pct"))
        .mark_bar()
        .encode(
            x=alt.X("share_pct:Q", title="percent"),
            y=alt.Y("licence_class:N", sort="-x", title=None),
            row=alt.Row("of:N", title=None),
        )
        .properties(width=560)
    )
    mo.vstack([mo.md("## What may be done with open models"), bars])
    return


@app.cell
def _(mo, release):
    fastest = release.execute("select id, downloads_30d, growth_pct from growth.top_models('1 week', 10)").pl()
    mo.vstack([mo.md("## The models that grew most in a week"), mo.ui.table(fastest, selection=None)])
    return


if __name__ == "__main__":
    app.run()
