"""Compares our Cholesky factorisation with the peak of the machine: n^3/3 operations per second, next to LAPACK's dpotrf and a large
matrix product (OpenBLAS through numpy and scipy), which stands for the peak. One thread each, interleaved, shortest of several times."""

import json
import subprocess
import time

import numpy as np
from scipy.linalg.lapack import dpotrf

import tables


def shortest(work, operations):
    """Shortest time in seconds, of about one second of repeats."""
    best = np.inf
    for _ in range(int(max(5, min(1000, 2e10 / operations)))):
        clock = time.process_time()
        work()
        best = min(best, time.process_time() - clock)
    return best


def run(options, out):
    """Writes factorisation.csv."""
    rng = np.random.default_rng(0)
    size = 1500
    a, b = rng.random((size, size)), rng.random((size, size))
    product = 2.0 * size**3
    rows = []
    for n in [50, 100, 200, 500, 1000, 2000]:
        operations = n**3 / 3
        peak = product / shortest(lambda: a @ b, product) / 1e9
        ours = json.loads(subprocess.run([options.ours, "factorise", str(n)], capture_output=True, text=True, check=True).stdout)
        m = rng.random((n, n))
        m = np.asfortranarray(m @ m.T + n * np.eye(n))
        lapack = shortest(lambda: dpotrf(m, lower=1), operations)
        rates = operations / ours["cpu"] / 1e9, operations / lapack / 1e9
        rows.append({
            "n": n, "ours_s": ours["cpu"], "lapack_s": lapack, "ours_gflops": rates[0], "lapack_gflops": rates[1],
            "product_gflops": peak, "ours_of_peak": rates[0] / peak, "lapack_of_peak": rates[1] / peak,
        })
        print(f"n {n:>4}: ours {rates[0]:6.1f}, LAPACK {rates[1]:6.1f}, product {peak:6.1f} GFLOP/s", flush=True)
    tables.write(out / "factorisation.csv", rows, digits=4)
    return ["factorisation.csv"]
