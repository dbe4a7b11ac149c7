#!/usr/bin/env python3
# -*- coding: utf-8 -*-
"""Set up the course and open it. Needs Python 3.11 to 3.13 and nothing else.

  python3 start.py                  install what is missing, open JupyterLab on the first notebook
  python3 start.py --no-browser     the same, but print the address instead of opening it
  python3 start.py --work FOLDER    the same, with your copies in FOLDER (for a course folder that you may not write)
  python3 start.py reset NN         a fresh copy of notebook NN; yours is kept beside it
  python3 start.py check            what is in order, and what to do about the rest
  python3 start.py test [NN]        run the whole test suite, or all that concerns notebook NN
  python3 start.py build [NN ...]   make notebooks from notebooks/text

What follows a lone -- goes to JupyterLab (or to the build) as it is.
"""
# This file keeps to a syntax that Python 2.7 can read (no f-strings, no annotations), so that
# an old Python gets as far as saying that it is too old.
from __future__ import print_function

import sys


def python_problem(version):
    """What is wrong with this Python (major, minor), in words, or None."""
    if (3, 11) <= version <= (3, 13):
        return None
    return ("This is Python %d.%d, which is too %s: the course needs 3.11, 3.12 or 3.13.\n"
            "Install one from python.org or your package manager, then run for example: python3.12 start.py"
            % (version[0], version[1], "old" if version < (3, 11) else "new"))


if python_problem(sys.version_info[:2]):
    sys.exit(python_problem(sys.version_info[:2]))

import argparse
import ast
import contextlib
import hashlib
import importlib.machinery
import importlib.util
import itertools
import json
import os
import platform
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

try:
    import fcntl
except ImportError:
    fcntl = None

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
NOTEBOOKS, WORK = ROOT / "notebooks", ROOT / "work"
INDEX_PAGES = ["concepts.md", "errata.md"]

NEEDED_GB = 3                                   # 1.7 installed, the rest while pip unpacks
FIRST_PORT, PORTS = 8888, 20
CPU_INDEX = "https://download.pytorch.org/whl/cpu"

BROWSER = ["-m", "pytest", "tests/browser", "-W", "default"]
STAGES = [                                      # `start.py test`: every stage runs, whatever came before
    ("lint", ["-m", "ruff", "check", "."]),
    ("format", ["-m", "ruff", "format", "--check", "."]),
    ("unit tests", ["-m", "pytest", "tests", "--ignore=tests/browser", "--ignore-glob=*/test_widgets_[0-9]*.py",
                    "-n", "2", "--dist", "loadfile"]),
    ("notebooks", ["notebooks/validate.py"]),   # and the tests of their widgets, in the same kernels
]

# One thread: the course's arrays are small, and starting threads costs more than they save.
THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

# JupyterLab stays on this machine, asks no other host for news or updates, and ends at the first Ctrl-C.
LAB_OPTIONS = [
    "--ServerApp.ip=127.0.0.1", "--ServerApp.port_retries=0", "--ServerApp.base_url=/", "--allow-root", "-y",
    "--log-level=WARN", "--LabApp.log_level=WARN",
    "--LabApp.extension_manager=readonly", "--LabApp.news_url=",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
]
LAB_SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    # Widgets' messages through the kernel's main thread: its side threads lose some (ipykernel 7.4.0),
    # and then a widget freezes.
    "@jupyterlab/apputils-extension:kernels-settings": {"commsOverSubshells": "disabled"},
}


# Not for JupyterLab, its kernels or pip: what brings packages that are not those of .venv.
FOREIGN = ["PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONUSERBASE", "PYTHONSAFEPATH", "JUPYTER_PATH",
           "JUPYTER_CONFIG_DIR", "JUPYTER_CONFIG_PATH", "JUPYTERLAB_DIR"]
# Of pip's settings, from the environment or its own files, only these: where packages come from, not where they go.
PIP_SETTINGS = ["index-url", "extra-index-url", "find-links", "no-index", "trusted-host", "proxy", "cert",
                "client-cert", "cache-dir", "no-cache-dir", "timeout", "retries", "default-timeout", "keyring-provider"]


class Problem(Exception):
    """Something that only the reader can mend, said in words."""


# What may be wrong with the machine -----------------------------------------------------------------------

CAUSES = [                                      # in what pip or the system says, and what to do about it
    (["No space left on device", "not enough space on the disk", "Disk quota exceeded"],
     "The disk is full (of this folder, or of the temporary one). Free %d GB and start again." % NEEDED_GB),
    (["CERTIFICATE_VERIFY_FAILED", "SSLError"],
     "A secure connection failed. Is the clock right? A proxy may need its certificate (pip config, cert)."),
    (["name resolution", "getaddrinfo failed", "nodename nor servname", "Name or service not known",
      "Network is unreachable", "Failed to establish a new connection", "ProxyError", "Read timed out",
      "ConnectTimeoutError", "Connection refused", "Connection reset"],
     "No connection to the package index. The first start needs the network once; later ones do not.\n"
     "Check the connection (behind a proxy, set HTTPS_PROXY) and start again."),
    (["No matching distribution found for torch"],
     "There is no PyTorch for this machine: it needs Linux (glibc 2.28 or newer), macOS 14 or newer\n"
     "on Apple silicon, or 64-bit Windows on x86."),
    (["Permission denied", "Access is denied", "Read-only file system"],
     "A file or folder may not be written. Is the course in a folder of your own?"),
]


def explain(text, causes=CAUSES):
    """The cause of a failure in words, from what pip or the system said about it, or None."""
    return next((words for signs, words in causes if any(sign in text for sign in signs)), None)


def platform_problem(system, machine, bits=64):
    if bits < 64:
        return "This is a 32-bit Python, and PyTorch needs a 64-bit one: install that from python.org."
    if system == "Darwin" and machine == "x86_64":
        return ("There is no PyTorch 2.13 for Intel Macs. If this Mac has Apple silicon, it is this Python\n"
                "that is an Intel one: install Python for macOS from python.org.")
    return None


def venv_problem(found):
    if found:
        return None
    return ("This Python lacks its venv module. On Debian and Ubuntu: sudo apt install python3-venv\n"
            "(or python%d.%d-venv); elsewhere, install Python from python.org." % sys.version_info[:2])


def path_problem(system, folder):
    """Windows wants paths of 260 characters at most, and .venv needs up to 195 of them."""
    if system != "Windows" or len(str(folder)) + 195 <= 260:
        return None
    return ("The path of the course folder has %d characters, and Windows allows %d here. Move the course nearer to\n"
            "the root of the disk, for example to C:\\course." % (len(str(folder)), 260 - 195))


def disk_problem(free_bytes):
    if free_bytes >= NEEDED_GB * 1e9:
        return None
    return ("The disk has %.1f GB free, and installing needs about %d. Make room and start again."
            % (free_bytes / 1e9, NEEDED_GB))


def machine_problems():
    """(what, None or what to do about it) for all that an installation needs."""
    bits = 64 if sys.maxsize > 2**32 else 32
    yield "Python %d.%d.%d" % sys.version_info[:3], python_problem(sys.version_info[:2])
    yield "platform", platform_problem(platform.system(), platform.machine(), bits)
    yield "path of the folder", path_problem(platform.system(), ROOT)
    yield "venv module", venv_problem(importlib.util.find_spec("ensurepip"))
    yield "disk space", None if read_marker().get("complete") else disk_problem(shutil.disk_usage(ROOT).free)


# The environment ------------------------------------------------------------------------------------------
#
# Everything runs in the .venv and sees nothing else: no packages from elsewhere, no settings of pip that lead the
# installation astray, no configuration of another Jupyter, no files of the folder that happens to be the current one.
#
# A marker in .venv says whether an installation was begun or completed, and of what. So an interrupted one is
# seen at the next start and made afresh (pip takes a half-written package for a whole one), a changed lock is
# installed into the .venv that there is, and otherwise nothing at all is done.

def isolated(environ):
    """The environment without what would bring other packages than those of .venv."""
    ours = dict((name, value) for name, value in environ.items()
                if name not in FOREIGN and not name.startswith("PIP_"))
    return dict(ours, PYTHONNOUSERSITE="1")


def module(name):
    """The command that runs a module of .venv, whatever the folder it is run in holds."""
    return [str(PYTHON), "-P", "-m", name]


def pip_environment(environ):
    """`isolated`, and those settings of pip that say where packages come from."""
    settings = dict(pip_files(environ))
    settings.update((name[4:].lower().replace("_", "-"), value) for name, value in environ.items()
                    if name.startswith("PIP_"))
    kept = dict(("PIP_" + name.upper().replace("-", "_"), value) for name, value in settings.items()
                if name in PIP_SETTINGS)
    return dict(isolated(environ), PIP_CONFIG_FILE=os.devnull, **kept)


def pip_files(environ):
    """(setting, value) of each line in pip's own files, as pip itself reads them."""
    named = dict((name, value) for name, value in environ.items() if name == "PIP_CONFIG_FILE")
    answer = subprocess.run(module("pip") + ["config", "list"], env=dict(isolated(environ), **named),
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for line in answer.stdout.splitlines():
        found = re.match(r"(?:global|install)\.([\w-]+)=(.*)", line)
        if found:
            yield found.group(1), " ".join(ast.literal_eval(found.group(2)).split())


def read_json(path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def read_marker():
    return read_json(VENV / "nblib-install.json")


def write_marker(**state):
    write_json(VENV / "nblib-install.json", state)


def write(path, content):
    """Write all of a file or nothing of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    os.replace(part, path)


def write_json(path, value):
    write(path, json.dumps(value, indent=1, sort_keys=True).encode())


def venv_version():
    """The version of the Python in .venv, or None where it does not run or has no pip."""
    code = "import sys, importlib.util as u; print(sys.version_info[:2] if u.find_spec('pip') else '')"
    try:
        answer = subprocess.run([str(PYTHON), "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError:
        return None
    return answer.stdout.decode().strip() or None


def fingerprint(version):
    """Changes when .venv must be brought up to date: with the metadata, the lock or its Python."""
    parts = [(ROOT / name).read_bytes() for name in ("pyproject.toml", "constraints.txt")]
    return hashlib.sha256(repr(parts + [version]).encode()).hexdigest()


def venv_state(marker, version, extras):
    """One of "ready", "moved" (its files name another place), "stale" (pip has something to do) and "broken" (begin
    again)."""
    if version is None or marker.get("complete") is False:
        return "broken"
    if not (marker.get("fingerprint") == fingerprint(version) and set(extras) <= set(marker["extras"])):
        return "stale"
    return "ready" if marker.get("place") == place() else "moved"


def place():
    """The folder in which .venv really is, whatever link leads to it."""
    return str(VENV.resolve().parent)


def state_now(extras=()):
    return venv_state(read_marker(), venv_version(), extras)


def install(extras=()):
    """Bring .venv to the locked versions; returns at once when it is there already. No network is needed then, nor
    after the folder was moved."""
    if state_now(extras) != "ready":
        with one_at_a_time():
            if state_now(extras) != "ready":
                bring_up_to_date(extras)


@contextlib.contextmanager
def one_at_a_time():
    """Wait while another installation is going on: another start.py's, or the pip of one that was killed."""
    (ROOT / ".build").mkdir(exist_ok=True)
    with open(str(ROOT / ".build" / "installing"), "w") as lock:
        if fcntl:                                       # without it (on Windows) one has to look out oneself
            os.set_inheritable(lock.fileno(), True)     # so that pip holds the lock as well
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print("Another installation of the course is going on: waiting for its end.", flush=True)
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def bring_up_to_date(extras):
    if state_now(extras) == "moved":
        return mend_places(read_marker()["place"])
    for _, problem in machine_problems():
        if problem:
            raise Problem(problem)
    print("Installing the course's packages into .venv: minutes and %d GB, the first time." % NEEDED_GB)
    extras = sorted(set(extras) | set(read_marker().get("extras", [])))
    if state_now() == "broken":
        make_venv()
    install_packages(extras)
    wrong = what_is_wrong_inside()
    if wrong:
        raise Problem("The packages were installed, and yet:\n" + "\n".join(wrong))
    write_marker(complete=True, extras=extras, fingerprint=fingerprint(venv_version()), place=place())


def mend_places(old):
    """The course folder was moved: let the files of .venv that name its old place name the new one."""
    naming = [p for folder in site_packages() for pattern in ("__editable__*", "nblib-*/direct_url.json")
              for p in folder.glob(pattern)]
    naming += [p for p in PYTHON.parent.iterdir() if p.is_file() and not p.is_symlink()] + [VENV / "pyvenv.cfg"]
    for path in naming:
        content = path.read_bytes()
        if old.encode() in content and b"\0" not in content:       # a text: the programs of Windows are none
            mode = path.stat().st_mode
            write(path, content.replace(old.encode(), place().encode()))
            os.chmod(str(path), mode)
    marker = read_marker()
    write_marker(**dict(marker, place=place()))


def site_packages():
    """The folders of .venv that hold packages."""
    return [VENV / "Lib/site-packages"] if os.name == "nt" else list(VENV.glob("lib*/python3*/site-packages"))


def make_venv():
    if VENV.exists():
        print("The folder .venv is incomplete, after an interruption perhaps: making it afresh.")
        shutil.rmtree(VENV)
    write_marker(complete=False)
    base = getattr(sys, "_base_executable", sys.executable)     # not the Python of the .venv just removed
    answer = subprocess.run([base, "-m", "venv", str(VENV)], close_fds=False,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if answer.returncode:
        said = answer.stdout.decode(errors="replace")
        raise Problem(explain(said) or "Python could not make the folder .venv. It says:\n" + said)


def install_packages(extras):
    lock = ["-c", "constraints.txt"]
    if cpu_index_answers(platform.system()):
        try:
            pip(lock + ["--no-deps", "--index-url", CPU_INDEX, "torch"])
        except Problem:
            print("  no CPU build of PyTorch from its own index: leaving the choice to pip")
    pip(lock + ["-e", ".[%s]" % ",".join(extras) if extras else "."])


def cpu_index_answers(system, timeout=3):
    """Only on Linux does pip's own choice of torch bring gigabytes of CUDA: only there is the index asked."""
    if system != "Linux":
        return False
    request = urllib.request.Request(CPU_INDEX + "/torch/", method="HEAD")
    try:
        return urllib.request.urlopen(request, timeout=timeout).status == 200
    except (OSError, ValueError):
        return False


def pip(arguments):
    """pip install, showing what it is at; a failure is explained in words."""
    command = module("pip") + ["install", "--no-input", "--disable-pip-version-check"] + arguments
    lines = []
    environ = pip_environment(os.environ)
    with subprocess.Popen(command, cwd=str(ROOT), env=environ, close_fds=False, text=True, errors="replace",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        for line in process.stdout:
            lines.append(line)
            show_progress(line)
    if process.returncode:
        raise Problem(explain("".join(lines)) or
                      "pip could not install the packages. It says:\n" + "".join(lines[-15:]))


def show_progress(line):
    if line.startswith("Installing collected"):         # from here on an interruption leaves .venv damaged
        write_marker(complete=False, extras=read_marker().get("extras", []))
    if line.startswith(("Collecting", "Installing")):
        print("  " + line.split(" (from")[0].strip()[:100], flush=True)


# The learner's copies -------------------------------------------------------------------------------------

def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


def course_notebooks(notebooks):
    return sorted(notebooks.glob("[0-9][0-9]_*.ipynb"))


def course_files(notebooks):
    return course_notebooks(notebooks) + [p for p in (notebooks / n for n in INDEX_PAGES) if p.exists()]


def update_copies(notebooks, work, sign):
    """Copy what is new or changed in the course; a copy that its reader changed is left as it is.

    Returns the names of the changed copies of which the course now has a newer version."""
    written = read_json(work / ".course.json")
    theirs = [s for s in course_files(notebooks)
              if digest(work / s.name) not in (None, digest(s), written.get(s.name))]
    put_copies([s for s in course_files(notebooks) if s not in theirs], work, sign)
    return [s.name for s in theirs if digest(s) != written.get(s.name)]


def put_copies(sources, work, sign):
    """Sign and copy those that differ, then note what was written: any other content is the reader's own."""
    changed = [s for s in sources if digest(s) != digest(work / s.name)]
    notebooks = [s for s in changed if s.suffix == ".ipynb"]
    if notebooks:
        sign(notebooks)
    for source in changed:
        write(work / source.name, source.read_bytes())
    before = read_json(work / ".course.json")
    after = dict(before, **{s.name: digest(s) for s in sources})
    if after != before:
        write_json(work / ".course.json", after)


def sign_notebooks(paths):
    """Mark as trusted, so that JupyterLab shows their outputs in full (`jupyter trust`, but much quicker)."""
    code = ("import sys, nbformat.sign; notary = nbformat.sign.NotebookNotary()\n"
            "for path in sys.argv[1:]: notary.sign(nbformat.read(path, as_version=4))")
    answer = subprocess.run([str(PYTHON), "-P", "-c", code] + [str(p) for p in paths], stderr=subprocess.DEVNULL,
                            env=lab_environment(os.environ))
    if answer.returncode:
        print("The notebooks could not be signed: JupyterLab may hide some outputs until you run the cells.")


def reset_copy(number, notebooks, work, sign):
    """A fresh copy of notebook `number` in work/; returns it, and where the old one now is (or None)."""
    source = next((s for s in course_notebooks(notebooks) if s.name.startswith(number.zfill(2) + "_")), None)
    if source is None:
        there = ", ".join(s.name[:2] for s in course_notebooks(notebooks))
        raise Problem("There is no notebook %s; there are: %s" % (number, there or "none"))
    copy, mine = work / source.name, None
    if digest(copy) not in (None, digest(source)):
        names = (copy.with_name("%s.mine-%d.ipynb" % (copy.stem, n)) for n in itertools.count(1))
        mine = copy.rename(next(name for name in names if not name.exists()))
    put_copies([source], work, sign)
    return copy, mine


# JupyterLab -----------------------------------------------------------------------------------------------

def port_free(port):
    with socket.socket() as probe:
        if os.name == "posix":                  # a port that was just given back counts as free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def choose_port(wanted):
    """The wanted port, or else the first free one from 8888 on."""
    if wanted:
        if not port_free(wanted):
            raise Problem("Port %d is taken. Leave --port out, or name another." % wanted)
        return wanted
    port = next(filter(port_free, range(FIRST_PORT, FIRST_PORT + PORTS)), None)
    if port is None:
        raise Problem("Ports %d to %d are all taken: close a JupyterLab, or name a free port with --port."
                      % (FIRST_PORT, FIRST_PORT + PORTS - 1))
    if port != FIRST_PORT:
        print("Port %d is taken (by another JupyterLab?): using %d." % (FIRST_PORT, port))
    return port


def first_page(work):
    first = min((p.name for p in work.glob("[0-9][0-9]_*.ipynb")), default=None)
    return "/lab/tree/" + first if first else "/lab"


def lab_environment(environ):
    """The environment of JupyterLab and its kernels: with configuration, data and caches of the course's own, so that
    neither another Jupyter's settings nor a home folder that cannot be written get in the way."""
    names = {"JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "runtime",
             "JUPYTERLAB_SETTINGS_DIR": "settings", "JUPYTERLAB_WORKSPACES_DIR": "workspaces", "JUPYTER_PATH": "share",
             "IPYTHONDIR": "ipython", "MPLCONFIGDIR": "matplotlib"}
    ours = dict(THREADS, JUPYTER_TOKEN=secrets.token_hex(24))
    return dict(dict(ours, **isolated(environ)), JUPYTER_PREFER_ENV_PATH="1",
                **dict((name, str(WORK / ".jupyter" / folder)) for name, folder in names.items()))


# The kernel of the course. With -P no file of the folder hides a module of Python or a package (`random.py`,
# `numpy.py`); modules of the learner's own are found all the same, behind all others.
KERNEL = {
    "display_name": "Python 3", "language": "python", "metadata": {"debugger": True},
    "argv": ["-P", "-m", "ipykernel_launcher", "-f", "{connection_file}",
             "--IPKernelApp.exec_lines=import sys; sys.path.append('')"],
}


def write_settings():
    """What JupyterLab reads at its start: our settings, and our kernel under the name that every notebook asks for."""
    own = WORK / ".jupyter"
    write_json(own / "config/labconfig/default_setting_overrides.json", LAB_SETTINGS)
    write_json(own / "share/kernels/python3/kernel.json", dict(KERNEL, argv=[str(PYTHON)] + KERNEL["argv"]))


def serve(port, browser, more=()):
    """Run JupyterLab until Ctrl-C; returns its exit code."""
    write_settings()
    environ, page = lab_environment(os.environ), first_page(WORK)
    here = ["--ServerApp.port=%d" % port, "--ServerApp.root_dir=%s" % WORK, "--LabApp.default_url=" + page]
    command = module("jupyterlab") + LAB_OPTIONS + here + ["--no-browser"] * (not browser)
    lab = subprocess.Popen(command + list(more), cwd=str(WORK), env=environ, stderr=subprocess.PIPE)
    said = []
    listener = threading.Thread(target=pass_on, args=(lab.stderr, said), daemon=True)
    listener.start()
    signal.signal(signal.SIGTERM, lambda *_: lab.terminate())
    try:
        if wait_until_it_answers(lab, port, environ["JUPYTER_TOKEN"]):
            print("JupyterLab is ready; Ctrl-C ends it.\n  http://127.0.0.1:%d%s?token=%s"
                  % (port, page, environ["JUPYTER_TOKEN"]), flush=True)
        if lab.wait() > 0:
            listener.join(5)                    # it may still have something to pass on
            raise Problem(why_it_ended(lab.returncode, "".join(said)))
    except KeyboardInterrupt:
        print("\nClosing JupyterLab. Your notebooks are in the folder %s." % WORK.name)
    finally:
        end(lab)
        listener.join(5)
        lab.stderr.close()
    return 0


def pass_on(stream, said, most=200):
    """Show what JupyterLab says, and keep the last lines of it."""
    for line in stream:
        text = line.decode(errors="replace")
        sys.stderr.write(text)
        said.append(text)
        del said[:-most]


class PortTaken(Problem):
    """Another program was quicker."""


def why_it_ended(code, said):
    """The words for a JupyterLab that ended by itself; the advice about .venv only where .venv is at fault."""
    if "already in use" in said or "Address already in use" in said:
        raise PortTaken("JupyterLab could not have its port, another program was quicker. Start again.")
    cause = explain(said, [CAUSES[0], CAUSES[-1]])      # a full disk, or a folder that may not be written
    if cause:
        return "JupyterLab ended with code %d.\n%s" % (code, cause)
    wrong = what_is_wrong_inside()
    if wrong:
        advice = "JupyterLab ended with code %d. Remove the folder .venv and start once more. Now:" % code
        return "\n".join([advice] + wrong)
    return "JupyterLab ended with code %d. The packages are in order; what it said last is above." % code


def wait_until_it_answers(process, port, token):
    """Whether it is *this* JupyterLab that answers, and not another program's server on the same port."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request("http://127.0.0.1:%d/api/status" % port,
                                     headers={"Authorization": "token " + token})
    while process.poll() is None:
        try:
            with opener.open(request, timeout=5) as answer:
                if answer.status == 200:
                    return True
        except (OSError, ValueError):
            pass
        time.sleep(.05)
    return False


def end(process, patience=5):
    """Ctrl-C reaches the process too, so it is first given time to end by itself; one that hangs is killed."""
    for stop in (process.terminate, process.kill):
        try:
            return process.wait(patience)
        except subprocess.TimeoutExpired:
            stop()
    process.wait()


# The commands ---------------------------------------------------------------------------------------------

def start(args):
    port = choose_port(args.port)
    install()
    for sentence in hidden_modules(WORK):
        print(sentence)
    for name in update_copies(NOTEBOOKS, WORK, sign_notebooks):
        how = "python3 start.py reset " + name[:2] if name.endswith(".ipynb") else "remove yours, start again"
        print("Kept your work/%s as it is. The course has a newer one; to get it: %s" % (name, how))
    for _ in range(PORTS):
        try:
            return serve(port, not args.no_browser, args.more)
        except PortTaken:                       # two starts at once may choose the same one
            if args.port:
                raise
            port = choose_port(None)
    raise Problem("No port could be had. Name a free one with --port.")


def hidden_modules(folder):
    """A sentence for each of the learner's files that has the name of a module of Python or of an installed package."""
    own = sorted(p for p in folder.glob("*") if p.suffix == ".py" or (p / "__init__.py").exists())
    packages = [str(p) for p in site_packages()]
    for path in own:
        known = path.stem in sys.stdlib_module_names or importlib.machinery.PathFinder.find_spec(path.stem, packages)
        if known:
            yield ("%s has the name of a module that notebooks need: `import %s` gives that one, not yours. Give your "
                   "file another name." % (path, path.stem))


def reset(args):
    if not args.numbers:
        raise Problem("Which notebook? For example: python3 start.py reset 01")
    install()
    for number in args.numbers:
        copy, mine = reset_copy(number, NOTEBOOKS, WORK, sign_notebooks)
        print("work/%s is fresh%s." % (copy.name, "; yours is now work/" + mine.name if mine else ""))
    return 0


def build(args):
    install()
    return run(["notebooks/build.py"] + args.numbers + args.more)


def test(args):
    install(["dev"])
    stages, browser = of_notebook(args.numbers[0].zfill(2)) if args.numbers else (STAGES, BROWSER)
    with tempfile.TemporaryFile() as said:      # the browser tests wait a lot: they run beside the others
        begin = time.monotonic()
        beside = subprocess.Popen([str(PYTHON)] + browser, cwd=str(ROOT), env=dict(THREADS, **isolated(os.environ)),
                                  stdout=said, stderr=subprocess.STDOUT)
        results = [(name,) + timed(command) for name, command in stages]
        print("\n== " + " ".join(browser), flush=True)
        code = beside.wait()
        said.seek(0)
        print(said.read().decode(errors="replace"), flush=True)
    results.append(("browser tests", code, time.monotonic() - begin))
    for name, code, seconds in results:
        print("%-14s %4.0f s  %s" % (name, seconds, "passed" if code == 0 else "FAILED"))
    return int(any(code for _, code, _ in results))


def of_notebook(number):
    """The stages, and the browser tests, that concern one notebook."""
    notebook = next((s for s in course_notebooks(NOTEBOOKS) if s.name.startswith(number + "_")), None)
    if notebook is None:
        raise Problem("There is no notebook %s to test." % number)
    return ([("exercises", ["-m", "pytest", "tests/nblib/exercises", "-k", notebook.stem]),
             ("notebook", ["notebooks/validate.py", "notebooks/" + notebook.name])], BROWSER + ["-k", notebook.stem])


def timed(command):
    begin = time.monotonic()
    print("\n== " + " ".join(command), flush=True)
    return run(command), time.monotonic() - begin


def run(command):
    return subprocess.run([str(PYTHON)] + command, cwd=str(ROOT), env=dict(THREADS, **isolated(os.environ))).returncode


def check(args):
    items = list(machine_problems()) + [("port", port_problem()), ("packages", packages_problem()),
                                        ("names of your files", "\n".join(hidden_modules(WORK)) or None)]
    if "dev" in read_marker().get("extras", []):
        items.append(("Chromium for the browser tests", None if find_chromium() else
                      "Not found. On Debian and Ubuntu: sudo apt install chromium"))
    for name, problem in items:
        print("%-32s %s" % (name, problem or "OK"))
    return int(any(problem for _, problem in items))


def port_problem():
    try:
        choose_port(None)
    except Problem as problem:
        return str(problem)


def find_chromium():
    return any(map(shutil.which, ["chromium", "chromium-browser", "google-chrome", "chrome"]))


def packages_problem():
    state = state_now()
    if state != "ready":
        return ("The folder was moved: python3 start.py mends it." if state == "moved" else
                "Not installed yet, or not completely: python3 start.py does it.")
    wrong = what_is_wrong_inside()
    return "\n".join(["Remove the folder .venv and start again. Now:"] + wrong) if wrong else None


def what_is_wrong_inside():
    """What keeps .venv from holding what the lock says, a line each."""
    lock = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    said = pip_says("check")
    wrong = [] if "No broken requirements" in said else said.splitlines() or ["pip does not run"]
    wrong += drift(lock, pip_says("list", "--format=freeze"))
    found = subprocess.run([str(PYTHON), "-P", "-c", "import nblib; print(nblib.__file__)"], env=isolated(os.environ),
                           cwd=str(VENV), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.strip()
    if not found or Path(found).resolve().parent != (ROOT / "nblib").resolve():
        wrong.append("nblib comes from " + found if found else "nblib is not found there")
    return wrong


def pip_says(*arguments):
    answer = subprocess.run(module("pip") + list(arguments), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                            text=True, env=isolated(os.environ))
    return answer.stdout


def drift(lock, freeze):
    """What is installed in another version than the lock has, a line each."""
    def versions(text):
        rows = re.findall(r"^([\w.-]+)==([^\s;+]+)", text, re.MULTILINE)
        return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in rows}
    locked, installed = versions(lock), versions(freeze)
    return ["%s %s, where the lock has %s" % (name, version, locked[name])
            for name, version in installed.items() if locked.get(name, version) != version]


COMMANDS = {"start": start, "reset": reset, "check": check, "test": test, "build": build}


def arguments(argv):
    argv, more = (argv[:argv.index("--")], argv[argv.index("--") + 1:]) if "--" in argv else (argv, [])
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("command", nargs="?", default="start", choices=sorted(COMMANDS))
    parser.add_argument("numbers", nargs="*", metavar="NN", help="notebooks, by number")
    parser.add_argument("--no-browser", action="store_true", help="print the address instead of opening it")
    parser.add_argument("--port", type=int, help="of JupyterLab (default: the first free one from 8888)")
    parser.add_argument("--work", type=Path, help="folder for your copies of the notebooks (default: work)")
    args = parser.parse_args(argv)
    args.more = more
    return args


def main(argv):
    global WORK
    args = arguments(argv)
    WORK = args.work.resolve() if args.work else WORK
    try:
        return COMMANDS[args.command](args)
    except Problem as problem:
        print(problem, file=sys.stderr)
    except KeyboardInterrupt:
        print("\nStopped. The next start goes on from here.", file=sys.stderr)
    except OSError as error:
        if not explain(str(error)):
            raise
        print("%s\n%s" % (error, explain(str(error))), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
