-- SPDX-License-Identifier: GPL-3.0-or-later
-- An ordinary session as miltertest plays an MTA: two mails, one aborted, the second one tagged.
-- The runner gives the daemon's address: miltertest -s session.lua -D socket=unix:/path

-- miltertest keeps the text of an error to itself.
local function fail(text)
	mt.echo(text)
	error(text)
end

local function must(problem, what)
	if problem ~= nil then
		fail(what .. ": " .. tostring(problem))
	end
end

local function continues(conn, what)
	if mt.getreply(conn) ~= SMFIR_CONTINUE then
		fail(what .. ": answered " .. tostring(mt.getreply(conn)))
	end
end

local conn = mt.connect(socket, 40, 0.1)
if conn == nil then
	fail("no connection to " .. socket)
end
must(mt.negotiate(conn, 6, nil, nil), "negotiate")
if not mt.test_action(conn, SMFIF_ADDHDRS) or not mt.test_action(conn, SMFIF_CHGHDRS) then
	fail("the filter doesn't want to change headers")
end
must(mt.macro(conn, SMFIC_CONNECT, "j", "mail.example.net", "{daemon_name}", "smtpd"), "macro")
must(mt.conninfo(conn, "mx.example.com", "192.0.2.7"), "conninfo")
must(mt.helo(conn, "helo.example.com"), "helo")

-- miltertest ends without a word where it is told to send a step that was declined.
local function eoh()
	if not mt.test_option(conn, SMFIP_NOEOH) then
		must(mt.eoh(conn), "eoh")
	end
end

local function envelope(queue_id)
	must(mt.macro(conn, SMFIC_MAIL, "i", queue_id), "macro")
	must(mt.mailfrom(conn, "<sender@example.com>"), "mailfrom")
	must(mt.rcptto(conn, "<joe@example.net>", "NOTIFY=NEVER"), "rcptto")
end

-- Aborted in the middle of its body.
envelope("LUA0")
must(mt.header(conn, "Subject", "Other"), "header")
eoh()
must(mt.bodystring(conn, "please tag me\r\n"), "body")
must(mt.abort(conn), "abort")

envelope("LUA1")
must(mt.header(conn, "From", "Ann <ann@example.com>"), "header")
must(mt.header(conn, "Subject", "Hello"), "header")
eoh()
must(mt.bodystring(conn, "Hello Joe\r\n"), "body")
must(mt.eom(conn), "eom")
continues(conn, "clean mail")
if not mt.eom_check(conn, MT_HDRINSERT, "X-Spam-Technical-Details") then
	fail("clean mail: no X-Spam-Technical-Details")
end
if mt.eom_check(conn, MT_HDRCHANGE, "Subject") then
	fail("clean mail: Subject changed")
end

envelope("LUA2")
must(mt.header(conn, "From", "Ann <ann@example.com>"), "header")
must(mt.header(conn, "Subject", "Hello"), "header")
must(mt.header(conn, "X-Spam-Flag", "NO"), "header")
eoh()
for _, piece in ipairs({ "please ", "tag ", "me\r", "\n" }) do
	must(mt.bodystring(conn, piece), "body")
	mt.sleep(0.05)
end
must(mt.eom(conn), "eom")
continues(conn, "spam")
if not mt.eom_check(conn, MT_HDRCHANGE, "Subject") then
	fail("spam: Subject not changed")
end
if not mt.eom_check(conn, MT_HDRDELETE, "X-Spam-Flag") then
	fail("spam: the forged X-Spam-Flag stays")
end
if mt.eom_check(conn, MT_RCPTDELETE, "<joe@example.net>") or mt.eom_check(conn, MT_QUARANTINE) then
	fail("spam: more was asked for than to change headers")
end
mt.disconnect(conn)
