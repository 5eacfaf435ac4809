#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The pages: every link of them leads to a file of this tree, and to a heading that is there; what the README counts or lists is so.

usage: links_test.py SOURCE-FOLDER
"""
import glob
import os
import re
import sys

from tap import check, end

SOURCE = os.path.realpath(sys.argv[1])


def read(path):
    with open(f"{SOURCE}/{path}", encoding="utf-8") as file:
        return file.read()


def pages():
    found = []
    for pattern in ("*.md", "cases/*.md", "capture/**/*.md", "harness/**/*.md", "results/*.md", "results/jobs/*.md"):
        found += glob.glob(f"{SOURCE}/{pattern}", recursive=True)
    return sorted(os.path.relpath(path, SOURCE) for path in found)


def without_code(text):
    return re.sub(r"`[^`\n]*`", "``", re.sub(r"(?ms)^ *```.*?^ *```$", "", text))


def anchors(path):
    """As forges name headings: small letters, blanks as hyphens, no other marks; the second of a name is -1."""
    names, seen = set(re.findall(r'<a (?:id|name)="([^"]+)"', read(path))), {}
    for heading in re.findall(r"^#{1,6} +(.*?)#*$", re.sub(r"(?ms)^ *```.*?^ *```$", "", read(path)), re.M):
        text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading.strip())
        name = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        seen[name] = seen.get(name, -1) + 1
        names.add(f"{name}-{seen[name]}" if seen[name] else name)
    return names


def links(path):
    text = without_code(read(path))
    return re.findall(r"\]\(<?([^)>\s]+)>?\)", text) + re.findall(r"^\[[^]]+\]: +(\S+)", text, re.M)


def broken(path):
    wrong = []
    for link in links(path):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = os.path.normpath(os.path.join(os.path.dirname(path), file)) if file else path
        if target.startswith("..") or not os.path.exists(f"{SOURCE}/{target}"):
            wrong.append(f"'{link}': no such file")
        elif anchor and target.endswith(".md") and anchor not in anchors(target):
            wrong.append(f"'{link}': {target} has no such heading")
    return "; ".join(wrong) or None


README = read("README.md")


def files_that_are_named():
    """Paths in code: of what is built, recorded or installed none is in the tree."""
    wrong = [name for name in re.findall(r"`((?:cases|results|harness|capture)/[a-z_][\w./-]*\w)`", README)
             if not os.path.exists(f"{SOURCE}/{name}")]
    return f"not there: {wrong}" if wrong else None


def packages():
    listed = re.search(r"installs Debian packages\s+\(([^)]*)\)", README)
    wanted = re.search(r'^packages="([^"]*)"', read("bootstrap"), re.M)
    saw, want = set(re.split(r",\s+", listed.group(1))), set(wanted.group(1).split())
    return f"want {sorted(want)}, saw {sorted(saw)}" if saw != want else None


def bootstrap_words():
    known = set(re.findall(r"\./bootstrap ([a-z]+)", read("bootstrap")))
    wrong = {word for path in pages() for word in re.findall(r"`(?:\S+ )*\./bootstrap ([a-z]+)|^\S*\./bootstrap ([a-z]+)", read(path), re.M)
             for word in word if word} - known
    return f"no such word of bootstrap: {sorted(wrong)}" if wrong or not known else None


def sentences():
    rows = [row for row in re.findall(r"^\| .*$", read("cases/claims.md"), re.M) if not row.startswith("| people say")]
    said = re.search(r"takes (\d+) sentences", README)
    return None if int(said.group(1)) == len(rows) else f"want {len(rows)} sentences, saw {said.group(1)}"


def first_and_last_kernel():
    """Of those that the table is of."""
    versions = re.findall(r"^- linux (\d+)\.(\d+)\S* ", read("results/matrix.md"), re.M)
    ordered = sorted(tuple(map(int, version)) for version in versions)
    want = f"Linux {ordered[0][0]}.{ordered[0][1]} to {ordered[-1][0]}.{ordered[-1][1]}"
    return None if want in README else f"want '{want}'"


check("there are pages", None if len(pages()) > 8 else str(pages()))
check("there are links", None if sum(len(links(path)) for path in pages()) > 500 else "hardly any found")
for each in pages():
    check(f"{each}: its links lead somewhere", broken(each))
check("README: the files that it names", files_that_are_named())
check("README: the packages that bootstrap installs", packages())
check("pages: the words of bootstrap", bootstrap_words())
check("README: how many sentences", sentences())
check("README: the kernels of the table", first_and_last_kernel())
end()
