"""Counts the people in front of the camera."""

from pyscript import document, when

from detector import DetectorError, draw_boxes, load, open_camera


def element(name):
    return document.getElementById(name)


@when("click", "#start")
async def start(event):
    element("start").disabled = True
    try:
        camera = await open_camera(element("video"))
        element("stop").disabled = False
        async for result in detector.stream(camera):
            people = result.count("person")
            element("answer").textContent = "1 person" if people == 1 else f"{people} people"
            draw_boxes(element("boxes"), result)
            if element("stop").disabled:
                camera.close()
    except DetectorError as error:
        element("answer").textContent = str(error)
    element("start").disabled = False
    element("stop").disabled = True


@when("click", "#stop")
def stop(event):
    element("stop").disabled = True


detector = await load(assets="../", classes="person")
element("answer").textContent = "Ready"
element("start").disabled = False
