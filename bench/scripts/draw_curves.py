"""Draws docs/curves/NETWORK.svg from bench/curves.csv: SNR and top-1 against the bytes of the file, a line for each form.

    draw_curves.py

A form that is new in the table gets the next colour. Needs nothing but Python.
"""
import collections
import csv
import math
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TABLE = ROOT / "bench" / "curves.csv"
OUTPUT = ROOT / "docs" / "curves"
COLOURS = ["#0b6e99", "#c2571a", "#4d7c0f", "#7c3aed", "#be123c"]
PANEL, HEIGHT, LEFT, TOP, GAP = 330, 230, 52, 44, 62


def ticks(low, high):
    step = 10 ** math.floor(math.log10((high - low) / 3))
    step = next(s for s in (step, 2 * step, 5 * step, 10 * step) if (high - low) / s <= 6)
    first = math.ceil(low / step)
    return [round(i * step, 10) for i in range(first, math.floor(high / step) + 1)]


def panel(left, rows, value, title, unit, forms, reference):
    largest = max(row["bytes"] for row in rows)
    scale, unit_x = (1e6, "MB") if largest >= 1e6 else (1e3, "kB")
    xs = [row["bytes"] / scale for row in rows]
    ys = [row[value] for row in rows] + ([reference] if reference else [])
    low_x, high_x = 0, max(xs) * 1.05
    margin = 0.06 * (max(ys) - min(ys)) or 1
    low, high = min(ys) - margin, max(ys) + margin
    x = lambda v: left + PANEL * (v - low_x) / (high_x - low_x)
    y = lambda v: TOP + HEIGHT * (high - v) / (high - low)
    yield f'<text x="{left}" y="{TOP - 10}" font-weight="bold">{title}</text>'
    for t in ticks(low, high):
        yield f'<path d="M{left} {y(t):.1f}h{PANEL}" stroke="#ddd"/>'
        yield f'<text x="{left - 6}" y="{y(t) + 4:.1f}" text-anchor="end">{t:g}{unit}</text>'
    for t in ticks(low_x, high_x):
        yield f'<path d="M{x(t):.1f} {TOP + HEIGHT}v4" stroke="#888"/>'
        yield f'<text x="{x(t):.1f}" y="{TOP + HEIGHT + 18}" text-anchor="middle">{t:g}</text>'
    yield f'<text x="{left + PANEL}" y="{TOP + HEIGHT + 34}" text-anchor="end">{unit_x}</text>'
    yield f'<path d="M{left} {TOP}v{HEIGHT}h{PANEL}" stroke="#888" fill="none"/>'
    if reference:
        yield f'<path d="M{left} {y(reference):.1f}h{PANEL}" stroke="#555" stroke-dasharray="4 3"/>'
        yield f'<text x="{left + 4}" y="{y(reference) - 4:.1f}">FP32</text>'
    for form, colour in forms.items():
        points = sorted((x(row["bytes"] / scale), y(row[value])) for row in rows if row["form"] == form)
        if len(points) > 1:
            line = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
            yield f'<polyline points="{line}" stroke="{colour}" fill="none" stroke-width="2"/>'
        yield from (f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3.2" fill="{colour}"/>' for a, b in points)


def picture(network, rows, forms):
    width = LEFT + 2 * PANEL + GAP + 16
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {TOP + HEIGHT + 44}"'
           ' font-family="sans-serif" font-size="12" fill="#222">')
    yield f'<title>{network}: SNR and top-1 against bytes</title><rect width="100%" height="100%" fill="#fff"/>'
    at = LEFT + 2 * PANEL + GAP - 90 * len(forms)
    for i, (form, colour) in enumerate(forms.items()):
        yield f'<circle cx="{at + 90 * i}" cy="12" r="4" fill="{colour}"/><text x="{at + 90 * i + 9}" y="16">{form}</text>'
    yield f'<text x="{LEFT}" y="16" font-size="14" font-weight="bold">{network}</text>'
    yield from panel(LEFT, rows, "snr_db", "SNR of the outputs", " dB", forms, None)
    yield from panel(LEFT + PANEL + GAP, rows, "top1", "top-1 accuracy", " %", forms, rows[0]["float_top1"])
    yield "</svg>"


def main():
    networks = collections.defaultdict(list)
    with open(TABLE, newline="") as table:
        for row in csv.DictReader(table):
            numbers = {key: float(row[key]) for key in ("bytes", "snr_db", "agreement", "top1", "float_top1")}
            networks[row["network"]].append({"form": row["form"], **numbers})
    forms = list(dict.fromkeys(row["form"] for rows in networks.values() for row in rows))
    colours = {form: COLOURS[i % len(COLOURS)] for i, form in enumerate(forms)}
    OUTPUT.mkdir(exist_ok=True)
    for network, rows in networks.items():
        here = {form: colour for form, colour in colours.items() if any(row["form"] == form for row in rows)}
        (OUTPUT / f"{network.lower()}.svg").write_text("\n".join(picture(network, rows, here)) + "\n", encoding="utf-8")


main()
