# SPDX-License-Identifier: GPL-3.0-or-later
"""A libmilter that makes its system calls by other functions than the one that is known."""
import re
import shutil
import subprocess

from client import Connection
from daemon import Daemon, Skip, executable
from test_message import HEADERS, TAG, equal, values

WARNING = "this libmilter makes its system calls in a way that is not known here"

# As the functions of these names in a C library of its own, which nobody's program has.
OTHERS = """
#define _GNU_SOURCE
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

ssize_t rea_(int fd, void *data, size_t len) { return syscall(SYS_read, fd, data, len); }
ssize_t write_(int fd, const struct iovec *pieces, int count) { return syscall(SYS_writev, fd, pieces, count); }
int clos_(int fd) { return syscall(SYS_close, fd); }
int accep_(int fd, struct sockaddr *address, socklen_t *len) { return syscall(SYS_accept, fd, address, len); }
int pol_(struct pollfd *fds, nfds_t count, int timeout)
{
	struct timespec limit = { timeout / 1000, timeout % 1000 * 1000000L };

	return ppoll(fds, count, timeout >= 0 ? &limit : 0, 0);
}
"""


def libmilter():
    listed = subprocess.run(["ldd", executable()], stdout=subprocess.PIPE, text=True).stdout
    found = re.search(r"(libmilter\.so\S*) => (\S+)", listed)
    if found is None or shutil.which("cc") is None:
        raise Skip("there is no libmilter.so, or no compiler")
    return found.groups()


def other_libmilter(daemon, names):
    """What the environment has to have for a libmilter that calls what OTHERS has in place of `names`."""
    name, path = libmilter()
    with open(path, "rb") as file:
        library = file.read()
    for called in names:
        before = b"\0" + called.encode() + b"\0"
        assert before in library, called
        # The first is in the table of names, in front of all other text.
        library = library.replace(before, before[:-2] + b"_\0", 1)
    with open(daemon.path(name), "wb") as file:
        file.write(library)
    daemon.write("others.c", OTHERS)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", daemon.path("others.so"), daemon.path("others.c")],
                   check=True)
    return {"LD_LIBRARY_PATH": daemon.directory, "LD_PRELOAD": daemon.path("others.so")}


def tags_mail(daemon):
    """Also where the last piece of the body comes with the end of the message."""
    for pieces, last in (["please tag", " me\r\n"], ""), (["please tag"], " me\r\n"), ([], TAG):
        with Connection(daemon.socket) as mta:
            mta.negotiate()
            mta.envelope()
            for name, value in HEADERS:
                mta.header(name, value)
            for piece in pieces:
                mta.body(piece)
            answer = mta.end(last)
            equal(answer.verdict, "c")
            equal(values(answer.apply(HEADERS), "Subject"), [" [SPAM] Hello"])


def serves_all_the_same(*names):
    with Daemon(start=False) as daemon:
        daemon.start(environment=other_libmilter(daemon, names))
        assert WARNING in daemon.log(), daemon.log()
        tags_mail(daemon)


def test_known():
    with Daemon() as daemon:
        tags_mail(daemon)
        assert WARNING not in daemon.log(), daemon.log()


def test_other_read():
    serves_all_the_same("read")


def test_other_write():
    serves_all_the_same("writev")


def test_other_close():
    serves_all_the_same("close")


def test_other_accept():
    serves_all_the_same("accept")


def test_other_accept_of_several():
    """One socket can be served without, several can't."""
    with Daemon(start=False) as daemon:
        daemon.configure("", "listen unix:%s\nlisten unix:%s" % (daemon.socket, daemon.path("second")))
        daemon.expected_codes = (69,)
        daemon.start(ready=None, environment=other_libmilter(daemon, ["accept"]))
        equal(daemon.process.wait(timeout=300), 69)
        assert "this libmilter can serve one socket only" in daemon.log(), daemon.log()


def test_all_others():
    """Without poll() nothing is found out but by waiting."""
    serves_all_the_same("read", "writev", "close", "poll", "accept")
