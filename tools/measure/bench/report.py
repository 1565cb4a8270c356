"""docs/benchmarks.md and the README's table, out of bench/results.json alone."""

import json
from typing import Any

from tools.common import files, paths
from tools.measure.bench.crossings import CROSSINGS
from tools.measure.bench.measure import RESULTS

PAGE = paths.ROOT / "docs" / "benchmarks.md"
README = paths.ROOT / "README.md"
BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"
STAGES = ("grab", "infer", "select", "draw", "total")
NAMES = {
    "wasm": "Onlooker, wasm",
    "wasm_1": "Onlooker, wasm, one thread",
    "wasm_plain_runtime": "Onlooker, wasm, without its own kernels",
    "wasm_plain_runtime_1": "Onlooker, wasm, without its own kernels, one thread",
    "webgpu": "Onlooker, WebGPU",
    "webgl": "Onlooker, WebGL",
    "tfjs_wasm_max": "tfjs, wasm, all threads it takes",
    "tfjs_wasm_1": "tfjs, wasm, one thread",
    "tfjs_webgpu": "tfjs, WebGPU",
    "tfjs_webgl": "tfjs, WebGL",
    "ours": "Onlooker, as it comes",
    "ours_full_pace": "Onlooker, `skip=0`",
    "tfjs": "tfjs, wasm",
}


PHOTOGRAPHS = {
    "tfjs": "tfjs, wasm, all threads it takes",
    "once": "Onlooker, wasm, `look=once`",
    "closer": "Onlooker, wasm, `look=closer`",
    "closest": "Onlooker, wasm, `look=closest`",
}


def write() -> None:
    """Both, from the figures as they are."""
    results = json.loads(RESULTS.read_text("utf-8"))
    files.write(PAGE, benchmarks(results).encode())
    readme = README.read_text("utf-8")
    before, rest = readme.split(BEGIN)
    _, after = rest.split(END)
    files.write(README, (before + BEGIN + readme_table(results) + END + after).encode())


def readme_table(results: dict[str, Any]) -> str:
    """What a reader wants to know first."""
    load, ratios = results["load"], results["ratios"]
    ours, theirs = load["ours"], load["tfjs"]
    camera = results["camera"]["ours"]
    python = camera["select"]["median"] + camera["draw"]["median"]
    return "\n".join(
        [
            "",
            f"On {_machine(results)}, beside a page with `@tensorflow-models/coco-ssd` on TensorFlow.js' wasm "
            "backend, same weights, same run, in turn. A ratio over 1 is in Onlooker's favour.",
            "",
            "| | Onlooker | tfjs coco-ssd | ratio |",
            "| --- | --- | --- | --- |",
            f"| bytes to the first box (brotli) | {_mb(ours['bytes'])} | {_mb(theirs['bytes'])} "
            f"| {_known(ratios['bytes'])} |",
            f"| navigation to the first box, cold | {_s(ours['cold'])} | {_s(theirs['cold'])} "
            f"| {_known(ratios['first_box_cold'])} |",
            f"| the same, on reload | {_s(ours['reload'])} | {_s(theirs['reload'])} "
            f"| {_known(ratios['first_box_reload'])} |",
            f"| one frame, wasm, its best setting | {_ms(results['frames']['wasm']['total'])} "
            f"| {_best_cpu(results)} | {_known(ratios['wasm_vs_tfjs_best_cpu'])} |",
            f"| one frame, wasm, one thread | {_ms(results['frames']['wasm_1']['total'])} "
            f"| {_ms(results['frames']['tfjs_wasm_1']['total'])} "
            f"| {_known(ratios['wasm_1_thread_vs_tfjs_1_thread'])} |",
            f"| one frame, GPU | {_gpu(results, 'webgpu')} | {_gpu(results, 'tfjs_webgpu')} "
            f"| {_known(ratios['webgpu_vs_tfjs_best_gpu'])} |",
            "",
            f"A camera frame's stages: {_stages(camera)}. Python's share is choosing and drawing, "
            f"{python:.1f} ms (median), beside reading the canvas. `make bench` repeats all of it and writes "
            "this table; [docs/benchmarks.md](docs/benchmarks.md) has the rest.",
            "",
        ]
    )


def benchmarks(results: dict[str, Any]) -> str:
    """The page with everything."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench` out of `bench/results.json`. Both pages run on the same weights, in the same "
        "browser, in the same run, in turn (A B A B). Medians; the middle half of all values in brackets. "
        "Ratios over 1 are in Onlooker's favour.",
        "",
        f"Measured on {_machine(results)}.",
        "",
        "## Ratios",
        "",
        "| | |",
        "| --- | --- |",
        *(f"| `{name}` | {_known(value)} |" for name, value in results["ratios"].items()),
        "",
        "## From navigation to the first box",
        "",
        "One photograph, given at once; everything from the local server, brotli on the wire.",
        "",
        "| | bytes | cold | reload |",
        "| --- | --- | --- | --- |",
        *(
            f"| {NAMES[name]} | {_mb(one['bytes'])} | {_s(one['cold'])} | {_s(one['reload'])} |"
            for name, one in results["load"].items()
        ),
        "",
        "## One frame, from a photograph",
        "",
        *_frames(results["frames"]),
        *_plot(results),
        *_photographs(results.get("photographs")),
        "## The live camera",
        "",
        "640 x 480. *Screen* is how often the page could paint; a *long task* holds the page for over 50 ms.",
        "",
        "| | detections/s | screen/s | long tasks/s | longest, ms | " + " | ".join(STAGES) + " |",
        "| --- |" + " --- |" * (4 + len(STAGES)),
        *(_camera_row(name, one) for name, one in results["camera"].items()),
        "",
        *_crossings(results.get("crossings")),
        "## GPU",
        "",
        *_gpu_section(results["gpu"]),
        "",
    ]
    return "\n".join(lines)


def _photographs(found: dict[str, Any] | None) -> list[str]:
    if not found:
        return []
    return [
        "## Photographs, looked at closer",
        "",
        f"{found['photographs']} photographs of COCO ([accuracy.md](accuracy.md)), each by both pages in turn, on "
        f"wasm. AP is COCO's, in percent, of boxes with a score of {found['threshold']} and more.",
        "",
        "| | a photograph | AP | AP50 | small | medium | large |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *(
            f"| {words} | {_ms(found[name]['ms'])} | "
            + " | ".join(f"{found[name][size]:.1f}" for size in ("ap", "ap50", "small", "medium", "large"))
            + " |"
            for name, words in PHOTOGRAPHS.items()
        ),
        "",
    ]


def _frames(frames: dict[str, Any]) -> list[str]:
    return [
        "| | median | p95 | first inference | " + " | ".join(STAGES[:-1]) + " | JS heap | WebAssembly |",
        "| --- |" + " --- |" * (4 + len(STAGES)),
        *(
            f"| {NAMES[name]} | {_ms(one['total'])} | {one['total']['p95']:.0f} ms | {one['first_inference']:.0f} ms | "
            + " | ".join(f"{one[stage]['median']:.1f} ms" if stage in one else "" for stage in STAGES[:-1])
            + f" | {_mb(one['js_heap'])} | {_mb(one['wasm_memory']) if 'wasm_memory' in one else ''} |"
            for name, one in frames.items()
        ),
        "",
    ]


def _plot(results: dict[str, Any]) -> list[str]:
    frames = {**results["frames"], **results["gpu"]["frames"]}
    names = ", ".join(f'"{NAMES[name]}"' for name in frames)
    values = ", ".join(f"{one['total']['median']:.1f}" for one in frames.values())
    return [
        "```mermaid",
        "xychart-beta horizontal",
        '    title "One frame, ms (median)"',
        f"    x-axis [{names}]",
        '    y-axis "ms" 0 --> ' + f"{max(one['total']['median'] for one in frames.values()) * 1.1:.0f}",
        f"    bar [{values}]",
        "```",
        "",
    ]


def _camera_row(name: str, one: dict[str, Any]) -> str:
    stages = " | ".join(f"{one[stage]['median']:.1f}" if stage in one else "" for stage in STAGES)
    return (
        f"| {NAMES[name]} | {one['detections_per_second']} | {one['screen_frames_per_second']} "
        f"| {one['long_tasks_per_second']} | {one['longest_task']:.0f} | {stages} |"
    )


def _crossings(crossings: dict[str, Any] | None) -> list[str]:
    if not crossings:
        return []
    return [
        "## In Python, and between Python and JavaScript",
        "",
        "What each costs, in microseconds; the loop around it is taken off.",
        "",
        "| | MicroPython | Pyodide |",
        "| --- | --- | --- |",
        *(
            f"| {words} | {_us(crossings['micropython'][name])} | {_us(crossings['pyodide'][name])} |"
            for name, words in CROSSINGS.items()
        ),
        "",
    ]


def _gpu_section(gpu: dict[str, Any]) -> list[str]:
    adapter = gpu["adapter"]
    if adapter is None:
        return ["This machine has no WebGPU adapter: nothing was measured on a GPU."]
    told = " ".join(
        str(adapter[key]) for key in ("vendor", "architecture", "description") if adapter.get(key)
    )
    if gpu["software"]:
        return [
            f"The adapter here is software ({told}): its times say nothing about a GPU, and no ratio is made of them. "
            "One frame each, to show that they work:",
            "",
            *_frames(gpu.get("software_frames", {})),
            *(f"- {NAMES[name]}: {reason}" for name, reason in gpu.get("failed", {}).items()),
        ]
    failures = [f"- {NAMES[name]}: {reason}" for name, reason in gpu.get("failed", {}).items()]
    return [f"Adapter: {told}.", "", *_frames(gpu["frames"]), *failures]


def _machine(results: dict[str, Any]) -> str:
    machine = results["machine"]
    gpu = "no GPU" if results["gpu"]["software"] else "a GPU"
    return f"{machine['cores']} {machine['architecture']} cores, {gpu}, {machine['browser']}"


def _best_cpu(results: dict[str, Any]) -> str:
    both = (results["frames"]["tfjs_wasm_1"]["total"], results["frames"]["tfjs_wasm_max"]["total"])
    return _ms(min(both, key=lambda one: one["median"]))


def _gpu(results: dict[str, Any], name: str) -> str:
    frames = results["gpu"]["frames"]
    return _ms(frames[name]["total"]) if name in frames else "not measured: no GPU here"


def _stages(one: dict[str, Any]) -> str:
    words = {"grab": "read the canvas", "infer": "network", "select": "choose", "draw": "draw"}
    return ", ".join(f"{words[stage]} {one[stage]['median']:.1f} ms" for stage in words)


def _known(value: float | None) -> str:
    return "not measured" if value is None else f"**{value}**"


def _mb(size: float) -> str:
    return f"{size / 1e6:.1f} MB"


def _ms(one: dict[str, float]) -> str:
    return f"{one['median']:.0f} ms ({one['low']:.0f}-{one['high']:.0f})"


def _us(one: dict[str, float]) -> str:
    return f"{one['median']:.1f} µs ({one['low']:.1f}-{one['high']:.1f})"


def _s(one: dict[str, float]) -> str:
    return f"{one['median'] / 1000:.2f} s ({one['low'] / 1000:.2f}-{one['high'] / 1000:.2f})"
