/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "update/http.h"

#include <curl/curl.h>

#include "base/strbuf.h"

#define CONNECT_SECONDS_MAX 15
/* A server that sends less for so long is as good as dead. */
#define SLOW_BYTES   100
#define SLOW_SECONDS 30

struct body {
	struct strbuf text;
	size_t max;
	bool too_large;
};

static size_t take(char *data, size_t size, size_t count, void *context)
{
	struct body *body = context;
	size_t len = size * count;

	if (len > body->max - body->text.len) {
		body->too_large = true;
		return 0;
	}
	strbuf_add(&body->text, (struct str){ data, len });
	return len;
}

static bool set_options(CURL *curl, const char *url, struct body *body, time_t since)
{
	bool ok = curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK &&
	          curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	          curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https") == CURLE_OK;

	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(curl, CURLOPT_MAXREDIRS, (long)HTTP_REDIRECTS_MAX);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)HTTP_SECONDS_MAX);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS_MAX);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)SLOW_SECONDS);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "assay/" ASSAY_VERSION);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
	if (since > 0) {
		curl_easy_setopt(curl, CURLOPT_TIMECONDITION, (long)CURL_TIMECOND_IFMODSINCE);
		curl_easy_setopt(curl, CURLOPT_TIMEVALUE_LARGE, (curl_off_t)since);
	}
	return ok;
}

static enum http_result judge(CURL *curl, CURLcode code, const struct body *body, struct str url,
                              struct error *err_r)
{
	long status = 0, unmet = 0;

	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(curl, CURLINFO_CONDITION_UNMET, &unmet);
	if (body->too_large)
		error_set(err_r, "%.*s: larger than %zu bytes", STR_FMT(url), body->max);
	else if (code != CURLE_OK)
		error_set(err_r, "%.*s: %s", STR_FMT(url), curl_easy_strerror(code));
	else if (status == 304 || (status == 200 && unmet != 0))
		return HTTP_UNCHANGED;
	else if (status == 200)
		return HTTP_FETCHED;
	else
		error_set(err_r, "%.*s: the server answers %ld", STR_FMT(url), status);
	return code == CURLE_OK && (status == 404 || status == 410) ? HTTP_MISSING : HTTP_FAILED;
}

enum http_result http_fetch(struct arena *arena, struct str url, size_t bytes_max,
                            time_t if_modified_since, struct str *text_r, struct error *err_r)
{
	struct body body = { .max = bytes_max };
	enum http_result result = HTTP_FAILED;
	CURL *curl = curl_easy_init();

	strbuf_init(&body.text, arena);
	if (curl != NULL && set_options(curl, arena_cstr(arena, url), &body, if_modified_since))
		result = judge(curl, curl_easy_perform(curl), &body, url, err_r);
	else
		error_set(err_r, "%.*s: libcurl can't be used for it", STR_FMT(url));
	curl_easy_cleanup(curl);
	*text_r = strbuf_str(&body.text);
	return result;
}
