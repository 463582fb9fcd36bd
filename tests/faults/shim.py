# SPDX-License-Identifier: GPL-3.0-or-later
"""Switches the faults of shim.c: a wall clock that is wrong, a disk that stands still."""
import mmap
import os
import struct
import subprocess

from daemon import Skip, executable

HERE = os.path.dirname(os.path.abspath(__file__))


def has_sanitizer():
    with open(executable(), "rb") as file:
        program = file.read()
    return b"__asan_init" in program or b"__tsan_init" in program


class Shim:
    def __init__(self, directory):
        self.library, path = os.path.join(directory, "shim.so"), os.path.join(directory, "faults")
        if has_sanitizer():
            raise Skip("a sanitizer's functions come first in this build")
        done = subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1", "-o", self.library,
                               os.path.join(HERE, "shim.c")], stderr=subprocess.PIPE, text=True, check=False)
        assert done.returncode == 0, done.stderr
        with open(path, "w+b") as file:
            file.write(bytes(4096))
            file.flush()
            self.map = mmap.mmap(file.fileno(), 4096)
        self.environment = {"LD_PRELOAD": self.library, "ASSAY_FAULTS": path}

    def clock(self, seconds):
        """How wrong the wall clock is from now on."""
        self.map[0:8] = struct.pack("q", seconds)

    def stall(self, stalled=True):
        self.map[8:16] = struct.pack("q", stalled)

    def fail_writes(self, number):
        """Writing to databases fails with this errno; 0: it works."""
        self.map[16:24] = struct.pack("q", number)
