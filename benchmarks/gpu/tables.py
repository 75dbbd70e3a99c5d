# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tables of what was measured. Needs no torch: rows may come from another machine."""
import math

import plan


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def cell(row, name):
    if name in row.get("us", {}):
        return f"{row['us'][name][0]:.1f}"
    whole = row.get("problem", "") if name == "sinter" else ""
    text = whole or row.get("problems", {}).get(name, "")
    return text.replace("|", " ")[:80]


def ratio(row, peer):
    """How many times as long as Sinter the peer takes; None if one of the two has no time."""
    times = row.get("us", {})
    peer = "eager" if peer == "folded" and "folded" not in times else peer  # nothing to fold
    return times[peer][0] / times["sinter"][0] if peer in times and "sinter" in times else None


def mean_line(rows, precisions):
    """The geometric means of the ratios at some precisions, and the smallest."""
    parts = []
    for peer in plan.CONTENDERS[1:]:
        found = [ratio(row, peer) for row in rows if row["precision"] in precisions]
        found = [value for value in found if value]
        if found:
            mean = geometric_mean(found)
            parts.append(f"{peer} / Sinter {mean:.2f}, at least {min(found):.2f} ({len(found)} rows)")
    return f"Geometric means at {' and '.join(precisions)}: {'; '.join(parts)}." if parts else ""


def of_models(rows):
    lines = ["| model | batch | precision | Sinter us | eager us | folded us | compile us | eager / Sinter | "
             "folded / Sinter | compile / Sinter | error, Sinter | error, eager |", "|---" * 12 + "|"]
    for row in rows:
        ratios = [ratio(row, peer) for peer in plan.CONTENDERS[1:]]
        errors = [row.get("errors", {}).get(name) for name in plan.CONTENDERS[:2]]
        cells = [*(cell(row, name) for name in plan.CONTENDERS), *(f"{value:.2f}" if value else "" for value in ratios),
                 *(f"{value:.1e}" if value is not None else "" for value in errors)]
        lines.append(f"| {row['model']} | {row['batch']} | {row['precision']} | {' | '.join(cells)} |")
    means = [mean_line(rows, precisions) for precisions in (("fp32", "fp16"), ("tf32", "bf16"))]
    return [*lines, "", *filter(None, means)]


def rate(row, time_us):
    """TFLOP/s, or GB/s where nothing is multiplied."""
    return f"{row['flop'] / time_us * 1e-6:.0f} TFLOP/s" if row["flop"] else f"{row['bytes'] / time_us * 1e-3:.0f} GB/s"


def fastest(row, wanted):
    """(name, microseconds) of the contenders for which `wanted` is true."""
    times = {name: pair[0] for name, pair in row.get("us", {}).items() if wanted(name)}
    return min(times.items(), key=lambda item: item[1], default=(None, None))


def compare(row):
    """(microseconds of Sinter, (name, microseconds) of the best peer, of the best ceiling); None: not there."""
    ceilings = row.get("ceilings", [])
    ours = row.get("us", {}).get("Sinter", [None])[0]
    peer = fastest(row, lambda name: name != "Sinter" and name not in ceilings)
    return ours, peer, fastest(row, lambda name: name in ceilings)


def of_families(rows):
    lines = ["| family | case | precision | Sinter us | rate | best peer us | which | peer / Sinter | "
             "of a copy's rate | error, Sinter | error, peer |", "|---" * 11 + "|"]
    means = {}
    for row in rows:
        ours, (peer, theirs), (_, ceiling) = compare(row)
        errors = [row.get("errors", {}).get(name) for name in ("Sinter", peer)]
        problem = row.get("problem") or row.get("problems", {}).get("Sinter", "")
        if ours and theirs:
            means.setdefault((row["family"], row["precision"]), []).append(theirs / ours)
        cells = [row["family"], row["case"], row["precision"],
                 f"{ours:.2f}" if ours else problem.replace("|", " ")[:80], rate(row, ours) if ours else "",
                 f"{theirs:.2f}" if theirs else "", peer or "", f"{theirs / ours:.2f}" if ours and theirs else "",
                 f"{100 * ceiling / ours:.0f} %" if ours and ceiling else "",
                 *(f"{value:.1e}" if value is not None else "" for value in errors)]
        lines.append(f"| {' | '.join(cells)} |")
    means = [f"{family} {precision} {geometric_mean(found):.2f}"
             for (family, precision), found in means.items()]
    return [*lines, "", f"Geometric means of peer / Sinter: {', '.join(means)}."] if means else lines
