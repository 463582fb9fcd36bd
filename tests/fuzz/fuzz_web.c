/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any request to the page: the first line is the method, the second the target, then fields of the
 * header until an empty line, then the body. Whoever asks, no markup of a record gets into a page,
 * and a customer sees no other's mail.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "web/live.h"
#include "web/pages.h"

#define HEADERS_MAX 16
#define SECRET      "hidden-from-others"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct web web;
static struct settings settings;
static struct link_key key = { "a key for this fuzzer" };
static char directory[] = "/tmp/assay-fuzz-web-XXXXXX";

static struct record make_record(int64_t time_us, enum record_kind kind, const char *recipient,
                                 const char *subject)
{
	return (struct record){ .kind = kind,
		                .time_us = time_us,
		                .scan_id = "scan<b>1",
		                .queue_id = "Q<b>1",
		                .content = "",
		                .message_id = "<b>\"'&@example.org",
		                .sender = "<b>sender@example.org",
		                .recipient = recipient,
		                .destination = "<b>\"@aol.example",
		                .score = 7500,
		                .threshold = 5000,
		                .client_ip = "192.0.2.1",
		                .client_name = "<b>client",
		                .rules = "A<b>=7.5",
		                .size = 1000,
		                .origin = "",
		                .kept = "<b>",
		                .subject = subject,
		                .authentication = "spf=<b>",
		                .threshold_origin = "<b>:1",
		                .signature = "<b>",
		                .matched = "A<b>\t<b>\n" };
}

static void remove_all(void)
{
	char command[200];

	readers_free(web.readers);
	rule_texts_free(web.rules);
	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	if (system(command) != 0)
		abort();
}

static void make_web(void)
{
	static char uri[100], epochs[100];
	int64_t now_us = (int64_t)time(NULL) * 1000000;
	const struct record records[] = {
		make_record(now_us, RECORD_DISCARDED, "joe@example.com", "<b>one"),
		make_record(now_us, RECORD_DELIVERED, "joe@example.com", "<b>two"),
		make_record(now_us, RECORD_DISCARDED_INFECTED, "ann@example.net", SECRET),
		make_record(now_us, RECORD_FORWARDED, "ann@example.net", SECRET),
	};
	struct store *store;
	struct error error;

	if (mkdtemp(directory) == NULL)
		abort();
	snprintf(uri, sizeof(uri), "sqlite:%s/db", directory);
	snprintf(epochs, sizeof(epochs), "%s/links", directory);
	store = store_open(uri, &error);
	if (store == NULL || !store_write(store, records, 4, &error))
		abort();
	store_close(store);
	web.visitors = (struct visitor_rules){ STR("X-Staff"), STR("X-Account"), &key, epochs };
	web.readers = readers_new(uri);
	web.rules = rule_texts_new(&settings);
	web.service = STR("Service");
	web.settings = &settings;
	settings.store = str_from(uri);
	/* Nobody is there. */
	web.control = STR("unix:/nonexistent/control.sock");
	web.customers_lists = true;
	web.required_score = 5000;
	atexit(remove_all);
}

static struct str take_line(struct str *rest)
{
	struct str line = STR("");

	if (rest->len > 0)
		str_next_line(rest, &line);
	return line;
}

static void check(const struct request_parts *parts, bool customer)
{
	struct arena *arena = arena_new();
	struct response response;
	struct str body;

	pages_answer(&web, arena, parts, &response);
	body = strbuf_str(&response.body);
	assert(response.code >= 200 && response.code < 600 && response.type != NULL);
	if (strcmp(response.type, RESPONSE_HTML) == 0)
		assert(str_find(body, STR("<b>")) < 0);
	/* What he asked for is shown again. */
	if (customer && str_find(parts->target, STR("hidden")) < 0)
		assert(str_find(body, STR(SECRET)) < 0);
	live_free(response.live);
	arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = { (const char *)data, size }, line;
	struct request_header headers[HEADERS_MAX + 1];
	struct request_parts parts = { .headers = headers };

	if (web.readers == NULL)
		make_web();
	parts.method = take_line(&rest);
	parts.target = take_line(&rest);
	while (parts.header_count < HEADERS_MAX && (line = take_line(&rest)).len > 0) {
		ptrdiff_t colon = str_find_char(line, ':');

		if (colon > 0)
			headers[parts.header_count++] =
				(struct request_header){ str_prefix(line, (size_t)colon),
				                         str_from_offset(line, (size_t)colon + 1) };
	}
	parts.body = rest;
	/* From afar, by what it says of itself; as staff; and as a customer, whatever else it says.
	 */
	check(&parts, true);
	parts.near = true;
	headers[parts.header_count] = (struct request_header){ STR("X-Staff"), STR("anna") };
	parts.header_count++;
	check(&parts, false);
	headers[parts.header_count - 1] =
		(struct request_header){ STR("X-Account"), STR("example.com") };
	for (size_t i = 0; i + 1 < parts.header_count; i++)
		if (str_eq_ci(headers[i].name, STR("X-Account")))
			return 0;
	check(&parts, true);
	return 0;
}
