/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/postconf.h"

#include "base/strbuf.h"
#include "cli/program.h"

/* Runs `program [-c directory] option argument`. */
static bool run(const struct postconf *pc, const char *program, const char *option,
                struct str argument, struct str *output_r, struct error *err_r)
{
	struct str_list arguments = { 0 };

	vec_push(pc->arena, &arguments, str_from(program));
	if (pc->directory != NULL) {
		vec_push(pc->arena, &arguments, STR("-c"));
		vec_push(pc->arena, &arguments, str_from(pc->directory));
	}
	if (option != NULL)
		vec_push(pc->arena, &arguments, str_from(option));
	vec_push(pc->arena, &arguments, argument);
	return program_run(pc->arena, &arguments, output_r, err_r);
}

static bool change(const struct postconf *pc, const char *option, struct str argument,
                   struct error *err_r)
{
	struct str output;

	return run(pc, "postconf", option, argument, &output, err_r);
}

bool postconf_value(const struct postconf *pc, const char *name, struct str *value_r,
                    struct error *err_r)
{
	bool ok = run(pc, "postconf", "-hx", str_from(name), value_r, err_r);

	*value_r = str_trim(*value_r);
	return ok;
}

bool postconf_is_set(const struct postconf *pc, struct str name, bool *set_r, struct str *value_r,
                     struct error *err_r)
{
	struct str output;
	ptrdiff_t equals;

	if (!run(pc, "postconf", "-n", name, &output, err_r))
		return false;
	equals = str_find_char(output, '=');
	*set_r = equals >= 0;
	*value_r = equals >= 0 ? str_trim(str_from_offset(output, (size_t)equals + 1)) : STR("");
	return true;
}

/* Words with one blank between them. */
static struct str one_line(struct arena *arena, struct str text)
{
	struct strbuf buf;
	struct str word;

	strbuf_init(&buf, arena);
	while (str_next_word(&text, &word)) {
		if (buf.len > 0)
			strbuf_add_char(&buf, ' ');
		strbuf_add(&buf, word);
	}
	return strbuf_str(&buf);
}

bool postconf_service(const struct postconf *pc, struct str name, struct str *line_r,
                      struct error *err_r)
{
	struct str output;

	if (!run(pc, "postconf", "-M", name, &output, err_r))
		return false;
	*line_r = one_line(pc->arena, output);
	return true;
}

bool postconf_values(const struct postconf *pc, const char *const *names, size_t count,
                     struct str *lines_r, struct error *err_r)
{
	struct str_list arguments = { 0 };

	vec_push(pc->arena, &arguments, STR("postconf"));
	if (pc->directory != NULL) {
		vec_push(pc->arena, &arguments, STR("-c"));
		vec_push(pc->arena, &arguments, str_from(pc->directory));
	}
	vec_push(pc->arena, &arguments, STR("-x"));
	for (size_t i = 0; i < count; i++)
		vec_push(pc->arena, &arguments, str_from(names[i]));
	return program_run(pc->arena, &arguments, lines_r, err_r);
}

bool postconf_services(const struct postconf *pc, const char *kind, struct str *lines_r,
                       struct error *err_r)
{
	return run(pc, "postconf", "-M", arena_printf(pc->arena, "*/%s", kind), lines_r, err_r);
}

bool postconf_overrides(const struct postconf *pc, struct str *lines_r, struct error *err_r)
{
	return run(pc, "postconf", "-Px", STR("*/*/*"), lines_r, err_r);
}

static struct str assignment(const struct postconf *pc, struct str name, struct str value)
{
	return arena_printf(pc->arena, "%.*s=%.*s", STR_FMT(name), STR_FMT(value));
}

bool postconf_set(const struct postconf *pc, struct str name, struct str value, struct error *err_r)
{
	return change(pc, "-e", assignment(pc, name, value), err_r);
}

bool postconf_unset(const struct postconf *pc, struct str name, struct error *err_r)
{
	return change(pc, "-X", name, err_r);
}

bool postconf_set_service(const struct postconf *pc, struct str name, struct str line,
                          struct error *err_r)
{
	return change(pc, "-Me", assignment(pc, name, line), err_r);
}

bool postconf_remove_service(const struct postconf *pc, struct str name, struct error *err_r)
{
	return change(pc, "-MX", name, err_r);
}

bool postconf_postfix(const struct postconf *pc, const char *command, struct error *err_r)
{
	struct str output;

	return run(pc, "postfix", NULL, str_from(command), &output, err_r);
}
