"""The looks: colours by their role in both modes, for a phone, a screen and paper."""

from __future__ import annotations

from collections.abc import Mapping

LIGHT: Mapping[str, str] = {
    "page": "#ffffff",
    "panel": "#f5f7f9",
    "line": "#d5dbe1",
    "ink": "#1a1f26",
    "muted": "#566069",
    "accent": "#0b61c2",
    "other": "#a34a00",
    "soft": "#a9cbf2",
    "good": "#18713a",
    "poor": "#8a5a00",
    "bad": "#b3261e",
}
DARK: Mapping[str, str] = {
    "page": "#10151b",
    "panel": "#181f27",
    "line": "#343d47",
    "ink": "#e7edf3",
    "muted": "#9dabb8",
    "accent": "#74b3ff",
    "other": "#ffab66",
    "soft": "#2a4f7c",
    "good": "#62d184",
    "poor": "#e7b955",
    "bad": "#ff8f84",
}
"""The same roles on a dark page. All but page, panel, line and soft are legible as text on page and panel."""


def _variables(colours: Mapping[str, str]) -> str:
    return ";".join(f"--{role}:{colour}" for role, colour in colours.items())


_RULES = """
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0 auto;max-width:62rem;padding:1.5rem 1.25rem 3rem;background:var(--page);color:var(--ink);
font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:break-word}
h1,h2,h3{line-height:1.25;text-wrap:balance;overflow-wrap:anywhere}
h1{font-size:1.5rem;margin:.1rem 0 .2rem}
h2{font-size:1.2rem;margin:0 0 .75rem}
h3{font-size:1rem;margin:1.1rem 0 .4rem}
p{margin:.4rem 0;max-width:46rem}
ul{margin:.4rem 0;padding-left:1.2rem;max-width:46rem}
section{border-top:1px solid var(--line);margin-top:1.75rem;padding-top:1.4rem}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.875em}
code{overflow-wrap:anywhere}
pre{background:var(--panel);border:1px solid var(--line);border-radius:6px;padding:.7rem .9rem;margin:.5rem 0;
overflow-x:auto}
pre code{overflow-wrap:normal;font-size:.8125rem}
a{color:var(--accent)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.over{color:var(--muted);font-size:.875rem;margin:0;letter-spacing:.02em}
.muted,figcaption,.says{color:var(--muted)}
.small{font-size:.875rem}
.value{font-size:clamp(2rem,7vw,2.9rem);font-weight:650;line-height:1.15;margin:.5rem 0 0;
font-variant-numeric:tabular-nums}
.value .unit{font-size:.5em;font-weight:500;color:var(--muted)}
.good{color:var(--good)}.poor,.warning{color:var(--poor)}.bad,.error{color:var(--bad)}.note{color:var(--accent)}
.verdict{font-weight:600;margin:.2rem 0}
nav{margin:1.1rem 0 0;font-size:.875rem;line-height:1.9}
nav a{margin-right:1.1rem;white-space:nowrap;text-decoration:none}
nav a:hover{text-decoration:underline}
.scroll{overflow-x:auto;max-width:100%}
.levels{width:100%;max-width:36rem}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{text-align:left;vertical-align:baseline;padding:.32rem 1.1rem .32rem 0;border-bottom:1px solid var(--line)}
th:last-child,td:last-child{padding-right:0}
th{font-weight:500;color:var(--muted);white-space:nowrap;font-size:.8125rem}
tr:last-child td{border-bottom:0}
.number{text-align:right;white-space:nowrap}
td code{overflow-wrap:normal}
.scroll+.scroll{margin-top:1.3rem}
pre.wrapped{white-space:pre-wrap;overflow-wrap:anywhere}
dl{margin:.5rem 0;display:grid;gap:.3rem;font-size:.9375rem}
dl>div{display:grid;grid-template-columns:7rem minmax(0,1fr);gap:.9rem}
dt{color:var(--muted)}dd{margin:0;overflow-wrap:anywhere}
.finding{border:1px solid var(--line);border-left:4px solid currentColor;border-radius:6px;padding:.75rem 1rem;
margin:.8rem 0;break-inside:avoid}
.finding>*{color:var(--ink)}.finding>.kind{color:inherit}
.finding h3{margin:.1rem 0 .4rem;font-size:1rem}
.kind{margin:0;font-size:.875rem;font-weight:600}
.kind code{font-weight:400}
.do dd{font-weight:500}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));gap:0 2.5rem;
align-items:start}
.plots>*{min-width:0}
figure{margin:0;max-width:34rem}
figcaption{font-size:.875rem;margin-top:.4rem}
svg.plot{display:block;width:100%;height:auto}
svg.plot *{stroke-linejoin:round;stroke-linecap:butt}
svg.plot text{font-family:inherit}
details{margin:.6rem 0}
summary{cursor:pointer;color:var(--accent);font-size:.9rem;width:fit-content}
details[open]>summary{margin-bottom:.3rem}
.bar{display:block;height:.7rem;min-width:1px;background:var(--soft);border-radius:2px}
.bar.own{background:var(--accent)}
td.bars{width:60%;min-width:8rem;vertical-align:middle}
.tiles{display:flex;flex-wrap:wrap;gap:.75rem;margin:1rem 0 0;padding:0;list-style:none;max-width:none}
.tiles li{border:1px solid var(--line);border-radius:6px;padding:.5rem .9rem;min-width:6.5rem}
.tiles b{display:block;font-size:1.5rem;line-height:1.2;font-variant-numeric:tabular-nums}
.check{border:1px solid var(--line);border-radius:6px;margin:.7rem 0;padding:0 1rem}
.check>summary{padding:.65rem 0;color:var(--ink);width:auto;font-size:1rem}
.check[open]{padding-bottom:1rem}
.check section{margin-top:1.1rem;padding-top:1rem}
.check h3{font-size:1.05rem}
.status{font-weight:600;white-space:nowrap}
footer{border-top:1px solid var(--line);margin-top:2rem;padding-top:.9rem;color:var(--muted);font-size:.875rem}
@media (max-width:34rem){body{padding:1rem .9rem 2.5rem}dl>div{grid-template-columns:1fr;gap:0}
dl{gap:.6rem}th,td{padding-right:.8rem}.check{padding:0 .7rem}}
@media print{html{font-size:9.5pt}body{max-width:none;padding:0}nav{display:none}
section{margin-top:1.1rem;padding-top:.9rem}h2,h3,summary{break-after:avoid}
.plots{grid-template-columns:1fr 1fr;gap:0 1.5rem}.check .plots{gap:0 1rem}
figure,tr,li,.finding{break-inside:avoid}pre{white-space:pre-wrap;overflow:visible}.scroll{overflow:visible}
details:not([open]){display:none}.check:not([open]){display:block}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
@page{margin:16mm 14mm}
"""

CSS = (
    f":root{{color-scheme:light dark;{_variables(LIGHT)}}}"
    f"@media screen and (prefers-color-scheme:dark){{:root{{{_variables(DARK)}}}}}"
    + " ".join(_RULES.split("\n")).strip()
)
