"""docs/browsers.md: one table of what each engine does, out of what tests/browser/test_engines.py found.

`python3 -m tools browsers` runs those tests and writes it; a plain test run leaves the file alone.
"""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tools.check import checks
from tools.common import files, paths

DOCUMENT = paths.ROOT / "docs" / "browsers.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
TESTS = "tests/browser/test_engines.py"


@dataclass(frozen=True)
class Feature:
    """Something that not every engine has."""

    title: str
    probe: str  # a JavaScript function that tells whether it is there
    instead: str  # what the page does where it is not


# Of stripes, white and black in equal parts, that are scaled down to 3 x 3: is the middle grey?
STRIPES = """
() => {
  const context = (side) => {
    const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side });
    const made = canvas.getContext("2d", { willReadFrequently: true, alpha: false });
    made.imageSmoothingQuality = "medium";
    return made;
  };
  const [fine, coarse] = [context(64), context(3)];
  fine.fillStyle = "#fff";
  for (let column = 2; column < 64; column += 8) fine.fillRect(column, 0, 4, 64);
  coarse.drawImage(fine.canvas, 0, 0, 3, 3);
  const grey = coarse.getImageData(1, 1, 1, 1).data[0];
  return 96 < grey && grey < 160;
}
"""

FEATURES = {
    "webgpu": Feature(
        "WebGPU", "() => 'gpu' in navigator", "runs on WebAssembly, and says why under *Details*"
    ),
    "jspi": Feature(
        "WebAssembly that waits for promises (JSPI)",
        "() => 'Suspending' in WebAssembly",
        "for WebGPU it takes onnxruntime-web's larger build",
    ),
    "cores": Feature(
        "says how many cores there are",
        "() => !(navigator.userAgent.includes('AppleWebKit') && !navigator.userAgent.includes('Chrom'))",
        "two threads, whatever it says (4, or 8)",
    ),
    "bitmaps": Feature(
        "scales an `ImageBitmap` as it scales everything else",
        "() => !(navigator.userAgent.includes('AppleWebKit') && !navigator.userAgent.includes('Chrom'))",
        "a photograph goes over a canvas of its own size",
    ),
    "averages": Feature(
        "scales down by averages",
        STRIPES,
        "glances at a moving picture by way of four more canvases, so that noise is no motion",
    ),
    "battery": Feature(
        "tells of the battery", "() => 'getBattery' in navigator", "goes at full pace on any battery"
    ),
    "memory": Feature(
        "tells how much memory the page holds",
        "() => 'measureUserAgentSpecificMemory' in performance",
        "does not renew the runtime when memory grows",
    ),
    "saves-data": Feature(
        "tells whether the visitor saves data",
        "() => 'connection' in navigator && 'saveData' in navigator.connection",
        "takes it that they do not",
    ),
    "video-frames": Feature(
        "calls for each frame of a video",
        "() => 'requestVideoFrameCallback' in HTMLVideoElement.prototype",
        "looks at each frame of the screen",
    ),
    "offscreen": Feature(
        "draws without a canvas in the page",
        "() => 'OffscreenCanvas' in window && 'convertToBlob' in OffscreenCanvas.prototype",
        "*Save* fails, and says so",
    ),
    "permission": Feature(
        "tells whether the camera was refused or the question closed",
        "() => navigator.permissions.query({ name: 'camera' }).then(() => true, () => false)",
        "takes both for a refusal",
    ),
    "service-worker": Feature(
        "service workers", "() => 'serviceWorker' in navigator", "needs the network at each visit"
    ),
}


@dataclass(frozen=True)
class Figures:
    """One engine: times in ms, and which of FEATURES it has."""

    name: str
    camera: str
    provider: str
    threads: int
    median_ms: float
    first_box_ms: float
    first_box_reload_ms: float
    features: Mapping[str, bool]


def table(engines: Sequence[Figures]) -> str:
    """Markdown: a column for each engine. A feature that all have gets no row."""
    rows = [
        ["", *(one.name for one in engines)],
        ["---"] * (len(engines) + 1),
        ["provider", *(one.provider for one in engines)],
        ["threads", *(str(one.threads) for one in engines)],
        ["one frame, median", *(f"{one.median_ms:.0f} ms" for one in engines)],
        ["first box, cold", *(f"{one.first_box_ms:.0f} ms" for one in engines)],
        ["first box, on reload", *(f"{one.first_box_reload_ms:.0f} ms" for one in engines)],
        ["the tests' camera shows", *(one.camera for one in engines)],
    ]
    for name, feature in FEATURES.items():
        there = [one.features[name] for one in engines]
        if not all(there):
            rows.append([feature.title, *("yes" if has else f"**no**: {feature.instead}" for has in there)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def write(engines: Sequence[Figures]) -> None:
    """Put the table between the marks of docs/browsers.md."""
    text = DOCUMENT.read_text("utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    files.write(DOCUMENT, f"{before}{BEGIN}\n\n{table(engines)}\n\n{END}{after}".encode())


def run(arguments: Sequence[str]) -> int:
    """Run the tests of the three engines and write the table if all pass. Gives pytest's exit code."""
    python, environment = checks.prepare()
    command = [python, "-m", "pytest", TESTS, "--write-browsers", *arguments]
    return subprocess.run(command, cwd=paths.ROOT, env=environment, check=False).returncode
