"""Onlooker's tools: set-up, the local server, the converter and the checks.

    python3 -m tools setup      fetch and build everything that the page needs
    python3 -m tools serve      set up, then serve the page on http://127.0.0.1:8000/
    python3 -m tools test       set up for the tests, then run every check
    python3 -m tools convert    build the model anew and check it against models/manifest.toml

They need nothing but Python 3.11 and a package registry: what they use besides is installed into `.venv`
by the first command. Nothing here is imported by the page.
"""
