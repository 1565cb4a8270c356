"""The manifest: what it gives, and what it says about what it cannot."""

from detector.errors import ModelFormatError, ModelHashError, ModelNotFoundError, ModelSizeError
from detector.model import Manifest
from tests.core.support import raises

PICTURE = {"name": "image", "dtype": "uint8", "shape": [1, 300, 300, 4]}
SHA = "74c967485c60118795a861458656621a6191b65fc5d5249ec19397bc393cf5e6"


def entry(form: str, weights: str, file: str, **more: object) -> dict:
    made = {
        "name": "coco-ssd-lite",
        "form": form,
        "weights": weights,
        "file": file,
        "bytes": 4613131,
        "sha256": SHA,
    }
    made["input"] = PICTURE
    made["output"] = [{"name": "boxes", "dtype": "float32", "shape": [1, 200, 4]}]
    made.update(more)
    return made


def table(**changes: object) -> dict:
    made = {
        "source": {"package": "somewhere"},
        "labels": {"1": "person", "3": "car"},
        "model": [
            entry("full", "int8", "net.onnx"),
            entry("full", "float32", "net.float32.onnx"),
            entry("tail", "float32", "net.tail.onnx", input=[PICTURE, PICTURE]),
        ],
        "check": {"picture": "check.jpg", "expected": [], "tolerance": {"score": 0.05, "iou": 0.9}},
    }
    made.update(changes)
    return made


def test_a_model_as_described() -> None:
    model = Manifest.from_dict(table()).model("coco-ssd-lite")
    assert (model.name, model.form, model.weights, model.file) == (
        "coco-ssd-lite",
        "full",
        "int8",
        "net.onnx",
    )
    assert (model.sha256, model.size, model.input_size) == (SHA, 4613131, 300)
    assert (model.inputs[0].name, model.inputs[0].dtype, model.inputs[0].shape) == (
        "image",
        "uint8",
        [1, 300, 300, 4],
    )
    assert [port.name for port in model.outputs] == ["boxes"]
    assert model.labels.name(3) == "car" and model.check.picture == "check.jpg"


def test_forms_and_weights() -> None:
    manifest = Manifest.from_dict(table())
    assert manifest.model("coco-ssd-lite", weights="float32").file == "net.float32.onnx"
    # The tail has no int8 form: what there is only one of need not be asked for by its weights.
    assert manifest.model("coco-ssd-lite", form="tail").file == "net.tail.onnx"
    assert len(manifest.model("coco-ssd-lite", form="tail").inputs) == 2


def test_what_there_is_not_names_what_there_is() -> None:
    manifest = Manifest.from_dict(table())
    for name, form, weights in (
        ("yolo", "full", "int8"),
        ("coco-ssd-lite", "heads", "int8"),
        ("coco-ssd-lite", "full", "fp4"),
    ):
        error = raises(ModelNotFoundError, manifest.model, name, form, weights)
        assert name in str(error) and "coco-ssd-lite (full int8)" in str(error)


def test_bytes_that_do_not_match_are_refused() -> None:
    model = Manifest.from_dict(table()).model("coco-ssd-lite")
    model.verify(SHA)
    model.verify(SHA.upper())
    error = raises(ModelHashError, model.verify, "0" * 64)
    assert SHA in str(error) and "0" * 64 in str(error) and "net.onnx" in str(error)


def test_another_number_of_bytes_is_refused_before_they_are_hashed() -> None:
    model = Manifest.from_dict(table()).model("coco-ssd-lite")
    model.verify_size(4613131)
    for size in (4613130, 4613132, 0):
        error = raises(ModelSizeError, model.verify_size, size)
        assert "4613131" in str(error) and "net.onnx" in str(error)


def test_a_file_is_named_and_not_led_to() -> None:
    bad = (
        "../../x",
        "/etc/passwd",
        "a/b.onnx",
        "a\\b.onnx",
        "http://a.example/x.onnx",
        "//a.example/x",
        "",
        ".hidden",
        "..",
    )
    for name in bad + ("x?y", "x#y", "x%2e", "a\0b", "-rf", "ü.onnx", "x" * 300, 7, None, ["x.onnx"]):
        raises(ModelFormatError, Manifest.from_dict, table(model=[entry("full", "int8", name)]))
        check = {"picture": name, "expected": [], "tolerance": {"score": 0.05, "iou": 0.9}}
        if isinstance(name, str):
            raises(ModelFormatError, Manifest.from_dict, table(check=check))


def test_a_manifest_may_have_no_check() -> None:
    plain = table()
    del plain["check"]
    assert Manifest.from_dict(plain).model("coco-ssd-lite").check is None


def test_a_broken_manifest_is_told_as_such() -> None:
    for missing in ("labels", "model"):
        broken = table()
        del broken[missing]
        assert missing in str(raises(ModelFormatError, Manifest.from_dict, broken))
    for broken in (
        table(labels="person"),
        table(labels={"one": "person"}),
        table(model="net.onnx"),
        table(model=[{"name": "net"}]),
        table(model=[entry("full", "int8", "net.onnx", bytes="many")]),
        table(
            model=[entry("full", "int8", "net.onnx", input={"name": "image", "dtype": "uint8", "shape": 300})]
        ),
        table(model=[entry("full", "int8", "net.onnx", input=[])]),
        table(check={"picture": "check.jpg"}),
        table(labels={"1": ["person"]}),
        table(labels={"9" * 5000: "person"}),
        table(labels={"1": "p" * 5000}),
        table(labels={str(number): str(number) for number in range(10_001)}),
        [],
        None,
    ):
        raises(ModelFormatError, Manifest.from_dict, broken)
    shapes = (
        [0, 1, 1, 1],
        [-1, 300, 300, 4],
        [10**9] * 4,
        [1.5, 2, 3, 4],
        ["1", 2, 3, 4],
        [1] * 9,
        [10**400, 1, 1, 1],
        [True] * 4,
    )
    for shape in shapes:
        port = {"name": "image", "dtype": "uint8", "shape": shape}
        raises(
            ModelFormatError, Manifest.from_dict, table(model=[entry("full", "int8", "net.onnx", input=port)])
        )
    for size in (0, -1, 2**40, 10**400, True, None, 1.5, "4613131"):
        raises(
            ModelFormatError, Manifest.from_dict, table(model=[entry("full", "int8", "net.onnx", bytes=size)])
        )
    for digest in ("", "0" * 63, "g" * 64, 7, "0" * 65):
        raises(
            ModelFormatError,
            Manifest.from_dict,
            table(model=[entry("full", "int8", "net.onnx", sha256=digest)]),
        )
    tolerance = {"score": 10**400, "iou": 0.9}
    raises(
        ModelFormatError,
        Manifest.from_dict,
        table(check={"picture": "check.jpg", "expected": [], "tolerance": tolerance}),
    )
