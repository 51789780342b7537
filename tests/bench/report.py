"""The rows of the table: what is compared with what, and how good it should be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import median

from machine import Samples

Key = tuple[str, str]


class Relation(Enum):
    """How a figure is judged."""

    INFO = "only shown"
    AT_MOST = "the figure itself is at most the goal"
    AT_LEAST = "the figure itself is at least the goal"
    TIMES_AT_MOST = "figure / peer is at most the goal"
    TIMES_AT_LEAST = "figure / peer is at least the goal"
    FASTER = "peer / figure is at least the goal"
    EXTRA_AT_MOST = "figure - peer is at most the goal"


@dataclass(frozen=True)
class Row:
    """One figure, and one goal for it. Source of the goals: the figures that the project promises."""

    contestant: str
    metric: str
    relation: Relation = Relation.INFO
    goal: float = 0.0
    peer: Key | None = None

    def judge(self, samples: Samples) -> dict[str, object] | None:
        """The row with its figures; None when something in it was not measured.

        Contestants are compared round by round and the median of the comparisons counts: a machine that is slower for a
        while is slower for all of a round.
        """
        values = samples.values(self.contestant, self.metric)
        against = samples.values(*self.peer) if self.peer else [0.0] * len(values)
        rounds = list(zip(values, against))
        if not rounds:
            return None
        row: dict[str, object] = {
            "contestant": self.contestant,
            "metric": self.metric,
            "measured": median(values),
            "unit": samples.unit(self.contestant, self.metric),
            "relation": self.relation.name.lower(),
        }
        if self.relation is Relation.INFO:
            return row
        result = median(self._compare(value, peer) for value, peer in rounds)
        good = result <= self.goal if self.relation in UPPER_LIMITS else result >= self.goal
        return row | {"peer": self.peer and self.peer[0], "result": result, "goal": self.goal, "met": good}

    def _compare(self, value: float, peer: float) -> float:
        match self.relation:
            case Relation.TIMES_AT_MOST | Relation.TIMES_AT_LEAST:
                return value / peer
            case Relation.FASTER:
                return peer / value
            case Relation.EXTRA_AT_MOST:
                return value - peer
            case _:
                return value


UPPER_LIMITS = (Relation.AT_MOST, Relation.TIMES_AT_MOST, Relation.EXTRA_AT_MOST)
HEADINGS = ("", "measured", "compared with", "result", "goal", "")


def table(sections: Sequence[tuple[str, Sequence[dict[str, object]]]]) -> str:
    """All rows, aligned."""
    lines = [(title, [cells(row) for row in rows]) for title, rows in sections if rows]
    every = [HEADINGS, *(row for _, rows in lines for row in rows)]
    widths = [max(len(row[at]) for row in every) for at in range(len(HEADINGS))]
    # Words to the left, figures to the right.
    left = (0, 2, 5)

    def text(row: Sequence[str]) -> str:
        padded = (cell.ljust(width) if at in left else cell.rjust(width) for at, (cell, width) in enumerate(zip(row, widths)))
        return ("  " + "  ".join(padded)).rstrip()

    out = [text(HEADINGS)]
    for title, rows in lines:
        out += ["", title, *(text(row) for row in rows)]
    return "\n".join(out)


def cells(row: dict[str, object]) -> tuple[str, ...]:
    unit = str(row["unit"])
    name = f"{row['contestant']}, {row['metric']}"
    measured = quantity(float(row["measured"]), unit)  # type: ignore[arg-type]
    if "goal" not in row:
        return name, measured, "", "", "", ""
    result, goal = float(row["result"]), float(row["goal"])  # type: ignore[arg-type]
    relation = Relation[str(row["relation"]).upper()]
    sign = "<=" if relation in UPPER_LIMITS else ">="
    match relation:
        case Relation.FASTER:
            shown, wanted = f"{result:.1f}x faster", f"{goal:g}x"
        case Relation.TIMES_AT_MOST | Relation.TIMES_AT_LEAST:
            shown, wanted = f"{result:.2f}x", f"{goal:g}x"
        case Relation.EXTRA_AT_MOST:
            shown, wanted = f"{result:+.2f} {unit}", f"+{goal:g} {unit}"
        case _:
            shown, wanted = measured, quantity(goal, unit)
    return name, measured, str(row["peer"] or ""), shown, f"{sign} {wanted}", "ok" if row["met"] else "MISS"


def quantity(value: float, unit: str) -> str:
    if unit == "ns" and value >= 10_000:
        return f"{value / 1000:.1f} us"
    if unit == "1/s":
        return f"{value / 1000:.1f} k/s"
    if unit in ("ns", "s"):
        return f"{value:.{1 if value < 1000 and value != int(value) else 0}f} {unit}"
    return f"{value:.2f} {unit}".rstrip() if unit else f"{value:g}"
