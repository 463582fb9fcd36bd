/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "health/receivers.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"
#include "rules/model/glob.h"

#define FILE_MAX (1 << 20)
/* Of a reply, so much is looked at. */
#define TEXT_MAX 2000

static const char *const names[RECEIVER_CLASSES] = { "spam", "listed", "rate", "unauthenticated",
	                                             "other" };

const char *receiver_class_name(enum receiver_class class)
{
	return names[class];
}

static bool find_class(struct str name, enum receiver_class *class_r)
{
	for (size_t i = 0; i < RECEIVER_CLASSES; i++) {
		if (str_eq(name, str_from(names[i]))) {
			*class_r = (enum receiver_class)i;
			return true;
		}
	}
	return false;
}

static bool parse_line(struct arena *arena, struct str line, const struct source_position *at,
                       struct receivers *receivers, struct problems *problems)
{
	struct receiver_pattern pattern;
	struct str rest = line, class;

	if (!str_next_word(&rest, &class) || !str_next_word(&rest, &pattern.code) ||
	    !str_next_word(&rest, &pattern.enhanced) || str_trim(rest).len == 0)
		return problems_add(problems, PROBLEM_ERROR, at,
		                    "a line has a class, a code, an enhanced code and a text; "
		                    "write for example: spam 550 5.7.1 *spam*");
	if (!find_class(class, &pattern.class))
		return problems_add(problems, PROBLEM_ERROR, at,
		                    "\"%.*s\" is no class; write spam, listed, rate, "
		                    "unauthenticated or other",
		                    STR_FMT(class));
	pattern.code = arena_str_lower(arena, pattern.code);
	pattern.enhanced = arena_str_lower(arena, pattern.enhanced);
	pattern.text = arena_str_lower(arena, str_trim(rest));
	vec_push(arena, receivers, pattern);
	return true;
}

bool receivers_parse(struct arena *arena, struct str text, const char *path,
                     struct receivers *receivers_r, struct problems *problems)
{
	struct source_position at = { .file = path, .column = 1 };
	struct str line;
	bool ok = true;

	*receivers_r = (struct receivers){ 0 };
	while (str_next_line(&text, &line)) {
		at.line++;
		line = str_trim(line);
		if (line.len > 0 && line.data[0] != '#')
			ok = parse_line(arena, line, &at, receivers_r, problems) && ok;
	}
	return ok;
}

bool receivers_read(struct arena *arena, const char *path, struct receivers *receivers_r,
                    struct problems *problems)
{
	FILE *file = fopen(path, "re");
	struct strbuf text;
	size_t got;

	if (file == NULL)
		return problems_add(problems, PROBLEM_ERROR, NULL,
		                    "health_receivers: %s: %s; install it or name another file",
		                    path, strerror(errno));
	strbuf_init(&text, arena);
	do {
		got = fread(strbuf_reserve(&text, 4096), 1, 4096, file);
		text.len += got;
	} while (got > 0 && text.len < FILE_MAX);
	fclose(file);
	return receivers_parse(arena, strbuf_str(&text), path, receivers_r, problems);
}

enum receiver_class receivers_classify(struct arena *arena, const struct receivers *receivers,
                                       const struct delivery *delivery)
{
	struct str text = arena_str_lower(arena, str_prefix(delivery->text, TEXT_MAX));
	const struct receiver_pattern *pattern;

	/* Nobody said anything. */
	if (delivery->code.len == 0 && delivery->enhanced.len == 0)
		return RECEIVER_OTHER;
	vec_foreach (receivers, pattern)
		if (glob_match(pattern->code, delivery->code) &&
		    glob_match(pattern->enhanced, delivery->enhanced) &&
		    glob_match(pattern->text, text))
			return pattern->class;
	return RECEIVER_OTHER;
}
