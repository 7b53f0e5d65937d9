"""Whole data sets: local copies first, then a download (here from localhost) that is kept or leaves nothing."""

import gzip
import hashlib
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from dlnotes.data import fashion_mnist_full, fetched, mnist_full
from tests.data.test_idx import idx

FILES = list(fetched.SHA256["mnist"])


@pytest.fixture(scope="module")
def contents():
    """Four files in the shape of MNIST, with 10,020 and 30 images of 2 x 2 pixels."""
    generator = np.random.default_rng(0)
    arrays = []
    for n in (10_020, 30):
        arrays += [generator.integers(high, size=size, dtype=np.uint8) for high, size in ((256, (n, 2, 2)), (10, n))]
    return {file: gzip.compress(idx(array)) for file, array in zip(FILES, arrays)}


@pytest.fixture
def machine(tmp_path, monkeypatch, contents):
    """A machine without Debian's copy, with an empty cache, and the checksums of the little files."""
    monkeypatch.delenv("DLNOTES_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(fetched, "DEBIAN", tmp_path / "debian")
    hashes = {file: hashlib.sha256(content).hexdigest() for file, content in contents.items()}
    monkeypatch.setattr(fetched, "SHA256", {"mnist": hashes, "fashion-mnist": hashes})
    return tmp_path


@pytest.fixture
def server(machine, monkeypatch, contents):
    """Serves `server.contents`; closes the connection after `server.cut` bytes where that is set."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked.append(self.path)
            content = self.server.contents.get(self.path.rpartition("/")[2])
            self.send_response(200 if content else 404)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write((content or b"")[: self.server.cut])
            self.wfile.flush()
            self.server.stalled.wait(0 if self.server.cut is None else self.server.stall)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.contents, server.asked, server.cut, server.stall = dict(contents), [], None, 0
        server.stalled = threading.Event()
        server.url = f"http://127.0.0.1:{server.server_port}/"
        monkeypatch.setattr(fetched, "URLS", dict.fromkeys(fetched.URLS, server.url))
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.stalled.set()
        server.shutdown()


def kept(machine):
    return sorted(path.name for path in (machine / "cache").rglob("*") if path.is_file())


def put(folder, contents, suffix=".gz"):
    folder.mkdir(parents=True)
    for file, content in contents.items():
        content = content if suffix else gzip.decompress(content)
        (folder / (file.removesuffix(".gz") + suffix)).write_bytes(content)


def test_fetched_once_then_cached(machine, server, contents):
    train, validation, test = mnist_full()
    assert [len(part.labels) for part in (train, validation, test)] == [20, 10_000, 30]
    assert train.images.dtype == np.uint8 and train.labels.dtype == np.int64
    assert kept(machine) == sorted(FILES) and len(server.asked) == 4
    again = mnist_full()
    np.testing.assert_array_equal(again.validation.images, validation.images)
    assert len(server.asked) == 4


@pytest.mark.parametrize("suffix", [".gz", ""])
def test_folder_of_ones_own_comes_first(machine, server, contents, monkeypatch, suffix):
    put(machine / "own" / "mnist", contents, suffix)
    monkeypatch.setenv("DLNOTES_DATA", str(machine / "own"))
    assert len(mnist_full().test.labels) == 30
    assert not server.asked and not kept(machine)


def test_debians_copy_comes_before_the_network(machine, server, contents):
    put(machine / "debian" / "fashion-mnist", contents)
    assert len(fashion_mnist_full().test.labels) == 30
    assert not server.asked


def test_wrong_checksum_keeps_nothing(machine, server):
    server.contents[FILES[0]] = gzip.compress(b"something else")
    with pytest.raises(ValueError, match=f"{FILES[0]}: wrong SHA-256, nothing was kept"):
        mnist_full()
    assert kept(machine) == []


def test_damaged_cache_is_fetched_again(machine, server):
    mnist_full()
    damaged = next((machine / "cache").rglob(FILES[2]))
    damaged.write_bytes(damaged.read_bytes()[:-5])
    assert len(mnist_full().test.labels) == 30
    assert len(server.asked) == 5


def test_missing_on_the_server(machine, server):
    del server.contents[FILES[0]]
    with pytest.raises(OSError, match=f"{FILES[0]}: cannot be fetched.*404"):
        mnist_full()
    assert kept(machine) == []


def test_no_network(machine, monkeypatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        monkeypatch.setattr(fetched, "URLS", {"mnist": f"http://127.0.0.1:{unused.getsockname()[1]}/"})
        with pytest.raises(OSError, match=r"cannot be fetched.*without a network put the file into \$DLNOTES_DATA"):
            mnist_full()
    assert kept(machine) == []


def test_without_pooch_says_what_to_install(machine, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)  # as if it were not installed
    with pytest.raises(ImportError, match=r"pip install 'dlnotes\[data\]'"):
        mnist_full()


def test_connection_that_breaks_off(machine, server):
    server.cut = 1000
    with pytest.raises(OSError, match=f"{FILES[0]}: cannot be fetched"):
        mnist_full()
    assert kept(machine) == []


def test_interrupted_from_the_keyboard(machine, server):
    """A process that waits in the middle of a file is sent SIGINT, as Ctrl-C does."""
    server.cut, server.stall = 20_000, 60  # more than is kept in memory: then some of it is in the file
    code = f"""
        import signal
        signal.signal(signal.SIGINT, signal.default_int_handler)
        from dlnotes.data import fetched
        fetched.URLS, fetched.SHA256 = {fetched.URLS!r}, {fetched.SHA256!r}
        fetched.DEBIAN = fetched.Path("/nowhere")
        fetched.mnist_full()
    """
    child = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stderr=subprocess.PIPE, encoding="utf-8")
    folder = machine / "cache" / "dlnotes" / "mnist"
    wait = threading.Event()
    for _ in range(600):
        if folder.is_dir() and any(file.stat().st_size for file in folder.iterdir()):
            break
        assert child.poll() is None, child.stderr.read()
        wait.wait(0.05)
    assert kept(machine), "the download never began"
    child.send_signal(signal.SIGINT)
    assert "KeyboardInterrupt" in child.communicate(timeout=30)[1]
    assert kept(machine) == []


def test_images_without_their_labels(machine, contents, monkeypatch):
    put(machine / "own" / "mnist", {**contents, FILES[1]: contents[FILES[3]]})
    monkeypatch.setenv("DLNOTES_DATA", str(machine / "own"))
    with pytest.raises(ValueError, match=r"\(10020, 2, 2\) and labels of shape \(30,\) do not belong together"):
        mnist_full()


@pytest.mark.skipif(not (fetched.DEBIAN / "fashion-mnist").is_dir(), reason="Debian's dataset-fashion-mnist is absent")
def test_real_fashion_mnist_full():
    train, validation, test = fashion_mnist_full()
    assert [part.images.shape for part in (train, validation, test)] == [(n, 28, 28) for n in (50_000, 10_000, 10_000)]
    assert np.bincount(test.labels).tolist() == [1000] * 10
    assert (np.bincount(train.labels) + np.bincount(validation.labels)).tolist() == [6000] * 10


@pytest.mark.parametrize("name", fetched.SHA256)
def test_every_file_has_a_whole_checksum(name):
    assert len(fetched.SHA256[name]) == 4
    assert all(len(bytes.fromhex(digest)) == 32 for digest in fetched.SHA256[name].values())


def test_cache_is_the_users(machine):
    import pooch

    assert str(pooch.os_cache("dlnotes")).startswith(os.environ["XDG_CACHE_HOME"])
