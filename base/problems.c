/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/problems.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/shown.h"
#include "base/strbuf.h"

void problems_init(struct problems *problems, struct arena *arena)
{
	*problems = (struct problems){ .arena = arena };
}

bool problems_add(struct problems *problems, enum problem_severity severity,
                  const struct source_position *at, const char *format, ...)
{
	struct problem problem = { .severity = severity };
	char sentence[1024];
	struct strbuf buf;
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	strbuf_init(&buf, problems->arena);
	if (at != NULL && at->file != NULL) {
		strbuf_printf(&buf, "%s:", at->file);
		if (at->line > 0)
			strbuf_printf(&buf, "%u:", at->line);
		if (at->line > 0 && at->column > 0)
			strbuf_printf(&buf, "%u:", at->column);
		strbuf_add_char(&buf, ' ');
	}
	strbuf_add(&buf, str_from(sentence));
	problem.text = shown_text(problems->arena, strbuf_str(&buf));
	vec_push(problems->arena, problems, problem);
	problems->mistakes += severity == PROBLEM_MISTAKE;
	problems->errors += severity == PROBLEM_ERROR;
	return false;
}
