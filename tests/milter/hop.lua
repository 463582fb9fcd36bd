-- SPDX-License-Identifier: GPL-3.0-or-later
-- The forward hop: spam for an external destination is discarded, ham passes.

local conn = mt.connect(socket, 40, 0.1)
if conn == nil then
	mt.echo("no connection to " .. socket)
	error("no connection")
end

local function pass(queue_id, body, expected)
	mt.macro(conn, SMFIC_MAIL, "i", queue_id)
	mt.mailfrom(conn, "<sender@example.com>")
	mt.rcptto(conn, "<x@far.example>", "ORCPT=rfc822;joe@example.net")
	mt.header(conn, "Received", "from mx.example.com (mx.example.com [192.0.2.7])\n\tby " ..
		"mail.example.net (Postfix) with ESMTP id FRONT\n\tfor <joe@example.net>; " ..
		"Sun, 22 Nov 2026 10:00:00 +0000")
	mt.header(conn, "Subject", "Hello")
	-- miltertest ends without a word where it is told to send a step that was declined.
	if not mt.test_option(conn, SMFIP_NOEOH) then
		mt.eoh(conn)
	end
	mt.bodystring(conn, body .. "\r\n")
	mt.eom(conn)
	if mt.getreply(conn) ~= expected then
		mt.echo(queue_id .. ": answered " .. tostring(mt.getreply(conn)))
		error("unexpected answer")
	end
end

mt.macro(conn, SMFIC_CONNECT, "j", "mail.example.net", "{daemon_name}", "FORWARD")
mt.conninfo(conn, "localhost", "127.0.0.1")
mt.helo(conn, "mail.example.net")
pass("HOP1", "Hello Joe", SMFIR_CONTINUE)
pass("HOP2", "please drop me", SMFIR_DISCARD)
pass("HOP3", "Hello again", SMFIR_CONTINUE)
mt.disconnect(conn)
