/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a browser asked for, taken apart without believing any of it. Pure; slices point into what
 * was given or are in the arena.
 */
#ifndef WEB_REQUEST_H
#define WEB_REQUEST_H

#include "web/form.h"

enum request_method {
	REQUEST_GET, /* HEAD, too: the server leaves out the body */
	REQUEST_POST,
	REQUEST_OTHER,
};

/* A field of the request's header. */
struct request_header {
	struct str name, value;
};

/* As it came. */
struct request_parts {
	struct str method;
	struct str target; /* path and query, still encoded */
	struct str body;   /* of a form */
	bool too_large;    /* there was more of it than is taken */
	const struct request_header *headers;
	size_t header_count;
	bool near; /* over a unix socket or from this host: perhaps a proxy of ours */
};

struct request {
	enum request_method method;
	struct str page;    /* what follows the last "/" of the path: "discards.csv" */
	struct form query;  /* of the target */
	struct form body;   /* of a POST */
	struct str file;    /* that came with its form, or was pasted into it; or empty */
	struct str session; /* the cookie; "" where there is none */
	bool near;
	bool secure;    /* a proxy says that the browser came by TLS */
	bool same_site; /* what sent it is a page of ours, as far as browsers tell */
	const struct request_parts *parts;
};

/* Bytes of a target that are looked at. */
#define REQUEST_TARGET_MAX 8192
/* The cookie that has the session. */
#define REQUEST_COOKIE "assay"

/* False where the target is no path, or longer than that. */
bool request_read(struct arena *arena, const struct request_parts *parts,
                  struct request *request_r);

/*
 * The value of a header field that must be there once: "" where it is missing or empty. False where
 * it is there twice, since nobody knows then who wrote which.
 */
bool request_header(const struct request *request, struct str name, struct str *value_r);

#endif
