"""`python -m tools.convert`: see main()."""

import sys

from . import main

sys.exit(main(sys.argv[1:]))
