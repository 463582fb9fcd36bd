/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an Authentication-Results field of another host says (RFC 8601): result by result. Linear in
 * the text; nothing fails, what can't be read is no result. In the arena.
 */
#ifndef FACTS_AUTH_RESULTS_READ_H
#define FACTS_AUTH_RESULTS_READ_H

#include "base/arena.h"

struct auth_result {
	struct str method;  /* "spf"; empty for what is no result, such as the host's name */
	struct str value;   /* "pass" */
	struct str rest;    /* "smtp.mailfrom=user@example.com …", comments left out */
	struct str comment; /* what stands in the comments, a blank after each */
};

/* Takes what is before the next ";" off the text; false at its end. */
bool auth_results_next(struct arena *arena, struct str *text, struct auth_result *result_r);
/* The name of the host, which stands before the results (authserv-id); empty where the text begins
 * with a result, as Microsoft's does. Takes it off the text, and its version. */
struct str auth_results_host(struct arena *arena, struct str *text);
/* "smtp.mailfrom": the value of a property of the result, without quotes; or empty. */
struct str auth_result_property(const struct auth_result *result, struct str name);

#endif
