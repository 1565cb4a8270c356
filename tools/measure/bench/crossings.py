"""What it costs to step from Python into JavaScript and back, in microseconds, on MicroPython and on Pyodide; and what
the most that Python itself has to do in a frame takes.
"""

from typing import Any

from playwright.sync_api import Browser

from tools.measure.bench.figures import summary
from tools.measure.bench.pages import Ours

# Name -> what is done, in words.
CROSSINGS = {
    "element": "read an element of a typed array",
    "method": "call a method of a canvas",
    "result": "make a result with 10 detections an object of JavaScript's",
    "promise": "await a promise that is resolved",
    "pixels": "read 300 x 300 pixels of a canvas",
    "follow": "follow 50 objects from one look to the next, all in Python",
}

# Each loop in turn, so that a machine that drifts drifts for all; what the loop itself costs is taken off.
MEASURE = """
from detector.browser.platform.interop import to_js
from detector.detection import Box, Detection
from detector.tracking.tracker import Tracker

values = js.Float32Array.new(200)
canvas = js.document.createElement("canvas")
canvas.width = canvas.height = 300
context = canvas.getContext("2d", to_js({"willReadFrequently": True, "alpha": False}))
timings = {"grab": 1.25, "infer": 40.5, "select": 0.5, "draw": 0.25, "total": 42.5}
found = [{"class": "person", "score": 0.75, "bbox": [10.5, 20.5, 100.25, 200.75]} for _ in range(10)]
detail = {"version": 1, "source": "camera", "frame": 1, "timings": timings, "detections": found}

def crowd(look):
    places = [(60.0 * (i % 10) + 3.0 * look * (i % 3 - 1), 90.0 * (i // 10)) for i in range(50)]
    return [Detection("person", 1, 0.9, Box(x, y, 40.0, 80.0)) for x, y in places]

there_and_back = [crowd(look) for look in list(range(10)) + list(range(10, 0, -1))]
tracker = Tracker(hold=0.5)
looks = 0

async def nothing(count):
    for _ in range(count):
        pass

async def element(count):
    for _ in range(count):
        values[7]

async def method(count):
    for _ in range(count):
        context.clearRect(0, 0, 8, 8)

async def result(count):
    for _ in range(count):
        to_js(detail)

async def promise(count):
    for _ in range(count):
        await js.Promise.resolve(1)

async def pixels(count):
    for _ in range(count):
        context.getImageData(0, 0, 300, 300)

async def follow(count):
    global looks
    for _ in range(count):
        looks += 1
        tracker.update(there_and_back[looks % 20], looks * 100.0, 640.0, 480.0)

loops = [("nothing", nothing, 2000), ("element", element, 2000), ("method", method, 1000), ("result", result, 50),
         ("promise", promise, 50), ("pixels", pixels, 20), ("follow", follow, 1)]  # as many as there are in a frame
taken = {name: [] for name, _, _ in loops}
for _ in range(ROUNDS):
    for name, loop, count in loops:
        began = now()
        await loop(count)
        taken[name].append((now() - began) * 1000 / count)
        await asyncio.sleep(0)  # where MicroPython tidies up
answer(taken)
"""


def measure_crossings(browser: Browser, address: str, *, rounds: int) -> dict[str, Any]:
    """Python -> crossing -> microseconds; `rounds` loops of each, the first left out."""
    found = {}
    for python, query in (("micropython", ""), ("pyodide", "?python=pyodide")):
        page = Ours(browser, address, query)
        page.open()
        page.page.wait_for_selector("html[data-ready]", state="attached", timeout=120_000)
        taken = page.python(MEASURE.replace("ROUNDS", str(rounds + 1)))
        page.close()
        loop = summary(taken["nothing"][1:])["median"]
        found[python] = {
            name: summary([max(0.0, one - loop) for one in taken[name][1:]]) for name in CROSSINGS
        }
    return found
