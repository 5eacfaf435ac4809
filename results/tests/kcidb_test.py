#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Validates KCIDB reports against the schema, and breaks each in many ways that must be refused.

usage: kcidb_test.py SCHEMA REPORT.json...
"""
import copy
import json
import os
import sys

count = 0


def result(ok, name, complaint=""):
    global count
    count += 1
    print(f"{'ok' if ok else 'not ok'} {count} {name}")
    if not ok:
        print(f"  {name}: {complaint}", file=sys.stderr)


try:
    import jsonschema
except ImportError:
    must_run = os.environ.get("LASTACK_MUST_RUN") == "1"
    print("not ok 1 schema" if must_run else "1..0 # SKIP needs python3-jsonschema")
    if must_run:
        print("1..1")
    sys.exit(0)


def what_is_wrong(schema, report):
    """The schema's first complaint, else a reference that leads nowhere, else None."""
    for error in jsonschema.Draft202012Validator(schema).iter_errors(report):
        return f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
    ids = {}
    for kind in "checkouts", "builds", "tests", "issues", "incidents":
        ids[kind] = [one["id"] for one in report.get(kind, [])]
        if len(set(ids[kind])) != len(ids[kind]):
            return f"{kind}: an id is there twice"
    for kind, key, of in (
        ("builds", "checkout_id", "checkouts"),
        ("tests", "build_id", "builds"),
        ("incidents", "issue_id", "issues"),
        ("incidents", "test_id", "tests"),
    ):
        for one in report.get(kind, []):
            if one[key] not in ids[of]:
                return f"{kind}: {key} {one[key]} is not in {of}"
    return None


# What is done to a report, by name.
BREAKS = {
    "no version": lambda r: r.pop("version"),
    "no major version": lambda r: r["version"].pop("major"),
    "version of yesterday": lambda r: r["version"].update(major=4),
    "version of tomorrow": lambda r: r["version"].update(minor=4),
    "version as a text": lambda r: r["version"].update(major="5"),
    "unknown list": lambda r: r.update(revisions=[]),
    "tests as an object": lambda r: r.update(tests={}),
    "no id": lambda r: r["tests"][0].pop("id"),
    "no origin": lambda r: r["tests"][0].pop("origin"),
    "no build": lambda r: r["tests"][0].pop("build_id"),
    "id without origin": lambda r: r["tests"][0].update(id="1234"),
    "origin with a capital": lambda r: r["tests"][0].update(origin="Lastack"),
    "origin with a dash": lambda r: r["builds"][0].update(origin="last-ack"),
    "path with a slash": lambda r: r["tests"][0].update(path="lastack/unread/close"),
    "path with an empty name": lambda r: r["tests"][0].update(path="lastack..close"),
    "path that ends in a dot": lambda r: r["tests"][0].update(path="lastack."),
    "our own verdict as status": lambda r: r["tests"][0].update(status="BROKEN"),
    "status in small letters": lambda r: r["tests"][0].update(status="pass"),
    "null": lambda r: r["tests"][0].update(comment=None),
    "duration as a text": lambda r: r["tests"][0].update(duration="1 s"),
    "excerpt too long": lambda r: r["tests"][0].update(log_excerpt="x" * 16385),
    "NUL in a text": lambda r: r["tests"][0].update(comment="a\0b"),
    "waived, which was version 4": lambda r: r["tests"][0].update(waived=True),
    "misc as a list": lambda r: r["tests"][0].update(misc=[]),
    "environment with a name of ours": lambda r: r["tests"][0]["environment"].update(system="x"),
    "architecture with a dash": lambda r: r["builds"][0].update(architecture="x86-64"),
    "valid as a text": lambda r: r["checkouts"][0].update(valid="yes"),
    "checkout that is not there": lambda r: r["builds"][0].update(checkout_id="lastack:none"),
    "build that is not there": lambda r: r["tests"][0].update(build_id="lastack:none"),
    "the same test twice": lambda r: r["tests"].append(r["tests"][0]),
    "issue without version": lambda r: r["issues"][0].pop("version"),
    "issue with a negative version": lambda r: r["issues"][0].update(version=-1),
    "culprit nobody knows": lambda r: r["issues"][0]["culprit"].update(user=True),
    "incident of no issue": lambda r: r["incidents"][0].update(issue_id="lastack:none"),
    "incident of no test": lambda r: r["incidents"][0].update(test_id="lastack:none"),
}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    whole = None
    for path in sys.argv[2:]:
        with open(path, encoding="utf-8") as file:
            report = json.load(file)
        wrong = what_is_wrong(schema, report)
        result(wrong is None, f"{os.path.basename(path)} is valid", wrong)
        if report["tests"] and report["incidents"]:
            whole = report
    for name, spoil in BREAKS.items() if whole else ():
        broken = copy.deepcopy(whole)
        spoil(broken)
        result(what_is_wrong(schema, broken) is not None, f"refused: {name}", "was taken")
    print(f"1..{count}")


main()
