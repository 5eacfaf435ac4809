#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every option of every word: in --help, in the manual page, and in the commands that the pages show.

usage: man_test.py LASTACK SOURCE-FOLDER
"""
import glob
import os
import re
import subprocess
import sys

from tap import check, end

LASTACK, SOURCE = sys.argv[1:]
MANUAL = SOURCE + "/harness/lastack.1"
FOR_ALL = {"--help", "--usage", "-?"}


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def ask(*arguments):
    environment = dict(os.environ, ARGP_HELP_FMT="rmargin=200,dup-args", LC_ALL="C")
    return subprocess.run([LASTACK, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                          env=environment, check=False)


def options_of_help(word):
    """{option: argument, or None} of what argp lists; a short one has its long one's argument."""
    options = {}
    for line in ask(word, "--help").stdout.splitlines():
        match = re.match(r" {2,6}(?:(-.)(?: \S+)?, )?(--[a-z-]+)(?:=(\S+))?(?: |$)", line)
        if match:
            for name in match.group(1, 2):
                if name and name not in FOR_ALL:
                    options[name] = match.group(3)
    return options


def words():
    return [word for word in re.findall(r"^  ([a-z]+) ", ask("--help").stdout, re.M) if word != "lastack"]


def plain(roff):
    """Without what sets fonts: requests, \\f, and blanks between pieces of .BR and its like."""
    lines = []
    for line in roff.splitlines():
        if re.match(r"\.(BR|IR|RB|RI|BI|IB) ", line):
            line = re.sub(r'"([^"]*)"|(\S+)|\s+', lambda m: m.group(1) or m.group(2) or "", line[4:])
        elif line.startswith("."):
            line = re.sub(r"^\.[A-Z]+ ?", "", line)
        lines.append(line)
    return re.sub(r"\\f.", "", "\n".join(lines)).replace("\\-", "-")


def section_of(word):
    """What the page says of a word: from its .TP up to the next one that stands at the margin."""
    text = read(MANUAL)
    text = text[text.index(".SH WORDS"):text.index(".SH VERDICTS")]
    inside, depth, found = False, 0, []
    lines = text.splitlines()
    for i, line in enumerate(lines):
        depth += (line == ".RS") - (line == ".RE")
        if line == ".TP" and depth == 0:
            inside = lines[i + 1] == ".B " + word
        if inside:
            found.append(line)
    return "\n".join(found)


def options_of_manual(word):
    """Of the lines that stand as an option's heading."""
    options = {}
    for heading in re.findall(r"^\.TP\n(\.BR? \\-.*)$", section_of(word), re.M):
        for name, argument in re.findall(r"(--?[A-Za-z0-9][a-z-]*)(?:=([A-Z][A-Za-z:./]*))?", plain(heading)):
            options[name] = argument or None
    return options


def compare(word):
    said, written = options_of_help(word), options_of_manual(word)
    wrong = [f"{name} is not in the manual page" for name in said if name not in written]
    wrong += [f"{name} is in the manual page and not in --help" for name in written if name not in said]
    wrong += [f"{name}: --help has {said[name]}, the manual page {written[name]}" for name in said
              if name.startswith("--") and name in written and written[name] != said[name]]
    return "; ".join(wrong) or None


def synopsis():
    text = read(MANUAL)
    text = text[text.index(".SH SYNOPSIS"):text.index(".SH DESCRIPTION")]
    missing = [word for word in words() if f".B lastack {word}\n" not in text]
    return f"not in the synopsis: {missing}" if missing else None


def takes_what_it_lists(word):
    """Each option, as --help spells it: what follows is not looked at, so nothing is run."""
    for name, argument in options_of_help(word).items():
        given = [name] if not argument else [name + "=1"] if name.startswith("--") else [name, "1"]
        said = ask(word, *given, "--help")
        if re.search("(unrecognized|invalid) option|requires an argument|doesn't allow", said.stderr):
            return f"{' '.join(given)}: {said.stderr.strip()}"
    return None


def commands_of(text):
    """[word, options]: of the commands in code, one by one; `... | lastack run -` is two."""
    fenced = re.findall(r"^```\n(.*?)^```$", text, re.M | re.S)
    pieces = "\n".join(fenced).splitlines() + re.findall(r"`([^`\n]+)`", re.sub(r"(?ms)^```\n.*?^```$", "", text))
    for piece in pieces:
        for command in re.split(r"[|;&<>]|  +#", piece):
            found = re.match(r"\s*(?:\$ )?(?:\S*/)?lastack ([a-z]+)((?: .*)?)$", command.replace("\\", ""))
            if found:
                yield found.group(1), re.findall(r"(?<=\s)(--?[A-Za-z0-9][a-z-]*)", found.group(2))


def is_known(page, known):
    wrong, n = [], 0
    for word, options in commands_of(read(page)):
        n += 1
        if word not in known:
            wrong.append(f"lastack {word}: no such word")
            continue
        wrong += [f"lastack {word} {option}: no such option" for option in options if option not in known[word]]
    return "; ".join(wrong) or None


KNOWN = {word: options_of_help(word) for word in words()}
check("there are words and options", None if len(KNOWN) > 8 and sum(map(len, KNOWN.values())) > 40 else str(KNOWN))
check("every word is in the synopsis", synopsis())
for each in KNOWN:
    check(f"{each}: --help and the manual page agree", compare(each))
    check(f"{each}: takes what it lists", takes_what_it_lists(each))
PAGES = [SOURCE + "/README.md"] + sorted(glob.glob(SOURCE + "/cases/*.md") + glob.glob(SOURCE + "/results/*.md") +
                                         glob.glob(SOURCE + "/results/jobs/*.md"))
check("the README shows commands", None if len(list(commands_of(read(PAGES[0])))) > 15 else "found hardly any")
for each in PAGES:
    check(f"{os.path.relpath(each, SOURCE)}: its commands exist", is_known(each, KNOWN))
end()
