"""Shows the camera with people's heads behind a mosaic: the very frames that were looked at, and no others."""

from pyscript import document, when

from detector import DetectorError, load, open_camera

TILES = 6  # in a row of the mosaic
video, shown, answer, start_button, stop_button = [
    document.getElementById(name) for name in ("video", "shown", "answer", "start", "stop")
]
tiles = document.createElement("canvas")
tiles.width = tiles.height = TILES


@when("click", "#start")
async def start(event):
    start_button.disabled, stop_button.disabled = True, False
    try:
        async with detector.stream(await open_camera(video), keep=True) as results:
            async for result in results:
                shown.width, shown.height = result.width, result.height
                context = shown.getContext("2d")
                context.drawImage(result.picture, 0, 0)
                context.imageSmoothingEnabled = False
                for x, y, width, height in [found.box for found in result.detections]:
                    head = (x, y, width, min(height, 0.7 * width))  # all of its width: it may lean to a side
                    tiles.getContext("2d").drawImage(result.picture, *head, 0, 0, TILES, TILES)
                    context.drawImage(tiles, 0, 0, TILES, TILES, *head)
                answer.textContent = f"{len(result.detections)} hidden"
                if stop_button.disabled:
                    break
    except DetectorError as error:
        answer.textContent = str(error)
    start_button.disabled, stop_button.disabled = False, True


when("click", "#stop")(lambda event: setattr(stop_button, "disabled", True))
detector = await load(assets="../", classes="person", threshold=0.3)  # too many is better than too few
answer.textContent, start_button.disabled = "Ready", False
