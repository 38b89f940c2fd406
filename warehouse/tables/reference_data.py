"""`core.*`: reference data on licences, hardware, models and makers that is maintained by hand, each row with its reason."""

from warehouse.tables.table import Column, Table, required

LICENCE_CLASSES = ("permissive", "copyleft", "use-restricted", "non-commercial", "not classified")

LICENCE_CLASS = Table(
    name="core.licence_class",
    description=(
        "What the licence tags of the Hub allow, and the licences that cards tagged other name, in five classes, maintained "
        "by hand in warehouse/seeds/reference/licence_class.csv. Not legal advice."
    ),
    grain="each licence",
    key=("licence",),
    made_by=("published_history/figures",),
    columns={
        "licence": required(
            "VARCHAR", "Licence as in core.model.licence, lower case: a tag, or the name in the card (license_name)."
        ),
        "title": required("VARCHAR", "Name of the licence."),
        "licence_class": required(
            "VARCHAR",
            "permissive: use for any purpose, changed versions under any terms. copyleft: use for any purpose, but "
            "changed versions, or the files that were changed, under the same terms; weak and strong alike. "
            "use-restricted: some uses, users or fields are excluded. non-commercial: no commercial use. not classified: "
            "the tag names no licence text.",
        ),
        "permits_commercial_use": Column(
            "BOOLEAN",
            "Whether commercial use is allowed, possibly under conditions (see note); NULL where the tag does not "
            "determine it.",
        ),
        "note": Column("VARCHAR", "The condition that decided the class."),
        "evidence_url": Column("VARCHAR", "Address of the licence text."),
    },
    checks={
        "licence_class is one of the five": f"licence_class in {LICENCE_CLASSES}",
        "what is non-commercial permits no commercial use": (
            "(licence_class <> 'non-commercial' or not permits_commercial_use) "
            "and (licence_class not in ('permissive', 'copyleft') or permits_commercial_use)"
        ),
    },
)

HARDWARE = Table(
    name="core.hardware",
    description=(
        "Accelerators that models are served on, with their memory, maintained by hand in "
        "warehouse/seeds/reference/hardware.csv: the units of charts.gpu_requirements. core.accelerator lists what "
        "models are trained on, according to Epoch AI."
    ),
    grain="each accelerator",
    key=("hardware",),
    made_by=("published_history/figures",),
    columns={
        "hardware": required("VARCHAR", "The accelerator, as its maker names it; one card, or one package."),
        "vendor": required("VARCHAR", "Its maker."),
        "kind": required(
            "VARCHAR", "datacentre, workstation, consumer, or unified: a computer whose processor shares the memory."
        ),
        "memory_gb": required(
            "DOUBLE",
            "Memory as the vendor states it, read as GB of 10^9 bytes. Vendors often mean 2^30 bytes, 7% more: numbers "
            "of accelerators computed from it are rather too high than too low.",
        ),
        "released_in": required("INTEGER", "Year in which it was first sold."),
        "evidence_url": required("VARCHAR", "The vendor's page."),
    },
    checks={
        "memory is positive": "memory_gb > 0",
        "kind is one of the four": "kind in ('datacentre', 'workstation', 'consumer', 'unified')",
    },
)

NOTABLE_MODEL = Table(
    name="core.notable_model",
    description=(
        "Open models that moved the state of the art or began a family, with what their makers have published; "
        "maintained by hand in warehouse/seeds/reference/notable_model.csv."
    ),
    grain="each model",
    key=("id",),
    made_by=("published_history/figures",),
    columns={
        "id": required("VARCHAR", "Repository on the Hub, owner/name; a former name works as well."),
        "title": required("VARCHAR", "Name of the model."),
        "released_on": required("DATE", "Day of the release of the weights, or the first day of that month or year."),
        "date_precision": required("VARCHAR", "How exact released_on is: day, month or year."),
        "parameters_b": required("DOUBLE", "Parameters in billions, all of them, as the maker states."),
        "active_parameters_b": Column(
            "DOUBLE",
            "Parameters in billions that a token passes through in a mixture of experts, as the maker states. NULL for a "
            "dense model, and where it is not stated.",
        ),
        "kv_cache_bytes_per_token": Column(
            "DOUBLE",
            "Bytes of key-value cache for each token of context at 16 bits, from the model's configuration: layers x "
            "key-value heads x size of a head x 2 x 2 bytes; with latent attention layers x size of the latent x 2. NULL "
            "where it is not known, or differs between layers.",
        ),
        "evidence_url": required("VARCHAR", "The model card."),
        "note": Column("VARCHAR", "Caveat."),
    },
    checks={
        "sizes are positive": "parameters_b > 0 and active_parameters_b > 0 and kv_cache_bytes_per_token > 0",
        "no more is active than there is": "active_parameters_b <= parameters_b",
        "date_precision is one of the three": "date_precision in ('day', 'month', 'year')",
    },
)

MEMORY_ASSUMPTION = Table(
    name="core.memory_assumption",
    description=(
        "Assumptions, other than the weights, for computing what runs where, maintained by hand in "
        "warehouse/seeds/reference/memory_assumption.csv."
    ),
    grain="each assumption",
    key=("assumption",),
    made_by=("published_history/figures",),
    columns={
        "assumption": required("VARCHAR", "Name of the assumption."),
        "value": required("DOUBLE", "Its value, in unit."),
        "unit": required("VARCHAR", "Unit of value."),
        "reason": required("VARCHAR", "Why this value."),
        "evidence_url": Column("VARCHAR", "Where it can be checked."),
    },
    checks={"no assumption is negative": "value >= 0", "a share is at most 1": "unit <> 'share' or value <= 1"},
)

MAKER_KINDS = ("company", "lab", "university", "community", "person")
REGIONS = ("North America", "Europe", "China", "Other Asia", "Middle East", "International")

MAKER = Table(
    name="core.maker",
    description=(
        "Makers of models, with their accounts on the Hub and the other names that sources use for them; maintained by hand "
        "in warehouse/seeds/reference/maker.csv. Accounts that only republish or quantise models of others are not listed: "
        "what they publish counts for the maker of its base."
    ),
    grain="each maker",
    key=("maker",),
    made_by=("published_history/figures",),
    columns={
        "maker": required("VARCHAR", "Short name of the maker, such as Alibaba."),
        "title": required("VARCHAR", "Name with its best known models, such as Alibaba (Qwen, Wan, Tongyi)."),
        "kind": required("VARCHAR", "company, lab, university, community or person."),
        "country": Column("VARCHAR", "Country of its seat; NULL for a maker in several countries, or of no known one."),
        "region": required("VARCHAR", f"{', '.join(REGIONS[:-1])} or {REGIONS[-1]}."),
        "since": Column("INTEGER", "Year in which it was founded; NULL where no certain one is known."),
        "organisations": required(
            "VARCHAR[]",
            "Accounts on the Hub that hold its models, by their names in URLs. An account belongs to one maker only.",
        ),
        "other_names": Column(
            "VARCHAR[]",
            "Further names of it in Arena, Epoch AI, OpenRouter and elsewhere; NULL if none. A name belongs to one maker, in "
            "upper or lower case.",
        ),
        "evidence_url": required("VARCHAR", "The page that shows who is behind the first account."),
        "note": Column("VARCHAR", "Caveat, such as the reason for an account that is not the maker's own."),
    },
    checks={
        "kind is one of the five": f"kind in {MAKER_KINDS}",
        "region is one of the six": f"region in {REGIONS}",
        "there is an account": "len(organisations) > 0",
    },
)

MAKER_ORGANISATION = Table(
    name="core.maker_organisation",
    description="The maker of each account on the Hub that core.maker names.",
    grain="each account",
    key=("organisation",),
    made_by=("published_history/figures",),
    columns={
        "organisation": required("VARCHAR", "Account on the Hub, as in core.model.author; compare in lower case."),
        "maker": required("VARCHAR", "Its maker.", references="core.maker.maker"),
    },
    is_view=True,
)

FACET_TAG = Table(
    name="core.facet_tag",
    description=(
        "The tags of the Hub that state the format, language, quantisation, bits or modality of a model, maintained by hand in "
        "warehouse/seeds/reference/facet_tag.csv: the one rule for each of them."
    ),
    grain="each facet and tag",
    key=("facet", "tag"),
    made_by=("published_history/figures",),
    columns={
        "facet": required("VARCHAR", "format, language, quantisation, bits, or modality."),
        "tag": required(
            "VARCHAR", "The tag as the Hub writes it; for modality the task, as in core.model.pipeline_tag."
        ),
        "value": required("VARCHAR", "Value of the facet, as in core.facet_week."),
        "title": required("VARCHAR", "What the value means."),
    },
    checks={"facet is one of the five": "facet in ('format', 'language', 'quantisation', 'bits', 'modality')"},
)

# Those that a file in warehouse/seeds/reference/ fills.
LISTED = (LICENCE_CLASS, HARDWARE, NOTABLE_MODEL, MEMORY_ASSUMPTION, MAKER, FACET_TAG)
TABLES = (*LISTED, MAKER_ORGANISATION)
