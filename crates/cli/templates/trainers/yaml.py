import yaml

def settings(file, ours):  # the program's own file, with what the study sets
    base = yaml.safe_load(open(file, encoding="utf-8")) or {}
    taken = []
    merge(base, ours, "", taken)
    return base if not taken else sys.exit(f"{file}: the study sets {', '.join(sorted(taken))}; remove them here")

def merge(base, ours, at, taken):
    for key, value in ours.items():
        if isinstance(value, dict):
            merge(base.setdefault(key, {}), value, f"{at}{key}.", taken)
        elif key in base:
            taken.append(at + key)
        else:
            base[key] = value

def whole(name, default):  # this program takes integers
    value = x.get(name, default)
    return int(value) if int(value) == value else sys.exit(f"{name} is {value}, but {PROGRAM} takes integers: kind = \"integer\" in the study file")
