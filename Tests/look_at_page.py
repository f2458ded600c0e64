#!/usr/bin/env python3
"""Looks at the status page in a headless Chromium, by its DevTools protocol over two pipes.

usage: look_at_page.py URL EXPECTED [SCREENSHOT_PREFIX]

Standard input says what happens meanwhile: after "loaded" is printed, the caller makes a change and writes a line with
the text that must then appear without a reload. Prints what was found as one JSON object. Needs nothing but Chromium.
"""
import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

# Seconds: for one thing to come, and for all of it.
LIMIT = 60
LIMIT_OF_ALL = 240


class Browser:
    def __init__(self, profile):
        program = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)
        if program is None:
            sys.exit("no chromium is installed")
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()

        def lay_pipes():
            # The browser reads descriptor 3 and writes 4; both may be taken by the pipes themselves.
            spare_in, spare_out = os.dup(theirs_in), os.dup(theirs_out)
            os.dup2(spare_in, 3)
            os.dup2(spare_out, 4)

        # In a container it is root, which its sandbox refuses, and /dev/shm is small.
        arguments = [
            program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-extensions",
            "--remote-debugging-pipe", "--user-data-dir=" + profile, "about:blank",
        ]
        self.process = subprocess.Popen(
            arguments, preexec_fn=lay_pipes, close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(theirs_in)
        os.close(theirs_out)
        self.ours_in, self.ours_out = ours_in, ours_out
        self.buffer, self.number, self.session, self.events = b"", 0, None, []

    def open(self):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.ours_out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def read(self):
        while b"\0" not in self.buffer:
            more = os.read(self.ours_in, 1 << 16)
            if not more:
                raise RuntimeError("the browser ended")
            self.buffer += more
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(str(result["exceptionDetails"]))
        return result["result"].get("value")

    def until(self, what, expression):
        deadline = time.monotonic() + LIMIT
        while not self.evaluate(expression):
            if time.monotonic() > deadline:
                raise RuntimeError(f"never came: {what}; the page says: " + self.evaluate("document.body.innerText"))
            time.sleep(0.05)

    def press(self, key, code):
        for kind in ("rawKeyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code,
                nativeVirtualKeyCode=code)

    def end(self):
        self.process.kill()
        self.process.wait()


FOCUS = """(() => {
  const at = document.activeElement, style = getComputedStyle(at);
  return {tag: at.tagName.toLowerCase(), text: (at.getAttribute("aria-labelledby") ?? at.textContent).trim().slice(0, 60),
          outline: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0, y: at.getBoundingClientRect().top,
          seen: at.getBoundingClientRect().left >= 0};
})()"""


def complaints(browser):
    found = []
    for event in browser.events:
        name, parameters = event.get("method"), event.get("params", {})
        if name == "Log.entryAdded" and parameters["entry"]["level"] in ("warning", "error"):
            found.append(parameters["entry"]["text"])
        elif name == "Runtime.exceptionThrown":
            found.append(str(parameters["exceptionDetails"]))
        elif name == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
            found.append(str(parameters["args"]))
        elif name == "Audits.issueAdded":
            found.append(str(parameters["issue"]["code"]))
    return found


def screenshots(browser, prefix):
    browser.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    for scheme in ("light", "dark"):
        browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        for width in (1280, 400):
            browser.call(
                "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
            picture = browser.call("Page.captureScreenshot", format="png")["data"]
            with open(f"{prefix}{scheme}-{width}.png", "wb") as file:
                file.write(base64.b64decode(picture))


def look(browser, url, expected, prefix):
    for domain in ("Page", "Runtime", "Log", "Network", "Audits"):
        browser.call(domain + ".enable")
    browser.call("Emulation.setDeviceMetricsOverride", width=1280, height=900, deviceScaleFactor=1, mobile=False)
    browser.call("Page.navigate", url=url)
    browser.until("the page", "document.readyState === 'complete' && !!document.getElementById('main')")
    browser.until("what it should hold", f"document.body.innerText.includes({json.dumps(expected)})")
    browser.until("the stream", "document.getElementById('live').textContent === 'live'")
    browser.evaluate("window.mark = 'not reloaded'")
    print("loaded", flush=True)
    change = sys.stdin.readline().strip()
    browser.until("the change", f"document.body.innerText.includes({json.dumps(change)})")
    found = {"kept": browser.evaluate("window.mark") == "not reloaded"}
    focus = []
    for _ in range(12):
        browser.press("Tab", 9)
        focus.append(browser.evaluate(FOCUS))
    found["focus"] = focus
    found["headings"] = browser.evaluate("[...document.querySelectorAll('h1,h2')].filter(h => h.checkVisibility()).map(h => h.tagName + ' ' + h.textContent)")
    found["nameless"] = browser.evaluate(
        "[...document.querySelectorAll('a,button,select,[role=region],[role=img]')].filter(e => !(e.textContent.trim() || "
        "e.labels?.length || e.getAttribute('aria-label') || e.getAttribute('aria-labelledby'))).map(e => e.outerHTML)")
    found["unscoped"] = browser.evaluate("document.querySelectorAll('th:not([scope])').length")
    # The page itself is never wider than the window, however narrow that is.
    browser.call("Emulation.setDeviceMetricsOverride", width=360, height=800, deviceScaleFactor=1, mobile=False)
    found["overflow"] = browser.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if prefix:
        screenshots(browser, prefix)
    found["complaints"] = complaints(browser)
    return found


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    # Whatever ends this ends the browser with it, and a browser that says nothing is not waited for.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda number, frame: sys.exit(f"ended by signal {number}"))
    signal.signal(signal.SIGALRM, lambda number, frame: sys.exit(f"took longer than {LIMIT_OF_ALL} s"))
    signal.alarm(LIMIT_OF_ALL)
    with tempfile.TemporaryDirectory(prefix="reeve-browser-", ignore_cleanup_errors=True) as profile:
        browser = Browser(profile)
        try:
            browser.open()
            print(json.dumps(look(browser, sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) == 4 else None)))
        finally:
            browser.end()


if __name__ == "__main__":
    main()
