"""`python -m tools.model.convert`: see main()."""

import sys

from . import main

sys.exit(main(sys.argv[1:]))
