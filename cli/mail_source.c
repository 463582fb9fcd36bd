/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/mail_source.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "cli/cli.h"
#include "cli/mail_file.h"
#include "message/attached.h"
#include "message/mbox.h"

struct mail_source {
	struct arena *arena;
	vec_of(struct mail_item) items;
	pthread_mutex_t lock;
	size_t next; /* under the lock */
};

bool mail_source_set_form(enum mail_form *form, enum mail_form named)
{
	if (*form != MAIL_FORM_MESSAGE && *form != named)
		return false;
	*form = named;
	return true;
}

struct mail_source *mail_source_new(void)
{
	struct mail_source *source = memory_calloc(1, sizeof(*source));

	source->arena = arena_new();
	pthread_mutex_init(&source->lock, NULL);
	return source;
}

void mail_source_free(struct mail_source *source)
{
	if (source == NULL)
		return;
	arena_free(source->arena);
	pthread_mutex_destroy(&source->lock);
	free(source);
}

static void add(struct mail_source *source, struct str name, const struct str *text)
{
	struct mail_item item = { .number = source->items.len,
		                  .name = arena_cstr(source->arena, name) };

	if (text != NULL) {
		item.in_memory = true;
		item.text = *text;
	}
	vec_push(source->arena, &source->items, item);
}

void mail_source_add_text(struct mail_source *source, struct str name, struct str text)
{
	add(source, name, &text);
}

void mail_source_add_file(struct mail_source *source, const char *path)
{
	add(source, str_from(path), NULL);
}

bool mail_source_add_list(struct mail_source *source, const char *path, struct error *err_r)
{
	struct str text, line;

	if (!cli_read_file(source->arena, path, &text, err_r))
		return false;
	while (str_next_line(&text, &line)) {
		if (line.len > 0)
			add(source, line, NULL);
	}
	return true;
}

/* Removes one ">" from lines of ">" and "From ", which mbox writers add. */
static struct str unquote_from(struct arena *arena, struct str text)
{
	struct strbuf buf;
	struct str rest = text;

	if (str_find(text, STR("\n>")) < 0)
		return text;
	strbuf_init(&buf, arena);
	while (rest.len > 0) {
		ptrdiff_t end = str_find_char(rest, '\n');
		size_t len = end < 0 ? rest.len : (size_t)end + 1, quotes = 0;

		while (quotes < len && rest.data[quotes] == '>')
			quotes++;
		if (quotes > 0 && str_starts(str_from_offset(rest, quotes), STR("From ")))
			strbuf_add(&buf, str_from_offset(str_prefix(rest, len), 1));
		else
			strbuf_add(&buf, str_prefix(rest, len));
		rest = str_from_offset(rest, len);
	}
	return strbuf_str(&buf);
}

static bool add_mbox(struct mail_source *source, const char *path, struct error *err_r)
{
	struct str text, message;
	size_t count = 0;

	if (!mail_file_read(source->arena, path, &text, err_r))
		return false;
	if (text.len > 0 && !str_starts(text, STR("From ")))
		return error_set(err_r, "%s: is no mbox: it does not begin with a \"From \" line",
		                 path);
	while (mbox_next(&text, &message)) {
		message = unquote_from(source->arena, message);
		add(source, arena_printf(source->arena, "%s:%zu", path, ++count), &message);
	}
	return true;
}

static bool add_attached(struct mail_source *source, const char *path, struct error *err_r)
{
	struct str_list messages = { 0 };
	struct str text;

	if (!mail_file_read(source->arena, path, &text, err_r))
		return false;
	if (!attached_messages(source->arena, text, &messages))
		return error_set(err_r, "%s: has too many parts; attach fewer messages", path);
	if (messages.len == 0)
		return error_set(err_r, "%s: no message is attached to it; forward as attachment",
		                 path);
	for (size_t i = 0; i < messages.len; i++)
		add(source, arena_printf(source->arena, "%s:%zu", path, i + 1), &messages.items[i]);
	return true;
}

static int no_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

bool mail_source_add_maildir(struct mail_source *source, const char *path, struct error *err_r)
{
	static const char *const folders[] = { "new", "cur" };

	for (size_t i = 0; i < 2; i++) {
		struct str folder = arena_printf(source->arena, "%s/%s", path, folders[i]);
		struct dirent **entries;
		int count = scandir(folder.data, &entries, no_hidden, alphasort);

		if (count < 0)
			return error_set(err_r, "%s: is no Maildir: %s: %s", path, folders[i],
			                 strerror(errno));
		for (int j = 0; j < count; j++) {
			add(source,
			    arena_printf(source->arena, "%s/%s", folder.data, entries[j]->d_name),
			    NULL);
			free(entries[j]);
		}
		free(entries);
	}
	return true;
}

bool mail_source_add(struct mail_source *source, enum mail_form form, const char *path,
                     struct error *err_r)
{
	switch (form) {
	case MAIL_FORM_MBOX:
		return add_mbox(source, path, err_r);
	case MAIL_FORM_ATTACHED:
		return add_attached(source, path, err_r);
	case MAIL_FORM_MESSAGE:
		break;
	}
	if (mail_file_is_maildir(path))
		return mail_source_add_maildir(source, path, err_r);
	mail_source_add_file(source, path);
	return true;
}

size_t mail_source_count(const struct mail_source *source)
{
	return source->items.len;
}

bool mail_source_next(struct mail_source *source, struct mail_item *item_r)
{
	bool more;

	pthread_mutex_lock(&source->lock);
	more = source->next < source->items.len;
	if (more)
		*item_r = source->items.items[source->next++];
	pthread_mutex_unlock(&source->lock);
	return more;
}

bool mail_item_read(struct arena *arena, const struct mail_item *item, struct str *text_r,
                    struct error *err_r)
{
	*text_r = item->text;
	return item->in_memory || mail_file_read(arena, item->name, text_r, err_r);
}
