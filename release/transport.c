/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "release/transport.h"

#include <string.h>

#include "release/sendmail.h"

#define PROGRAM_SCHEME "sendmail:"

bool transport_parse(struct arena *arena, const char *key, struct str text,
                     struct transport *transport_r, struct error *err_r)
{
	*transport_r = (struct transport){ 0 };
	if (!str_starts(text, STR(PROGRAM_SCHEME)))
		return smtp_server_parse(arena, key, text, &transport_r->server, err_r);
	transport_r->program = arena_cstr(arena, str_from_offset(text, strlen(PROGRAM_SCHEME)));
	return transport_r->program[0] == '/' ||
	       error_set(err_r, "%s: \"%.*s\": the path must begin with \"/\"", key, STR_FMT(text));
}

enum smtp_end transport_send(const struct transport *transport, const struct smtp_mail *mail,
                             struct error *err_r)
{
	if (transport->program != NULL)
		return sendmail_send(transport->program, mail, err_r);
	return smtp_send(&transport->server, mail, err_r);
}
