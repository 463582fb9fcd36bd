#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chains of hosts that forwarded a message (ARC, RFC 8617), each with one thing changed: whether rules see
that there is one, and whether it is valid.

ASSAY  names the program (default: build/assay, or assay in the directory that make runs in)
"""
import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ASSAY = os.environ.get("ASSAY", next((p for p in (os.path.abspath("assay"), os.path.join(TOP, "build", "assay"))
                                      if os.path.exists(p)), "assay"))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(TOP, "tests", "dns"))

from stub import Stub, Zone  # noqa: E402

try:
    import nacl.signing
except ImportError:
    print("1..0 # SKIP there is no python3-nacl")
    sys.exit(77)

RESULTS, MESSAGE, SEAL = "ARC-Authentication-Results", "ARC-Message-Signature", "ARC-Seal"
KEY = nacl.signing.SigningKey.generate()
RECORD = "v=DKIM1; k=ed25519; p=" + base64.b64encode(KEY.verify_key.encode()).decode()
RECEIVED = ("Received: from mail.example.com (mail.example.com [192.0.2.1])\r\n\tby mx.example.net (Postfix) "
            "with ESMTP id 1AB\r\n\tfor <to@example.net>; Mon, 1 Jan 2024 10:00:00 +0000\r\n")
PLAIN = ("From: Ann <ann@example.com>\r\nTo: to@example.net\r\nSubject: on   forwarding\r\n"
         "Date: Mon, 1 Jan 2024 09:59:00 +0000\r\nMessage-ID: <1@example.com>\r\n\r\nHello\r\n\r\nall of you.\r\n")


def relaxed(field):
    name, value = field.split(":", 1)
    return name.strip().lower() + ":" + re.sub(r"[ \t]+", " ", value.replace("\r\n", "")).strip() + "\r\n"


def fields_of(message):
    head, body = message.split("\r\n\r\n", 1)
    return [f + "\r\n" for f in re.split(r"\r\n(?![ \t])", head)], body


def sign(text):
    return base64.b64encode(KEY.sign(hashlib.sha256(text.encode()).digest()).signature).decode()


class Rsa:
    """A key that signs what sign() signs; `hash` is what it signs with."""

    def __init__(self, directory, bits):
        self.path, self.hash = os.path.join(directory, "%d.pem" % bits), "sha256"
        subprocess.run(["openssl", "genrsa", "-out", self.path, str(bits)], check=True, stderr=subprocess.DEVNULL)
        public = subprocess.run(["openssl", "rsa", "-in", self.path, "-pubout", "-outform", "DER"], check=True,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        self.record = "v=DKIM1; k=rsa; p=" + base64.b64encode(public).decode()

    def sign(self, text):
        return base64.b64encode(subprocess.run(["openssl", "dgst", "-" + self.hash, "-sign", self.path], check=True,
                                               input=text.encode(), stdout=subprocess.PIPE).stdout).decode()


def instance_of(field):
    found = re.search(r"(?:^|;)i=0*(\d*)(?:;|$)", re.sub(r"\([^)]*\)|\s", "", field.split(":", 1)[1]))
    return int(found.group(1) or 0) if found else None


def find(fields, name, instance):
    return next((f for f in fields if f.split(":")[0].strip().lower() == name.lower()
                 and instance_of(f) == instance), "")


def results(message, instance, text=None):
    return "%s: %s\r\n%s" % (RESULTS, text or "i=%d; lists.example; spf=pass" % instance, message)


def message_signature(message, instance, tags=None, signed="from:to:subject", signer=sign):
    """`tags` with {i}, {h}, {bh} and {b}; the body is signed as it is."""
    fields, body = fields_of(message)
    tags = tags or " i={i}; a=ed25519-sha256; c=relaxed/simple; d=example.com; s=e; h={h};\r\n bh={bh}; b={b}"
    digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
    tags = tags.replace("{i}", str(instance)).replace("{h}", signed).replace("{bh}", digest)
    text, left = "", list(reversed(fields))
    for name in signed.split(":"):
        field = next((f for f in left if f.split(":")[0].strip().lower() == name.strip().lower() != ""), None)
        if field:
            left.remove(field)
            text += relaxed(field)
    text += relaxed(MESSAGE + ":" + tags.replace("{b}", "") + "\r\n")[:-2]
    return MESSAGE + ":" + tags.replace("{b}", signer(text)) + "\r\n" + message


def seal(message, instance, chain, tags=None, signer=sign):
    fields, _ = fields_of(message)
    tags = tags or " i={i}; a=ed25519-sha256; cv={cv}; d=example.com; s=e; b={b}"
    tags = tags.replace("{i}", str(instance)).replace("{cv}", chain)
    text = ""
    for i in range(1, instance + 1):
        for name in (RESULTS, MESSAGE) + ((SEAL,) if i < instance else ()):
            field = find(fields, name, i)
            text += relaxed(field) if field else ""
    text += relaxed(SEAL + ":" + tags.replace("{b}", "") + "\r\n")[:-2]
    return SEAL + ":" + tags.replace("{b}", signer(text)) + "\r\n" + message


def hop(message, instance, chain=None):
    return seal(results(message_signature(message, instance), instance), instance,
                chain or ("none" if instance == 1 else "pass"))


def without(message, name, instance):
    return message.replace(find(fields_of(message)[0], name, instance), "", 1)


def twice(message, name, instance):
    return find(fields_of(message)[0], name, instance) + message


def damaged(message, name, instance):
    """Another first letter of b=."""
    field = find(fields_of(message)[0], name, instance)
    return message.replace(field, re.sub(r"\bb=(.)", lambda m: "b=" + ("B" if m[1] == "A" else "A"), field))


def hops(count):
    message = PLAIN
    for i in range(1, count + 1):
        message = hop(message, i)
    return message


def cases(directory, zone):
    """(what, message, is it signed, is it valid)"""
    one, two, three = hops(1), hops(2), hops(3)
    yield "no chain", PLAIN, False, False
    for count in (1, 2, 3, 10, 50):
        yield "%d hops" % count, hops(count), True, True
    yield "51 hops", hop(hops(50), 51), True, False
    for name in (RESULTS, MESSAGE, SEAL):
        for i in (1, 2, 3):
            yield "%s %d is missing" % (name, i), without(three, name, i), True, False
            yield "%s %d comes twice" % (name, i), twice(three, name, i), True, False
    for name in (MESSAGE, SEAL):
        yield name + " 1 damaged, then sealed", hop(damaged(one, name, 1), 2), True, False
        yield name + " 2 damaged", damaged(two, name, 2), True, False
    yield "results alone", results(PLAIN, 1), False, False
    yield "a message signature alone", message_signature(PLAIN, 1), True, False
    yield "a seal alone", seal(PLAIN, 1, "none"), True, False
    yield "a gap", hop(one, 3), True, False
    yield "it begins with 2", hop(PLAIN, 2), True, False
    fields, body = fields_of(two)
    yield "the fields in another order", "".join(sorted(fields)) + "\r\n" + body, True, True
    yield "names in capitals", two.replace("ARC-Seal", "ARC-SEAL").replace("ARC-Auth", "arc-AUTH"), True, True
    yield "the body changed", one.replace("all", "some"), True, False
    yield "the body changed before the next hop", hop(one.replace("all", "some"), 2), True, True
    yield "a signed field changed", one.replace("forwarding", "lists"), True, False
    yield "a signed field folded", one.replace("on   for", "on\r\n for"), True, True
    yield "results changed", two.replace("i=1; lists.example; spf=pass", "i=1; lists.example; spf=fail"), True, False
    for chains, valid in ((("pass",), False), (("fail",), False), (("none", "none"), False),
                          (("none", "fail"), False), (("none", "pass", "fail"), False),
                          (("none", "fail", "pass"), False), (("none", "pass", "pass"), True)):
        message = PLAIN
        for i, chain in enumerate(chains, 1):
            message = hop(message, i, chain)
        yield "cv=" + ", ".join(chains), message, True, valid
    yield from results_cases()
    yield from tag_cases()
    yield from space_cases()
    yield from signed_cases()
    yield from key_cases(directory, zone)
    yield "no header", "\r\nHello\r\n", False, False
    tags = " i={i}; a=ed25519-sha256; c=relaxed/relaxed; d=example.com; s=e; h={h}; bh={bh}; b={b}"
    yield "no body", seal(results(message_signature(PLAIN.split("\r\n\r\n", 1)[0] + "\r\n\r\n", 1, tags), 1), 1,
                          "none"), True, True
    yield "a whole set twice", "".join(find(fields_of(one)[0], n, 1) for n in (SEAL, MESSAGE, RESULTS)) + one, True, False
    yield "a good chain below a part of a set", results(two, 3), True, False
    yield "the fields at the end of the header", "".join(f for f in fields if not f.startswith("ARC")) + "".join(
        f for f in fields if f.startswith("ARC")) + "\r\n" + body, True, True


def results_cases():
    for text, valid in (("i=1; a.example; none", True), ("i=1 ; a.example; none", True),
                        ("i=1 (first); a.example; none", True), ("(x) i (y) = (z) 1; a.example; none", True),
                        ("i=01; a.example; none", True), ("i=1;\r\n\ta.example;\r\n none", True),
                        ("i=001; a.example; none", False), ("i=1 2; a.example; none", False),
                        ("I=1; a.example; none", False), ("i=0; a.example; none", False),
                        ("i=; a.example; none", False), ("i=x; a.example; none", False),
                        ("a.example; none", False), ("a.example; i=1; none", False)):
        yield "results: " + text, seal(results(message_signature(PLAIN, 1), 1, text), 1, "none"), True, valid
    inner = seal(message_signature(results(PLAIN, 1), 1, signed="from:arc-authentication-results"), 1, "none")
    yield "a message signature of its results", inner, True, True
    yield "results without a number above a good chain", results(inner, 2, "b.example; none"), True, False


def tag_cases():
    """Tags of seals and of message signatures, by what is replaced."""
    tags = " i={i}; a=ed25519-sha256; cv={cv}; d=example.com; s=e; b={b}"
    below = results(message_signature(PLAIN, 1), 1)
    for old, new, valid in (("i={i}; ", "", False), ("i={i}", "i=", False), ("i={i}", "i=0", False), ("i={i}", "i=a", False),
                            ("i={i}", "i=2", False), ("a=ed25519-sha256; ", "", False), ("a=ed25519-sha256", "a=x", False),
                            ("cv={cv}; ", "", False), ("cv={cv}", "cv=", False), ("cv={cv}", "cv=good", False),
                            ("cv={cv}", "CV=none", False), ("d=example.com; ", "", False), ("d=example.com", "d=", False),
                            ("d=example.com", "d=Example.COM", True), ("s=e; ", "", False), ("s=e", "s=", False),
                            ("s=e", "s=gone", False), ("b={b}", "b=", False), ("; b={b}", "", False), ("s=e", "s=e; h=from", False),
                            ("s=e", "s=e; h=", False), ("s=e", "s=e; x_y=z", True), ("s=e", "s=e; s=e", False),
                            ("s=e", "s=e; t=5", True), ("s=e", "s=e; t=", False), ("s=e", "s=e; z", False),
                            ("b={b}", "b={b};", True), ("; ", ";", True), ("; ", " ;\r\n\t", True), ("=", " = ", True),
                            ("; d=", ";; d=", False), ("s=e", "S=e", False), ("s=e", "s=e; _=", False),
                            ("s=e", "s=e; 1=x", False), ("s=e", "s=e; t=12 345", False), ("s=e", "s=e; t=-1", False),
                            ("a=ed25519-sha256", "a=", False), ("a=ed25519-sha256", "a=ed25519-sha1", False),
                            ("a=ed25519-sha256", "a=rsa-sha256", False), ("d=example.com", "d=***", False),
                            ("d=example.com", "d=example...", False), ("d=example.com", "d=com", False),
                            ("b={b}", "b=not base64!", False), ("s=e", "s=e; v=1", True), ("s=e", "s=e; c=x", True),
                            ("s=e", "s=e; q=http", False), ("i={i}", "i=01", True), ("i={i}", "i=1 1", False),
                            ("i={i}", "i=51", False), ("i={i}", "i=-1", False)):
        yield "seal: %s -> %s" % (old, new), seal(below, 1, "none", tags.replace(old, new)), True, valid
    tags = " i={i}; a=ed25519-sha256; c=relaxed/simple; d=example.com; s=e; h={h}; bh={bh}; b={b}"
    for old, new, valid in (("i={i}; ", "", False), ("i={i}", "i=0", False), ("i={i}", "i=2", False), ("a=ed25519-sha256; ", "", False),
                            ("c=relaxed/simple", "c=x", False), ("d=example.com", "d=", False), ("s=e", "s=gone", False),
                            ("h={h}; ", "", False), ("bh={bh}; ", "", False), ("bh={bh}", "bh=", False), ("b={b}", "b=", False),
                            ("s=e", "s=e; x_y=z", True), ("s=e", "s=e; s=e", False), ("s=e", "s=e; t=x", False),
                            ("b={b}", "b={b}; ", True), ("; ", ";\r\n ", True), ("s=e", "S=e", False), ("s=e", "s=e; _=", False),
                            ("s=e", "s=e; t=", False), ("s=e", "s=e; t=12 345", False), ("a=ed25519-sha256", "a=", False),
                            ("a=ed25519-sha256", "a=x", False), ("d=example.com", "d=example...", False), ("s=e", "s=", False),
                            ("bh={bh}", "bh=not base64!", False), ("b={b}", "b=not base64!", False), ("h={h}", "h=", False),
                            ("c=relaxed/simple", "c=", False), ("c=relaxed/simple; ", "", False), ("; ", ";;", False),
                            ("c=relaxed/simple", "c=simple/simple", False), ("c=relaxed/simple", "c=relaxed", True),
                            ("c=relaxed/simple", "c=relaxed/relaxed", True), ("s=e", "s=e; l=3", False),
                            ("s=e", "s=e; l=9999", False), ("s=e", "s=e; l=x", False), ("s=e", "s=e; x=1", False),
                            ("s=e", "s=e; v=1", True), ("s=e", "s=e; q=http", False)):
        yield ("message signature: %s -> %s" % (old, new),
               seal(results(message_signature(PLAIN, 1, tags.replace(old, new)), 1), 1, "none"), True, valid)
    for signed, valid in (("FROM:To", True), ("from : to", True), ("from:\r\n to", True), ("from:to::subject", True), ("from:from:x-none", True), ("to:subject", False),
                          ("from:arc-seal", False), ("from:Arc-SEAL", False)):
        yield ("message signature: h=" + signed,
               seal(results(message_signature(PLAIN, 1, signed=signed), 1), 1, "none"), True, valid)


def space_cases():
    """What relaxed canonicalization lets through after signing, and what it doesn't."""
    one = hop(PLAIN, 1)
    for name in (MESSAGE, SEAL, RESULTS):
        field = find(fields_of(one)[0], name, 1)
        for what, new, valid in (("in capitals", field.replace(name, name.upper()), True),
                                 ("with space after its colon", field.replace(":", ":  \t", 1), True),
                                 ("with space at its lines' ends", field.replace("\r\n", " \t\r\n"), True),
                                 ("with more space within", field.replace("; ", ";   "), True),
                                 ("folded", field.replace("; ", ";\r\n\t"), True),
                                 ("unfolded", field.replace("\r\n ", " "), True),
                                 ("with space that was none", field.replace("=", "= ", 1), False),
                                 ("with a tag more", field.replace("\r\n", "; z=1\r\n"), False)):
            yield "%s %s" % (name, what), one.replace(field, new), True, valid
    for name in (MESSAGE, SEAL):
        field = find(fields_of(one)[0], name, 1)
        new = re.sub(r"\bb=(.{9})", r"b= \1\r\n ", field)
        yield name + ": space in b= once all is sealed", one.replace(field, new), True, name == SEAL
    below = message_signature(PLAIN, 1)
    spaced = re.sub(r"\bb=(.{9})", r"b= \1\r\n ", below)
    yield MESSAGE + ": space in b= before it is sealed", seal(results(spaced, 1), 1, "none"), True, True
    field = find(fields_of(one)[0], MESSAGE, 1)
    new = re.sub(r"bh=(.{9})", r"bh=\1 ", field)
    yield MESSAGE + ": space in bh= after it was signed", one.replace(field, new), True, False
    spaced = " i={i}; a=ed25519-sha256; c=relaxed/simple; d=example.com; s=e; h={h}; bh=%s; b={b}"
    digest = base64.b64encode(hashlib.sha256(fields_of(PLAIN)[1].encode()).digest()).decode()
    yield MESSAGE + ": space in bh=", seal(results(message_signature(
        PLAIN, 1, spaced % (digest[:9] + "\r\n  " + digest[9:])), 1), 1, "none"), True, True


def signed_cases():
    """Fields that are signed more than once, or aren't there; and how bodies are read."""
    twins = PLAIN.replace("To: to@", "To: first@example.net\r\nTo: to@")
    once, both, three = (seal(results(message_signature(twins, 1, signed=h), 1), 1, "none")
                         for h in ("from:to", "from:to:to", "from:to:to:to"))
    turned = both.replace("To: first@example.net\r\nTo: to@example.net", "To: to@example.net\r\nTo: first@example.net")
    top = lambda message: message.replace("From: Ann", "To: new@example.net\r\nFrom: Ann")
    for what, message, valid in (("the lower of two is signed", once, True), ("both of two are signed", both, True),
                                 ("both of two are signed and turned", turned, False),
                                 ("one of two is signed, another is added on top", top(once), True),
                                 ("both of two and none more, another is added on top", top(three), False)):
        yield what, message, True, valid
    later = seal(results(message_signature(PLAIN, 1, signed="from:x-late"), 1), 1, "none")
    yield "a field is signed that isn't there", later, True, True
    yield "a field is signed that comes later", "X-Late: yes\r\n" + later, True, False
    for signed in ("from:arc-message-signature", "from:arc-message-signature:arc-authentication-results"):
        yield "the second signs the first's " + signed, seal(results(message_signature(
            hop(PLAIN, 1), 2, signed=signed), 2), 2, "pass"), True, True
    tags = " i={i}; a=ed25519-sha256; c=relaxed/%s; d=example.com; s=e; h={h}; bh={bh}; b={b}"
    for way, end, valid in (("simple", "you.\r\n\r\n\r\n", True), ("simple", "you. \r\n", False),
                            ("simple", "  you.\r\n", False), ("relaxed", "you.\r\n\r\n", True),
                            ("relaxed", "you. \t\r\n", True), ("relaxed", "  you.\r\n", True),
                            ("relaxed", "you.", True), ("relaxed", "you..\r\n", False), ("relaxed", "y ou.\r\n", False)):
        message = seal(results(message_signature(PLAIN, 1, tags % way), 1), 1, "none")
        new = message.replace(" you.\r\n", end if end.startswith(" ") else " " + end)
        yield "the body ends, %s, with %r" % (way, end), new, True, valid


def key_cases(directory, zone):
    """Keys of other kinds and records of keys."""
    for bits, hashed, valid in ((2048, "sha256", True), (1024, "sha256", True), (512, "sha256", False),
                                (1025, "sha1", False)):
        key, name = Rsa(directory, bits), "r%d" % bits
        key.hash = hashed
        zone.add(name + "._domainkey.example.com", "TXT", [key.record])
        signed = " i={i}; a=rsa-%s; c=relaxed/simple; d=example.com; s=%s; h={h}; bh={bh}; b={b}" % (hashed, name)
        sealed = " i={i}; a=rsa-%s; cv={cv}; d=example.com; s=%s; b={b}" % (hashed, name)
        yield "sealed by RSA with %d bits, %s" % (bits, hashed), seal(
            results(message_signature(PLAIN, 1), 1), 1, "none", sealed, key.sign), True, valid
        yield "signed by RSA with %d bits, %s" % (bits, hashed), seal(
            results(message_signature(PLAIN, 1, signed, signer=key.sign), 1), 1, "none"), True, valid
    p = RECORD.split("p=")[1]
    for number, (record, valid) in enumerate((
            ("k=ed25519; p=" + p, True), ("v=DKIM1; k=ed25519; n=a note; x=y; p=" + p, True),
            ("v=DKIM1; k=ed25519; h=sha1:sha256; s=email; t=y; p=" + p, True), ("v=DKIM1; k=ed25519; p=", False),
            ("v=DKIM1; k=ed25519", False), ("v=DKIM2; k=ed25519; p=" + p, False), ("k=ed25519; v=DKIM1; p=" + p, False),
            ("v=DKIM1; k=rsa; p=" + p, False), ("v=DKIM1; p=" + p, False), ("v=DKIM1; k=x; p=" + p, False),
            ("v=DKIM1; k=ed25519; h=sha1; p=" + p, False), ("v=DKIM1; k=ed25519; s=tlsrpt; p=" + p, False),
            ("v=DKIM1; k=ed25519; p=" + p[:-4], False), ("v=DKIM1; k=ed25519; p=not base64", False),
            ("v=DKIM1; k=ed25519; k=ed25519; p=" + p, False), ("no key", False))):
        zone.add("k%d._domainkey.example.com" % number, "TXT", [record])
        tags = " i={i}; a=ed25519-sha256; cv={cv}; d=example.com; s=k%d; b={b}" % number
        yield "a seal's key is " + record.replace(p, "KEY"), seal(
            results(message_signature(PLAIN, 1), 1), 1, "none", tags), True, valid


def main():
    zone, failed, count = Zone(), 0, 0
    zone.add("e._domainkey.example.com", "TXT", [RECORD])
    with tempfile.TemporaryDirectory(prefix="assay-chains-") as directory:
        stub = Stub(zone, ttl=600).start()
        rules, configuration = os.path.join(directory, "rules.cf"), os.path.join(directory, "assay.conf")
        with open(rules, "w", encoding="ascii") as file:
            file.write("clear_trusted_networks\nclear_internal_networks\ntrusted_networks 203.0.113.1\n"
                       "full SIGNED eval:check_arc_signed()\nfull VALID eval:check_arc_valid()\n")
        with open(configuration, "w", encoding="ascii") as file:
            file.write("rules %s\ndns_server 127.0.0.1@%d\ncache_directory %s\nstore sqlite:%s/records\n" % (
                rules, stub.port, directory, directory))
        made, paths = list(cases(directory, zone)), []
        for i, (_, message, _, _) in enumerate(made):
            paths.append(os.path.join(directory, "%03d.eml" % i))
            with open(paths[-1], "wb") as file:
                file.write((RECEIVED + message).encode())
        out = subprocess.run([ASSAY, "score", "-c", configuration, "--json"] + paths, stdout=subprocess.PIPE,
                             check=True).stdout
        stub.stop()
        for (what, _, signed, valid), line in zip(made, out.splitlines(), strict=True):
            hits = {rule["name"] for rule in json.loads(line)["rules"]}
            wrong = ("SIGNED" in hits, "VALID" in hits) != (signed, valid)
            count, failed = count + 1, failed + wrong
            if wrong:
                print("not ok - %s: hits %s" % (what, sorted(hits)))
    print("%d passed, %d failed" % (count - failed, failed))
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
