"""Class numbers and their names.

COCO's numbers run from 1 to 90, but only 80 of them are in use: the data set gave up ten classes before its
release, and everything trained on it has kept the gaps since.

    >>> COCO_LABELS.name(1), COCO_LABELS.name(12), COCO_LABELS.id_of("toothbrush")
    ('person', None, 90)
"""

from detector.errors import ModelFormatError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Labels:
    """The classes of a model: (class_id, name) pairs, in the order of their numbers.

    Raises ModelFormatError where a number or a name occurs twice, or a number is negative.
    """

    def __init__(self, pairs: list[tuple[int, str]]) -> None:
        self._pairs = sorted(pairs)
        # MicroPython's dicts do not keep an order; _pairs does.
        self._names = dict(self._pairs)
        self._ids = {name.lower(): class_id for class_id, name in self._pairs}
        if len(self._names) != len(self._pairs) or len(self._ids) != len(self._pairs):
            raise ModelFormatError("Two classes of a model share a number or a name.")
        if self._pairs and self._pairs[0][0] < 0:
            raise ModelFormatError("The classes of a model must have numbers from 0 up.")

    @classmethod
    def from_dict(cls, names: dict[str, str]) -> "Labels":
        """From a manifest's table, {"1": "person", ...}. ModelFormatError for a key that is no number."""
        try:
            return cls([(int(class_id), name) for class_id, name in names.items()])
        except ValueError as error:
            raise ModelFormatError(f"A class number in the manifest is no number: {error}.")

    def name(self, class_id: int) -> str | None:
        """The name of a class, or None where the number is not in use."""
        return self._names.get(class_id)

    def id_of(self, name: str) -> int | None:
        """The number of a class, or None. Upper and lower case do not matter, nor do spaces around it."""
        return self._ids.get(name.strip().lower())

    def known(self, class_id: int) -> bool:
        return class_id in self._names

    def names(self) -> list[str]:
        """All names, in the order of their numbers."""
        return [name for _, name in self._pairs]

    def __iter__(self) -> "Iterator[tuple[int, str]]":
        """(class_id, name), in the order of the numbers."""
        return iter(self._pairs)

    def __len__(self) -> int:
        return len(self._pairs)


# COCO 2017, instances: https://cocodataset.org. By number, from 0; "-" where the number is not in use.
_COCO = (
    "-,person,bicycle,car,motorcycle,airplane,bus,train,truck,boat,traffic light,fire hydrant,-,"
    "stop sign,parking meter,bench,bird,cat,dog,horse,sheep,cow,elephant,bear,zebra,giraffe,-,backpack,"
    "umbrella,-,-,handbag,tie,suitcase,frisbee,skis,snowboard,sports ball,kite,baseball bat,"
    "baseball glove,skateboard,surfboard,tennis racket,bottle,-,wine glass,cup,fork,knife,spoon,bowl,"
    "banana,apple,sandwich,orange,broccoli,carrot,hot dog,pizza,donut,cake,chair,couch,potted plant,bed,"
    "-,dining table,-,-,toilet,-,tv,laptop,mouse,remote,keyboard,cell phone,microwave,oven,toaster,sink,"
    "refrigerator,-,book,clock,vase,scissors,teddy bear,hair drier,toothbrush"
)

COCO_LABELS = Labels([(number, name) for number, name in enumerate(_COCO.split(",")) if name != "-"])
