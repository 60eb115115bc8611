"""What the hotline costs, in ratios and figures that are printed and never asserted: `python -m tests.bench`.

Each benchmark drives the real `hotline run` through the Bot API server for tests, both as processes of
their own on this machine, and alternates with whatever it is compared to, so that a busy machine
slows both.
"""
