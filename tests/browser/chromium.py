"""A real browser without a window, spoken to by its DevTools protocol over two pipes: only Chromium is needed."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
_PATIENCE = 60.0
_FLAGS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-sandbox",  # a container's root has none to give
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
)


def find() -> str | None:
    """Return the path of a browser, or None."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


class Browser:
    """A running browser with one page."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands, self._answers = commands, answers
        self._last, self._read = 0, b""
        self._session: str | None = None
        self.events: list[tuple[str, dict[str, Any]]] = []
        """What happened since the last page was opened."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return its answer."""
        self._last += 1
        message: dict[str, Any] = {"id": self._last, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            told = self._next()
            if told.get("id") == self._last:
                if "error" in told:
                    raise AssertionError(f"{method}: {told['error']}")
                result: dict[str, Any] = told["result"]
                return result

    def _next(self) -> dict[str, Any]:
        """Return the next message, and keep it where it is an event."""
        deadline = time.monotonic() + _PATIENCE
        while b"\0" not in self._read:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._answers], [], [], left)[0]:
                raise AssertionError("the browser does not answer")
            part = os.read(self._answers, 1 << 16)
            if not part:
                raise AssertionError("the browser has ended")
            self._read += part
        message, self._read = self._read.split(b"\0", 1)
        told: dict[str, Any] = json.loads(message)
        if "method" in told:
            self.events.append((told["method"], told["params"]))
        return told

    def open(self, path: Path, *, width: int = 1100, height: int = 800, dark: bool = False) -> None:
        """Show a file in a window of a size, and wait until all of it is there."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 500,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.events.clear()
        self.call("Page.navigate", url=path.resolve().as_uri())
        while not any(method == "Page.loadEventFired" for method, _ in self.events):
            self._next()
        # What the page would do by itself after that, it does now.
        self.evaluate("new Promise(done => setTimeout(done, 100))")

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression in the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def requests(self) -> list[str]:
        """Return every address that was asked for."""
        return [
            event["request"]["url"] for method, event in self.events if method == "Network.requestWillBeSent"
        ]

    def complaints(self) -> list[str]:
        """Return what stands in the console, and what was thrown."""
        found = []
        for method, event in self.events:
            if method == "Log.entryAdded":
                found.append(event["entry"]["text"])
            elif method in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
                found.append(json.dumps(event))
        return found

    def pdf(self) -> bytes:
        """Return the page as it is printed."""
        return base64.b64decode(self.call("Page.printToPDF", printBackground=True)["data"])

    def screenshot(self, path: Path) -> None:
        """Write a picture of the whole page."""
        data = self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        path.write_bytes(base64.b64decode(data))


@contextmanager
def running(program: str) -> Iterator[Browser]:
    """Run a browser with a profile of its own, and end it."""
    ours = [*os.pipe(), *os.pipe()]
    # Beyond the two numbers that the browser reads from and writes to.
    commands_out, commands_in, answers_out, answers_in = (
        fcntl.fcntl(each, fcntl.F_DUPFD, 20) for each in ours
    )
    for each in ours:
        os.close(each)
    with TemporaryDirectory(prefix="cepick-browser-", ignore_cleanup_errors=True) as profile:
        with open(Path(profile) / "log", "wb") as log:
            process = subprocess.Popen(
                [
                    "bash",
                    "-c",
                    f'exec "$0" "$@" 3<&{commands_out} 4>&{answers_in}',
                    program,
                    *_FLAGS,
                    f"--user-data-dir={profile}/profile",
                ],
                pass_fds=(commands_out, answers_in),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        os.close(commands_out)
        os.close(answers_in)
        try:
            browser = Browser(commands_in, answers_out)
            yield browser
            browser._session = None
            with suppress(AssertionError, OSError):
                browser.call("Browser.close")
            process.wait(timeout=20)
        finally:
            os.close(commands_in)
            os.close(answers_out)
            if process.poll() is None:
                process.kill()
                process.wait()
