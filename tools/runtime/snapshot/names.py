"""What onnxruntime-web's glue, which is minified, calls the functions that a snapshot replaces or calls anew."""

import re
from dataclasses import dataclass

FOLDED = re.compile(r"\n")  # the glue is folded at 500 columns, also within functions


class UnknownGlueError(Exception):
    """The glue is of another version than this was written for."""


@dataclass(frozen=True)
class Names:
    """Exports: start (emscripten's constructors), init, create, release. Imports: of threads."""

    start: str
    init: str
    create: str
    release: str
    main_thread: str  # makes JavaScript and WebAssembly know the main thread
    mailbox: str  # where other threads leave messages for it
    new_thread: str
    environment: tuple[str, str]  # how many variables there are, and which
    malloc: str
    free: str

    @classmethod
    def of(cls, glue: str) -> "Names":
        """Raises UnknownGlueError."""
        text = FOLDED.sub("", glue)

        def one(pattern: str) -> str:
            found = re.findall(pattern, text)
            if len(found) != 1:
                raise UnknownGlueError(f"{len(found)} places look like {pattern}")
            return str(found[0])

        def imported(function: str) -> str:
            return one(rf"[{{,]([\w$]+):{re.escape(function)}[,}}]")

        return cls(
            start=one(r"=!0;\w+\?\w+\(\):\w+\.([\w$]+)\(\)\}"),
            init=one(r"\._OrtInit=\w+\.([\w$]+);"),
            create=one(r"\._OrtCreateSession=\w+\.([\w$]+);"),
            release=one(r"\._OrtReleaseSession=\w+\.([\w$]+);"),
            main_thread=imported(one(r"function (\w+)\(a\)\{\w+\(a>>>0,!\w+,1,!\w+,\d+,!1\);\w+\(\)\}")),
            mailbox=imported(one(r"function (\w+)\(a\)\{a>>>=0;\w+\|\|\(Atomics\.waitAsync")),
            environment=(
                imported(
                    one(r"function (\w+)\(a,b\)\{if\(n\)return \w\(\d+,1,a,b\);a>>>=0;b>>>=0;var d=\w+\(\);")
                ),
                imported(
                    one(r"function (\w+)\(a,b\)\{if\(n\)return \w\(\d+,1,a,b\);a>>>=0;b>>>=0;var d=0,c=0,e;")
                ),
            ),
            malloc=one(r"\._malloc=\w+\.([\w$]+);"),
            free=one(r"\._free=\w+\.([\w$]+);"),
            new_thread=imported(
                one(
                    r"function (\w+)\(a,b,d,c\)\{(?:\w>>>=0;){4}if\(!globalThis\.SharedArrayBuffer\)return 6;"
                )
            ),
        )
