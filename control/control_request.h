/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is asked on the control socket: one request on each connection, a line with a JSON object,
 *
 *	{"command": "status"}
 *	{"command": "reload", "force": true}
 *	{"command": "act", "link": "AAAA…"}
 *	{"command": "act", "link": "AAAA…", "message_bytes": 1234}
 *
 * of which the last is followed by so many bytes of a message. It is answered with one line: an
 * object with "error", a sentence, or what the command gives (reload_answer.h, status_json.h,
 * act_answer.h). Then the connection is closed. Pure.
 */
#ifndef CONTROL_CONTROL_REQUEST_H
#define CONTROL_CONTROL_REQUEST_H

#include "base/arena.h"
#include "base/error.h"

/* The longest request, without its line end. */
#define CONTROL_REQUEST_MAX 4000

enum control_command {
	CONTROL_STATUS,
	CONTROL_RELOAD,
	CONTROL_ACT, /* what a signed link is for, once */
};

/* Characters of a link that is asked for. */
#define CONTROL_LINK_MAX 1000
/* Bytes of a message that comes with one. */
#define CONTROL_MESSAGE_MAX ((size_t)8 << 20)

struct control_request {
	enum control_command command;
	bool force;                      /* of a reload: any rules are accepted */
	char link[CONTROL_LINK_MAX + 1]; /* of an act; A-Z, a-z, 0-9, "-" and "_" */
	/* With the link, a message that the filter may have no copy of; mostly empty. The line has
	 * its length only, so control_request_parse() gives no bytes. */
	struct str message;
};

/* Reads a line; false with what is wrong with it, which holds nothing that isn't printable. */
bool control_request_parse(struct str line, struct control_request *request_r, struct error *err_r);

/* The line, with its end. */
struct str control_request_text(struct arena *arena, const struct control_request *request);

/* The answer to what is no request, or can't be done; a line with its end. */
struct str control_request_refusal(struct arena *arena, const char *reason);

#endif
