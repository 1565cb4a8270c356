"""The settings of something that runs, and who wants to know when one changes.

settings = LiveSettings(Settings())
settings.on_change(("skip",), lambda name: loop.skip(settings.now.skip))   # acts on it
settings.on_shown(lambda name: print(name, "is another now"))              # shows it
settings.change("skip", "3")
"""

from detector.settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class LiveSettings:
    """now: the Settings as they are. They are never changed in place."""

    def __init__(self, settings: Settings) -> None:
        self.now = settings
        self._acting: "list[tuple[tuple[str, ...], Callable[[str], object]]]" = []
        self._showing: "list[Callable[[str], object]]" = []

    def on_change(self, names: "tuple[str, ...]", act: "Callable[[str], object]") -> None:
        """Call `act(name)` whenever one of these gets another value; an empty tuple means any."""
        self._acting.append((names, act))

    def on_shown(self, show: "Callable[[str], object]") -> None:
        """Call `show(name)` whenever a value is to be shown anew, after all that act on it."""
        self._showing.append(show)

    def change(self, name: str, value: object) -> None:
        """Change one, given as text or as a value of its own type. Raises SettingError: nothing has changed."""
        before, self.now = self.now, self.now.changed(name, value)
        if self.now.as_query() != before.as_query():
            for names, act in list(self._acting):
                if not names or name in names:
                    act(name)
            self.show(name)

    def put_back(self, name: str, value: object) -> None:
        """Show a value again that could not be left: nobody acts on it."""
        self.now = self.now.changed(name, value)
        self.show(name)

    def show(self, name: str) -> None:
        """Whatever shows this setting is to do so anew."""
        for show in list(self._showing):
            show(name)
