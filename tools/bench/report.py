"""What a section found, as text, and all of it as JSON."""
from __future__ import annotations

import dataclasses
import json
import pathlib
from typing import Any


@dataclasses.dataclass
class Goal:
    """A figure that must be at most (or at least) its limit; without a figure it is not available."""
    what: str
    figure: float | None
    limit: float
    unit: str = ""
    at_least: bool = False

    @property
    def reached(self) -> bool | None:
        if self.figure is None:
            return None
        return self.figure >= self.limit if self.at_least else self.figure <= self.limit

    def row(self) -> list[str]:
        figure = "not available" if self.figure is None else f"{number(self.figure)} {self.unit}".strip()
        limit = f"{'>=' if self.at_least else '<='} {number(self.limit)} {self.unit}".strip()
        return [self.what, figure, limit, {None: "-", True: "yes", False: "no"}[self.reached]]


@dataclasses.dataclass
class Section:
    name: str
    title: str
    columns: list[str]
    rows: list[list[Any]]
    goals: list[Goal] = dataclasses.field(default_factory=list)
    notes: list[str] = dataclasses.field(default_factory=list)
    raw: dict[str, Any] = dataclasses.field(default_factory=dict)
    elapsed: float = 0  # seconds

    def text(self) -> str:
        lines = [f"== {self.name}: {self.title}", ""]
        lines += table([self.columns, *([number(cell) for cell in row] for row in self.rows)])
        if self.goals:
            lines += ["", *table([["", "figure", "goal", "reached"], *(goal.row() for goal in self.goals)])]
        if self.notes:
            lines += ["", *self.notes]
        return "\n".join(lines) + "\n"


def number(value: Any) -> str:
    """A figure with three digits that count."""
    if value is None:
        return "-"
    if not isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, int) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def table(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  " + "  ".join(cell.ljust(width) if column == 0 else cell.rjust(width)
                              for column, (cell, width) in enumerate(zip(row, widths))).rstrip() for row in rows]
    lines.insert(1, "  " + "  ".join("-" * width for width in widths))
    return lines


def write_json(path: pathlib.Path, facts: dict, sections: list[Section]) -> None:
    def plain(value: Any) -> Any:
        if dataclasses.is_dataclass(value):
            fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
            return fields | ({"reached": value.reached} if isinstance(value, Goal) else {})
        raise TypeError(type(value))
    path.write_text(json.dumps(facts | {"sections": sections}, default=plain, indent=1) + "\n")
