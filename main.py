"""The live page: what happens on which button. The parts are in `detector`; nothing is decided here."""

import js

from detector.browser.page.address import page_settings
from detector.browser.page.app import App
from detector.browser.page.input import connect
from detector.browser.page.view import PageView
from detector.browser.panel.panel import Panel
from detector.browser.platform.interop import EMBEDDED, supervise
from detector.live_settings import LiveSettings

settings, problems = await page_settings()
view = PageView()  # from here on what the visitor does comes to Python
for problem in problems:
    view.setting_left_out(problem)
app = App(view, LiveSettings(settings))
supervise(app.speak(), app.fail)
connect(app)
Panel(app)
if EMBEDDED:
    from detector.browser.embedding.framed import serve

    await serve(app)
js.document.documentElement.dataset.ready = "1"
supervise(app.keep_when_here(), app.fail)
