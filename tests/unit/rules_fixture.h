/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For unit tests of rules/: rule sets from text, and messages matched with them. */
#ifndef TESTS_UNIT_RULES_FIXTURE_H
#define TESTS_UNIT_RULES_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rules/model/ruleset_data.h"
#include "rules/read/reader.h"
#include "rules/ruleset.h"
#include "rules/uri_rules.h"
#include "tests/unit/unit.h"

struct rules_fixture {
	struct arena *arena;
	struct problems problems;
	struct ruleset_options options;
	struct ruleset *set;
	const struct hits *hits;
	char path[64];
};

static inline int rules_set_up(void **state)
{
	struct rules_fixture *f = calloc(1, sizeof(*f));

	f->arena = arena_new();
	problems_init(&f->problems, f->arena);
	f->options.scanners = 1;
	*state = f;
	return 0;
}

static inline int rules_tear_down(void **state)
{
	struct rules_fixture *f = *state;

	ruleset_free(f->set);
	arena_free(f->arena);
	free(f);
	return 0;
}

/* Writes a file that the test removes; its name is in `path`. */
static inline void rules_write(char path[64], const char *text)
{
	int fd;

	strcpy(path, "/tmp/assay-test-XXXXXX.cf");
	fd = mkstemps(path, 3);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static inline void rules_load(struct rules_fixture *f, const char *text)
{
	ruleset_free(f->set);
	rules_write(f->path, text);
	f->options.paths.len = 0;
	vec_push(f->arena, &f->options.paths, arena_str(f->arena, str_from(f->path)));
	f->set = ruleset_load(&f->options, &f->problems);
	unlink(f->path);
	assert_non_null(f->set);
}

/* The text of problem number `i` without the file's name: "line:column: what". */
static inline const char *rules_problem(const struct rules_fixture *f, size_t i)
{
	const char *text;

	if (i >= f->problems.len)
		return "(no problem)";
	text = arena_cstr(f->arena, f->problems.items[i].text);
	return strncmp(text, f->path, strlen(f->path)) == 0 ? text + strlen(f->path) + 1 : text;
}

static inline void rules_match_envelope(struct rules_fixture *f, const char *mail,
                                        const struct envelope *envelope)
{
	struct message_limits limits = message_default_limits();
	struct uri_rules *uri_rules = arena_new_object(f->arena, struct uri_rules);
	struct facts *facts = arena_new_object(f->arena, struct facts);
	const struct message *message;

	uri_rules_init(uri_rules, f->set, deadline_never());
	message = message_parse_for(f->arena, arena_str(f->arena, str_from(mail)), &limits,
	                            &ruleset_site(f->set)->reading, &uri_rules->knowledge);
	uri_rules_deinit(uri_rules);
	facts->message = message;
	facts->envelope = envelope;
	facts->relays =
		relays_parse(f->arena, &message->headers, envelope, &(struct relay_settings){ 0 });
	f->hits = ruleset_match(f->set, f->arena, facts, deadline_never());
}

static inline void rules_match(struct rules_fixture *f, const char *mail)
{
	static const struct envelope none;

	rules_match_envelope(f, mail, &none);
}

static inline const struct rule_hit *rules_hit(const struct rules_fixture *f, const char *name)
{
	for (size_t i = 0; i < f->hits->len; i++)
		if (str_eq(f->hits->items[i].name, str_from(name)))
			return &f->hits->items[i];
	return NULL;
}

/* All names of the rules that hit, in order, with a space between. */
static inline const char *rules_hit_names(const struct rules_fixture *f)
{
	char *text = arena_alloc(f->arena, 4096);

	text[0] = '\0';
	for (size_t i = 0; i < f->hits->len; i++) {
		if (i > 0)
			strcat(text, " ");
		strncat(text, f->hits->items[i].name.data, f->hits->items[i].name.len);
	}
	return text;
}

/* A rule for each call; those that should hit have names in H_, the others in N_. */
static inline void rules_check_calls(struct rules_fixture *f, const char *rules, const char *mail)
{
	rules_load(f, rules);
	for (size_t i = 0; i < f->problems.len; i++)
		fail_msg("%s", rules_problem(f, i));
	rules_match(f, mail);
	for (size_t i = 0; i < f->set->rules.len; i++) {
		const struct rule *rule = f->set->rules.items[i];
		bool hit = rules_hit(f, arena_cstr(f->arena, rule->name)) != NULL;

		if (hit != str_starts(rule->name, STR("H_")))
			fail_msg("%.*s %s", STR_FMT(rule->name), hit ? "hit" : "did not hit");
	}
}

#define rules_test(function)                                                                       \
	cmocka_unit_test_setup_teardown(function, rules_set_up, rules_tear_down)

#endif
