"""Print `.env.example`: every setting with its explanation, as fields of `Settings` and declarations of sources give it.

python -m assets.env_example > .env.example
"""

import textwrap
from collections.abc import Iterator, Sequence

from assets.declared_sources import ADDRESSES, KEYS
from assets.settings import Settings

_WIDTH = 120
_HEAD = "Copy to .env and fill in what you have. Neither `make demo` nor an anonymous refresh needs any of it."


def env_example() -> str:
    """Return the text of `.env.example`. Every setting is commented out, with an example or its default."""
    return "\n".join(_paragraphs())


def _paragraphs() -> Iterator[str]:
    yield _paragraph(_HEAD, [])
    for field in Settings.model_fields.values():
        if field.description:
            yield _paragraph(field.description, [f"{field.alias}={(field.examples or [''])[0]}"])
    explanations = dict.fromkeys(key.explanation for key in KEYS)
    for explanation in explanations:
        yield _paragraph(explanation, [f"{key.setting}=" for key in KEYS if key.explanation == explanation])
    yield _paragraph(
        "Base addresses of the services, with their defaults. Set them to what `tidegauge sandbox` prints to practise.",
        [f"{address.setting}={address.default}" for address in ADDRESSES],
    )


def _paragraph(explanation: str, settings: Sequence[str]) -> str:
    lines = textwrap.wrap(explanation, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)
    return "".join(f"{line}\n" for line in [*lines, *(f"# {setting}" for setting in settings)])


if __name__ == "__main__":
    print(env_example(), end="")
