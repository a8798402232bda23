"""`python -m custseg` is the command line too."""

from custseg.cli import main

main()
