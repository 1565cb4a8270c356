"""Where things are, all relative to the folder that holds this repository."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
CACHE = ROOT / ".cache"
STAMPS = CACHE / "stamps"
VENDOR = ROOT / "vendor"
MODELS = ROOT / "models"
NODE_MODULES = ROOT / "node_modules"
SAMPLES = VENDOR / "samples"
PHOTOS = CACHE / "photos"
