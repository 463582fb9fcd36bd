# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of every kind, made up from a seed: as operators write them, and as nobody should.
Each case has names of its own, so that all of them fit into one MTA."""

import random

# What the MTAs of the tests call theirs.
LOCAL, BOX, VHOST, VHOST2 = "local.test", "box.test", "vhost.test", "other.test"
HOST = "mx.hosted.example"
OWN = ["localhost", "LocalHost", "localhost.", "[127.0.0.1]", HOST, "MX.Hosted.Example",
       "localhost.hosted.example"]

class Case:
    """Lines for the tables, files that they name, and addresses to try."""

    def __init__(self, number, files):
        self.number, self.files = number, files
        self.virtual, self.aliases, self.pcre, self.regexp, self.rows = [], [], [], [], []
        self.socketmap, self.addresses, self.domains = {}, [], []
        self.plain = True  # every MTA reads it alike, so a class must be certain

    def name(self, what):
        return "%s%d" % (what, self.number)


class Maker:
    def __init__(self, seed, directory, mta):
        self.random = random.Random(seed)
        self.dir, self.mta = directory, mta
        self.count = 0

    # Targets.

    def external(self):
        self.count += 1
        return "x%d@%s" % (self.count, self.random.choice(["aol.test", "gmail.test", "sub.aol.test"]))

    def mailbox(self, bare):
        """Where mail stays: a mailbox in one of the domains of this host, by any of its names."""
        self.count += 1
        user = "m%d" % self.count
        kind = self.random.randrange(6 if bare else 5)
        if kind == 0:
            return user + "@" + BOX
        if kind in (1, 2):
            return user + "@" + self.random.choice(OWN)
        if kind == 5:
            return user
        return user + "@" + LOCAL

    def special(self):
        """What only aliases may have: commands, files, "\\name"."""
        self.count += 1
        path = "%s/out/f%d" % (self.dir, self.count)
        return self.random.choice(['"|cat >>%s"' % path, path, '"%s"' % path, "\\m%d" % self.count])

    def dressed(self, address):
        """The same address as people write it."""
        return self.random.choice([address] * 5 + [
            "<%s>" % address, "Bob Smith <%s>" % address, '"Smith, Bob" <%s>' % address])

    def targets(self, alias):
        chosen, many = [], [1, 1, 1, 2, 2, 3]
        if not alias and self.mta == "sendmail":
            many = [1]  # it takes but one there
        for _ in range(self.random.choice(many)):
            kind = self.random.random()
            if kind < 0.62:
                chosen.append(self.dressed(self.external()))
            elif alias and kind < 0.75:
                chosen.append(self.special())
            else:
                chosen.append(self.dressed(self.mailbox(bare=True)))
        return chosen

    def joined(self, targets, indent="\t"):
        """A list, over several lines or not."""
        text = ""
        for i, target in enumerate(targets):
            if i:
                text += self.random.choice([", ", ",", " , ", ",\n" + indent, "\n" + indent + ", "])
            text += target
        return text

    # Cases, by kind.

    def virtual(self, case):
        user = case.name("v")
        case.virtual.append("%s@%s %s\n" % (user, VHOST, self.joined(self.targets(False))))
        case.addresses.append("%s@%s" % (user, VHOST))
        if self.random.random() < 0.4:
            case.addresses.append("%s+ext@%s" % (user.upper(), VHOST.title()))
        if self.random.random() < 0.3:
            case.virtual.append("%s@%s %s@%s, %s\n" % (case.name("self"), LOCAL, case.name("self"),
                                                     LOCAL, self.external()))
            case.addresses.append("%s@%s" % (case.name("self"), LOCAL))
        if self.random.random() < 0.3:
            case.virtual.append("%s@%s %s@%s\n" % (case.name("chain"), VHOST2, user, VHOST))
            case.addresses.append("%s@%s" % (case.name("chain"), VHOST2))

    def alias(self, case):
        user = case.name("a")
        case.aliases.append("%s: %s\n" % (user, self.joined(self.targets(True))))
        case.addresses.append("%s@%s" % (user, LOCAL))
        if self.random.random() < 0.3:
            case.aliases.append("%s: %s\n" % (case.name("b"), user))
            case.addresses.append("%s@%s" % (case.name("b"), LOCAL))
        if self.random.random() < 0.3:
            case.aliases.append("%s: \\%s, %s\n" % ((case.name("c"),) * 2 + (self.external(),)))
            case.addresses.append("%s@%s" % (case.name("c"), LOCAL))
        if self.random.random() < 0.3:
            case.virtual.append("%s@%s %s\n" % (case.name("d"), VHOST, user))
            case.addresses.append("%s@%s" % (case.name("d"), VHOST))
        if self.random.random() < 0.2:
            case.aliases.append("%s: %s\nowner-%s: %s\n" % (
                case.name("list"), self.external(), case.name("list"), self.mailbox(False)))
            case.addresses.append("%s@%s" % (case.name("list"), LOCAL))

    def include(self, case):
        """Each line of the list by itself, also an indented one."""
        user, lines = case.name("i"), []
        for _ in range(self.random.randrange(1, 5)):
            lines.append(self.random.choice(["", "", "   ", "\t"]) +
                         ", ".join(self.targets(False)))
        if self.random.random() < 0.3:
            lines.insert(0, "# a comment")
        if self.random.random() < 0.2:
            lines.insert(self.random.randrange(len(lines) + 1), "")
        end = self.random.choice(["\n", "\n", "\n", "\r\n"])
        path = "%s/lists/%s" % (self.dir, user)
        case.files[path] = end.join(lines).encode() + self.random.choice([b"", end.encode()])
        case.aliases.append("%s: %s\n" % (user, self.random.choice([":include:%s", '":include:%s"']) % path))
        case.plain = end == "\n"
        case.addresses.append("%s@%s" % (user, LOCAL))

    def nested(self, case):
        """Lists that are odd: one in another, lines that a buffer does not hold, broken characters."""
        user, out, box = case.name("n"), self.external(), self.mailbox(bare=False)
        path, inner = "%s/lists/%s" % (self.dir, user), "%s/lists/%s-inner" % (self.dir, user)
        case.plain = False
        case.files[inner] = ("%s\n" % box).encode()
        case.files[path] = self.random.choice([
            "%s\n:include:%s\n" % (out, inner),
            ", ".join([out] * 150 + [box]) + "\n",
            ", ".join([out] * 110 + [box]) + "\n",
            " # %s\n%s\n" % (box, out),
            "%s\n  # %s\n" % (out, box),
            "%s,\n  %s\n" % (out, box),
            "%s\n%s/out/%s\n" % (out, self.dir, user),
            "\ufeff%s\n%s\n" % (out, box),
            "Bob\n <%s>\n%s\n" % (box, out),
            "%s (\n%s )\n" % (out, box),
            "caf\udce9 <%s>\n%s\n" % (box, out)]).encode("utf-8", "surrogateescape")
        case.aliases.append("%s: :include:%s\n" % (user, path))
        case.addresses.append("%s@%s" % (user, LOCAL))

    def catch_all(self, case):
        """A domain whose addresses all go somewhere, but for some."""
        domain = case.name("d") + ".test"
        case.domains.append(domain)
        out = self.random.choice(["@aol.test", "@aol.test", "@" + BOX, self.external(), self.mailbox(False)])
        if self.mta == "sendmail" and out.startswith("@"):
            out = "%1" + out
        case.virtual.append("@%s %s\n" % (domain, out))
        case.virtual.append("kept@%s %s\n" % (domain, self.mailbox(False)))
        case.addresses += ["any@" + domain, "KEPT@" + domain, "any.body+x@" + domain.upper()]
        case.addresses.append(self.random.choice(["kept+x@", "any%localhost@", "localhost!any@", '"kept"@']) + domain)
        case.plain = False

    def pcre(self, case, regexp=False):
        user, lines = case.name("r" if regexp else "p"), case.regexp if regexp else case.pcre
        digit = "([0-9]+)" if regexp else "(\\d+)"
        flags = self.random.choice(["", "", "i", "x", "m", "im", "ii"] + ([] if regexp else ["s", "A", "E", "U"]))
        if regexp and "x" in flags:
            digit = "\\([0-9][0-9]*\\)"
        reference = self.random.choice(["$1", "${1}", "$(1)", "${2}", "$1q", "$$"])
        where = self.random.choice(["aol.test", "aol.test", BOX, "localhost"])
        lines.append("/^%s-%s@%s$/%s  n%s@%s\n" % (user, digit, VHOST.replace(".", "\\."), flags,
                                                   ("-" + reference) if reference[1] != "1" or reference == "$1q"
                                                   else reference, where))
        if self.random.random() < 0.5:
            lines.append("%s!/nowhere/\n/^%s-/ %s\nendif\n" % (
                self.random.choice(["if ", "IF ", "if"]), user, self.joined(self.targets(False))))
        lines.append("/^%s/ %s\n" % (user, self.mailbox(bare=False)))
        for address in ("%s-7@%s", "%s-8x@%s"):
            case.addresses.append(address % (user, VHOST))
        case.addresses.append("%s-9@%s" % (user.upper(), VHOST))

    def regexp(self, case):
        self.pcre(case, regexp=True)

    def sqlite(self, case):
        user = case.name("q")
        case.rows += [("%s@%s" % (user, VHOST), t) for t in self.targets(False) if "<" not in t] or \
            [("%s@%s" % (user, VHOST), self.external())]
        case.addresses += ["%s@%s" % (user, VHOST), "%s+ext@%s" % (user, VHOST)]

    def socket(self, case):
        user = case.name("s")
        case.socketmap["%s@%s" % (user, VHOST)] = ", ".join(t for t in self.targets(False) if "<" not in t)
        if not case.socketmap["%s@%s" % (user, VHOST)]:
            case.socketmap["%s@%s" % (user, VHOST)] = self.external()
        case.addresses.append("%s@%s" % (user, VHOST))

    def odd(self, case):
        """Read in different ways, or not at all."""
        user, out, box = case.name("o"), self.external(), self.mailbox(bare=False)
        virtual, alias = "%s@%s" % (user, VHOST), "%s@%s" % (user, LOCAL)
        case.plain = False
        case.addresses += [virtual, alias]
        case.virtual += self.random.choice([
            ["%s %s\n%s %s\n" % (virtual, out, virtual, box)],
            ["%s %s\n%s %s\n" % (virtual, box, virtual, out)],
            ['"%s"@%s %s\n%s %s\n' % (user, VHOST, out, virtual, box)],
            ["%s\\%s@%s %s\n" % (user[:1], user[1:], VHOST, out)],
            ["%s %s %s\n" % (virtual, out, box)],
            ["%s %s (a remark, %s) , %s\n" % (virtual, out, box, self.external())],
            ["%s %s,\n# a comment\n\n  %s\n" % (virtual, out, box)],
            ["%s %s,\r\n  %s\r\n" % (virtual, out, box)],
            ["%s %s,%s,\n" % (virtual, out, box)],
            ["%s. %s\n" % (virtual, out)],
            ["%s error:5.1.1:550 gone\n" % virtual] if self.mta == "sendmail" else ["%s %s\n" % (user, out)],
            ["%s %s@%s\n%s %s\n" % (virtual, user, LOCAL, user, out)],
            ["%s@%s %s\n%s@%s %s\n" % (user.upper(), VHOST.upper(), out, user + "z", VHOST, box)],
            ["%s %s%%localhost@%s\n" % (virtual, user, LOCAL)],
            ["%s %s%%localhost@%s\n" % (virtual, user, BOX)],
            ["%s localhost!%s@%s\n" % (virtual, user, LOCAL)],
            ["%s %s@mx\n" % (virtual, user)],
            ["%s %s@hosted.example\n" % (virtual, user)],
            ["%s %s\n" % (virtual, ", ".join([out] * 900 + [box]))],
            ["%s\udce9@%s %s\n%s %s\n" % (user, VHOST, box, virtual, out)],
            ["%s %s, caf\udce9 <%s>\n%s %s\n" % (virtual, out, self.external(), virtual, box)],
            ["%s \"%s\"@%s\n" % (virtual, user, BOX)],
            ["%s \"%s x\"@aol.test, \"%s y\"@%s\n" % (virtual, user, user, BOX)],
        ])
        case.aliases += self.random.choice([
            ["%s: %s\n%s: %s\n" % (user, out, user, box)],
            ["%s: %s\n%s: %s\n" % (user, box, user, out)],
            ['"%s": %s\n' % (user, out)],
            ["%s: %s,\n# a comment\n  %s\n" % (user, out, box)],
            ["%s: %s %s\n" % (user, out, box)],
            ["%s: (%s) %s\n" % (user, box, out)],
            ["%s: %s@%s\n" % (user, user + "z", LOCAL)],
            ["%s: %s@%s\n%s: %s\n" % (user, user + "z", LOCAL, user + "z", out)],
            ["%s: %s%%localhost\n" % (user, user + "z")],
            ["%s: localhost!%s\n" % (user, user + "z")],
            ["%s: %s\n%s+*: %s\n" % (user, out, user, box)],
            ["%s: %s\n" % (user, ", ".join([out] * 500 + [box]))],
            ["%s: %s,%s\r\n" % (user, out, box)],
            ["%s: \"%s\"@%s, %s\n" % (user, user + "z", LOCAL, out)],
        ])
        if self.random.random() < 0.3:
            case.virtual.append("%s@%s %s\n" % (user + "z", LOCAL, self.external()))
        if self.random.random() < 0.4:
            case.addresses += self.random.sample([
                "%s%%aol.test@%s" % (user, VHOST), "aol.test!%s@%s" % (user, LOCAL),
                '"%s"@%s' % (user, VHOST), '"%s"@%s' % (user, LOCAL), "%s+x@%s" % (user, LOCAL),
                "%s@%s." % (user, VHOST), "%s@localhost" % user, "%s@[127.0.0.1]" % user,
                "@aol.test,@gmail.test:%s@%s" % (user, LOCAL)], 2)

    def unicode(self, case):
        user, out, box = case.name("\u00fc"), self.external(), self.mailbox(bare=False)
        case.plain = False
        case.virtual += self.random.choice([
            ["%s@%s %s\n" % (user, VHOST, out)],
            ["%s@%s %s\n%s@%s %s\n" % (user.upper(), VHOST, box, user, VHOST, out)],
            ["%s@%s %s\n" % (user.upper(), VHOST, out)],
            ["stra\u00dfe%d@%s %s\n" % (case.number, VHOST, out)]])
        case.addresses += ["%s@%s" % (user, VHOST), "%s@%s" % (user.upper(), VHOST),
                           "strasse%d@%s" % (case.number, VHOST)]
        if self.random.random() < 0.5:
            case.aliases.append("%s: %s\n" % (user, out))
            case.addresses.append("%s@%s" % (user, LOCAL))

    KINDS = {"postfix": ["virtual", "virtual", "alias", "alias", "include", "include", "pcre", "regexp",
                         "sqlite", "socket", "odd", "odd", "odd", "unicode", "nested", "catch_all"],
             "sendmail": ["alias", "alias", "include", "virtual", "odd", "odd", "nested", "catch_all"]}

    def cases(self, count):
        files, made = {}, [Case(0, {})]
        if self.mta == "postfix":
            # In a table with a byte order mark in front, see Tables.marked().
            made[0].addresses += ["mark1@" + VHOST, "mark2@" + VHOST]
        made[0].files, made[0].plain, made[0].kind = files, False, "marked"
        kinds = self.KINDS[self.mta]
        for number in range(1, count + 1):
            case = Case(number, files)
            case.kind = kinds[number % len(kinds)]
            getattr(self, case.kind)(case)
            made.append(case)
        return made
