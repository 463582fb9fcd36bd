/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fetching small files by http and https, redirects included, but by nothing else. Blocks, for
 * HTTP_SECONDS_MAX at most. Used by one thread.
 */
#ifndef UPDATE_HTTP_H
#define UPDATE_HTTP_H

#include <time.h>

#include "base/arena.h"
#include "base/error.h"

#define HTTP_SECONDS_MAX   120
#define HTTP_REDIRECTS_MAX 5

enum http_result {
	HTTP_FETCHED,
	HTTP_UNCHANGED, /* since if_modified_since */
	HTTP_MISSING,   /* there is no such file: status 404 or 410 */
	HTTP_FAILED,
};

/* `bytes_max`: more is a failure. `if_modified_since`: 0 for whatever is there. The reason of all
 * but the first two is in *err_r. */
enum http_result http_fetch(struct arena *arena, struct str url, size_t bytes_max,
                            time_t if_modified_since, struct str *text_r, struct error *err_r);

#endif
