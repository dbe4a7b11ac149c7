"""start.py without a network: what it says of the machine, the state of .venv, copies, ports, commands."""

import ast
import http.server
import importlib.util
import json
import os
import re
import socket
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]


def metadata():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.fixture
def start(tmp_path, monkeypatch):
    """start.py as a module whose course is a temporary folder; nothing in it reaches the real one."""
    spec = importlib.util.spec_from_file_location("start", ROOT / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, path in {"ROOT": "", "VENV": ".venv", "WORK": "work", "NOTEBOOKS": "notebooks"}.items():
        monkeypatch.setattr(module, name, tmp_path / path)
    monkeypatch.setattr(module, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(module, "cpu_index_answers", lambda system: False)
    monkeypatch.setattr(module, "what_is_wrong_inside", list)
    real = module.module

    def fake_or_real(name):
        """The fake that a test has put in the place of a module, or the real one."""
        fakes = [folder / name / "__main__.py" for folder in (module.ROOT, module.WORK)]
        return next(([sys.executable, str(fake)] for fake in fakes if fake.exists()), real(name))

    monkeypatch.setattr(module, "module", fake_or_real)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "pyproject.toml").write_text("metadata")
    (tmp_path / "constraints.txt").write_text("lock")
    return module


# An old Python ---------------------------------------------------------------------------------------------

NEW_SYNTAX = (
    ast.JoinedStr,
    ast.AnnAssign,
    ast.NamedExpr,
    ast.Nonlocal,
    ast.YieldFrom,
    ast.Match,
    ast.MatMult,
    ast.AsyncFunctionDef,
    ast.AsyncFor,
    ast.AsyncWith,
    ast.Await,
    ast.TryStar,
)


def newer_than_python_2(source):
    """The nodes of a program that Python 2.7 cannot read."""
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, NEW_SYNTAX)
            or isinstance(node, ast.Raise)
            and node.cause
            or isinstance(node, ast.arguments)
            and node.kwonlyargs + node.posonlyargs
            or getattr(node, "annotation", None)
            or getattr(node, "returns", None)
            or any(isinstance(part, ast.Starred) for part in getattr(node, "elts", []))
            or isinstance(node, ast.Call)
            and any(isinstance(part, ast.Starred) for part in node.args[:-1])
        ):
            yield node


def test_an_old_python_can_read_the_file():
    source = (ROOT / "start.py").read_text(encoding="utf-8")
    assert not [ast.unparse(node) for node in newer_than_python_2(source)]


@pytest.mark.parametrize(
    "source",
    [
        "f'{x}'",
        "x: int = 1",
        "def f(*, a): 0",
        "def f(a: int): 0",
        "def f() -> int: 0",
        "[*a]",
        "raise A from b",
        "(x := 1)",
        "f(*a, b)",
    ],
)
def test_the_reading_of_old_syntax_can_fail(source):
    assert list(newer_than_python_2(source))


@pytest.mark.parametrize(
    "version, said",
    [((2, 7), "too old"), ((3, 6), "too old"), ((3, 10), "too old"), ((3, 14), "too new"), ((4, 0), "too new")],
)
def test_another_python_is_refused_in_words(start, version, said):
    problem = start.python_problem(version)
    assert said in problem and "%d.%d" % version in problem and "3.12" in problem


def test_the_pythons_of_the_metadata_are_the_ones_accepted(start):
    wanted = Requirement("python" + metadata()["requires-python"])
    for version in [(3, minor) for minor in range(5, 20)]:
        assert (start.python_problem(version) is None) == wanted.specifier.contains("%d.%d" % version)


# What may be wrong with the machine -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said, words",
    [
        ("ERROR: Could not install packages: OSError: [Errno 28] No space left on device", "disk is full"),
        ("OSError: [WinError 112] There is not enough space on the disk", "disk is full"),
        (
            "WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError(Failed to "
            "establish a new connection: [Errno -3] Temporary failure in name resolution')'\n"
            "ERROR: No matching distribution found for torch",
            "No connection",
        ),
        ("[Errno 11001] getaddrinfo failed", "No connection"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]'))", "proxy"),
        ("ERROR: No matching distribution found for torch==2.13.0", "no PyTorch for this machine"),
        ("ERROR: [Errno 13] Permission denied: '/opt/course/.venv'", "may not be written"),
    ],
)
def test_failures_are_explained(start, said, words):
    assert words in start.explain(said)


def test_an_unknown_failure_is_not_explained_away(start):
    assert start.explain("ResolutionImpossible") is None


@pytest.mark.parametrize(
    "system, machine, bits, words",
    [
        ("Darwin", "x86_64", 64, "Intel Mac"),
        ("Windows", "x86", 32, "32-bit"),
        ("Darwin", "arm64", 64, None),
        ("Linux", "aarch64", 64, None),
        ("Windows", "AMD64", 64, None),
    ],
)
def test_platforms(start, system, machine, bits, words):
    problem = start.platform_problem(system, machine, bits)
    assert problem is None if words is None else words in problem


def test_a_missing_venv_module_is_named_with_its_remedy(start, monkeypatch):
    monkeypatch.setattr(start.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(start.Problem, match="python3-venv"):
        start.install()
    assert not start.VENV.exists()


def test_a_full_disk_is_seen_before_anything_is_written(start, monkeypatch):
    monkeypatch.setattr(start.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 1.2e9}))
    with pytest.raises(start.Problem, match=r"1\.2 GB free.* about 3"):
        start.install()
    assert not start.VENV.exists()


# The environment --------------------------------------------------------------------------------------------


def fake_pip(start, *lines, code=0):
    """What runs instead of pip: notes its call and the environment, says `lines`, ends."""
    folder = start.ROOT / "pip"
    folder.mkdir(exist_ok=True)
    (folder / "__init__.py").touch()
    (folder / "__main__.py").write_text(
        "import json, os, sys\nif sys.argv[1] == 'config': sys.exit()\n"
        "json.dump(dict(os.environ), open('environ.json', 'w'))\n"
        "open('calls', 'a').write(' '.join(sys.argv[1:]) + '\\n')\n"
        "print(%r)\nsys.exit(%d)" % ("\n".join(lines), code)
    )


def pip_calls(start):
    calls = start.ROOT / "calls"
    return calls.read_text().splitlines() if calls.exists() else []


@pytest.fixture
def made(start, monkeypatch):
    """start.py whose way of making a .venv is to note that it did."""

    def make():
        start.write_marker(complete=False)
        made.append(True)

    made = []
    monkeypatch.setattr(start, "make_venv", make)
    fake_pip(start, "Collecting numpy", "Installing collected packages: numpy")
    return made


def test_a_second_start_does_nothing(start, made):
    start.install()
    assert start.state_now() == "ready" and len(pip_calls(start)) == 1
    start.install()
    assert len(pip_calls(start)) == 1 and not made


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_a_changed_lock_is_installed_into_the_venv_that_there_is(start, made, name):
    start.install(["dev"])
    (start.ROOT / name).write_text("changed")
    assert start.state_now() == "stale"
    start.install()
    assert start.state_now(["dev"]) == "ready" and not made
    assert [call.rsplit(" ", 1)[1] for call in pip_calls(start)] == [".[dev]", ".[dev]"]


def test_an_extra_is_added_once(start, made):
    start.install()
    assert start.state_now(["dev"]) == "stale"
    start.install(["dev"])
    start.install(["dev"])
    start.install()
    assert [call.rsplit(" ", 1)[1] for call in pip_calls(start)] == [".", ".[dev]"]


def test_an_interrupted_installation_begins_again(start, made):
    fake_pip(start, "Installing collected packages: numpy", code=1)
    with pytest.raises(start.Problem):
        start.install()
    assert start.state_now() == "broken"
    fake_pip(start)
    start.install()
    assert made and start.state_now() == "ready"


def test_a_venv_whose_python_does_not_run_is_broken(start, made, monkeypatch):
    start.install()
    assert re.match(r"\(3, 1\d\)", start.venv_version()) and start.state_now() == "ready"
    monkeypatch.setattr(start, "PYTHON", start.ROOT / "gone")
    assert start.venv_version() is None and start.state_now() == "broken"


def test_an_update_without_a_network_leaves_the_venv_whole(start, made):
    start.install()
    fake_pip(start, "Collecting pytest", "[Errno -3] Temporary failure in name resolution", code=1)
    with pytest.raises(start.Problem, match="No connection"):
        start.install(["dev"])
    assert start.state_now() == "ready"


def test_an_unknown_failure_of_pip_shows_what_pip_said(start, made):
    fake_pip(start, "ERROR: ResolutionImpossible", code=1)
    with pytest.raises(start.Problem, match="ResolutionImpossible"):
        start.install()


def test_half_made_folders_are_removed_and_made(start):
    (start.VENV / "lib").mkdir(parents=True)
    (start.VENV / "lib" / "rest-of-an-old-install").touch()
    start.make_venv()
    assert not (start.VENV / "lib" / "rest-of-an-old-install").exists()
    assert (start.VENV / "pyvenv.cfg").exists() and start.read_marker() == {"complete": False}


def test_the_cpu_index_is_an_extra_that_may_fail(start, made, monkeypatch):
    monkeypatch.setattr(start, "cpu_index_answers", lambda system: True)
    asked = []

    def pip(arguments):
        asked.append(arguments)
        if "torch" in arguments:
            raise start.Problem("no such build")

    monkeypatch.setattr(start, "pip", pip)
    start.install()
    assert start.CPU_INDEX in asked[0] and start.CPU_INDEX not in asked[1] and asked[1][-2:] == ["-e", "."]


def test_the_cpu_index_is_asked_on_linux_only_and_without_an_answer_left_alone(start, monkeypatch):
    spec = importlib.util.spec_from_file_location("start", ROOT / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    asked = []

    def silent(request, timeout):
        asked.append((request.get_method(), timeout))
        raise TimeoutError

    monkeypatch.setattr(module.urllib.request, "urlopen", silent)
    assert not any(module.cpu_index_answers(system) for system in ("Darwin", "Windows", "Linux"))
    assert asked == [("HEAD", 3)]


@pytest.mark.skipif(os.name == "nt", reason="no lock on Windows")
def test_a_second_installation_waits_for_the_first(start, capsys):
    order = []

    def second():
        with start.one_at_a_time():
            order.append("second")

    with start.one_at_a_time():
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.3)
        order.append("first")
    thread.join()
    assert order == ["first", "second"] and "waiting" in capsys.readouterr().out


# The learner's copies ---------------------------------------------------------------------------------------


@pytest.fixture
def course(start):
    """Two notebooks and an index page; update() copies them, returns what it announced and signed."""

    class Course:
        def write(self, name, text):
            (start.NOTEBOOKS / name).write_text(text)

        def mine(self, name, text=None):
            if text is not None:
                (start.WORK / name).write_text(text)
            return (start.WORK / name).read_text()

        def update(self):
            signed = []
            kept = start.update_copies(start.NOTEBOOKS, start.WORK, signed.extend)
            return kept, [path.name for path in signed]

        def reset(self, number):
            return start.reset_copy(number, start.NOTEBOOKS, start.WORK, lambda paths: None)

    course = Course()
    for name in ("00_welcome.ipynb", "01_logistic.ipynb", "concepts.md", "build.py"):
        course.write(name, name + " 1")
    return course


def test_notebooks_and_index_pages_are_copied_and_signed_once(start, course):
    assert course.update() == ([], ["00_welcome.ipynb", "01_logistic.ipynb"])
    assert sorted(p.name for p in start.WORK.iterdir()) == [
        ".course.json",
        "00_welcome.ipynb",
        "01_logistic.ipynb",
        "concepts.md",
    ]
    assert course.update() == ([], [])


def test_an_unmodified_copy_follows_the_course(course):
    course.update()
    course.write("01_logistic.ipynb", "better")
    assert course.update() == ([], ["01_logistic.ipynb"])
    assert course.mine("01_logistic.ipynb") == "better"


def test_a_modified_copy_is_never_overwritten_and_announced_when_the_course_moves_on(course):
    course.update()
    course.mine("01_logistic.ipynb", "my answers")
    assert course.update() == ([], [])
    course.write("01_logistic.ipynb", "better")
    assert course.update() == (["01_logistic.ipynb"], [])
    assert course.update() == (["01_logistic.ipynb"], [])
    assert course.mine("01_logistic.ipynb") == "my answers"


@pytest.mark.parametrize("manifest", [None, "", "{half"])
def test_without_a_readable_manifest_every_other_content_counts_as_the_readers(start, course, manifest):
    course.update()
    course.mine("01_logistic.ipynb", "my answers")
    (start.WORK / ".course.json").unlink()
    if manifest is not None:
        (start.WORK / ".course.json").write_text(manifest)
    assert course.update() == (["01_logistic.ipynb"], [])
    assert course.mine("01_logistic.ipynb") == "my answers"


def test_a_copy_that_was_there_before_the_first_start_is_kept(start, course):
    start.WORK.mkdir()
    course.mine("00_welcome.ipynb", "mine")
    assert course.update()[0] == ["00_welcome.ipynb"] and course.mine("00_welcome.ipynb") == "mine"


def test_a_removed_copy_comes_back(start, course):
    course.update()
    (start.WORK / "00_welcome.ipynb").unlink()
    assert course.update() == ([], ["00_welcome.ipynb"])


def test_a_modified_copy_that_equals_the_course_again_is_no_longer_the_readers(course):
    course.update()
    course.mine("00_welcome.ipynb", "better")
    course.write("00_welcome.ipynb", "better")
    course.update()
    course.write("00_welcome.ipynb", "best")
    assert course.update() == ([], ["00_welcome.ipynb"])


def test_an_interrupted_copy_leaves_the_old_one_whole(start, course, monkeypatch):
    course.update()
    course.write("00_welcome.ipynb", "better")

    def cut(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(start.os, "replace", cut)
        with pytest.raises(KeyboardInterrupt):
            course.update()
    assert course.mine("00_welcome.ipynb") == "00_welcome.ipynb 1"
    assert course.update()[1] == ["00_welcome.ipynb"] and course.mine("00_welcome.ipynb") == "better"


@pytest.mark.parametrize("number", ["1", "01"])
def test_reset_keeps_each_old_copy_beside_the_fresh_one(start, course, number):
    course.update()
    for turn in (1, 2):
        course.mine("01_logistic.ipynb", "answers %d" % turn)
        copy, mine = course.reset(number)
        assert (copy.name, mine.name) == ("01_logistic.ipynb", "01_logistic.mine-%d.ipynb" % turn)
        assert mine.read_text() == "answers %d" % turn and copy.read_text() == "01_logistic.ipynb 1"
    course.write("01_logistic.ipynb", "better")
    assert course.update() == ([], ["01_logistic.ipynb"])
    assert course.mine("01_logistic.mine-1.ipynb") == "answers 1"


def test_reset_of_an_unmodified_or_missing_copy_keeps_nothing(start, course):
    assert course.reset("00")[1] is None
    assert course.reset("00")[1] is None
    assert course.mine("00_welcome.ipynb") == "00_welcome.ipynb 1"


@pytest.mark.parametrize("number", ["07", "7", "welcome"])
def test_reset_of_an_unknown_notebook_names_those_there_are(start, course, number):
    with pytest.raises(start.Problem, match="There is no notebook %s; there are: 00, 01" % number):
        course.reset(number)


def test_a_signed_notebook_is_trusted(start, tmp_path, monkeypatch):
    import nbformat

    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    nbformat.write(nbformat.v4.new_notebook(), start.NOTEBOOKS / "00_welcome.ipynb")
    question = (
        "import sys, nbformat.sign as s; print(s.NotebookNotary().check_signature(s.read(sys.argv[1], as_version=4)))"
    )

    def trusted():
        return subprocess.check_output(
            [sys.executable, "-c", question, start.NOTEBOOKS / "00_welcome.ipynb"],
            env=start.lab_environment(os.environ),
        )

    before = trusted()
    start.sign_notebooks([start.NOTEBOOKS / "00_welcome.ipynb"])
    assert (before.strip(), trusted().strip()) == (b"False", b"True")


# JupyterLab -------------------------------------------------------------------------------------------------


@pytest.fixture
def taken(start, monkeypatch):
    """A port on which something listens; start.py takes it for its first."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        monkeypatch.setattr(start, "FIRST_PORT", server.getsockname()[1])
        yield server.getsockname()[1]


def test_a_taken_port_is_passed_over_and_said(start, taken, capsys):
    port = start.choose_port(None)
    assert port > taken and start.port_free(port)
    assert "Port %d is taken" % taken in capsys.readouterr().out


def test_a_wanted_port_that_is_taken_is_refused(start, taken):
    with pytest.raises(start.Problem, match="Port %d is taken" % taken):
        start.choose_port(taken)


def test_no_port_at_all(start, taken, monkeypatch):
    monkeypatch.setattr(start, "PORTS", 1)
    with pytest.raises(start.Problem, match="all taken"):
        start.choose_port(None)


def fake_lab(start, program):
    """What runs instead of JupyterLab."""
    (start.WORK / "jupyterlab").mkdir(parents=True)
    (start.WORK / "jupyterlab" / "__init__.py").touch()
    (start.WORK / "jupyterlab" / "__main__.py").write_text(program)


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


ANSWER_ONCE = """
import http.server, json, os, sys
json.dump([sys.argv, dict(os.environ)], open("seen.json", "w"))
port = next(a for a in sys.argv if a.startswith("--ServerApp.port=")).split("=")[1]
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        right = self.headers["Authorization"] == "token " + os.environ["JUPYTER_TOKEN"]
        self.send_response(200 if right else 403)
        self.end_headers()
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", int(port)), Answer).handle_request()
"""


def test_the_address_is_printed_once_jupyterlab_answers(start, free_port, capfd, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    monkeypatch.delenv("JUPYTER_TOKEN", raising=False)
    fake_lab(start, ANSWER_ONCE)
    (start.WORK / "00_welcome.ipynb").touch()
    assert start.serve(free_port, browser=False, more=["--more"]) == 0
    options, environ = json.loads((start.WORK / "seen.json").read_text())
    assert (
        "http://127.0.0.1:%d/lab/tree/00_welcome.ipynb?token=%s" % (free_port, environ["JUPYTER_TOKEN"])
        in capfd.readouterr().out
    )
    assert len(environ["JUPYTER_TOKEN"]) == 48
    assert (environ["OMP_NUM_THREADS"], environ["OPENBLAS_NUM_THREADS"]) == ("3", "1")
    assert {"--ServerApp.ip=127.0.0.1", "--ServerApp.base_url=/", "--no-browser", "--more"} <= set(options)
    assert not any(environ["JUPYTER_TOKEN"] in option for option in options)


@pytest.fixture
def stranger(free_port):
    """Another program's server, on a port that JupyterLab is to have: it answers, and not to our token."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(403)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", free_port), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield free_port
    server.shutdown()
    server.server_close()


def test_another_program_on_the_port_is_not_taken_for_ours(start, stranger, capfd):
    fake_lab(
        start, "import sys, time\ntime.sleep(1)\nsys.stderr.write('ERROR: the port is already in use')\nsys.exit(1)"
    )
    with pytest.raises(start.PortTaken):
        start.serve(stranger, browser=False)
    assert "ready" not in capfd.readouterr().out


def test_of_two_starts_at_once_the_later_one_takes_another_port(start, monkeypatch):
    tried = []

    def serve(port, *_):
        tried.append(port)
        if len(tried) < 3:
            raise start.PortTaken("taken")
        return 0

    monkeypatch.setattr(start, "install", lambda: None)
    monkeypatch.setattr(start, "serve", serve)
    assert start.main(["--no-browser"]) == 0 and len(tried) == 3
    tried.clear()
    assert start.main(["--no-browser", "--port", str(start.choose_port(None))]) == 1 and len(tried) == 1


@pytest.mark.parametrize(
    "said, wrong, words",
    [
        ("", [], "packages are in order"),
        ("", ["numpy 1.0, where the lock has 2.0"], "Remove the folder .venv"),
        ("OSError: [Errno 28] No space left on device", ["numpy is missing"], "The disk is full"),
        ("PermissionError: [Errno 13] Permission denied: 'x'", [], "may not be written"),
    ],
)
def test_the_advice_about_venv_is_given_only_where_venv_is_at_fault(
    start, free_port, capfd, monkeypatch, said, wrong, words
):
    monkeypatch.setattr(start, "what_is_wrong_inside", lambda: wrong)
    fake_lab(start, "import sys; sys.stderr.write(%r); sys.exit(3)" % said)
    with pytest.raises(start.Problem, match="code 3") as problem:
        start.serve(free_port, browser=False)
    assert words in str(problem.value)
    assert (".venv" in str(problem.value)) == ("Remove" in words)
    shown = capfd.readouterr()
    assert "ready" not in shown.out and said in shown.err


FOREIGN = {
    "PYTHONPATH": "elsewhere",
    "PYTHONHOME": "elsewhere",
    "PYTHONUSERBASE": "elsewhere",
    "JUPYTER_PATH": "elsewhere",
    "JUPYTER_CONFIG_DIR": "elsewhere",
    "JUPYTER_CONFIG_PATH": "elsewhere",
    "JUPYTERLAB_DIR": "elsewhere",
    "PIP_PREFIX": "elsewhere",
    "PIP_TARGET": "elsewhere",
    "PIP_USER": "1",
    "PIP_NO_DEPS": "1",
    "PIP_DRY_RUN": "1",
    "PIP_ROOT": "elsewhere",
    "PIP_REQUIRE_VIRTUALENV": "1",
    "PIP_CONSTRAINT": "elsewhere",
}
KEPT = {
    "PIP_INDEX_URL": "https://example.org/simple",
    "PIP_PROXY": "http://example.org",
    "PIP_CERT": "cert.pem",
    "PIP_CACHE_DIR": "cache",
    "HTTPS_PROXY": "http://example.org",
    "HOME": "home",
}


def test_nothing_foreign_reaches_jupyterlab(start, free_port, monkeypatch):
    for name, value in FOREIGN.items():
        monkeypatch.setenv(name, value)
    environ = start.lab_environment(os.environ)
    assert "elsewhere" not in environ.values() and environ["PYTHONNOUSERSITE"] == "1"
    assert all(
        str(start.WORK) in environ[name]
        for name in environ
        if name.startswith(("JUPYTER_", "IPYTHON", "MPL")) and name not in ("JUPYTER_TOKEN", "JUPYTER_PREFER_ENV_PATH")
    )


def test_settings_that_lead_pip_astray_are_dropped_and_those_of_the_network_kept(start, made, monkeypatch):
    for name, value in {**FOREIGN, **KEPT}.items():
        monkeypatch.setenv(name, value)
    start.install()
    seen = json.loads((start.ROOT / "environ.json").read_text())
    assert not set(FOREIGN) & set(seen) and "elsewhere" not in seen.values()
    assert {name: seen.get(name) for name in KEPT} == KEPT and seen["PIP_CONFIG_FILE"] == os.devnull


def test_the_same_holds_for_pip_s_own_files(start, monkeypatch, tmp_path):
    (tmp_path / "pip.conf").write_text(
        "[global]\nindex-url = https://example.org/simple\ntimeout = 7\n"
        "extra-index-url =\n    https://a.example.org\n    https://b.example.org\n"
        "[install]\nuser = true\nprefix = elsewhere\nno-deps = true\ntarget = elsewhere\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    environ = start.pip_environment(os.environ)
    assert environ["PIP_INDEX_URL"] == "https://example.org/simple" and environ["PIP_TIMEOUT"] == "7"
    assert environ["PIP_EXTRA_INDEX_URL"] == "https://a.example.org https://b.example.org"
    assert not {"PIP_USER", "PIP_PREFIX", "PIP_NO_DEPS", "PIP_TARGET"} & set(environ)
    assert environ["PIP_CONFIG_FILE"] == os.devnull


def test_what_was_installed_is_looked_at_before_it_counts_as_complete(start, made, monkeypatch):
    monkeypatch.setattr(start, "what_is_wrong_inside", lambda: ["numpy 1.0, where the lock has 2.0"])
    with pytest.raises(start.Problem, match=r"and yet:\nnumpy 1\.0"):
        start.install()
    assert start.state_now() != "ready"


def test_a_folder_that_was_moved_is_mended_without_pip(start, made):
    start.install()
    old, packages = "/old/place", start.VENV / "lib" / "python3.11" / "site-packages"
    packages.mkdir(parents=True)
    (packages / "__editable__.nblib-0.1.0.pth").write_text("/old/place\n")
    scripts = start.VENV / "bin"
    scripts.mkdir()
    (scripts / "jupyter").write_text("#!/old/place/.venv/bin/python\n")
    (scripts / "jupyter").chmod(0o755)
    (start.VENV / "pyvenv.cfg").write_text("command = python3 -m venv /old/place/.venv\n")
    start.write_marker(**dict(start.read_marker(), place=old))
    calls = pip_calls(start)
    start.PYTHON, python = scripts / "python", start.PYTHON
    (scripts / "python").symlink_to(python)
    assert start.state_now() == "moved"
    start.install()
    assert start.state_now() == "ready" and pip_calls(start) == calls
    assert (packages / "__editable__.nblib-0.1.0.pth").read_text() == "%s\n" % start.ROOT
    assert (scripts / "jupyter").read_text() == "#!%s/.venv/bin/python\n" % start.ROOT
    assert os.access(scripts / "jupyter", os.X_OK) and old not in (start.VENV / "pyvenv.cfg").read_text()


def test_a_link_to_a_venv_elsewhere_is_no_move(start, made, tmp_path):
    """Two folders may share one .venv: neither may let its files name the other's place."""
    start.install()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    start.VENV.rename(elsewhere / ".venv")
    start.VENV.symlink_to(elsewhere / ".venv")
    start.write_marker(**dict(start.read_marker(), place=str(elsewhere)))
    assert start.state_now() == "ready"


@pytest.mark.parametrize(
    "system, length, refused", [("Windows", 66, True), ("Windows", 65, False), ("Linux", 200, False)]
)
def test_a_path_too_long_for_windows_is_said_before_anything_is_installed(start, system, length, refused):
    assert bool(start.path_problem(system, "x" * length)) is refused


@pytest.mark.parametrize("name", ["random.py", "email.py", "torch.py", "numpy", "ipykernel.py"])
def test_a_file_named_like_a_module_is_named(start, monkeypatch, capsys, name):
    monkeypatch.setattr(start, "site_packages", lambda: [path for path in sys.path if path.endswith("site-packages")])
    start.WORK.mkdir()
    if name.endswith(".py"):
        (start.WORK / name).touch()
    else:
        (start.WORK / name).mkdir()
        (start.WORK / name / "__init__.py").touch()
    (start.WORK / "my_own_helpers.py").touch()
    [sentence] = start.hidden_modules(start.WORK)
    assert str(start.WORK / name) in sentence and "another name" in sentence
    assert start.main(["check"]) == 1 and name in capsys.readouterr().out


HIDING = ("random", "email", "numpy", "traitlets")


def test_the_kernel_of_the_course_is_not_led_astray_by_files_of_the_learner(start, monkeypatch):
    """A real kernel, started as JupyterLab would, in a folder full of such files; own modules are found."""
    monkeypatch.setattr(start, "PYTHON", Path(sys.executable))
    start.write_settings()
    for name in HIDING:
        (start.WORK / (name + ".py")).write_text("raise ImportError('the wrong one')\n")
    (start.WORK / "mine.py").write_text("answer = 42\n")
    program = """
import jupyter_client, sys
manager, client = jupyter_client.manager.start_new_kernel(kernel_name="python3", cwd=sys.argv[1])
reply = client.execute_interactive("import mine, random, email, numpy, traitlets; print(mine.answer)", timeout=60)
manager.shutdown_kernel(now=True)
"""
    done = subprocess.run(
        [sys.executable, "-P", "-c", program, str(start.WORK)],
        text=True,
        capture_output=True,
        env=start.lab_environment(os.environ),
    )
    assert done.stdout.strip() == "42", done.stdout + done.stderr


def test_copies_may_lie_in_another_folder(start, monkeypatch, tmp_path):
    seen = []
    monkeypatch.setattr(start, "install", lambda: None)
    monkeypatch.setattr(start, "serve", lambda *_: seen.append(start.WORK) or 0)
    monkeypatch.setattr(start, "sign_notebooks", lambda paths: None)
    (start.NOTEBOOKS / "00_welcome.ipynb").write_text("{}")
    assert start.main(["--no-browser", "--work", str(tmp_path / "mine")]) == 0
    assert seen == [tmp_path / "mine"] and (tmp_path / "mine" / "00_welcome.ipynb").exists()


# The commands -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "codes", [(0, 0, 0, 0, 0), (1, 0, 0, 0, 0), (0, 2, 0, 0, 0), (0, 0, 0, 5, 0), (0, 0, 0, 0, 3), (1, 1, 1, 1, 1)]
)
def test_every_stage_runs_and_any_failure_counts(start, monkeypatch, capsys, codes):
    answers = iter(codes[:-1])
    monkeypatch.setattr(start, "install", lambda extras: None)
    monkeypatch.setattr(start, "run", lambda command: next(answers))
    monkeypatch.setattr(start, "BROWSER", ["-c", "raise SystemExit(%d)" % codes[-1]])
    assert start.main(["test"]) == int(any(codes))
    said = capsys.readouterr().out
    assert next(answers, None) is None
    assert said.count("FAILED") == sum(map(bool, codes)) and said.count("passed") == codes.count(0)


def test_the_exit_code_of_a_stage_is_the_command_s(start):
    assert start.run(["-c", "raise SystemExit(7)"]) == 7


def test_build_hands_over_the_numbers_and_the_rest(start, monkeypatch):
    monkeypatch.setattr(start, "install", lambda: None)
    monkeypatch.setattr(start, "run", lambda command: command)
    assert start.main(["build", "00", "01", "--", "--all"]) == ["notebooks/build.py", "00", "01", "--all"]


@pytest.mark.parametrize(
    "error, words",
    [
        (KeyboardInterrupt(), "Stopped"),
        (OSError(28, "No space left on device"), "disk is full"),
        (PermissionError(13, "Permission denied"), "may not be written"),
    ],
)
def test_failures_end_in_words_not_in_a_traceback(start, monkeypatch, capsys, error, words):
    def fail(*_):
        raise error

    monkeypatch.setattr(start, "install", fail)
    assert start.main(["reset", "00"]) == 1
    assert words in capsys.readouterr().err


def test_an_unknown_error_keeps_its_traceback(start, monkeypatch):
    def fail(*_):
        raise OSError("something else")

    monkeypatch.setattr(start, "install", fail)
    with pytest.raises(OSError, match="something else"):
        start.main(["reset", "00"])


def test_reset_asks_which(start, capsys):
    assert start.main(["reset"]) == 1 and "Which notebook" in capsys.readouterr().err


def test_check_says_what_to_do(start, monkeypatch, capsys):
    assert start.main(["check"]) == 1
    assert re.search(r"^packages +Not installed yet", capsys.readouterr().out, re.MULTILINE)
    monkeypatch.setattr(start, "packages_problem", lambda: None)
    assert start.main(["check"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) >= 6 and all(line.endswith(" OK") for line in lines if not line.startswith("Port"))


def test_drift_names_packages_in_another_version_than_the_lock_s(start):
    lock = "# a comment\nnumpy==2.4.6\ntorch==2.13.0\ntyping-extensions==4.16.0 ; sys_platform == 'linux'\n"
    assert start.drift(lock, "numpy==2.4.6\ntorch==2.13.0+cpu\nTyping_Extensions==4.16.0\npip==26.3\n") == []
    assert start.drift(lock, "numpy==2.3.0\n") == ["numpy 2.3.0, where the lock has 2.4.6"]


# The lock ---------------------------------------------------------------------------------------------------


def locked():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return {r.name.lower(): r for r in (Requirement(line) for line in lines if not line.startswith("#"))}


def test_the_lock_pins_each_dependency_within_its_range():
    project = metadata()
    extras = [name for names in project["optional-dependencies"].values() for name in names]
    for wanted in map(Requirement, project["dependencies"] + extras):
        (pin,) = locked()[wanted.name.lower()].specifier
        assert pin.operator == "==" and wanted.specifier.contains(pin.version), wanted


def test_the_lock_names_no_host_and_brings_no_cuda():
    assert "://" not in (ROOT / "constraints.txt").read_text()
    assert str(locked()["torch"].specifier) == "==2.13.0"
    assert not [name for name in locked() if name.startswith(("nvidia", "cuda", "triton"))]


def test_conda_users_get_the_same_list():
    import yaml

    entries = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    packages = {"pip": ["-c constraints.txt", "-e .[dev]"]}
    assert entries == ["python" + metadata()["requires-python"], "pip", packages]


@pytest.mark.skipif(os.name == "nt", reason="signals that can be ignored are Unix's")
def test_a_jupyterlab_that_hangs_is_ended_all_the_same(start):
    deaf = (
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('ready', flush=True)\ntime.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    start.end(process, patience=0.2)
    assert process.returncode == -9
    process.stdout.close()
