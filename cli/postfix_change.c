/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/postfix_change.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/replace_file.h"
#include "base/shown.h"
#include "cli/cli.h"
#include "cli/main_cf.h"

static void show_lines(const char *sign, struct str text)
{
	struct str line;

	while (str_next_line(&text, &line))
		if (line.len > 0)
			printf("    %s%.*s\n", sign, STR_FMT(line));
}

void postfix_change_show_lines(const char *path, struct str lines)
{
	printf("  %s\n", path);
	show_lines("+ ", lines);
}

static struct str file_of(struct arena *arena, struct str directory,
                          const struct mta_change *change)
{
	if (change->kind == MTA_FILE)
		return change->name;
	return arena_printf(arena, "%.*s/%s", STR_FMT(directory),
	                    change->kind == MTA_PARAMETER ? "main.cf" : "master.cf");
}

static struct str shown_value(struct arena *arena, const struct mta_change *change,
                              struct str value)
{
	if (change->kind != MTA_PARAMETER)
		return value;
	return arena_printf(arena, "%.*s = %.*s", STR_FMT(change->name), STR_FMT(value));
}

void postfix_change_show(struct arena *arena, struct str directory,
                         const struct mta_change_list *changes)
{
	const struct mta_change *change;
	struct str shown = STR("");

	vec_foreach (changes, change) {
		struct str file = file_of(arena, directory, change);

		if (!str_eq(file, shown))
			printf("  %.*s\n", STR_FMT(file));
		shown = file;
		if (change->was_there)
			show_lines("- ", shown_value(arena, change, change->before));
		show_lines("+ ", shown_value(arena, change, change->after));
	}
}

/* Sets what a change names to `value`; absent where `there` is false. */
static bool put(const struct postconf *pc, const struct mta_change *change, bool there,
                struct str value, struct error *err_r)
{
	switch (change->kind) {
	case MTA_PARAMETER:
		return there ? postconf_set(pc, change->name, value, err_r)
		             : postconf_unset(pc, change->name, err_r);
	case MTA_SERVICE:
		return there ? postconf_set_service(pc, change->name, value, err_r)
		             : postconf_remove_service(pc, change->name, err_r);
	case MTA_FILE:
		break;
	}
	if (there)
		return replace_file(arena_cstr(pc->arena, change->name), value, 0644,
		                    REPLACE_FILE_DURABLE | REPLACE_FILE_KEEP, err_r);
	if (unlink(arena_cstr(pc->arena, change->name)) == 0 || errno == ENOENT)
		return true;
	return error_set(err_r, "%.*s: cannot be removed: %s", STR_FMT(change->name),
	                 strerror(errno));
}

/* As it was before the change. postconf writes a value in one line, whatever lines it had. */
static bool put_back(const struct postconf *pc, struct str directory,
                     const struct mta_change *change, struct error *err_r)
{
	struct str path = file_of(pc->arena, directory, change), text;

	if (!put(pc, change, change->was_there, change->before, err_r))
		return false;
	if (change->kind != MTA_PARAMETER || change->written.len == 0)
		return true;
	if (!cli_read_file(pc->arena, arena_cstr(pc->arena, path), &text, err_r))
		return false;
	text = main_cf_put_back(pc->arena, text, change->name, change->written);
	return replace_file(arena_cstr(pc->arena, path), text, 0644,
	                    REPLACE_FILE_DURABLE | REPLACE_FILE_KEEP, err_r);
}

bool postfix_change_make(const struct postconf *pc, struct str directory,
                         const struct mta_change_list *changes, struct error *err_r)
{
	struct error second;

	for (size_t i = 0; i < changes->len; i++) {
		const struct mta_change *change = &changes->items[i];

		if (put(pc, change, true, change->after, err_r))
			continue;
		while (i-- > 0)
			if (!put_back(pc, directory, &changes->items[i], &second))
				fprintf(stderr, "assay postfix: %s\n", second.text);
		return false;
	}
	return true;
}

/* The list without our item, which is at its front. */
static struct str without_ours(struct arena *arena, const struct mta_change *change, struct str now)
{
	size_t ours = change->after.len - change->before.len;
	struct str rest;

	if (change->before.len > 0)
		ours = ours > 2 ? ours - 2 : 0; /* the comma */
	rest = str_starts(now, str_prefix(change->after, ours)) ? str_from_offset(now, ours) : now;
	if (rest.len < now.len && rest.len > 0 && rest.data[0] == ',')
		rest = str_trim(str_from_offset(rest, 1));
	return arena_str(arena, rest);
}

/* What is there now; *there_r false where nothing is. */
static bool look(const struct postconf *pc, const struct mta_change *change, bool *there_r,
                 struct str *now_r, struct error *err_r)
{
	*now_r = STR("");
	switch (change->kind) {
	case MTA_PARAMETER:
		return postconf_is_set(pc, change->name, there_r, now_r, err_r);
	case MTA_SERVICE:
		if (!postconf_service(pc, change->name, now_r, err_r))
			return false;
		*there_r = now_r->len > 0;
		return true;
	case MTA_FILE:
		break;
	}
	*there_r = access(arena_cstr(pc->arena, change->name), F_OK) == 0;
	return !*there_r ||
	       cli_read_file(pc->arena, arena_cstr(pc->arena, change->name), now_r, err_r);
}

bool postfix_change_undo(const struct postconf *pc, struct str directory,
                         const struct mta_change *change, struct error *err_r)
{
	struct str now, rest;
	bool there;

	if (!look(pc, change, &there, &now, err_r))
		return false;
	if (there && str_eq(now, change->after))
		return put_back(pc, directory, change, err_r);
	if (!there || (change->was_there && str_eq(now, change->before)))
		return true;
	rest = change->kind == MTA_PARAMETER ? without_ours(pc->arena, change, now) : now;
	if (rest.len < now.len)
		return put(pc, change, rest.len > 0, rest, err_r);
	printf("%.*s was changed since, and stays as it is\n",
	       STR_FMT(shown_text(pc->arena, change->name)));
	return true;
}
