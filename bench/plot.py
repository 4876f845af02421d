"""Draws the plots of docs/performance.md. Usage: plot.py RESULTS.json FOLDER"""

import json
import re
import sys
from pathlib import Path

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "eni-failover"  # the same figures give the same file
from matplotlib import pyplot

figures = {(f["name"], f["unit"]): f for f in json.loads(Path(sys.argv[1]).read_text())["figures"]}
folder = Path(sys.argv[2])


def seconds(duration):
    """The seconds of a duration as Go writes it, of one unit."""
    number, unit = re.fullmatch(r"([\d.]+)(ms|s)", duration).groups()
    return float(number) / (1000 if unit == "ms" else 1)


def save(plot, name):
    plot.savefig(folder / name, metadata={"Date": None}, bbox_inches="tight")


def series(prefix, unit):
    """The figures of a unit by what follows the prefix in their names, which is a duration, in ascending order."""
    found = {
        seconds(name.removeprefix(prefix)): figure
        for (name, of), figure in figures.items()
        if name.startswith(prefix) and of == unit
    }
    return dict(sorted(found.items()))


def move():
    plot, axes = pyplot.subplots(figsize=(7, 4))
    floor, ratio = series("Move/detach=", "floor-s"), series("Move/detach=", "x-floor")
    x = list(floor)
    low, middle, high = ([ratio[d][key] * floor[d]["value"] for d in x] for key in ("low", "value", "high"))
    axes.fill_between(x, low, high, alpha=0.3, label="eni-failover, 10 % to 90 %")
    axes.plot(x, middle, marker="o", label="eni-failover, median")
    axes.plot(x, [floor[d]["value"] for d in x], "k--", label="the floor")
    waiter = series("Move/detach=", "waiter-s")
    axes.plot(list(waiter), [f["value"] for f in waiter.values()], marker="s", label="Go SDK's waiter")
    axes.plot([2], [figures["Peers", "boto3-s"]["value"]], marker="x", markersize=9, linestyle="", label="boto3's waiter, real time")
    axes.set(xscale="log", yscale="log", xlabel="time of the detach, s", ylabel="event to attached, s")
    axes.legend()
    save(plot, "move.svg")


def cold_start():
    plot, axes = pyplot.subplots(figsize=(7, 2.4))
    functions = ["audit", "failover", "clients"]
    found = [figures["ColdStart", f"{name}/empty"] for name in functions]
    values = [f["value"] for f in found]
    spread = [[f["value"] - f["low"] for f in found], [f["high"] - f["value"] for f in found]]
    axes.barh(["empty handler", "audit", "failover", "SDK clients alone"], [1] + values, xerr=[[0] + spread[0], [0] + spread[1]], capsize=3)
    axes.axvline(1.35, color="k", linestyle="--", label="limit")
    axes.set(xlabel="process start to first request for an event, × an empty handler")
    axes.legend()
    save(plot, "cold-start.svg")


def storm():
    plot, axes = pyplot.subplots(figsize=(7, 2.5))
    names = {"10": "10", "100": "100", "100/group=10": "100, in groups of 10", "100/group=100": "100, in one group", "1000": "1,000"}
    for place, name in enumerate(reversed(names)):
        down, worst = (figures[f"Storm/interruptions={name}", unit] for unit in ("down-s", "down-worst-s"))
        first = place == 0
        axes.plot([down["low"], down["high"]], [place, place], color="C0", linewidth=6, alpha=0.3, label="10 % to 90 %" if first else None)
        axes.plot(down["value"], place, marker="o", color="C0", linestyle="", label="median" if first else None)
        axes.plot(worst["value"], place, marker="x", color="C1", linestyle="", label="the longest" if first else None)
    axes.set(yticks=range(len(names)), yticklabels=list(reversed(names.values())), xscale="log")
    axes.set(xlabel="time that an interface is down, s", ylabel="interruptions within a second")
    axes.legend()
    save(plot, "storm.svg")


move()
cold_start()
storm()
