-- SPDX-License-Identifier: GPL-3.0-or-later
-- The forward hop: spam for an external destination is discarded, ham passes.

local conn = mt.connect(socket, 40, 0.1)
if conn == nil then
	error("no connection to " .. socket)
end

local function pass(queue_id, body, expected)
	mt.macro(conn, SMFIC_MAIL, "i", queue_id)
	mt.mailfrom(conn, "<sender@example.com>")
	mt.rcptto(conn, "<x@far.example>", "ORCPT=rfc822;joe@example.net")
	mt.header(conn, "Subject", "Hello")
	mt.eoh(conn)
	mt.bodystring(conn, body .. "\r\n")
	mt.eom(conn)
	if mt.getreply(conn) ~= expected then
		error(queue_id .. ": answered " .. tostring(mt.getreply(conn)))
	end
end

mt.macro(conn, SMFIC_CONNECT, "j", "mail.example.net", "{daemon_name}", "FORWARD")
mt.conninfo(conn, "localhost", "127.0.0.1")
mt.helo(conn, "mail.example.net")
pass("HOP1", "Hello Joe", SMFIR_CONTINUE)
pass("HOP2", "please drop me", SMFIR_DISCARD)
pass("HOP3", "Hello again", SMFIR_CONTINUE)
mt.disconnect(conn)
