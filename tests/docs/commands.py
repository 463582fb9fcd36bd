#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the commands of the documentation: tests/docs/commands.py [WORD]

In Markdown, blocks marked `sh` are commands, and in blocks marked `console` lines with "$ " are, and the others
what they print ("…" stands for lines left out; numbers may differ). Of manual pages the one-line examples are run.
Each line runs in a made-up system below one directory: absolute paths are put below it, an assayd runs there, Postfix's
tools work on a main.cf there, and what would change this machine (systemctl, apt …) is a stand-in that looks at its
arguments. tests/docs/not-run lists, with a reason, what is left out. Commands within sentences are looked at, too:
their subcommand and options have to be there. WORD: only commands with it.

ASSAY and ASSAYD name the programs (default: build/assay, build/assayd).
"""

import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "dns"))
import stub  # noqa: E402

ASSAY = os.path.abspath(os.environ.get("ASSAY", os.path.join(TOP, "build", "assay")))
ASSAYD = os.path.abspath(os.environ.get("ASSAYD", os.path.join(os.path.dirname(ASSAY), "assayd")))
PAGES = ["README.md", "CONTRIBUTING.md", "doc/*.md", "contrib/*/README.md", "rules/assay/README.md"]
NOT_RUN = os.path.join(TOP, "tests", "docs", "not-run")
PATIENCE = 300
# What begins a line of commands, in blocks that are not marked as such.
PROGRAMS = ("assay assayd postconf postfix postmap postsuper systemctl make ./quickstart ./bootstrap ./configure cp apt "
            "apt-get dpkg dpkg-buildpackage sed grep m4 sudo sievec doveadm sendmailconfig newaliases mkdir chmod "
            "chown echo cat git python3 sqlite3 $").split()

STAND_INS = {
    # The unit has to be one of ours, or a service that is not.
    "systemctl": """case $1 in daemon-reload) exit 0 ;; reload|restart|enable|disable|start|stop|status) ;; *) exit 64 ;; esac
for unit; do :; done
case $unit in postfix|sendmail|dovecot) exit 0 ;; esac
ls TOP/contrib/*/"${unit%.service}"* >/dev/null 2>&1 || { echo "no unit $unit in contrib/" >&2; exit 5; }""",
    "systemd-sysusers": "grep -q '^u assay' TOP/contrib/systemd/assay.conf",
    "postfix": '[ "$*" = reload ] || [ "$*" = check ] && postconf -n >/dev/null',
    "postsuper": '[ "$*" = "-r ALL" ]',
    "sendmailconfig": "exit 0",
    # The options for an account that this machine may not have are left out.
    "install": """arguments=()
while [ $# -gt 0 ]; do case $1 in
-o) shift 2 ;;
-g) [ $EUID -ne 0 ] || arguments+=(-g nogroup); shift 2 ;; # which need not be there, but may not be root's
640) [ $EUID -eq 0 ] && arguments+=(640) || arguments+=(600); shift ;;
*) arguments+=("$1"); shift ;; esac; done
exec INSTALL "${arguments[@]}" """,
    "doveadm": '[ "$*" = reload ]',
}


class Command:
    def __init__(self, page, line, text):
        self.page, self.line, self.text, self.expected = page, line, text, []

    def place(self):
        return "%s:%d: %s" % (self.page, self.line, self.text)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)


def blocks(text):
    """(line, mark, lines) of each block."""
    inside, begun = None, 0
    for number, line in enumerate(text.splitlines(), 1):
        fence = re.match(r"\s*```\s*(\S*)\s*$", line)
        if fence and inside is None:
            inside, mark, begun = [], fence[1], number
        elif fence:
            yield begun, mark, inside
            inside = None
        elif inside is not None:
            inside.append(line)


def commands_of_page(page, problems):
    commands = []
    for begun, mark, lines in blocks(read(os.path.join(TOP, page))):
        for number, line in enumerate(lines, begun + 1):
            line = line.strip()
            word = line.split(" ")[0]
            if mark == "console" and word == "$":
                commands.append(Command(page, number, line[2:]))
            elif mark == "console" and commands:
                commands[-1].expected.append(line)
            elif mark == "sh" and line and word != "#":
                commands.append(Command(page, number, line))
            elif not mark and word in PROGRAMS:
                problems.append("%s:%d: \"%s\" looks like a command: mark the block with sh or console" % (
                    page, number, line))
    return commands


def commands_of_manual(page):
    """The one-line displays of EXAMPLES."""
    section = re.search(r"(?ms)^\.Sh EXAMPLES\n(.*?)(?=^\.Sh |\Z)", read(os.path.join(TOP, page)))
    return [Command(page, 0, match[1].replace(r"\(aq", "'").replace(r"\(dq", '"').replace(r"\-", "-"))
            for match in re.finditer(r"(?m)^\.Dl (.*)$", section[1] if section else "")]


def sentences(page):
    """(line, command) of commands of ours in running text."""
    fenced = False
    for number, line in enumerate(read(os.path.join(TOP, page)).splitlines(), 1):
        if line.strip().startswith("```"):
            fenced = not fenced
        elif not fenced:
            for span in re.findall(r"`([^`]+)`", line):
                if re.match(r"assayd? -|assay [a-z]", span):
                    yield number, span


class Helps:
    """What --help tells of each subcommand."""

    def __init__(self):
        self.top = self.ask("--help")
        self.names = re.findall(r"(?m)^  ([a-z-]+) ", self.top)
        self.told = {name: self.ask(name, "--help") for name in self.names}

    @staticmethod
    def ask(*arguments):
        return subprocess.run([ASSAY, *arguments], stdout=subprocess.PIPE, check=True, text=True).stdout

    def wrong(self, span):
        words = span.split()
        if words[0] == "assayd" or words[1].startswith("-"):
            return None
        if words[1] not in self.told:
            return "there is no subcommand %s" % words[1]
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", span):
            if not re.search(re.escape(option) + r"(?![a-z-])", self.told[words[1]]):
                return "assay %s has no option %s" % (words[1], option)
        return None


class System:
    """The made-up system."""

    def __init__(self, helps):
        self.root = tempfile.mkdtemp(prefix="assay-docs-")
        self.bin, self.home = self.path("bin"), self.path("home")
        self.filter, self.server = None, None
        zone = stub.Zone()
        zone.add("example.org", "TXT", "v=spf1 mx -all")
        zone.add("example.org", "MX", "10 mx.example.org")
        zone.add("mx.example.org", "A", "192.0.2.25")
        self.server = stub.Stub(zone).start()
        self.make_programs(helps)
        self.make_files()

    def path(self, *names):
        return os.path.join(self.root, *names)

    def below(self, text):
        """Absolute paths of a system put below ours."""
        return re.sub(r"(?<![\w.}*/-])/(?=(?:etc|var|run|root|usr/local|usr/share/spamassassin)(?:/|\b))",
                      self.root + "/", text)

    def make_programs(self, helps):
        conf = self.path("etc/assay/assay.conf")
        takes = " ".join(name for name in helps.names if re.search(r"-c\b", helps.told[name]))
        write(self.path("bin/assay"), """#!/bin/bash
name=${1:-}; shift
more=()
case " %s " in *" $name "*) [[ " $* " == *" -c "* || " $* " == *" --config "* ]] || more=(-c '%s') ;; esac
[ "$name" = postfix ] && more+=(--config-dir '%s' --templates '%s')
[ "$name" = spf ] || [ "$name" = dkim ] && more+=(--dns-server 127.0.0.1@%d)
case $name in list|postfix|sendmail|learn|srs|report|lookup)
	# These have a word of their own first.
	case ${1:-} in [a-z]*) first=$1; shift; exec '%s' "$name" "$first" "${more[@]}" "$@" ;; esac ;;
esac
exec '%s' "$name" "${more[@]}" "$@"
""" % (takes, conf, self.path("etc/postfix"), os.path.join(TOP, "contrib", "postfix"), self.server.port, ASSAY, ASSAY), 0o755)
        os.symlink(ASSAYD, self.path("bin/assayd"))
        for name, text in STAND_INS.items():
            write(self.path("bin", name), "#!/bin/bash\n" + text.replace("TOP", TOP).replace("INSTALL", shutil.which("install")) + "\n", 0o755)

    def make_files(self):
        write(self.path("etc/assay/assay.conf"), self.below("""hostname vm
listen unix:/var/spool/postfix/assay/assay.sock
listen unix:/run/assay/assay.sock
control unix:/run/assay/control.sock
store sqlite:/var/lib/assay/assay.db
rules %s
cache_directory /var/cache/assay
lists_file /var/lib/assay/lists
mistakes_directory /var/lib/assay/mistakes
seal_key_file /etc/assay/seal.test
hosted_domains example.com example.net domain-hosted-here.example
forward_map texthash:/etc/postfix/virtual
srs_domain srs.example.com
srs_secret_file /etc/assay/srs.test
dns_server 127.0.0.1@%d
spf_timeout 5s
dns_wait 1s
""" % (os.path.join(TOP, "rules", "assay"), self.server.port)))
        write(self.path("etc/assay/seal.test"), "sixteen bytes or more of secret", 0o600)
        write(self.path("etc/assay/srs.test"), "a secret for rewriting senders\n", 0o600)
        write(self.path("etc/assay/rules.d/local.cf"), "# nothing yet\n")
        write(self.path("etc/postsrsd.secret"), "the secret of another program\n", 0o600)
        write(self.path("etc/postfix/virtual"), "recipient@domain-hosted-here.example somebody@aol.com\n")
        write(self.path("etc/postfix/main.cf"), "compatibility_level = 3.6\nqueue_directory = %s\n" % self.path("var/spool/postfix"))
        write(self.path("etc/postfix/master.cf"), "smtp inet n - y - - smtpd\npickup unix n - y 60 1 pickup\n"
              "cleanup unix n - y - 0 cleanup\nsmtp unix - - y - - smtp\n")
        rule = "body LOCAL_WORD /unlikely/\ndescribe LOCAL_WORD Has a word\nscore LOCAL_WORD 0.1\n"
        write(self.path("etc/spamassassin/local.cf"), rule)
        write(self.path("usr/share/spamassassin/10_some.cf"), rule.replace("LOCAL", "STOCK"))
        samples = os.path.join(TOP, "contrib", "samples")
        for folder, files in (("", ("ham",)), (".Junk", ("spam", "phishing")), (".Good", ("ham",))):
            for part in ("cur", "new", "tmp"):
                os.makedirs(self.path("home", "Maildir", folder, part))
            for name in files:
                shutil.copy(os.path.join(samples, name + ".eml"), self.path("home", "Maildir", folder, "cur", name + ":2,S"))
        for folder in ("var/lib/assay", "var/cache/assay", "var/spool/postfix/assay", "run/assay", "root", "etc/systemd/system",
                       "etc/dovecot/conf.d", "etc/mail", "var/spool"):
            os.makedirs(self.path(folder), exist_ok=True)
        self.work = self.path("work")
        os.makedirs(self.work)
        for name in ("contrib", "rules", "tests", "build"):
            if os.path.exists(os.path.join(TOP, name)):
                os.symlink(os.path.join(TOP, name), os.path.join(self.work, name))
        shutil.copy(os.path.join(samples, "phishing.eml"), os.path.join(self.work, "message.eml"))

    def folder_of(self, page):
        """Where a page's commands run: contrib's read and change the files beside them."""
        if not page.startswith("contrib/"):
            return self.work
        folder = self.path("copies", os.path.dirname(page))
        if not os.path.exists(folder):
            shutil.copytree(os.path.join(TOP, os.path.dirname(page)), folder)
            for name in glob.glob(folder + "/*.in"):
                shutil.copy(name, name[:-3])
        return folder

    def start_filter(self):
        """And hands it two messages, for the records."""
        log = open(self.path("log"), "wb")
        self.filter = subprocess.Popen([ASSAYD, "-c", self.path("etc/assay/assay.conf")], stdout=log, stderr=log,
                                       start_new_session=True)
        deadline = time.monotonic() + PATIENCE
        while " ready:" not in read(self.path("log")):
            if self.filter.poll() is not None or time.monotonic() > deadline:
                sys.exit("assayd did not start:\n" + read(self.path("log")))
            time.sleep(0.1)
        socket = "unix:" + self.path("run/assay/assay.sock")
        for rcpt in ("joe@example.com", "recipient@domain-hosted-here.example"):
            subprocess.run([ASSAY, "probe", "--rcpt", rcpt, socket, os.path.join(self.work, "message.eml")], check=True,
                           stdout=subprocess.DEVNULL)

    def forget_secrets(self):
        """Each page makes its own, and none replaces one that is there."""
        for name in glob.glob(self.path("etc/assay/*.secret")) + glob.glob(self.path("etc/assay/*.key")):
            os.unlink(name)

    def environment(self):
        return dict(os.environ, PATH=self.bin + ":" + os.environ["PATH"] + ":/usr/sbin:/sbin", HOME=self.home,
                    MAIL_CONFIG=self.path("etc/postfix"), LC_ALL="C.UTF-8")

    def run(self, command):
        """(status, output); what follows a file without an end is ended after a while."""
        text = self.below(command.text.replace("4XyZ1a2b3c", "PROBE"))
        process = subprocess.Popen(["bash", "-e", "-u", "-o", "pipefail", "-c", text], cwd=self.folder_of(command.page),
                                   env=self.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, start_new_session=True)
        endless = "--follow" in command.text
        try:
            output = process.communicate(timeout=3 if endless else PATIENCE)[0]
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output = process.communicate()[0]
            return (0 if endless else "no end"), output.decode("utf-8", "replace")
        return process.returncode, output.decode("utf-8", "replace")

    def stop(self):
        if self.filter:
            self.filter.terminate()
            self.filter.wait()
        self.server.stop()
        shutil.rmtree(self.root)


def plain(line):
    """Without what differs from run to run and machine to machine."""
    return re.sub(r"\d+", "0", re.sub(r"\s+", " ", line)).strip()


def missing_line(expected, output):
    """The first of the lines shown that was not printed, in this order."""
    printed = [plain(line) for line in output.splitlines()]
    for line in expected:
        if line in ("", "…"):
            continue
        line = plain(line)
        while printed and printed[0] != line:
            printed.pop(0)
        if not printed:
            return line
    return None


def exceptions():
    """(page or *, beginning of the command) => reason."""
    found = {}
    for line in read(NOT_RUN).splitlines():
        if line and not line.startswith("#"):
            command, reason = re.split(r"\t+", line, maxsplit=1)
            page, command = command.split(": ", 1)
            found[page, command] = reason
    return found


def excepted(command, known, used):
    for page, text in known:
        if page in ("*", command.page) and command.text.startswith(text):
            used.add((page, text))
            return True
    return False


def run_all(commands, system, word):
    passed = failed = left_out = 0
    known, used, page = exceptions(), set(), None
    for command in commands:
        if command.page != page:
            page = command.page
            system.forget_secrets()
        if excepted(command, known, used):
            left_out += 1
            continue
        if word not in command.text:
            continue
        status, output = system.run(command)
        lacks = missing_line(command.expected, output) if status == 0 else None
        if status == 0 and lacks is None:
            passed += 1
            print("ok - " + command.place())
        else:
            failed += 1
            print("not ok - %s\n    %s" % (command.place(), "status %s" % status if lacks is None else
                                          "does not print: " + lacks))
            print("\n".join("    | " + line for line in output.splitlines()[-12:]))
    for page, text in set(known) - used:
        failed += 1
        print("not ok - tests/docs/not-run names a command that is not there: %s: %s" % (page, text))
    print("# %d commands are not run, for the reasons in tests/docs/not-run" % left_out)
    return passed, failed


def main():
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    os.chdir(TOP)
    pages = sorted(page for pattern in PAGES for page in glob.glob(pattern))
    problems, helps = [], Helps()
    commands = [c for page in pages for c in commands_of_page(page, problems)]
    commands += [c for page in sorted(glob.glob("doc/*.[158]")) for c in commands_of_manual(page)]
    for page in pages:
        for number, span in sentences(page):
            wrong = helps.wrong(span)
            if wrong:
                problems.append("%s:%d: `%s`: %s" % (page, number, span, wrong))
    for problem in problems:
        print("not ok - " + problem)
    if not shutil.which("postconf"):
        print("SKIP: the documentation's commands: there is no Postfix")
        return len(problems) > 0
    system = System(helps)
    try:
        system.start_filter()
        passed, failed = run_all(commands, system, word)
    finally:
        system.stop()
    print("%d passed, %d failed" % (passed, failed + len(problems)))
    return failed + len(problems) > 0


if __name__ == "__main__":
    sys.exit(main())
