"""The cost of our Gaussian process against the number of observations, up to its default maximum."""

import subprocess


def run(options, out):
    """Writes scaling.csv and its plot."""
    subprocess.run([options.ours, "scaling", str(out)], check=True)
    return ["scaling.csv", "scaling.svg"]
