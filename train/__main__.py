"""`python -m train` is `train`."""

from train.cli import main

main()
