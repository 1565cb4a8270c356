"""The studio: full Python with Pillow and numpy, in a worker of the page, fetched when somebody first needs it.

    service.py   what the page may ask for, by name
    save.py      a picture with its boxes, in its own size
    sheet.py     many photos on a page
    heat.py      where objects were, as a map over a picture; colours.py: its scale
    paper.py     what these share

It runs in Pyodide inside web/studio.js, and in CPython, where it is tested. It knows neither page nor worker: what goes
in and out are plain values and bytes.
"""
