"""The local server, and what pip installs as `onlooker` (tools/release/distribution.py): it needs detector alone.

__main__.py      the command `onlooker`, which serves the page that is installed with it and looks at photos
command.py       serving, from its settings to the last line: what `onlooker serve` and `make serve` have in common
server.py        connections and answers
content.py       what an answer is made of: types, ETags, ranges, codings
page_folder.py   the page as a folder, each file in one form
room.py          a room full of people: addresses and QR code
certificate.py   https
embedding.py     who may show the page inside of theirs
"""
