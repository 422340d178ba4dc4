"""The figure: CPU a query for each kind of query and server, and the latencies at half load."""
from __future__ import annotations

import pathlib

import matplotlib

matplotlib.use("svg")

from matplotlib import pyplot  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.patches import Patch  # noqa: E402
from matplotlib.ticker import StrMethodFormatter  # noqa: E402

import latency  # noqa: E402
from load import Load, median  # noqa: E402
from report import Section  # noqa: E402

# Okabe and Ito: told apart by everybody
COLOURS = {"NSD": "#E69F00", "Knot": "#009E73", "clusterdns": "#0072B2"}
FLOOR = "#000000"
BAR = 0.26
SETTINGS = {"svg.fonttype": "none", "svg.hashsalt": "clusterdns", "font.family": "sans-serif", "font.size": 9,
            "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True}


def draw(path: pathlib.Path, facts: dict, sections: list[Section]) -> None:
    panels = [(panel, section) for section in sections
              if (panel := {"cpu": _cpu, "latency": _latency}.get(section.name))]
    if not panels:
        return
    with pyplot.rc_context(SETTINGS):
        figure, axes = pyplot.subplots(len(panels), 1, figsize=(9, 4 * len(panels)), squeeze=False,
                                       layout="constrained")
        for (panel, section), axis in zip(panels, axes[:, 0]):
            panel(axis, section)
        figure.supxlabel(f"{facts['cpu']}, {facts['cores']} cores, Linux {facts['kernel']}, {facts['date']}; "
                         f"medians of {facts['rounds']} rounds of {facts['seconds']:g} s", fontsize=7, color="#555555")
        figure.savefig(path, metadata={"Date": None})
        pyplot.close(figure)


def _cpu(axis: Axes, section: Section) -> None:
    found: dict[str, dict[str, list[Load]]] = section.raw
    names = [name for name in COLOURS if name in next(iter(found.values()))]
    for place, title in enumerate(found):
        for number, name in enumerate(names):
            x = place + (number - (len(names) - 1) / 2) * BAR
            user, whole = median(found[title][name], "user"), median(found[title][name], "whole")
            axis.bar(x, user, BAR * 0.92, color=COLOURS[name])
            axis.bar(x, whole - user, BAR * 0.92, bottom=user, color=COLOURS[name], alpha=0.35)
            for value in (user, whole):
                axis.annotate(f"{value:.1f}", (x, value), ha="center", va="bottom", fontsize=7,
                              xytext=(0, 1.5), textcoords="offset points")
        half = BAR * len(names) / 2 + 0.06
        axis.hlines(median(found[title]["echo"], "whole"), place - half, place + half, color=FLOOR, linewidth=1.4)
    axis.set_xticks(range(len(found)), [_broken(title) for title in found])
    axis.set_ylabel("µs of CPU a query")
    axis.set_title("CPU a query, one worker: user (full colour) below the kernel's (pale)", loc="left")
    axis.grid(axis="y", color="#dddddd", linewidth=0.6)
    handles = [Patch(color=COLOURS[name], label=name) for name in names]
    handles += axis.plot([], [], color=FLOOR, linewidth=1.4, label="echo: user and kernel")
    _legend(axis, handles, below=0.12)


def _latency(axis: Axes, section: Section) -> None:
    found: dict[str, list[latency.Latency]] = section.raw
    shapes = {"p50": "o", "p99": "s", "p999": "D"}
    for place, (title, rounds) in enumerate(found.items()):
        colour = COLOURS[title.partition(",")[0]]
        values = [median(rounds, field) for field in shapes]
        axis.hlines(place, min(values), max(values), color=colour, linewidth=1.2, alpha=0.5)
        for (field, shape), value in zip(shapes.items(), values):
            axis.plot(value, place, shape, color=colour, markersize=6)
            axis.annotate(f"{value:,.0f}", (value, place), ha="center", va="bottom", fontsize=7,
                          xytext=(0, 5), textcoords="offset points")
    axis.set_yticks(range(len(found)), [title.replace(", ", ",\n") for title in found])
    axis.set_ylim(len(found) - 0.5, -0.6)
    axis.set_xscale("log")
    axis.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axis.set_xlabel("µs from query to answer (logarithmic)")
    axis.set_title("Latency at half load", loc="left")
    axis.grid(axis="x", color="#dddddd", linewidth=0.6)
    handles = [axis.plot([], [], shape, color="#555555", label=field.replace("999", "99.9"))[0]
               for field, shape in shapes.items()]
    _legend(axis, handles, below=0.2)


def _broken(title: str) -> str:
    return title.replace(" ", "\n", 1)


def _legend(axis: Axes, handles: list, below: float) -> None:
    axis.legend(handles=handles, ncols=len(handles), loc="upper center", bbox_to_anchor=(0.5, -below), frameon=False)
