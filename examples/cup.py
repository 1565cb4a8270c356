"""Waits for a cup in front of the camera, and is glad when one comes."""

from pyscript import document, when

from detector import DetectorError, draw_boxes, load, open_camera


def element(name):
    return document.getElementById(name)


def say(text):
    element("answer").textContent = text


@when("click", "#start")
async def start(event):
    element("start").disabled, element("stop").disabled = True, False
    try:
        camera = await open_camera(element("video"), facing="environment")
        say("No cup yet")
        async for result in detector.stream(camera):
            draw_boxes(element("boxes"), result)
            if result.count("cup"):
                say("A cup! Time for a break.")
            if result.count("cup") or element("stop").disabled:
                break  # the camera goes off by itself, as nobody asks it for more
    except DetectorError as error:
        say(str(error))
    element("start").disabled, element("stop").disabled = False, True


@when("click", "#stop")
def stop(event):
    element("stop").disabled = True


detector = await load(assets="../", classes="cup")
say("Ready")
element("start").disabled = False
