/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a rule file: read, compiled, its tests run, and matched with a message. */
#include "rules/read/reader.h"
#include "tests/fuzz/rules_match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char mail[] = "Received: from a.example (a.example [192.0.2.9]) by b.example; "
			   "Tue, 3 Sep 2002 10:14:05 +0200\n"
			   "From: \"Jane\" <jane@example.com>\n"
			   "To: one@example.org, two@example.net\n"
			   "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= from\n home\n"
			   "Message-ID: <1@example.com>\n"
			   "Date: Tue, 3 Sep 2002 10:14:05 +0200\n"
			   "Content-Type: text/html\n"
			   "\n"
			   "<p>Dear friend, <a href=\"http://www.example.com/?to=one@example.org\">"
			   "https://bank.example</a> aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ruleset_options options = { .scanners = 1, .match_limit = 1000 };
	struct arena *arena = arena_new();
	struct problems problems;
	struct ruleset *set = ruleset_new(&options);
	struct str text = arena_str(arena, (struct str){ (const char *)data, size });

	problems_init(&problems, arena);
	reader_read_text(set, "fuzz.cf", NULL, text, &problems);
	ruleset_finish(set, &problems);
	ruleset_run_tests(set, &problems);
	rules_match(arena, set, STR(mail));
	ruleset_free(set);
	arena_free(arena);
	return 0;
}
