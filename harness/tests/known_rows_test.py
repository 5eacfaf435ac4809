#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""known.tsv: every row can count. Its case is there, has that variant and wants something in that line, and no row above
is for the same versions, or for all, and for that variant or for all.

usage: known_rows_test.py SOURCE-FOLDER
"""
import os
import re
import sys

from tap import check, end

SOURCE = sys.argv[1]
EVERY_CASE_HAS = ["ipv4", "ipv6", "mapped", "swapped"]
SAYS_WHAT_IS_WANTED = re.compile(r"[^#]* = |(wire|mib|state|reason) ")


def lines_of(path):
    with open(f"{SOURCE}/{path}", encoding="utf-8") as file:
        return file.read().split("\n")


def complaint(row, above):
    case, variant, stack, versions, line = row[:5]
    if not os.path.exists(f"{SOURCE}/cases/{case}.case"):
        return "no such case"
    lines = lines_of(f"cases/{case}.case")
    run = next((text.split()[1:] for text in lines if text.startswith("run ")), EVERY_CASE_HAS)
    if variant not in run + ["*"]:
        return f"it runs in {run}, not in {variant}"
    if line != "*" and not SAYS_WHAT_IS_WANTED.match("".join(lines[int(line) - 1:int(line)])):
        return f"nothing is wanted in line {line}"
    if any((case, v, stack, r) in above for v in (variant, "*") for r in (versions, "*")):
        return "a row above holds all that this one holds"
    return None


def complaints(rows):
    found, above = [], set()
    for number, text in rows:
        row = text.split("\t")
        wrong = complaint(row, above)
        if wrong:
            found.append(f"line {number}: {row[0]}: {wrong}")
        above.add(tuple(row[:4]))
    return "; ".join(found) or None


def refuses(want, *rows):
    saw = complaints(enumerate(rows, 1))
    return None if saw and want in saw else f"want '{want}', saw '{saw}'"


ROWS = [(number, text) for number, text in enumerate(lines_of("results/known.tsv"), 1) if text and text[0] != "#"]
ROW = "unread/close\t{}\tlinux\t{}\t{}\twhy"

check("there are rows", None if len(ROWS) > 100 else f"saw {len(ROWS)}")
check("every row can count", complaints(ROWS))
check("refused: no such case", refuses("no such case", "unread/nosuch\t*\tlinux\t*\t*\twhy"))
check("refused: no such variant", refuses("not in unix", ROW.format("unix", "*", "*")))
check("refused: a line that wants nothing", refuses("nothing is wanted in line 1", ROW.format("*", "*", 1)))
check("refused: a line behind the last", refuses("nothing is wanted in line 999", ROW.format("*", "*", 999)))
check("refused: a variant below all", refuses("line 2: unread/close: a row above", ROW.format("*", "*", "*"), ROW.format("ipv6", "6.1", "*")))
check("taken: a variant above all", complaints(enumerate([ROW.format("ipv6", "*", "*"), ROW.format("*", "*", "*")], 1)))
end()
