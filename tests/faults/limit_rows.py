# SPDX-License-Identifier: GPL-3.0-or-later
"""No descriptors, no threads, no memory are left for a while; the clock jumps."""
import os
import resource
import shutil
import subprocess
import threading
import time

from daemon import Skip
from matrix import DROP, HAM, PATIENCE, Filter, Message, Traffic, account, equal, row
from shim import Shim, has_sanitizer

MEBIBYTE = 1024 * 1024


def used_descriptors(filter_):
    return len(os.listdir("/proc/%d/fd" % filter_.process.pid))


@row("limit-descriptors", "No descriptor is left: new connections wait, those that are served go on, none is lost")
def limit_descriptors():
    with Filter() as filter_:
        before = resource.prlimit(filter_.process.pid, resource.RLIMIT_NOFILE)
        with Traffic(filter_, senders=12, rest=0.005) as traffic:
            traffic.wait_for_drop()
            resource.prlimit(filter_.process.pid, resource.RLIMIT_NOFILE, (used_descriptors(filter_) - 2, before[1]))
            filter_.wait_for_log("new connections wait")
            time.sleep(2)
            resource.prlimit(filter_.process.pid, resource.RLIMIT_NOFILE, before)
            traffic.wait_for(60)
            filter_.wait_healthy()
            traffic.wait_for_drop()
        account(filter_, traffic.messages)
        filter_.stop()


class Alone(Filter):
    """As a user that runs nothing else, so that the limit of its threads is the row's."""
    uid = 60000 + os.getpid() % 4000
    TASKS = 120

    def start_alone(self):
        os.chmod(self.directory, 0o777)
        for name in ("seal.key", "assay.conf"):
            shutil.chown(self.path(name), self.uid)
        return self.start(user=self.uid, limits={resource.RLIMIT_NPROC: self.TASKS})

    def tasks(self):
        return len(os.listdir("/proc/%d/task" % self.process.pid))


class Crowd:
    """Other processes of a user, until only so many more may be started under the limit."""

    def __init__(self, uid, count):
        def become():
            os.setgroups([])
            os.setgid(uid)
            os.setuid(uid)
        self.processes = [subprocess.Popen(["sleep", "600"], preexec_fn=become) for _ in range(count)]

    def leave(self):
        for process in self.processes:
            process.kill()
            process.wait()
        self.processes = []


@row("limit-threads", "No thread can be started: connections wait for one that ends, none is lost")
def limit_threads():
    if os.geteuid() != 0:
        raise Skip("only root can start it as a user of its own")
    with Alone(start=False) as filter_:
        filter_.start_alone()
        crowd = Crowd(filter_.uid, filter_.TASKS - filter_.tasks() - 3)
        try:
            with Traffic(filter_, senders=16, rest=0) as traffic:
                filter_.wait_for_log("wait for a thread")
                traffic.wait_for(100)
                crowd.leave()
                filter_.wait_healthy()
                traffic.wait_for_drop()
        finally:
            crowd.leave()
        account(filter_, traffic.messages)
        equal(sum(m.unanswered for m in traffic.messages), 0)
        filter_.stop()


def size_of(filter_):
    with open("/proc/%d/statm" % filter_.process.pid, encoding="ascii") as file:
        return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def large(number):
    line = "The quick brown fox jumps over the lazy dog, number %d of many lines.\r\n" % number
    return (DROP if number % 2 else HAM) + line * (8 * MEBIBYTE // len(line))


@row("limit-memory", "The system has no memory left: mail waits or is deferred, nothing is lost, and it goes on by itself")
def limit_memory():
    if has_sanitizer():
        raise Skip("a sanitizer's memory is not limited so")
    with Filter(start=False) as filter_:
        filter_.configure("max_memory 400M")
        filter_.start()
        with Traffic(filter_, senders=2, rest=0.05) as traffic:
            traffic.wait_for_drop()
            resource.prlimit(filter_.process.pid, resource.RLIMIT_AS,
                             (size_of(filter_) + 24 * MEBIBYTE, resource.RLIM_INFINITY))
            big = [Message(large(number)) for number in range(8)]
            until = time.monotonic() + PATIENCE * 2
            threads = [threading.Thread(target=message.insist, args=(filter_.socket, until)) for message in big]
            for thread in threads:
                thread.start()
            time.sleep(6)
            resource.prlimit(filter_.process.pid, resource.RLIMIT_AS,
                             (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            for thread in threads:
                thread.join()
            filter_.wait_healthy()
            traffic.wait_for_drop()
        assert filter_.process.poll() is None, filter_.log()[-3000:]
        print("#   %d of 8 large messages were deferred, %d connections ended"
              % (sum(m.deferred > 0 for m in big), sum(m.unanswered for m in big)))
        account(filter_, traffic.messages + big, spam=lambda m: "please " in m.body[:100])
        filter_.stop()


@row("limit-memory-at-once", "No memory is left for the first messages of many senders: all is well once there is some")
def limit_memory_at_once():
    if has_sanitizer():
        raise Skip("a sanitizer's memory is not limited so")
    for room in (MEBIBYTE // 2, 2 * MEBIBYTE):
        with Filter() as filter_:
            resource.prlimit(filter_.process.pid, resource.RLIMIT_AS, (size_of(filter_) + room, resource.RLIM_INFINITY))
            with Traffic(filter_, senders=8, rest=0) as traffic:
                time.sleep(3)
                assert filter_.process.poll() is None, "with %d bytes: %s" % (room, filter_.log()[-3000:])
                resource.prlimit(filter_.process.pid, resource.RLIMIT_AS,
                                 (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
                filter_.wait_healthy()
                traffic.wait_for_drop()
            account(filter_, traffic.messages)
            filter_.stop()


class Group:
    """A control group of the kernel with so much memory, version 2 or 1; of what is in it, all counts."""

    def __init__(self, limit):
        self.path = None
        reason = "the kernel has none for memory here"
        for root, known, name in (("/sys/fs/cgroup", "cgroup.subtree_control", "memory.max"),
                                  ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.limit_in_bytes")):
            if not os.path.exists(os.path.join(root, known)):
                continue
            path = os.path.join(root, "assay-faults-%d" % os.getpid())
            try:
                if known != name:
                    self.write(os.path.join(root, known), "+memory")
                os.mkdir(path)
                self.path = path
                self.write(os.path.join(path, name), str(limit))
                return
            except OSError as problem:
                reason = problem
                self.remove()
        raise Skip("no group with a limit of memory can be made: %s" % reason)

    @staticmethod
    def write(path, text):
        with open(path, "w", encoding="ascii") as file:
            file.write(text)

    def take(self, pid):
        self.write(os.path.join(self.path, "cgroup.procs"), str(pid))

    def remove(self):
        """When nothing is in it any more."""
        if self.path is not None:
            os.rmdir(self.path)
        self.path = None


@row("limit-group", "A control group leaves little memory (MemoryMax= of systemd): messages wait within max_memory, and the kernel kills "
     "nothing")
def limit_group():
    if has_sanitizer():
        raise Skip("a sanitizer's memory is not limited so")
    group = Group(192 * MEBIBYTE)
    try:
        with Filter(start=False) as filter_:
            filter_.configure("max_memory 96M")
            filter_.start()
            group.take(filter_.process.pid)
            with Traffic(filter_, senders=2, rest=0.05) as traffic:
                big = [Message(large(number)) for number in range(12)]
                until = time.monotonic() + PATIENCE * 2
                threads = [threading.Thread(target=message.insist, args=(filter_.socket, until)) for message in big]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                traffic.wait_for_drop()
            equal(sum(m.unanswered for m in traffic.messages + big), 0)
            filter_.wait_healthy()
            account(filter_, traffic.messages + big, spam=lambda m: "please " in m.body[:100])
            print("#   at most %d MB of 192" % (filter_.resident_kib(peak=True) >> 10))
            filter_.stop()
    finally:
        group.remove()


DAY_S = 86400


@row("clock-jumps", "The clock jumps by hours, days and years, both ways: no record is lost, none is there twice")
def clock_jumps():
    with Filter(start=False) as filter_:
        shim = Shim(filter_.directory)
        filter_.configure("records_keep 30d")
        filter_.start(environment=shim.environment)
        with Traffic(filter_, senders=3) as traffic:
            traffic.wait_for_drop()
            for offset in (3600, -3600, DAY_S, -DAY_S, 400 * DAY_S, -3000 * DAY_S, 0):
                shim.clock(offset)
                traffic.wait_for(15)
                equal(filter_.troubles(), {})
                if offset == 400 * DAY_S:
                    # Now all of them look older than records_keep, and so many new ones have old ones removed.
                    traffic.rest = 0
                    traffic.wait_for(1100)
                    traffic.rest = 0.02
                    filter_.wait_for_log("which has jumped by")
            filter_.wait_healthy()
        account(filter_, traffic.messages)
        filter_.stop()
