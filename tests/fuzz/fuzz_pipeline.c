/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as a message to the whole pipeline with our own rules, at the front, for two
 * recipients. The score is the sum of what hit; what is delivered has the body and the fields that
 * came in, but for those that a report may edit; and the same message gets the same score again.
 *
 * The rules are those of the source tree, or of the directory "rules" beside the program.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rules/model/hits.h"
#include "scoring/assay.h"
#include "tests/unit/body_digest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char configuration[] = "rules %s\nhostname mx1.example.net\nnetwork_tests no\n"
				    "match_limit 10000\ncache_directory\nscan_timeout 60s\n";

static struct str rules_directory(struct arena *arena)
{
	char program[1000] = "";
	struct str beside;

	if (readlink("/proc/self/exe", program, sizeof(program) - 1) < 0)
		abort();
	*strrchr(program, '/') = '\0';
	beside = arena_printf(arena, "%s/rules", program);
	return access(arena_printf(arena, "%s/10_gtube.cf", beside.data).data, R_OK) == 0
	               ? beside
	               : STR(TOP_SRCDIR "/rules/assay");
}

static struct policy *load(void)
{
	struct arena *arena = arena_new();
	struct settings *settings = arena_new_object(arena, struct settings);
	struct problems problems;
	struct policy *policy;
	struct str text = arena_printf(arena, configuration, rules_directory(arena).data);

	problems_init(&problems, arena);
	settings_init(settings, arena);
	settings_parse(settings, arena, text, "fuzz.conf", &problems);
	policy = policy_build(arena, settings, &problems);
	for (size_t i = 0; policy == NULL && i < problems.len; i++)
		fprintf(stderr, "%.*s\n", STR_FMT(problems.items[i].text));
	assert(policy != NULL);
	return policy;
}

/* The fields that no report may edit, and all that follows the header. */
static struct str untouched(struct arena *arena, struct str mail)
{
	struct raw_field_list fields;
	const struct raw_field *field;
	struct str_list found = { 0 };
	struct str rest =
		raw_header_split(arena, str_from_offset(mail, raw_header_mbox_line(mail)), &fields);

	vec_foreach (&fields, field)
		if (!report_may_edit(field->name))
			vec_push(arena, &found, field->text);
	vec_push(arena, &found, rest);
	return arena_concat(arena, found.items, found.len);
}

static bool has_separator(struct arena *arena, struct str mail)
{
	struct raw_field_list fields;
	struct str rest =
		raw_header_split(arena, str_from_offset(mail, raw_header_mbox_line(mail)), &fields);

	return rest.len > 0 && (rest.data[0] == '\n' || rest.data[0] == '\r');
}

static void check_report(struct arena *arena, const struct assay *assay, struct str mail)
{
	struct str delivered = report_apply(arena, assay->report, mail);

	/* No MTA hands over a header that doesn't end, or text in its place: a line end is added.
	 */
	if (has_separator(arena, mail))
		assert(str_eq(untouched(arena, delivered), untouched(arena, mail)));
	for (size_t i = 0; i < assay->report->len; i++) {
		struct str value = assay->report->items[i].value;

		for (size_t k = 0; assay->report->items[i].kind == HEADER_INSERT && k < value.len;
		     k++)
			assert(value.data[k] != '\0' &&
			       (value.data[k] != '\n' ||
			        (k + 1 < value.len &&
			         (value.data[k + 1] == ' ' || value.data[k + 1] == '\t'))));
	}
}

static void check_score(const struct assay *assay)
{
	int64_t sum = 0;

	for (size_t i = 0; i < assay->hits->len; i++)
		sum += assay->hits->items[i].score;
	assert(assay->score == sum);
	assert(assay->floor <= assay->score);
	assert(assay->skipped == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct policy *policy;
	struct arena *arena = arena_new();
	struct envelope envelope = { .client_ip = STR("198.51.100.7"),
		                     .helo = STR("client.example"),
		                     .sender = STR("x@sender.example"),
		                     .has_sender = true,
		                     .host = STR("mx1.example.net") };
	struct assay_input input = { .raw = { (const char *)data, size },
		                     .envelope = &envelope,
		                     .deadline = deadline_in_ms(60000) };
	const struct assay *assay, *again;

	if (policy == NULL)
		policy = load();
	vec_add(arena, &envelope.recipients)->address = STR("joe@hosted.example");
	vec_add(arena, &envelope.recipients)->address = STR("jane@hosted.example");
	input.body = body_digest(input.raw);
	assay = assay_message(arena, policy, &input);
	check_score(assay);
	check_report(arena, assay, input.raw);
	again = assay_message(arena, policy, &input);
	assert((assay->score == again->score && str_eq(assay->rules, again->rules)) ||
	       assay->limits.len > 0 || again->limits.len > 0);
	arena_free(arena);
	return 0;
}
