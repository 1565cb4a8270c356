"""The local server of the page: of a copy of the project (tools/serve), or of the page that is installed with it.

server.py        connections and answers
content.py       what an answer is made of: types, ETags, ranges, codings
page_folder.py   the page as a folder, each file in one form
command.py       from its settings to its last line
room.py          a room full of people: addresses and QR code
certificate.py   https
embedding.py     who may show the page inside of theirs
"""
