"""Measure both pages in turn and write bench/results.json."""

import json
import os
import platform
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import brotli
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from detector.labels import COCO_LABELS
from detector.vision.regions import LOOKS
from tools.common import files, paths
from tools.measure import memories
from tools.measure.bench.crossings import measure_crossings
from tools.measure.bench.figures import ratio, summary
from tools.measure.bench.pages import Driven, Ours, Peer
from tools.model import build as model
from tools.model.evaluate import rounded
from tools.model.evaluate.coco import MOST, Found, entries_of, precision_of
from tools.serve.onlooker.server import HEADERS, Server
from tools.serve.server import make_server
from tools.setup import chromium, python_env

RESULTS = paths.ROOT / "bench" / "results.json"
PHOTO = paths.PHOTOS / "motorcycle.png"
HERE = Path(__file__).parent
LEAST = 0.05  # of the scores that count for the average precision

PLAIN_RUNTIME = paths.NODE_MODULES / "onnxruntime-web" / "dist"
ISOLATED = {name: value for name, value in HEADERS.items() if name != "Content-Security-Policy"}
NOT_ISOLATED = {name: value for name, value in HEADERS.items() if not name.startswith("Cross-Origin-")}

QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
GPU = ["--enable-unsafe-webgpu", "--enable-features=Vulkan", "--use-angle=vulkan", "--ignore-gpu-blocklist"]
ADAPTER = """
async () => {
  const adapter = await navigator.gpu?.requestAdapter();
  if (!adapter) return null;
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
  return { vendor, architecture, device, description, isFallbackAdapter };
}
"""


def measure(*, quick: bool, photographs: Path | None = None) -> None:
    """All of it; `quick` takes one short round of each. photographs: a folder as for `evaluate`; without one, what was
    measured there before stays.
    """
    before = json.loads(RESULTS.read_text("utf-8")) if RESULTS.is_file() else {}
    with ExitStack() as stack:
        playwright = stack.enter_context(sync_playwright())
        film = make_film(paths.CACHE / "bench" / "pan.mjpeg")
        flags = [*flags_here(), *CAMERA, f"--use-file-for-fake-video-capture={film}"]
        browser = playwright.chromium.launch(executable_path=str(chromium.ensure()), args=flags)
        stack.callback(browser.close)
        servers = stack.enter_context(running_servers())
        results: dict[str, Any] = {
            "machine": describe_machine(browser),
            "load": measure_load(browser, servers, rounds=1 if quick else 7),
            "frames": measure_frames(browser, servers, rounds=1 if quick else 6, count=5 if quick else 12),
            "crossings": measure_crossings(browser, servers["ours"].address, rounds=3 if quick else 15),
            "camera": measure_camera(browser, servers, rounds=1 if quick else 4, seconds=2 if quick else 5),
        }
        if photographs is not None:
            results["photographs"] = measure_photographs(browser, photographs, most=4 if quick else None)
        elif "photographs" in before:
            results["photographs"] = before["photographs"]
        gpu = playwright.chromium.launch(executable_path=str(chromium.ensure()), args=[*flags, *GPU])
        stack.callback(gpu.close)
        results["gpu"] = measure_gpu(gpu, servers, quick=quick)
        if results["gpu"]["software"] and not quick:
            flags += chromium.SOFTWARE_GPU
            software = playwright.chromium.launch(executable_path=str(chromium.ensure()), args=flags)
            stack.callback(software.close)
            results["gpu"] |= measure_software_gpu(software, servers)
    frames = results["frames"]
    best_cpu = min((frames["tfjs_wasm_1"], frames["tfjs_wasm_max"]), key=lambda one: one["total"]["median"])
    gpu_frames = {} if results["gpu"]["software"] is not False else results["gpu"]["frames"]
    best_gpu = [gpu_frames[name] for name in ("tfjs_webgl", "tfjs_webgpu") if name in gpu_frames]
    results["ratios"] = {
        "wasm_vs_tfjs_best_cpu": ratio(best_cpu["total"], frames["wasm"]["total"]),
        "wasm_1_thread_vs_tfjs_1_thread": ratio(frames["tfjs_wasm_1"]["total"], frames["wasm_1"]["total"]),
        "webgpu_vs_tfjs_best_gpu": ratio(
            min((one["total"] for one in best_gpu), key=lambda total: total["median"], default=None),
            gpu_frames.get("webgpu", {}).get("total"),
        ),
        "kernels": ratio(frames["wasm_plain_runtime"]["total"], frames["wasm"]["total"]),
        "kernels_1_thread": ratio(frames["wasm_plain_runtime_1"]["total"], frames["wasm_1"]["total"]),
        "bytes": round(results["load"]["tfjs"]["bytes"] / results["load"]["ours"]["bytes"], 2),
        "first_box_cold": ratio(results["load"]["tfjs"]["cold"], results["load"]["ours"]["cold"]),
        "first_box_reload": ratio(results["load"]["tfjs"]["reload"], results["load"]["ours"]["reload"]),
    }
    files.write(RESULTS, (json.dumps(results, indent=1) + "\n").encode())


def flags_here() -> list[str]:
    """What Chromium is always started with, by this user."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return [*QUIET, "--no-sandbox"] if root else list(QUIET)


def measure_again_crossings() -> None:
    """Those alone; the rest stays as it was measured."""
    results = json.loads(RESULTS.read_text("utf-8"))
    with sync_playwright() as playwright, running_servers() as servers:
        browser = playwright.chromium.launch(executable_path=str(chromium.ensure()), args=flags_here())
        results["crossings"] = measure_crossings(browser, servers["ours"].address, rounds=15)
        browser.close()
    files.write(RESULTS, (json.dumps(results, indent=1) + "\n").encode())


def describe_machine(browser: Browser) -> dict[str, Any]:
    """What the figures depend on, and nothing that names the machine."""
    page = browser.new_page()
    cores = page.evaluate("navigator.hardwareConcurrency")
    page.close()
    return {"cores": cores, "architecture": platform.machine(), "browser": f"Chromium {browser.version}"}


@contextmanager
def running_servers(more: dict[str, Path] | None = None) -> Iterator[dict[str, Server]]:
    """`ours` and `peer`, cross-origin isolated; `ours_1`, which is not and so gets one thread; and
    the same two with onnxruntime-web as it comes. more: folders that all have."""
    photos = {"/photos/": paths.PHOTOS, **(more or {})}
    peer = {**photos, "/npm/": compressed_peer(), "/weights/": compressed_weights(), "/peer/": HERE / "peer"}
    with ExitStack() as stack:
        servers = {
            "ours": make_server(port=0, extra=photos),
            "ours_1": make_server(port=0, extra=photos, headers=NOT_ISOLATED),
            # onnxruntime-web as it comes from npm, without the kernels of tools/runtime/kernels.
            "plain": make_server(port=0, extra={**photos, "/vendor/ort/": PLAIN_RUNTIME}),
            "plain_1": make_server(
                port=0, extra={**photos, "/vendor/ort/": PLAIN_RUNTIME}, headers=NOT_ISOLATED
            ),
            "peer": make_server(port=0, extra=peer, headers=ISOLATED),
        }
        for server in servers.values():
            stack.enter_context(server)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.shutdown)
        yield servers


PEER_FILES = (
    "@tensorflow/tfjs/dist/tf.min.js",
    "@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.min.js",
    "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm",
    "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm",
    "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm",
    "@tensorflow/tfjs-backend-webgpu/dist/tf-backend-webgpu.min.js",
    "@tensorflow-models/coco-ssd/dist/coco-ssd.min.js",
)


def compressed_peer() -> Path:
    """tfjs' files with their brotli forms beside them: on the wire both pages are compressed alike."""
    return compressed(paths.NODE_MODULES, PEER_FILES, paths.CACHE / "bench" / "npm")


def compressed_weights() -> Path:
    source = model.fetch_source()
    names = [path.name for path in source.iterdir()]
    return compressed(source, names, paths.CACHE / "bench" / "weights")


def compressed(source: Path, names: list[str] | tuple[str, ...], target: Path) -> Path:
    for name in names:
        copy = target / name
        if not copy.is_file() or copy.stat().st_mtime < (source / name).stat().st_mtime:
            content = (source / name).read_bytes()
            files.write(copy, content)
            files.write(copy.with_name(copy.name + ".br"), brotli.compress(content, quality=9))
    return target


def make_film(path: Path) -> Path:
    """What the fake camera shows: a slow pan over the photograph."""
    from PIL import Image

    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        with Image.open(PHOTO) as photo:
            picture = photo.convert("RGB").resize((768, 576))
        with path.open("wb") as film:
            for index in range(60):
                x = round(128 * abs(1 - index / 30))
                picture.crop((x, 48, x + 640, 528)).save(film, "JPEG", quality=90)
    return path


def measure_load(browser: Browser, servers: dict[str, Server], *, rounds: int) -> dict[str, Any]:
    """Navigation to the first detections, cold and on reload, in turn; bytes of the bodies, as sent."""
    times: dict[str, dict[str, list[float]]] = {}
    sent: dict[str, list[int]] = {}
    for _ in range(rounds):
        for name, kind, server, query in (
            ("ours", Ours, servers["ours"], ""),
            ("tfjs", Peer, servers["peer"], "peer/index.html"),
        ):
            server.sent.clear()
            server.recording = True
            page: Driven = kind(browser, server.address, query)
            page.open()
            times.setdefault(name, {}).setdefault("cold", []).append(page.first_result(str(PHOTO)))
            server.recording = False
            sent.setdefault(name, []).append(
                sum(size for path, size in server.sent if "/photos/" not in path)
            )
            page.reload()
            times[name].setdefault("reload", []).append(page.first_result(str(PHOTO)))
            page.close()
    return {
        name: {"bytes": min(sent[name]), **{kind: summary(values) for kind, values in times[name].items()}}
        for name in times
    }


def measure_frames(
    browser: Browser, servers: dict[str, Server], *, rounds: int, count: int
) -> dict[str, Any]:
    """A photograph again and again, on the CPU, each page in turn."""
    found = timed(cpu_pages(browser, servers), rounds, count)
    # In pages of their own: being watched makes the loading of WebAssembly no faster.
    for name, page in cpu_pages(browser, servers).items():
        memories.watch(page.page)
        page.open()
        page.first_result(str(PHOTO))
        found[name]["wasm_memory"] = memories.held(page.page)
        page.close()
    return found


def measure_photographs(browser: Browser, folder: Path, *, most: int | None = None) -> dict[str, Any]:
    """The photographs of a folder as for `evaluate`, each looked at by both pages in turn: what that takes, and finds.

    Raises SetupError where the folder has no annotations.
    """
    python_env.install(python_env.EVALUATE, "Python packages for the evaluation")
    entries = entries_of(folder)[:most]
    found: dict[str, list[list[Found]]] = {}
    times: dict[str, list[float]] = {}
    with running_servers({"/photographs/": folder / "images"}) as servers:
        ours = Ours(browser, servers["ours"].address, f"?provider=wasm&threshold={LEAST}&max={MOST}")
        peer = Peer(browser, servers["peer"].address, "peer/index.html")
        for page in (ours, peer):
            page.open()
            page.first_result(str(PHOTO))
            page.photo(3)  # until its speed has settled
        for entry in entries:
            address = "/photographs/" + entry["file_name"]
            looks = {look: ours.found(address, look) for look in LOOKS}
            for name, (those, ms) in {**looks, "tfjs": peer.found(address, MOST, LEAST)}.items():
                known = [(COCO_LABELS.id_of(label), box, score) for label, box, score in those]
                found.setdefault(name, []).append(
                    [(class_id, box, score) for class_id, box, score in known if class_id is not None]
                )
                times.setdefault(name, []).append(ms)
        ours.close()
        peer.close()
    kept = {"photographs": len(entries), "threshold": LEAST}
    return kept | {
        name: {"ms": summary(times[name])}
        | rounded(precision_of(folder / "annotations.json", entries, found[name]))
        for name in found
    }


def cpu_pages(browser: Browser, servers: dict[str, Server]) -> dict[str, Driven]:
    ours, ours_1, peer = (servers[name].address for name in ("ours", "ours_1", "peer"))
    return {
        "wasm": Ours(browser, ours, "?provider=wasm&look=once"),
        "tfjs_wasm_max": Peer(browser, peer, "peer/index.html"),
        "wasm_plain_runtime": Ours(browser, servers["plain"].address, "?provider=wasm&look=once"),
        "wasm_plain_runtime_1": Ours(browser, servers["plain_1"].address, "?provider=wasm&look=once"),
        "wasm_1": Ours(browser, ours_1, "?provider=wasm&look=once"),
        "tfjs_wasm_1": Peer(browser, peer, "peer/index.html?threads=1"),
    }


def timed(
    pages: dict[str, Driven], rounds: int, count: int, failed: dict[str, str] | None = None
) -> dict[str, Any]:
    """Open all, then take turns: stage -> summary, for each page; and the first inference of each.

    failed: takes the names of pages that do not work here, and why; without it their error is raised.
    """
    first: dict[str, float] = {}
    heaps: dict[str, int] = {}
    for name, page in list(pages.items()):
        try:
            page.open()
            if isinstance(page, Ours):
                page.first_result(str(PHOTO))
                first[name] = float(page.python("answer(app.network.detector.session.checked_in)"))
            else:
                first[name] = page.photo(1)["total"][0]
        except PlaywrightError as error:
            if failed is None:
                raise
            failed[name] = error.message.splitlines()[0]
            pages.pop(name).close()
    times: dict[str, dict[str, list[float]]] = {name: {} for name in pages}
    for _ in range(rounds):
        for name, page in pages.items():
            for stage, values in page.photo(count).items():
                times[name].setdefault(stage, []).extend(values[1:] or values)
    for name, page in pages.items():
        heaps[name] = page.heap()
        page.close()
    return {
        name: {
            **{stage: summary(values) for stage, values in times[name].items()},
            "first_inference": round(first[name], 1),
            "js_heap": heaps[name],
        }
        for name in pages
    }


def measure_camera(
    browser: Browser, servers: dict[str, Server], *, rounds: int, seconds: int
) -> dict[str, Any]:
    """The live camera: ours as its visitors have it (skip=auto) and at full pace (skip=0), and tfjs."""
    pages: dict[str, Driven] = {
        "ours": Ours(browser, servers["ours"].address, ""),
        "ours_full_pace": Ours(browser, servers["ours"].address, "?skip=0"),
        "tfjs": Peer(browser, servers["peer"].address, "peer/index.html"),
    }
    times: dict[str, dict[str, list[float]]] = {name: {} for name in pages}
    watched: dict[str, dict[str, list[float]]] = {name: {} for name in pages}
    for name, page in pages.items():
        page.open()
        if name == "tfjs":
            page.photo(2)
    for _ in range(rounds):
        for name, page in pages.items():
            page.camera(500)
            page.watch()
            taken = page.camera(seconds * 1000)
            for key, value in page.stop_watching().items():
                watched[name].setdefault(key, []).append(value)
            watched[name].setdefault("detections_per_second", []).append(len(taken["total"]) / seconds)
            for stage, values in taken.items():
                times[name].setdefault(stage, []).extend(values)
            if isinstance(page, Ours):
                page.page.click("#stop")
    for page in pages.values():
        page.close()
    return {
        name: {
            **{stage: summary(values) for stage, values in times[name].items()},
            **{key: round(sorted(values)[len(values) // 2], 1) for key, values in watched[name].items()},
        }
        for name in pages
    }


def gpu_pages(browser: Browser, servers: dict[str, Server]) -> dict[str, Driven]:
    """WebGPU and WebGL, on both pages."""
    ours, peer = servers["ours"].address, servers["peer"].address
    return {
        "webgpu": Ours(browser, ours, "?provider=webgpu&look=once"),
        "tfjs_webgpu": Peer(browser, peer, "peer/index.html?backend=webgpu"),
        "webgl": Ours(browser, ours, "?provider=webgl&look=once"),
        "tfjs_webgl": Peer(browser, peer, "peer/index.html?backend=webgl"),
    }


def measure_gpu(browser: Browser, servers: dict[str, Server], *, quick: bool) -> dict[str, Any]:
    """On a real adapter, if there is one."""
    page = browser.new_page()
    page.goto(servers["ours"].address)
    adapter = page.evaluate(ADAPTER)
    page.close()
    told = json.dumps(adapter).lower()
    software = adapter is None or adapter["isFallbackAdapter"] or "swiftshader" in told or "llvmpipe" in told
    found: dict[str, Any] = {"adapter": adapter, "software": bool(software), "frames": {}}
    if not software:
        found["frames"] = timed(
            gpu_pages(browser, servers),
            rounds=1 if quick else 6,
            count=5 if quick else 30,
            failed=found.setdefault("failed", {}),
        )
    return found


def measure_software_gpu(browser: Browser, servers: dict[str, Server]) -> dict[str, Any]:
    """One frame each, which takes seconds: that they work, not how fast a GPU would be. No ratio is made of it."""
    frames: dict[str, Any] = {}
    failed: dict[str, str] = {}
    for name, page in gpu_pages(browser, servers).items():
        try:
            frames.update(timed({name: page}, rounds=1, count=1))
        except PlaywrightError as error:
            failed[name] = error.message.splitlines()[0]
            page.close()
    return {"software_frames": frames, "failed": failed}
