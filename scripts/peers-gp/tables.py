"""Tables as CSV."""

import csv
import math


def write(path, rows, digits, columns=None):
    """Writes `rows`, dictionaries with the same keys, with `digits` significant digits; NaN becomes an empty cell."""
    plain = lambda v: v if not isinstance(v, float) else "" if math.isnan(v) else f"{v:.{digits}g}"
    with open(path, "w", newline="") as file:
        table = csv.DictWriter(file, columns or list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows({k: plain(v) for k, v in row.items()} for row in rows)
