/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A rule file, an empty line, then a message: whatever they say about header fields, what is
 * written is a header.
 */
#include <assert.h>

#include "base/shown.h"
#include "base/utf8.h"
#include "rules/match/causes.h"
#include "rules/read/reader.h"
#include "scoring/forged.h"
#include "scoring/matched_text.h"
#include "scoring/report.h"
#include "scoring/score.h"
#include "scoring/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Line ends are folds, and nothing else in it ends a header. */
static void check_value(struct str value)
{
	for (size_t i = 0; i < value.len; i++) {
		assert(value.data[i] != '\0');
		if (value.data[i] == '\n')
			assert(i + 1 < value.len &&
			       (value.data[i + 1] == ' ' || value.data[i + 1] == '\t'));
	}
}

static size_t deletions(const struct report *report)
{
	size_t count = 0;

	while (count < report->len && report->items[count].kind == HEADER_DELETE)
		count++;
	return count;
}

static void check_lines(struct str name, struct str value)
{
	size_t column = name.len + 2;
	struct str line;

	for (; str_next_line(&value, &line); column = 0)
		assert(column + line.len <= 998);
}

/* What is shown of the message is a line of text. */
static void check_matched(struct arena *arena, const struct hits *hits)
{
	for (size_t i = 0; i < hits->len; i++) {
		struct str text = matched_text(arena, hits->items[i].matched);

		assert(utf8_is_valid(text) && str_eq(text, shown_text(arena, text)));
		assert(hits->items[i].causes.len <= CAUSES_MAX);
	}
}

static void write_report(struct arena *arena, struct policy *policy, struct str mail)
{
	struct message_limits limits = message_default_limits();
	struct envelope envelope = { .sender = STR("jane@example.com"), .has_sender = true };
	struct verdict verdict = { .tag = true, .required = 5000, .subject_tag = STR("[SPAM] ") };
	struct facts *facts = arena_new_object(arena, struct facts);
	struct str_list none = { 0 };
	struct report_input input = { .policy = policy, .envelope = &envelope, .limits = &none };
	struct raw_field_list fields;
	const struct report *report;

	facts->message = message_parse(arena, mail, &limits);
	facts->envelope = &envelope;
	facts->relays = relays_parse(arena, &facts->message->headers, &envelope,
	                             &(struct relay_settings){ 0 });
	input.hits = ruleset_match(policy->ruleset, arena, facts, deadline_in_ms(2000));
	if (policy->site->rewrite[SITE_REWRITE_SUBJECT].text.len > 0) {
		verdict.subject_tag = policy->site->rewrite[SITE_REWRITE_SUBJECT].text;
		policy->settings.subject_tag = verdict.subject_tag;
		policy->subject_from_rules = true;
	}
	check_matched(arena, input.hits);
	input.verdict = &verdict;
	input.facts = facts;
	raw_header_split(arena, str_from_offset(mail, raw_header_mbox_line(mail)), &fields);
	input.fields = &fields;
	input.score = score_sum(input.hits);
	input.rules = score_names(arena, input.hits);
	report = report_build(arena, &input);
	for (size_t i = 0; i < report->len; i++) {
		/* A changed field has the bytes of the message after the tag. */
		if (report->items[i].kind == HEADER_INSERT)
			check_value(report->items[i].value);
		check_lines(report->items[i].name, report->items[i].value);
	}
	/* Nothing that only we may write is left. */
	mail = report_apply(arena, &(struct report){ report->items, deletions(report), 0 }, mail);
	raw_header_split(arena, str_from_offset(mail, raw_header_mbox_line(mail)), &fields);
	for (size_t i = 0; i < fields.len; i++)
		assert(!forged_field(arena, &input, &fields.items[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ruleset_options options = { .scanners = 1, .match_limit = 1000 };
	struct arena *arena = arena_new();
	struct policy policy = { .hostname = STR("mx.example") };
	struct str text = arena_str(arena, (struct str){ (const char *)data, size }), mail;
	ptrdiff_t gap = str_find(text, STR("\n\n"));
	struct problems problems;

	mail = gap < 0 ? STR("Subject: x\n\nx\n") : str_from_offset(text, (size_t)gap + 2);
	problems_init(&problems, arena);
	settings_init(&policy.settings, arena);
	policy.settings.report_header = size % 2 == 1;
	policy.ruleset = ruleset_new(&options);
	policy.site = ruleset_site(policy.ruleset);
	reader_read_text(policy.ruleset, "fuzz.cf", NULL,
	                 gap < 0 ? text : str_prefix(text, (size_t)gap + 1), &problems);
	ruleset_finish(policy.ruleset, &problems);
	write_report(arena, &policy, mail);
	ruleset_free(policy.ruleset);
	arena_free(arena);
	return 0;
}
