/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a browser is answered: a plain value in the request's arena, that the server sends. */
#ifndef WEB_RESPONSE_H
#define WEB_RESPONSE_H

#include "base/strbuf.h"

struct live_query;

struct response {
	unsigned code; /* of HTTP */
	const char *type;
	struct strbuf body;
	struct str cookie;       /* Set-Cookie, or empty */
	struct str download;     /* the name of the file that it is to be kept as; or empty */
	bool unchanging;         /* the same for everybody, as long as this version runs */
	struct live_query *live; /* rows go on coming, see live.h; or NULL */
};

#define RESPONSE_HTML "text/html; charset=utf-8"
#define RESPONSE_TEXT "text/plain; charset=utf-8"

#endif
