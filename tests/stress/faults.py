"""The fault campaign: every source, every kind of fault, over real sockets, into a real database, with the result of each.

    python -m tests.stress.faults --seed 1 --faults 1000

For each fault the database and the landed answers of a sound first week are put back, the second week is collected with
the fault in it, and then collected again without. Where it strikes (which request, byte, field) comes from the seed.
"""

import argparse
import dataclasses
import os
import random
import signal
import socket
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from pipelines.commands.demo import KEYS
from pipelines.sandbox.faults import Fault, Respond
from pipelines.sandbox.server import Sandbox
from pipelines.sandbox.wire import Request, Response

from . import patience, rows
from .kinds import ANYWHERE, CSV, JSON, KINDS, LESS, PARQUET, REFUSED, SURVIVED, WALK, XML, ZIP, Kind
from .subjects import Came, Home, Subject, subjects

MODELS = 2200
WRONG = "WRONG"
# What was landed damaged could stand in the way of the next collection; after other faults a share of them is enough.
_ALSO_AGAIN = 0.2
_CONTENT = {JSON: "json", CSV: "csv", ZIP: "zip", PARQUET: "octet-stream", XML: "xml"}
_CONDITIONS = ("if-none-match", "if-modified-since")
# What is counted in every answer, and tells nothing of what is missing.
_ITEMS = "meta.set_aside_item"
_COUNTS = {"figures", "new_or_changed", "requests", "seconds", "models_per_second", "landed_in", "megabytes"}


# Lets everything pass, and notes whole answers: what has not changed would have no content.
_NONE = Kind("nothing", damage=lambda body, chance: body)


class HungError(BaseException):
    """A collection went on beyond its bound."""


@dataclass(frozen=True)
class Sound:
    """An undisturbed collection of the second week: what it asked, what it found, and how long it took."""

    asked: Sequence[tuple[str, str]]
    before: rows.Holding
    after: rows.Holding
    models: frozenset[tuple[object, ...]]
    told: dict[str, str]
    seconds: float


@dataclass(frozen=True)
class Verdict:
    """Result of one fault: outcome, seconds, and what is wrong with it."""

    source: str
    kind: str
    lasting: bool
    outcome: str
    seconds: float
    rows: int
    wrong: str | None = None


class Struck:
    """A hook of the sandbox: a fault at the n-th request, and at each one to the same address from then on if it lasts."""

    def __init__(self, place: int, fault: Fault | None, kind: Kind, chance: random.Random, *, lasting: bool) -> None:
        self._place, self._fault, self._kind, self._chance, self._lasting = place, fault, kind, chance, lasting
        self._state = chance.getstate()
        self.seen: list[tuple[str, str]] = []
        self._target: str | None = None
        self.missed = False

    def __call__(self, request: Request) -> Fault | None:
        return self._answer

    def _answer(self, request: Request, respond: Respond) -> Response:
        number = len(self.seen)
        self.seen.append((request.target, ""))
        if number == self._place:
            self._target = request.target
        strikes = number == self._place or (self._lasting and request.target == self._target)
        if strikes or self._kind.damage is not None:  # what has not changed would have no body to be disturbed
            asked = {name: one for name, one in request.headers.items() if name not in _CONDITIONS}
            request = dataclasses.replace(request, headers=asked)
        if strikes and self._fault is not None:
            return self._fault(request, respond)
        answer = respond(request)
        if self._kind.damage is not None and not self._kind.is_detected:  # damage that was announced along
            told = {name: one for name, one in answer.headers.items() if name != "X-Linked-ETag"}
            answer = dataclasses.replace(answer, headers=told)
        content = answer.headers.get("Content-Type", "")
        self.seen[number] = (request.target, content if answer.status == 200 else f"status {answer.status}")
        if self._kind.damage is None or not strikes:
            return answer
        self._chance.setstate(self._state)  # the same damage each time
        try:
            return dataclasses.replace(answer, body=self._kind.damage(answer.body, self._chance))
        except Exception:  # noqa: BLE001 - there is no such place in it, or it is a part of a file only
            self.missed = True
            return answer


class Campaign:
    """A sandbox, a folder, and every source in it after a sound first week."""

    def __init__(self, folder: Path, sandbox: Sandbox, elsewhere: Sandbox, closed: str) -> None:
        self._folder, self._sandbox, self._elsewhere, self._closed = folder, sandbox, elsewhere, closed
        self._sound: dict[str, tuple[Home, Sound]] = {}

    def strike(self, subject: Subject, kind: Kind, lasting: bool, chance: random.Random) -> Verdict | None:
        """Put one fault into a collection of a source, and judge what came of it; None if it has no place there."""
        home, sound = self._prepared(subject)
        places = [n for n, (target, content) in enumerate(sound.asked) if _suits(kind, target, content)]
        if not places:
            return None
        home.put_back()
        fault = kind.make(chance, self._elsewhere.url) if kind.make else None
        place = chance.choice(places)
        struck = Struck(place, fault, kind, chance, lasting=lasting)
        bound = patience.bound_s(sound.seconds, len(sound.asked))
        was = {name: os.environ[name] for name in subject.settings}
        if kind.name == "refused at the door":
            os.environ.update(dict.fromkeys(subject.settings, self._closed))
        self._elsewhere.requests.clear()
        came, seconds = self._collect(subject, struck, bound)
        os.environ.update(was)
        if struck.missed:
            return None
        outcome, number, wrong = self._judged(subject, sound, came)
        right = kind.lasting if lasting else kind.passing
        # A doubtful page of the walk is asked for twice, and its total need not be stated.
        right = (right or frozenset()) | ({SURVIVED} if subject.name == "hub_walk" else set())
        right |= {SURVIVED} if sound.asked[place][1].startswith("status 3") else set()  # its body is not looked at
        # What is known by its size and SHA-256 is asked for, part by part, until it is whole, or refused.
        right |= {SURVIVED, REFUSED} if subject.name == "hub_weekly_snapshots" else set()
        # One request, through a client with its own patience, that takes a body as it comes.
        right |= {REFUSED, SURVIVED} if subject.name == "reddit" and kind.damage is None else set()
        # A fault in the response about one item costs this item.
        right |= (
            {LESS} if outcome == LESS and rows.holding().rows.get(_ITEMS) != sound.after.rows.get(_ITEMS) else set()
        )
        if wrong is None and outcome not in right:
            wrong = f"{outcome}, where {' or '.join(sorted(right))} was due: {came.reason or came.told}"
        if wrong is None and seconds > bound:
            wrong = f"took {seconds:.1f} s, and {bound:.1f} s were its bound"
        if wrong is None and any(seen.had_authorization for seen in self._elsewhere.requests):
            wrong = "a key was sent to another host"
        if wrong is None and outcome == REFUSED and (kind.damage is not None or chance.random() < _ALSO_AGAIN):
            wrong = self._recovers(subject, sound)
        return Verdict(subject.name, kind.name, lasting, WRONG if wrong else outcome, seconds, number, wrong)

    def _recovers(self, subject: Subject, sound: Sound) -> str | None:
        """Collect again, without a fault: say what is wrong if the rows are not those that are due."""
        came, _ = self._collect(subject, None, 60)
        if came.reason is None and rows.digest() == sound.after.digest:
            return None
        return f"it does not recover: {came.reason or 'other rows than those of an undisturbed collection'}"

    def _judged(self, subject: Subject, sound: Sound, came: Came) -> tuple[str, int, str | None]:
        digest = rows.digest()
        number = sum(count for count, _ in digest.values())
        if came.reason is not None:
            plain = came.status == "failed" and len(came.reason) > 20 and "Traceback" not in came.reason
            if not plain or "\n" in came.reason.strip():
                return REFUSED, number, f"no plain reason: {came.reason[-1500:]}"
            if digest != sound.before.digest:
                return REFUSED, number, f"refused, and rows have changed: {came.reason}"
            return REFUSED, number, None
        if digest == sound.after.digest:
            return SURVIVED, number, None
        found = rows.holding()
        wrong = rows.differences(
            {name: count + sound.before.rows.get(name, Counter()) for name, count in sound.after.rows.items()},
            {name: one for name, one in found.rows.items() if subject.name != "hub_walk" or name != "core.observation"},
        )
        if subject.name == "hub_walk":
            wrong += rows.walk_adds_up()
            wrong += [f"model {one}" for one in rows.of_the_walk() if not _is_due(one, sound.models)]
        set_aside = any(found.rows.get(name) != sound.after.rows.get(name) for name in rows.SET_ASIDE)
        told = {name: one for name, one in came.told.items() if name not in _COUNTS}
        is_told = set_aside or any(sound.told.get(name) != one for name, one in told.items())
        if not wrong and not is_told and not _is_only_null(sound.after.rows, found.rows):
            wrong = [
                f"rows are missing, and nothing says so: {sum(sound.after.digest[t][0] for t in sound.after.digest)} -> {number}"
            ]
        return LESS, number, "; ".join(wrong[:3]) or None

    def _prepared(self, subject: Subject) -> tuple[Home, Sound]:
        if subject.name in self._sound:
            home, sound = self._sound[subject.name]
            os.environ["TIDEGAUGE_HOME"] = str(home.folder)
            return home, sound
        folder = self._folder / subject.name
        folder.mkdir()
        home = Home(folder)
        self._sandbox.week = 0
        self._must(subject.collect(self._sandbox.world.now(0)))
        home.keep()
        before = rows.holding()
        self._sandbox.week = 1
        watching = Struck(-1, None, _NONE, random.Random(0), lasting=False)
        began = time.monotonic()
        self._sandbox.faults = watching
        came = subject.collect(self._sandbox.world.now(1))
        self._sandbox.faults = None
        self._must(came)
        seconds = time.monotonic() - began
        models = frozenset(rows.of_the_walk()) if subject.name == "hub_walk" else frozenset()
        sound = Sound(watching.seen, before, rows.holding(), models, came.told, seconds)
        self._sound[subject.name] = home, sound
        return home, sound

    def _collect(self, subject: Subject, struck: Struck | None, bound: float) -> tuple[Came, float]:
        self._sandbox.week = 1
        self._sandbox.faults = struck
        began = time.monotonic()
        try:
            with _watched(2 * bound):
                came = subject.collect(self._sandbox.world.now(1))
        except HungError:
            came = Came("hung", "it hung, and was aborted")
        except Exception as error:  # noqa: BLE001 - whatever gets through is what is looked for
            came = Came("traceback", f"{type(error).__name__}: {error}\n")
        finally:
            self._sandbox.faults = None
        return came, time.monotonic() - began

    @staticmethod
    def _must(came: Came) -> None:
        if came.reason is not None:
            raise RuntimeError(f"an undisturbed collection failed: {came.reason}")


def run(seed: int, faults: int, kinds: Sequence[Kind] = KINDS, only: Collection[str] = ()) -> Iterator[Verdict]:
    """Strike so many times, over all kinds and all sources (or `only` these) in turn, and give each verdict."""
    chance = random.Random(seed)
    before = dict(os.environ)
    with (
        tempfile.TemporaryDirectory() as folder,
        Sandbox(models=MODELS, seed=seed) as sandbox,
        Sandbox(models=100, services=()) as elsewhere,
        socket.socket() as unheard,
        patience.short(),
    ):
        unheard.bind(("127.0.0.1", 0))  # bound, and not listening: whoever connects is refused
        os.environ |= {**sandbox.addresses, **KEYS, "TIDEGAUGE_SWITCHED_OFF": ""}
        campaign = Campaign(Path(folder), sandbox, elsewhere, f"http://127.0.0.1:{unheard.getsockname()[1]}")
        try:
            for subject, kind, lasting in _turns(chance, kinds, only):
                if faults == 0:
                    break
                verdict = campaign.strike(subject, kind, lasting, random.Random(chance.random()))
                if verdict is not None:
                    faults -= 1
                    yield verdict
        finally:
            os.environ.clear()
            os.environ.update(before)


def _turns(chance: random.Random, kinds: Sequence[Kind], only: Collection[str]) -> Iterator[tuple[Subject, Kind, bool]]:
    """Return every source with every kind in an order of chance, in turn once and lasting; and again without end."""
    pairs = [(subject, kind) for subject in subjects() if not only or subject.name in only for kind in kinds]
    starts_lasting = {(subject.name, kind.name): chance.random() < 0.5 for subject, kind in pairs}
    turn = 0
    while True:
        chance.shuffle(pairs)
        for subject, kind in pairs:
            lasting = starts_lasting[subject.name, kind.name] ^ bool(turn % 2)
            yield subject, kind, (lasting or kind.passing is None) and kind.lasting is not None
        turn += 1


def _suits(kind: Kind, target: str, content: str) -> bool:
    if kind.at == ANYWHERE:
        return True
    if kind.at == WALK:
        return target.startswith("/api/models?")
    return _CONTENT[kind.at] in content


def _is_due(model: tuple[object, ...], due: frozenset[tuple[object, ...]]) -> bool:
    return model in due or any(
        one[0] == model[0] and all(found is None or found == wanted for found, wanted in zip(model, one, strict=True))
        for one in due
    )


def _is_only_null(due: rows.Rows, found: rows.Rows) -> bool:
    """Whether every table has as many rows as are due: what is missing is NULL in its row, where anyone sees it."""
    return all(found[name].total() >= one.total() for name, one in due.items() if name in found)


@contextmanager
def _watched(seconds: float) -> Iterator[None]:
    """Abort what goes on for longer."""

    def hung(number: int, frame: FrameType | None) -> None:
        raise HungError

    usual = signal.signal(signal.SIGALRM, hung)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, usual)


def table(verdicts: Sequence[Verdict]) -> str:
    """Return a line for each source and kind: how many, what came of them, rows kept, and the longest time."""
    found: dict[tuple[str, str], list[Verdict]] = defaultdict(list)
    for one in verdicts:
        found[one.source, one.kind].append(one)
    lines = [f"{'source':<22}{'fault':<34}{'n':>3}  {'outcome':<32}{'rows kept':>10}{'longest':>9}"]
    for (source, kind), group in sorted(found.items()):
        outcomes = ", ".join(f"{number} {name}" for name, number in Counter(one.outcome for one in group).items())
        least, longest = min(one.rows for one in group), max(one.seconds for one in group)
        lines.append(f"{source:<22}{kind:<34}{len(group):>3}  {outcomes:<32}{least:>10,}{longest:>8.2f}s")
    return "\n".join(lines)


def verdict_line(verdicts: Sequence[Verdict], seed: int) -> str:
    """Return the verdict on a campaign in a line."""
    by = Counter(one.outcome for one in verdicts)
    kinds, sources = len({one.kind for one in verdicts}), len({one.source for one in verdicts})
    told = ", ".join(f"{by[name]} {name}" for name in (SURVIVED, LESS, REFUSED, WRONG))
    longest = max((one.seconds for one in verdicts), default=0.0)
    return f"seed {seed}: {len(verdicts)} faults of {kinds} kinds in {sources} sources: {told}; the longest took {longest:.1f} s"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the campaign; give 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=600.0, help="end after this time, with what came until then")
    parser.add_argument("--only", default="", help="only kinds whose name contains this")
    parser.add_argument("--sources", nargs="*", default=(), help="only these sources")
    chosen = parser.parse_args(arguments)
    verdicts: list[Verdict] = []
    ends = time.monotonic() + 60 * chosen.minutes
    for one in run(chosen.seed, chosen.faults, [kind for kind in KINDS if chosen.only in kind.name], chosen.sources):
        verdicts.append(one)
        if len(verdicts) % 100 == 0:
            print(f"{len(verdicts)} faults", file=sys.stderr, flush=True)
        if time.monotonic() > ends:
            break
        if one.wrong:
            print(
                f"WRONG {one.source}, {one.kind}{', lasting' if one.lasting else ''}: {one.wrong}",
                file=sys.stderr,
                flush=True,
            )
    print(table(verdicts))
    print(verdict_line(verdicts, chosen.seed))
    return int(any(one.wrong for one in verdicts))


if __name__ == "__main__":
    sys.exit(main())
