/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What update/http.h promises, in a build without libcurl. */
#include "update/http.h"

enum http_result http_fetch(struct arena *arena, struct str url, size_t bytes_max,
                            time_t if_modified_since, struct str *text_r, struct error *err_r)
{
	(void)arena;
	(void)bytes_max;
	(void)if_modified_since;
	*text_r = STR("");
	error_set(err_r,
	          "%.*s: this assay was built without libcurl; build it with "
	          "--with-rule-updates",
	          STR_FMT(url));
	return HTTP_FAILED;
}
