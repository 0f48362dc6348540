"""Writes manifest.json for the results of a script, with the same members as the `experiments` program.

usage, in Python:

    import manifest
    record = manifest.start({"seeds": [0, 1], ...})        # before any work: records the commit and starts the clock
    record.write(folder, ["table.csv", "plot.svg"])        # files in the folder
"""

import datetime
import hashlib
import json
import os
import pathlib
import platform
import resource
import subprocess
import sys
import time

CODE = [":/Cargo.toml", ":/Cargo.lock", ":/crates", ":/experiments", ":/scripts"]


def git(*arguments):
    """Output of git, or None without git or a repository."""
    try:
        return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def cpu():
    """Model of the processor."""
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if os.path.exists("/proc/cpuinfo") else []:
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown"


def versions(names):
    """Versions of installed Python packages."""
    from importlib.metadata import version

    return {name: version(name) for name in names}


class Record:
    def __init__(self, settings):
        self.settings = settings
        self.commit = git("rev-parse", "HEAD") or "unknown"
        changes = git("status", "--porcelain", "--", *CODE)
        self.dirty = None if changes is None else bool(changes)
        self.started = datetime.datetime.now(datetime.UTC)
        self.clock = time.monotonic()

    def write(self, folder, files):
        """Writes folder/manifest.json for these files in the folder. Settings may have grown since the start."""
        folder = pathlib.Path(folder)
        canonical = json.dumps(self.settings, sort_keys=True, separators=(",", ":"))
        entry = lambda name: {
            "path": name,
            "bytes": (folder / name).stat().st_size,
            "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest(),
        }
        manifest = {
            "command": [os.path.basename(sys.argv[0]), *sys.argv[1:]],
            "git": {"commit": self.commit, "dirty": self.dirty},
            "seeds": self.settings.get("seeds"),
            "config_sha256": hashlib.sha256(canonical.encode()).hexdigest(),
            "settings": self.settings,
            "device": {
                "cpu": cpu(),
                "cores": len(os.sched_getaffinity(0)),
                "system": f"{platform.system().lower()} {platform.machine()}",
            },
            "python": platform.python_version(),
            "started": self.started.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "wall_seconds": round(time.monotonic() - self.clock, 3),
            "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            "files": [entry(name) for name in files],
        }
        (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


def start(settings):
    """Records the commit and starts the clock."""
    return Record(settings)
