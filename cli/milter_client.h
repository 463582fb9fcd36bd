/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The MTA's side of the milter protocol, version 6: hands one message to a running filter and
 * collects what it wants done. Blocking, with a time limit for each reply; one thread.
 */
#ifndef CLI_MILTER_CLIENT_H
#define CLI_MILTER_CLIENT_H

#include "base/error.h"
#include "base/vec.h"
#include "message/envelope.h"
#include "scoring/report.h"

enum milter_answer {
	MILTER_CONTINUE, /* also what "accept" comes to at the end of a message */
	MILTER_ACCEPT,
	MILTER_DISCARD,
	MILTER_REJECT,
	MILTER_TEMPFAIL,
};

struct milter_result {
	enum milter_answer answer;
	struct str reply;    /* "550 5.7.1 text" of an SMTP reply, or empty */
	struct report edits; /* of the header, in the order in which they came */
	struct str_list deleted_recipients;
	struct str_list added_recipients;
	struct str new_sender;
	bool has_new_sender;
};

struct milter_client;

/* Connects to "unix:/path", "local:/path", "inet:port@host" or "inet:host:port"; negotiates. */
struct milter_client *milter_client_open(const char *address, int timeout_ms, struct error *err_r);
void milter_client_close(struct milter_client *client);

/* Sends the session, the envelope and the message; the result is in `arena`. */
bool milter_client_send(struct milter_client *client, struct arena *arena,
                        const struct envelope *envelope, struct str raw,
                        struct milter_result *result_r, struct error *err_r);

#endif
