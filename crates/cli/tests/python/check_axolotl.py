"""Checks what train.py for Axolotl writes against Axolotl's own schema: python3 check_axolotl.py REQUEST.json."""
import shares
from axolotl.utils.schemas.config import AxolotlInputConfig

train = shares.imported()
ours = train.configuration(None)
read = AxolotlInputConfig(**ours).model_dump()
for key, value in ours.items():
    if key not in ("datasets", "test_datasets"):  # the schema adds defaults to these
        assert read[key] == value, f"{key}: written {value!r}, read {read.get(key)!r}"
assert read["datasets"][0]["path"].endswith("train.jsonl") and read["max_steps"] == 20
shares.check(train, 16 * 20)
