# SPDX-License-Identifier: GPL-3.0-or-later
"""A message is what came in: whatever it is, and however odd, the MTA delivers it with the filter as it does without,
byte for byte, apart from the fields that are added, the tag in Subject, and forged fields that are removed.

MTAs themselves change bare CR and LF, NUL and long lines, so each message goes through the same MTA twice: while
it has no filter, and while it has. Real mail of the tree (CORPUS, if set, besides), and odd mail by a generator:
CASES is how many of these (default 150), SEED which.
"""

import glob
import mailbox
import os
import random
import re
import shutil
import smtplib
import subprocess

from harness import mail
from harness.env import TOP, PATIENCE, Network, Skip, check, check_equal, wait_for, write
from harness.suite import test
from signatures import key

BOX, FORWARD = "box@hosted.example", "fwd@hosted.example"
HOST = b"mx.hosted.example"
CASES, SEED = int(os.environ.get("CASES", "150")), int(os.environ.get("SEED", "1"))
BIG = 20 << 20
TOLD = 5


class Case:
    """A message as it is sent, and by which command."""

    def __init__(self, name, data, chunked=False):
        self.name, self.data, self.chunked = name, data, chunked


# Odd mail.

WORDS = (b"the", b"minutes", b"of", b"Tuesday", b"are", b"attached", b"and", b"eighteen", b"point", b"two", b"please",
         b"caf\xe9", "Grüße".encode(), "会議".encode(), b"=?utf-8?Q?=C3=BC?=", b"=?utf-8?B?4oKs?=", b"=?x", b"\x80\xff")
SPAM = b"Hello, eighteen point two please. "


def words(rng, count):
    return b" ".join(rng.choice(WORDS) for _ in range(count))


def long_text(rng):
    length = rng.choice((77, 78, 79, 996, 997, 998, 999, 1000, 1023, 1024, 2040, 2047, 2048, 2049, 4096, 9000))
    text = (words(rng, 400) if rng.random() < 0.5 else b"x" * length)
    return (text * (length // len(text) + 1))[:length]


def odd_value(rng):
    """What may stand behind the colon."""
    kind = rng.randrange(14)
    if kind == 0:
        return b""
    if kind == 1:
        return b" "
    if kind == 2:
        return b"tight" + words(rng, 3)
    if kind == 3:
        return b" \t wide  " + words(rng, 2) + b" \t "
    if kind == 4:
        return b" folded\r\n\t" + words(rng, 3) + b"\r\n   " + words(rng, 2)
    if kind == 5:
        return b"\r\n first line empty"
    if kind == 6:
        return b" a\r\n \r\n\t\r\n b"
    if kind == 7:
        return b" " + long_text(rng)
    if kind == 8:
        return b" nul \0 in it"
    if kind == 9:
        return b" bare \r in it"
    if kind == 10:
        return b" bare \n in it" if rng.random() < 0.3 else b" bare\n\tlf and a fold"
    if kind == 11:
        return b" controls \x01\x07\x0b\x0c\x1b\x7f"
    return b" " + words(rng, rng.randrange(1, 12))


NAMES = (b"Comments", b"X-Thing", b"List-Id", b"Content-Type", b"MIME-Version", b"Content-Transfer-Encoding", b"Received",
         b"Reply-To", b"Sender", b"Cc", b"X-" + b"n" * 60, b"x_under", b"Keywords", b"References", b"DKIM-Signature",
         b"Return-Receipt-To", b"Resent-From", b"Resent-Date", b"Importance", b"Errors-To")
FORGED = (b"X-Spam-Flag: NO forged", b"x-spam-status : No, forged", b"X-SPAM-LEVEL:\r\n forged",
          b"Authentication-Results: mx.hosted.example; forged", b"X-Assay-Seal: forged",
          b"X-Spam-Technical-Details:\r\n forged\r\n\tforged", b"X-Spam-Report: forged " + b"f" * 1200)


def odd_subject(rng):
    name = rng.choice((b"Subject", b"Subject", b"subject", b"SUBJECT", b"Subject "))
    return name + b":" + odd_value(rng)


def odd_fields(rng):
    fields = [b"From: Alice <alice@sender.example>", b"To: Bob <box@hosted.example>",
              b"Date: Mon, 02 Mar 2026 10:00:00 +0000", b"Message-ID: <m%d@sender.example>" % rng.randrange(10 ** 9)]
    for _ in range(rng.choice((0, 1, 1, 1, 1, 2, 3))):
        fields.append(odd_subject(rng))
    for _ in range(rng.choice((0, 1, 2, 5, 12))):
        fields.append(rng.choice(NAMES) + rng.choice((b":", b":", b":", b" :", b"\t:")) + odd_value(rng))
    for _ in range(rng.choice((0, 0, 1, 3))):
        fields.append(rng.choice(FORGED))
    if rng.random() < 0.2:
        fields.append(b"Authentication-Results: other.example; stays")
    if rng.random() < 0.1:
        fields += [b"X-Padding: " + b"p" * 180] * rng.randrange(20, 120)
    rng.shuffle(fields)
    if rng.random() < 0.1:
        fields = fields[rng.randrange(len(fields)):]
    return fields


def odd_header(rng):
    """Its fields with CRLF at their ends; at times something that is no field."""
    fields = odd_fields(rng)
    if rng.random() < 0.08:
        fields.insert(rng.randrange(len(fields) + 1), rng.choice((b"no colon here", b"From somebody", b": no name", b" x",
                                                                    b"two words: here", b"caf\xe9: name", b">From a b")))
    return b"".join(field + b"\r\n" for field in fields)


def odd_line(rng):
    kind = rng.randrange(12)
    if kind == 0:
        return b"." * rng.randrange(1, 4)
    if kind == 1:
        return b".dot " + words(rng, 3)
    if kind == 2:
        return long_text(rng)
    if kind == 3:
        return b"nul \0\0 in it"
    if kind == 4:
        return b"bare \r in it"
    if kind == 5:
        return b"bare \n in it"
    if kind == 6:
        return b"\r" if rng.random() < 0.5 else b"end\r"
    if kind == 7:
        return b"From somebody at some time"
    if kind == 8:
        return bytes(rng.choice(b"\x00\x01\x08\x0c\x1a\x7f\x80\xa0\xfe\xff az") for _ in range(rng.randrange(1, 200)))
    if kind == 9:
        return b""
    return words(rng, rng.randrange(1, 20))


def odd_body(rng):
    kind = rng.randrange(10)
    if kind == 0:
        return b""
    if kind == 1:
        return b"\r\n" * rng.randrange(1, 5)
    body = b"".join(odd_line(rng) + b"\r\n" for _ in range(rng.randrange(1, 30)))
    if kind == 2:
        body = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 3000))) + b"\r\n"
    if rng.random() < 0.4:
        body = SPAM + b"\r\n" + body
    return body


def parts(rng, body):
    return (b"Content-Type: multipart/mixed; boundary=\"b%d\"\r\nMIME-Version: 1.0\r\n" % rng.randrange(10 ** 6),
            b"preamble\r\n--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\n" + body +
            b"\r\n--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
            b"AAECAw==\r\n" * rng.randrange(40) + b"--b--\r\nepilogue")


def odd_message(rng, number):
    header, body = odd_header(rng), odd_body(rng)
    if rng.random() < 0.15:
        more, body = parts(rng, body)
        header += more
    kind = rng.randrange(20)
    data = header + b"\r\n" + body
    if kind == 0:
        data = header
    elif kind == 1:
        data = body
    elif kind == 2:
        data = b"\r\n" + data
    chunked = rng.random() < 0.4
    if chunked and rng.random() < 0.5 and data.endswith(b"\r\n"):
        data = data[:-2]
    # What is no dot of the protocol, wherever the MTA sees ends of lines.
    data = re.sub(rb"\r\.", b"\r,", data)
    return Case("odd %d" % number, data, chunked)


def odd_mail():
    only = [int(n) for n in os.environ["ONLY"].split(",")] if os.environ.get("ONLY") else range(CASES)
    return [odd_message(random.Random("%d %d" % (SEED, i)), i) for i in only]


def large_mail():
    rng = random.Random(SEED)
    line = bytes(rng.randrange(32, 127) for _ in range(76)) + b"\r\n"
    body = SPAM + b"\r\n" + line * (BIG // len(line))
    head = b"From: a@sender.example\r\nSubject: large\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\nMessage-ID: <l@x>\r\n\r\n"
    return [Case("20 MB", head + body)]


# Real mail.

def real_files():
    names = glob.glob(os.path.join(TOP, "contrib", "samples", "*.eml")) + \
        glob.glob(os.path.join(TOP, "tests", "mail", "*.eml"))
    if os.environ.get("CORPUS"):
        found = [name for name in glob.glob(os.path.join(os.environ["CORPUS"], "**"), recursive=True)
                 if os.path.isfile(name)]
        random.Random(SEED).shuffle(found)
        names += found[:CASES]
    for name in sorted(names):
        with open(name, "rb") as file:
            yield os.path.relpath(name, TOP), file.read()
    for name in sorted(glob.glob(os.path.join(TOP, "contrib", "canary", "*.mbox"))):
        for number, message in enumerate(mailbox.mbox(name)):
            if number % 4 == 0:
                yield "%s:%d" % (os.path.relpath(name, TOP), number), message.as_bytes()


def real_mail():
    cases = []
    for name, data in real_files():
        data = re.sub(rb"\AFrom [^\n]*\n", b"", data)
        data = re.sub(rb"\r?\n", b"\r\n", data)
        if len(data) < 2000000:
            cases.append(Case(name, data + (b"" if data.endswith(b"\r\n") else b"\r\n")))
    return cases


# Sending.

def stuffed(data):
    data = re.sub(rb"(\A|\n)\.", rb"\1..", data)
    return data + (b"" if data.endswith(b"\r\n") or not data else b"\r\n") + b".\r\n"


def send(t, number, case, rcpt):
    """The reply's code."""
    with mail.connect(t.mta) as smtp:
        smtp.timeout = PATIENCE
        options = ["BODY=8BITMIME"] if smtp.has_extn("8bitmime") else []
        for code, text in (smtp.mail("o%d@sender.example" % number, options), smtp.rcpt(rcpt)):
            check(code < 300, "%s: %d %r" % (case.name, code, text))
        if case.chunked and smtp.has_extn("chunking"):
            smtp.send(b"BDAT %d LAST\r\n" % len(case.data) + case.data)
        else:
            check_equal(smtp.docmd("DATA")[0], 354, case.name)
            smtp.send(stuffed(case.data))
        return smtp.getreply()[0]


def deliver(t, cases, rcpt):
    """(codes, {number: delivered message}) of all of them."""
    sink = t.outside if rcpt == FORWARD else t.boxes
    sink.clear()
    codes = [send(t, number, case, rcpt) for number, case in enumerate(cases)]
    wanted = {"o%d@sender.example" % i for i, code in enumerate(codes) if code < 300}

    def arrived():
        return {m.sender: m for m in sink.all()}
    wait_for(lambda: "mail of " + ", ".join(sorted(wanted - set(arrived()))[:5]), lambda: wanted <= set(arrived()),
             PATIENCE, 0.1)
    found = arrived()
    check_equal(len(sink.all()), len(wanted), "copies")
    return codes, {i: found["o%d@sender.example" % i].data for i, code in enumerate(codes) if code < 300}


# Comparing.

def split(data):
    """(fields with their folds, the rest from the empty line on)."""
    fields, at = [], 0
    while at < len(data):
        end = data.find(b"\r\n", at)
        end = len(data) if end < 0 else end + 2
        line = data[at:end]
        if line == b"\r\n":
            break
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1] += line
        else:
            fields.append(line)
        at = end
    return fields, data[at:]


def name_of(field):
    found = re.match(rb"([!-9;-~\x80-\xff]+)[ \t]*:", field)
    return found[1].lower() if found else b""


def is_ours(field):
    """What the filter writes, or removes since it looks like that."""
    name = name_of(field)
    return name.startswith(b"x-spam-") or name == b"x-assay-seal" or \
        name in (b"authentication-results", b"received-spf") and HOST in field


MADE_BY_MTAS = (b"date", b"message-id", b"return-path", b"resent-date", b"resent-message-id")


def normal(fields, sent):
    """Without what the MTA makes anew for each delivery: its own Received fields, and what was missing."""
    out = []
    for field in fields:
        name = name_of(field)
        if name == b"received" and b"by " + HOST in field and field not in sent:
            field = b"Received: ours\r\n"
        elif name in MADE_BY_MTAS and field not in sent:
            field = name + b": the MTA's\r\n"
        out.append(field)
    return out


def bare(value):
    return re.sub(rb"[\s\0]+", b"", value)


def subjects_differ(before, after):
    """The Subjects of a message that was tagged: the tag, and then what was there."""
    if not before:
        return [name_of(f) for f in after] != [b"subject"] or b"[SPAM]" not in after[0]
    if len(before) != len(after):
        return True
    for old, new in zip(before, after):
        old, new = old.partition(b":")[2], new.partition(b":")[2]
        if len(old) < 700 and not re.search(rb"[\0\r](?!\n)", old):
            old, new = old.strip(), new.strip()
        else:
            old, new = bare(old), bare(new)     # folded anew, where a line got too long
        if not old.startswith(b"[SPAM]") and bare(new) != b"[SPAM]" + bare(old):
            return True
        if old == new and not old.startswith(b"[SPAM]"):
            return True
    return False


def differs_untagged(before, after):
    """No filter can make a field with nothing behind its colon, not even a space."""
    empty = not before.partition(b":")[2].strip() and not after.partition(b":")[2].strip()
    return before != after and not empty


def subjects_of(fields):
    return [field for field in fields if name_of(field) == b"subject"]


def longest_line(field):
    return max(map(len, field.split(b"\r\n")))


def difference(case, without, with_it, tags=True):
    """What is wrong with a delivered message; empty: nothing. `tags`: spam has to have the tag where it was delivered;
    the hop takes it out again."""
    (old, old_body), (new, new_body) = split(without), split(with_it)
    if old_body != new_body:
        at = next((i for i, (a, b) in enumerate(zip(old_body, new_body)) if a != b), min(len(old_body), len(new_body)))
        return "the body differs at %d: %r, was %r" % (at, new_body[max(0, at - 30):at + 60],
                                                       old_body[max(0, at - 30):at + 60])
    ours, forged = [field for field in new if is_ours(field)], [field for field in old if is_ours(field)]
    if any(field in forged for field in ours):
        return "forged fields are left: %r" % ours
    if not any(name_of(field) == b"x-spam-status" for field in ours):
        return "it was not scanned"
    old = normal([field for field in old if not is_ours(field)], case.data)
    new = normal([field for field in new if not is_ours(field)], case.data)
    if any(name_of(field) == b"x-spam-flag" and b"YES" in field for field in ours):
        before, after, sent = subjects_of(old), subjects_of(new), subjects_of(split(case.data)[0])
        longest = max(map(longest_line, sent), default=0)
        if tags and len(before) == len(sent) and longest > 980:
            # Sendmail breaks such a line anywhere, and what follows is no field any more; the filter folds it.
            before = [s if longest_line(s) > 980 else b for s, b in zip(sent, before)]
            old = [field for field in old if name_of(field)]
        elif longest > 980 and any(re.search(rb"[ \t]\r\n", field) for field in sent):
            # White space at the end of such a line is lost, and the tag stays.
            before, after = ([b"s:" + bare(f).replace(b"[SPAM]", b"").partition(b":")[2] for f in fields]
                             for fields in (before, after))
        if subjects_differ(before, after) if tags else any(map(differs_untagged, before, after)):
            return "Subject: %r, was %r" % (after, before)
        old, new = ([f for f in fields if name_of(f) != b"subject"] for fields in (old, new))
    for a, b in zip(old, new):
        if a != b:
            return "a field differs: %r, was %r" % (b[:300], a[:300])
    if len(old) != len(new):
        return "%d fields, were %d: %r" % (len(new), len(old), (new if len(new) > len(old) else old)[min(len(old), len(new)):])
    return ""


def acceptable(case):
    """Sendmail refuses NUL and bare CR and LF."""
    data = re.sub(rb"\r(?!\n)|(?<!\r)\n", b"\r\n", case.data).replace(b"\0", b"\x01")
    return Case(case.name + " without NUL and bare ends of lines", data, case.chunked)


def deliver_first(t, cases, rcpt):
    """As deliver(); what the MTA refuses is changed in the list, and tried again."""
    codes, found = deliver(t, cases, rcpt)
    refused = [i for i, code in enumerate(codes) if code >= 300]
    if refused:
        for i in refused:
            cases[i] = acceptable(cases[i])
        codes, found = deliver(t, cases, rcpt)
    return codes, found


def unsealed(t):
    """Numbers of forwards whose body the MTA has changed between front and hop, as Sendmail does with parts that are
    none: the hop takes them for mail of somebody else, and doesn't touch what the Subject has."""
    hop = re.findall(r"(?m)^.* client=.*\[127\.0\.0\.1\], from=<o(\d+)@sender.example>, (.*)$", t.filter.log())
    return {int(number) for number, line in hop if "sealed=yes" not in line}


def compare(t, cases, rcpt=BOX, keys=None):
    """(how many were compared, how many tagged)."""
    with t.mta.without_milters():
        codes, before = deliver_first(t, cases, rcpt)
    for data in before.values():
        check(b"\r\nX-Spam-Status: " not in data or b"forged" in data, "the first time, nothing may be scanned")
    t.start({"rules": [t.filter.rules, t.filter.shipped_rules()], "report_header": "yes", **(keys or {})})
    codes_with, after = deliver(t, cases, rcpt)
    wrong = ["%s: answered with %d, was %d" % (case.name, now, then)
             for case, then, now in zip(cases, codes, codes_with) if now != then]
    changed = unsealed(t) if rcpt != BOX else set()
    check(len(changed) <= (len(cases) / 3 if t.mta.name == "sendmail" else 0), "without a seal: %s" % sorted(changed))
    for number, case in enumerate(cases):
        if number in before and number in after:
            found = difference(case, before[number], after[number], rcpt == BOX or number in changed)
            if found:
                wrong.append("%s: %s" % (case.name, found))
    keep(cases, wrong)
    check(not wrong, "SEED=%d: %d of %d differ:\n%s" % (SEED, len(wrong), len(cases), "\n".join(wrong[:TOLD])))
    tagged = sum(b"\r\nX-Spam-Flag: YES\r\n" in b"\r\n" + data for data in after.values())
    print("# compared %d messages, %d tagged, %d refused with and without; SEED=%d" % (
        len(after), tagged, len(cases) - len(after), SEED), flush=True)
    return len(after), tagged


def keep(cases, wrong):
    """What differs, for a look."""
    if os.environ.get("ASSAY_MTA_KEEP"):
        for case in cases:
            if any(text.startswith(case.name + ":") for text in wrong):
                name = re.sub(r"[^\w.-]", "_", case.name)
                with open(os.path.join(os.environ.get("ASSAY_MTA_DIR", "/run"), name), "wb") as file:
                    file.write(case.data)


@test(hop=False)
def what_is_changed_is_seen(t):
    """By the comparison itself."""
    before = (b"Received: from a\r\n\tby mx.hosted.example id 1\r\nFrom: a@b\r\nX-A: 1\r\n\tfold\r\nSubject: hi\r\n"
              b"X-Spam-Flag: forged\r\n\r\nbody\r\n\r\nend\r\n")
    case, ours = Case("one", before.partition(b"\r\nF")[2]), b"X-Spam-Status: No\r\n"
    good = ours + before.replace(b"id 1", b"id 2").replace(b"X-Spam-Flag: forged\r\n", b"")
    tagged = b"X-Spam-Flag: YES\r\n" + good.replace(b"t: hi", b"t: [SPAM] hi")
    for after in (good, tagged):
        check_equal(difference(case, before, after), "", "what the filter may do")
    for old, new in ((b"end\r\n", b"end"), (b"body", b"Body"), (b"\tfold", b" fold"), (b"X-A: 1", b"X-A:  1"),
                     (b"X-A: 1\r\n\tfold\r\n", b""), (b"From: a@b\r\n", b"From: a@b\r\nX-New: 1\r\n"), (ours, b""),
                     (b"body\r\n", b""), (b"Subject: ", b"Subject:"), (ours, ours + b"X-Spam-Flag: forged\r\n"),
                     (b"From: a@b\r\nX-A: 1\r\n\tfold\r\n", b"X-A: 1\r\n\tfold\r\nFrom: a@b\r\n"), (b"\r\n\r\nb", b"\r\nb")):
        check(difference(case, before, good.replace(old, new, 1)), "%r is not seen" % new)
    for wrong in (b"t: [SPAM] ho", b"t: hi", b"t: hi [SPAM]"):
        check(difference(case, before, tagged.replace(b"t: [SPAM] hi", wrong)), "%r is not seen" % wrong)


@test(hop=False)
def odd_mail_is_what_came_in(t):
    count, tagged = compare(t, odd_mail())
    check(count > CASES * 0.7, "too few were accepted: %d" % count)
    check(tagged > CASES * 0.05, "too few were tagged: %d" % tagged)


@test(hop=False)
def real_mail_is_what_came_in(t):
    count, _ = compare(t, real_mail())
    check(count > 50, "too few: %d" % count)


@test()
def odd_forwards_are_what_came_in(t):
    """The front puts the tag in, and the hop takes it out."""
    cases = [Case(case.name, case.data.replace(SPAM, b"Hello, five point nine please. "), case.chunked)
             for case in odd_mail()]
    if t.mta.name == "sendmail":
        # Its front makes 7 bits of parts that are none, and so NUL, CR and LF, which its hop refuses.
        cases = [Case(case.name, re.sub(rb"[\x80\x8a\x8d]", b"\x81", acceptable(case).data), case.chunked)
                 for case in cases]
        # It breaks such lines, in the middle and for ever.
        cases = [case for case in cases if max(map(longest_line, subjects_of(split(case.data)[0])), default=0) <= 980]
    count, _ = compare(t, cases, FORWARD, {"rules": t.filter.rules, "forward_discard_score": "999"})
    check(count > CASES * 0.7, "too few were accepted: %d" % count)


@test(hop=False)
def large_mail_is_what_came_in(t):
    """20 MB, of which the filter scans the first 10."""
    with t.mta.unlimited():
        compare(t, large_mail())


# Signatures.

def signed(cases):
    """By opendkim, which signs all fields but Received and its like, or refuses."""
    if not shutil.which("opendkim-testmsg"):
        raise Skip("no opendkim-testmsg (Debian package opendkim-tools)")
    path = "/tmp/assay-dkim-%d" % os.getpid()
    write(path, key()["private"].decode(), 0o600)
    out = []
    try:
        for case in cases:
            done = subprocess.run(["opendkim-testmsg", "-C", "-d", "sender.example", "-k", path, "-s", "s"],
                                  input=case.data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            if done.returncode == 0 and done.stdout.startswith(b"DKIM-Signature:"):
                out.append(Case(case.name, done.stdout))
    finally:
        os.unlink(path)
    return out


def verifies(data):
    import dkim
    try:
        return dkim.verify(data, dnsfunc=lambda name, timeout=5: key()["record"])
    except (dkim.DKIMException, ValueError, IndexError):
        return False


@test(hop=False, needs=["dkim"])
def signatures_of_opendkim_verify_unless_tagged(t):
    cases = signed([case for case in odd_mail()[:100] + real_mail()
                    if not case.chunked and not any(map(is_ours, split(case.data)[0]))])
    with t.mta.without_milters():
        _, before = deliver_first(t, cases, BOX)
    t.start({"rules": [t.filter.rules, t.filter.shipped_rules()], "report_header": "yes"})
    _, after = deliver(t, cases, BOX)
    good = [i for i, data in before.items() if verifies(data)]
    tagged = {i for i in good if re.search(rb"(?m)^X-Spam-Flag: YES", split(after[i])[0] and b"".join(split(after[i])[0]))}
    broken = [cases[i].name for i in good if i not in tagged and not verifies(after[i])]
    check(not broken, "broken: " + ", ".join(broken[:TOLD]))
    check(len(good) - len(tagged) > 30, "too few signatures: %d of %d" % (len(good) - len(tagged), len(cases)))
    print("# %d signatures verify, %d more were tagged" % (len(good) - len(tagged), len(tagged)), flush=True)
