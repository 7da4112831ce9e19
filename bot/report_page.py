"""The report of what was unusual as one HTML page with its plots inside, for screens and for paper. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from bridge.firm.written import DAYS
from bridge.supervision.watch import Finding, Report

from .wording import moment

_STYLE = """
:root { color-scheme: light dark; --ink: light-dark(#1a2230, #e9e7e1); --muted: light-dark(#57606d, #a6aebb);
  --paper: light-dark(#fdfcf9, #14181e); --line: light-dark(#dfdacd, #313844);
  --came: light-dark(#17536b, #7fc6de); --went: light-dark(#b06a12, #f0c26c); }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 60rem;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p { color: var(--muted); margin: .25rem 0; }
svg { width: 100%; height: auto; } svg text { fill: var(--muted); font-size: 11px; }
.came { fill: var(--came); } .went { fill: var(--went); } .cell { fill: var(--came); } .empty { fill: var(--line); }
.key { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin-right: .3em; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0;
  border-top: 1px solid var(--line); } th { border: 0; color: var(--muted); font-weight: 600; }
td:first-child { white-space: nowrap; }
td.records { font-variant-numeric: tabular-nums; color: var(--muted); }
@media print { body { margin: 0; max-width: none; } tr { break-inside: avoid; } }
"""

_CELL, _GAP, _LEFT, _TOP = 26, 3, 40, 18
_WIDTH, _HEIGHT = 760, 160


def page(report: Report) -> str:
    """The page; names are those of the registry, and there is no word of any message."""
    findings = _table(report.findings) if report.findings else "<p>Nothing unusual.</p>"
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>What was unusual</title>'
        '<meta name="viewport" content="width=device-width">'
        f"<style>{_STYLE}</style><h1>What was unusual</h1>"
        f"<p>{moment(report.since)} to {moment(report.until)}; times of day are those of {escape(report.zone)}. "
        f"{report.messages:,} messages.</p>"
        f"<h2>Things to look at</h2>{findings}"
        '<h2>Messages a day</h2><p><span class="key" style="background:var(--came)"></span>from contacts '
        '<span class="key" style="background:var(--went)"></span>from staff</p>'
        f"{_days(report)}<h2>Hours of the week</h2>{_week(report.by_hour)}</html>\n"
    )


def _table(findings: Sequence[Finding]) -> str:
    rows = "".join(
        f"<tr><td>{escape(each.kind)}</td><td>{escape(each.subject)}</td><td>{escape(each.text)}</td>"
        f'<td class="records">{" ".join(f"#{index}" for index in each.records) or "–"}</td></tr>'
        for each in findings
    )
    return f"<table><tr><th>What</th><th>Who</th><th>How</th><th>Records</th></tr>{rows}</table>"


def _days(report: Report) -> str:
    """Bars, what came in below what staff wrote."""
    most = max([came + went for _, came, went in report.by_day], default=0) or 1
    step = (_WIDTH - _LEFT) / max(len(report.by_day), 1)
    bars: list[str] = []
    for place, (day, came, went) in enumerate(report.by_day):
        x, width = _LEFT + place * step, max(step - 2, 1)
        low, high = _HEIGHT * came / most, _HEIGHT * went / most
        title = f"<title>{day}: {came} from contacts, {went} from staff</title>"
        bars.append(f"<g>{title}{_bar('came', x, width, low, 0)}{_bar('went', x, width, high, low)}</g>")
    marks = "".join(
        f'<text x="{_LEFT + place * step:.1f}" y="{_HEIGHT + 16}">{day:%d %b}</text>'
        for place, (day, _, _) in enumerate(report.by_day)
        if place % max(1, len(report.by_day) // 8) == 0
    )
    scale = f'<text x="0" y="12">{most}</text><text x="0" y="{_HEIGHT}">0</text>'
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT + 24}" role="img" aria-label="Messages a day">'
        f"{scale}{''.join(bars)}{marks}</svg>"
    )


def _bar(kind: str, x: float, width: float, height: float, below: float) -> str:
    y = _HEIGHT - below - height
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>'


def _week(by_hour: Sequence[Sequence[int]]) -> str:
    """A square for each hour of the week, the darker the more there was."""
    most = max(map(max, by_hour)) or 1
    squares: list[str] = []
    for weekday, hours in enumerate(by_hour):
        y = _TOP + weekday * (_CELL + _GAP)
        squares.append(f'<text x="0" y="{y + _CELL * 0.65:.0f}">{DAYS[weekday]}</text>')
        for hour, number in enumerate(hours):
            x = _LEFT + hour * (_CELL + _GAP)
            look = (
                f'class="cell" opacity="{0.15 + 0.85 * number / most:.2f}"'
                if number
                else 'class="empty" opacity="0.45"'
            )
            title = f"<title>{DAYS[weekday]} {hour:02}:00: {number}</title>"
            squares.append(f'<rect {look} x="{x}" y="{y}" width="{_CELL}" height="{_CELL}" rx="3">{title}</rect>')
    heads = "".join(f'<text x="{_LEFT + hour * (_CELL + _GAP)}" y="12">{hour:02}</text>' for hour in range(0, 24, 3))
    width, height = _LEFT + 24 * (_CELL + _GAP), _TOP + 7 * (_CELL + _GAP)
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="Messages by hour of the week">'
        f"{heads}{''.join(squares)}</svg>"
    )
