#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The job files for other people's schedulers: what they say is of the scheduler's form, and every command in them exists.

usage: jobs_test.py LASTACK SOURCE-FOLDER
"""
import base64
import copy
import glob
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from tap import MUST_RUN, check, end, skip

LASTACK, SOURCE = sys.argv[1:]
JOBS = SOURCE + "/results/jobs"


try:
    import yaml
except ImportError:
    if MUST_RUN:
        print("not ok 1 job files\n1..1")
    else:
        print("1..0 # SKIP needs python3-yaml")
    sys.exit(0)


def load(path):
    with open(f"{JOBS}/{path}", encoding="utf-8") as file:
        return yaml.load(file, Loader=yaml.BaseLoader)  # BaseLoader: `on` stays a word


# What a mapping may hold, and with a star what it must. A list's one element is the form of each; None is anything.
GITHUB_STEP = {"name": None, "id": None, "if": None, "uses": None, "run": None, "with": None, "env": None, "shell": None,
               "working-directory": None, "continue-on-error": None, "timeout-minutes": None}
GITHUB_JOB = {"name": None, "runs-on*": None, "needs": None, "if": None, "permissions": None, "environment": None,
              "concurrency": None, "outputs": None, "env": None, "defaults": None, "steps*": [GITHUB_STEP],
              "timeout-minutes": None, "continue-on-error": None, "services": None,
              "strategy": {"matrix*": None, "fail-fast": None, "max-parallel": None},
              "container": {"image*": None, "credentials": None, "env": None, "ports": None, "volumes": None, "options": None}}
GITHUB = {"name": None, "run-name": None, "on*": None, "permissions": None, "env": None, "defaults": None,
          "concurrency": None, "jobs*": {"": GITHUB_JOB}}
GITLAB_JOB = {"stage": None, "script*": None, "before_script": None, "after_script": None, "image": None, "services": None,
              "variables": None, "tags": None, "needs": None, "dependencies": None, "rules": None, "when": None,
              "allow_failure": None, "timeout": None, "retry": None, "interruptible": None, "cache": None, "extends": None,
              "parallel": {"matrix*": [{"": None}]},
              "artifacts": {"paths*": None, "exclude": None, "name": None, "when": None, "expire_in": None, "reports": None}}
GITLAB = {"stages": None, "variables": None, "workflow": None, "include": None,
          "default": {"image": None, "services": None, "before_script": None, "after_script": None, "tags": None,
                      "timeout": None, "retry": None, "interruptible": None, "cache": None, "artifacts": None},
          "": GITLAB_JOB}
LAVA_IMAGE = {"url*": None, "image_arg": None, "compression": None, "format": None, "overlays": None, "sha256sum": None}
LAVA_DEFINITION = {"from*": None, "repository*": None, "path*": None, "name*": None, "branch": None, "parameters": None}
LAVA_ACTION = {"deploy": {"to*": None, "os": None, "timeout": None, "images*": {"": LAVA_IMAGE}},
               "boot": {"method*": None, "media": None, "prompts*": None, "timeout": None},
               "test": {"timeout": None, "definitions*": [LAVA_DEFINITION]}}
LAVA_JOB = {"job_name*": None, "device_type*": None, "visibility*": None, "priority": None, "context": {"arch*": None},
            "timeouts*": {"job*": None, "action": None, "connection": None, "actions": None, "connections": None},
            "actions*": [LAVA_ACTION]}
LAVA_TEST = {"metadata*": {"format*": None, "name*": None, "description": None, "os": None, "scope": None,
                           "devices": None, "maintainer": None, "environment": None},
             "params": None, "parameters": None, "install": None, "parse": None, "run*": {"steps*": None}}
LAVA_DEVICE = {"available_architectures*": None, "character_delays": None, "parameters*": None, "commands": None,
               "constants*": {"boot_retry*": None, "failure_retry*": None, "spawn_maxread*": None,
                              "default-shell-prompt*": None, "kernel-start-message*": None},
               "actions*": {"deploy*": {"methods*": {"image*": None}},
                            "boot*": {"connections*": None, "methods*": {"qemu*": {"parameters*": {
                                "command*": None, "options*": None, "extra": None}}}}},
               "timeouts*": {"actions*": None, "connections*": None}}


def misshapen(value, form, where=""):
    """The first thing that is not of the form, or None."""
    if form is None:
        return None
    if isinstance(form, list):
        if not isinstance(value, list) or not value:
            return f"{where}: want a list"
        return next(filter(None, (misshapen(one, form[0], f"{where}[]") for one in value)), None)
    if not isinstance(value, dict):
        return f"{where}: want a mapping"
    names = {name.rstrip("*"): part for name, part in form.items()}
    for name in form:
        if name.endswith("*") and name[:-1] not in value:
            return f"{where}: want {name[:-1]}"
    for key, part in value.items():
        if key not in names and "" not in names:
            return f"{where}: read {key}, want one of {' '.join(names)}"
        wrong = misshapen(part, names.get(key, names.get("")), f"{where}/{key}")
        if wrong:
            return wrong
    return None


def texts(value):
    """Every text in a value that a shell may be given."""
    if isinstance(value, str):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts(one)


def help_of(*command):
    done = subprocess.run([*command, "--help"], capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None


def unknown_command(text):
    """The first call of lastack or of bootstrap in the text with a word or an option that does not exist."""
    calls = 0
    for program, word, rest in re.findall(r"(\./bootstrap|(?<![\w-])lastack) ([a-z]+)((?: [^|;&>\n]*)?)", text):
        if program == "./bootstrap" and not re.search(rf"\./bootstrap {word}\b", help_of(f"{SOURCE}/bootstrap")):
            return f"bootstrap has no {word}"
        said = help_of(LASTACK, word) if program != "./bootstrap" or word in ("run", "matrix") else ""
        if said is None:
            if program == "lastack" and not rest.strip().startswith("-"):
                continue  # "lastack record begins": words, not a call
            return f"lastack has no word {word}"
        calls += 1
        for option in re.findall(r"(?<=\s)--[a-z-]+", rest):
            if not re.search(rf"{option}\b", said):
                return f"{word} has no {option}"
    return None if calls else "want a call of lastack in it"


def unknown_stack(names):
    with open(SOURCE + "/results/stacks.conf", encoding="utf-8") as file:
        known = re.findall(r"^stack +(\S+)", file.read(), re.M)
    return next((f"results/stacks.conf has no {name}" for name in names if name not in known), None if names else "no stack")


FILES = {  # its form, and whether it calls lastack
    "github.yml": (GITHUB, True),
    "gitlab.yml": (GITLAB, True),
    "lava/job.yaml": (LAVA_JOB, False),
    "lava/lastack.yaml": (LAVA_TEST, True),
    "lava/device.yaml": (LAVA_DEVICE, False),
}
BREAKS = [  # file, what is done to it
    ("github.yml", "step of no kind", lambda f: f["jobs"]["kernel"]["steps"][0].update(script="x")),
    ("github.yml", "job without runner", lambda f: f["jobs"]["merge"].pop("runs-on")),
    ("github.yml", "no trigger", lambda f: f.pop("on")),
    ("gitlab.yml", "job without script", lambda f: f["merge"].pop("script")),
    ("gitlab.yml", "matrix as GitHub has it", lambda f: f["kernel"].update(strategy={"matrix": {}})),
    ("lava/job.yaml", "no job time-out", lambda f: f["timeouts"].pop("job")),
    ("lava/job.yaml", "image without address", lambda f: f["actions"][0]["deploy"]["images"]["kernel"].pop("url")),
    ("lava/lastack.yaml", "no steps", lambda f: f["run"].pop("steps")),
    ("lava/device.yaml", "no command", lambda f: f["actions"]["boot"]["methods"]["qemu"]["parameters"].pop("command")),
    ("lava/device.yaml", "no retry", lambda f: f["constants"].pop("failure_retry")),
]


def check_forms():
    for path, (form, calls) in FILES.items():
        check(f"{path} is of its scheduler's form", misshapen(load(path), form))
        if calls:
            check(f"{path}: every command exists", unknown_command("\n".join(texts(load(path)))))
    check("github.yml: every kernel is known",
          unknown_stack(load("github.yml")["jobs"]["kernel"]["strategy"]["matrix"]["stack"]))
    check("gitlab.yml: every kernel is known", unknown_stack(load("gitlab.yml")["kernel"]["parallel"]["matrix"][0]["STACK"]))
    check("refused: a kernel nobody has", None if unknown_stack(["host", "linux-2.4"]) else "was taken")
    for path, name, spoil in BREAKS:
        broken = copy.deepcopy(load(path))
        spoil(broken)
        check(f"{path} refused: {name}", None if misshapen(broken, FILES[path][0]) else "was taken")
    for text in "lastack fly --high", "lastack run --part 1/2", "./bootstrap fly", "./bootstrap run --part 1", "make":
        check(f"refused: {text}", None if unknown_command(text) else "was taken")


def job_fits_device():
    job, device, test = load("lava/job.yaml"), load("lava/device.yaml"), load("lava/lastack.yaml")
    definition = job["actions"][2]["test"]["definitions"][0]
    if job["context"]["arch"] not in device["available_architectures"]:
        return "the device lacks the job's architecture"
    if not os.path.exists(f"{SOURCE}/{definition['path']}"):
        return f"no file {definition['path']}"
    if set(definition["parameters"]) != set(test["params"]):
        return f"the job sets {set(definition['parameters'])}, the test takes {set(test['params'])}"
    with open(JOBS + "/lava/initramfs", encoding="utf-8") as file:
        if f"PS1='{job['actions'][1]['boot']['prompts'][0]}'" not in file.read():
            return "the job waits for another prompt than the initramfs gives"
    return None


def everything_is_filled_in():
    with open(JOBS + "/lava/run", encoding="utf-8") as run, open(JOBS + "/lava/job.yaml", encoding="utf-8") as job:
        filled, wanted = set(re.findall(r"s\|(@\w+@)\|", run.read())), set(re.findall(r"@\w+@", job.read()))
    return None if filled == wanted and wanted else f"run fills in {filled}, the job has {wanted}"


def signals():
    """The variants of three.ktap, each with its case's name."""
    done = subprocess.run([JOBS + "/lava/ktap-to-lava", SOURCE + "/results/tests/data/three.ktap"], capture_output=True,
                          text=True, check=False)
    lines = done.stdout.splitlines()
    for line in lines:
        if not re.fullmatch(r"<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=[\w.-]+ RESULT=(pass|fail|skip)>", line):
            return f"no signal: {line}"
    for want in ("unread-close.ipv6 RESULT=fail", "shutdown-half-close.ipv4 RESULT=fail", "unread-close.mapped RESULT=skip",
                 "unread-last-reference.ipv4 RESULT=skip"):
        if sum(want in line for line in lines) != 1:
            return f"want {want} once"
    results = [line.split("=")[-1] for line in lines]
    return None if len(lines) == 22 and results.count("pass>") == 18 else f"saw {len(lines)}: {results}"


RECORD = b"record  a/b ipv4    linux 1 x\nend     PASS\n\n" * 40


def log_of(encoded, end="lastack record ends", dash=""):
    said = ["+ echo 'lastack record begins'", "lastack record begins", "+ cat record.base64", *encoded,
            "+ echo 'lastack record ends'", end]
    lines = [json.dumps({"dt": "2026-11-21T09:00:00", "lvl": "target", "msg": text}) for text in said]
    lines.insert(4, json.dumps({"lvl": "debug", "msg": "Listened to connection"}))
    return "not JSON\n" + "".join(f"{dash}{line}\n" for line in lines)


def from_log(log):
    with tempfile.NamedTemporaryFile("w", suffix=".log") as file:
        file.write(log)
        file.flush()
        done = subprocess.run([JOBS + "/lava/record-from-log", file.name], capture_output=True, check=False)
    return done.returncode, done.stdout, done.stderr.decode()


def taken(log):
    status, out, said = from_log(log)
    return None if status == 0 and out == RECORD else f"status {status}, {len(out)} bytes, {said}"


def refused(log, why):
    status, out, said = from_log(log)
    return None if status == 1 and not out and why in said and "Traceback" not in said else f"status {status}: {said}"


def check_logs():
    code = base64.encodebytes(gzip.compress(RECORD)).decode().split()
    check("a record comes out of a log", taken(log_of(code)))
    check("a record comes out of a server's log", taken(log_of(code, dash="- ")))
    check("a log cut off is refused", refused(log_of(code, end="lastack rec"), "cut off"))
    check("a log of something else is refused", refused("hello\n", "did the test run?"))
    check("a line of the kernel's in the middle is refused", refused(log_of([*code[:1], "[ 7.5] oops", *code[1:]]), "damaged"))
    check("a line that is missing is refused", refused(log_of(code[1:]), "damaged"))


def shell_complains(path):
    done = subprocess.run(["sh", "-n", path], capture_output=True, text=True, check=False)
    return done.stderr or None


def initramfs_lacks(folder):
    """Made of this program: the first file that is not in it, or None."""
    image = folder + "/initramfs.gz"
    done = subprocess.run([JOBS + "/lava/initramfs", LASTACK, image], capture_output=True, text=True, check=False)
    if done.returncode or os.listdir(folder) != ["initramfs.gz"]:
        return f"status {done.returncode}: {done.stderr}{os.listdir(folder)}"
    with gzip.open(image) as file:
        listed = subprocess.run(["cpio", "-t", "--quiet"], capture_output=True, input=file.read(), check=True).stdout.decode().splitlines()
    libraries = re.findall(r"/\S+", subprocess.run(["ldd", LASTACK], capture_output=True, text=True, check=True).stdout)
    wanted = ["init", "bin/busybox", "bin/lastack", "bin/ktap-to-lava", "usr/share/lastack/known.tsv",
              "usr/share/lastack/cases/unread/close.case", *(library.lstrip("/") for library in libraries)]
    return next((f"{name} is not in it" for name in wanted if name not in listed), None)


def check_initramfs():
    missing = [program for program in ("busybox", "cpio", "ldd") if not shutil.which(program)]
    if missing:
        skip("the initramfs holds what it needs", f"needs {' '.join(missing)}")
        return
    with tempfile.TemporaryDirectory() as folder:
        check("the initramfs holds what it needs", initramfs_lacks(folder))


check_forms()
check_initramfs()
check("the LAVA job fits its device, its test and its initramfs", job_fits_device())
check("everything in the LAVA job is filled in", everything_is_filled_in())
check("KTAP becomes LAVA's signals", signals())
check_logs()
for script in sorted(glob.glob(JOBS + "/lava/[iklr]*[a-z]")):
    with open(script, encoding="utf-8") as first:
        if first.readline().endswith("/sh\n"):
            check(f"{os.path.basename(script)} is a shell's", shell_complains(script))
end()
