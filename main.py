"""The live page: what happens on which button. The parts are in `detector`; nothing is decided here."""

import js

from detector.browser.app import App
from detector.browser.inputs import connect
from detector.browser.interop import EMBEDDED, supervise
from detector.browser.language import speak
from detector.browser.page import Page
from detector.browser.query import page_settings

settings, problems = await page_settings()
page = Page()  # from here on what the visitor does comes to Python
app = App(page, settings, problems)
supervise(speak(settings.lang, app.problem), app.fail)
connect(app)
if EMBEDDED:
    from detector.browser.embedded import serve

    await serve(app)
js.document.documentElement.dataset.ready = "1"
supervise(app.keep_when_here(), app.fail)
