/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/tune_mail.h"

#include <dirent.h>
#include <errno.h>
#include <fts.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/map.h"
#include "cli/mail_file.h"
#include "cli/mail_source.h"
#include "scoring/assay.h"

#define JOBS_MAX 256

struct tune_mail *tune_mail_new(struct arena *arena)
{
	struct tune_mail *mail = arena_new_object(arena, struct tune_mail);

	mail->arena = arena;
	mail->mail = mail_source_new();
	return mail;
}

void tune_mail_free(struct tune_mail *mail)
{
	mail_source_free(mail->mail);
}

size_t tune_mail_count(const struct tune_mail *mail)
{
	return mail_source_count(mail->mail);
}

static unsigned find_source(struct tune_mail *mail, struct str name, bool spam)
{
	struct tune_source *source;

	for (size_t i = 0; i < mail->sources.len; i++)
		if (mail->sources.items[i].spam == spam &&
		    str_eq(mail->sources.items[i].name, name))
			return (unsigned)i;
	source = vec_add(mail->arena, &mail->sources);
	*source = (struct tune_source){ .name = name, .spam = spam };
	return (unsigned)(mail->sources.len - 1);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* All files in the folder and those in it, but hidden ones. */
static bool add_folder(struct mail_source *mail, const char *path, struct error *err_r)
{
	char *const paths[] = { (char *)path, NULL };
	FTS *tree = fts_open(paths, FTS_LOGICAL | FTS_NOCHDIR, by_name);
	FTSENT *entry;
	bool ok = tree != NULL;

	while (ok && (entry = fts_read(tree)) != NULL) {
		if (entry->fts_level > 0 && entry->fts_name[0] == '.')
			fts_set(tree, entry, FTS_SKIP);
		else if (entry->fts_info == FTS_F)
			mail_source_add_file(mail, entry->fts_path);
		else if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR)
			ok = false;
	}
	if (!ok)
		error_set(err_r, "%s: can't be read: %s", path, strerror(errno));
	if (tree != NULL)
		fts_close(tree);
	return ok;
}

static bool add_path(struct tune_mail *mail, const char *path, struct error *err_r)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return error_set(err_r, "%s: %s", path, strerror(errno));
	if (S_ISDIR(status.st_mode))
		return mail_file_is_maildir(path) ? mail_source_add_maildir(mail->mail, path, err_r)
		                                  : add_folder(mail->mail, path, err_r);
	return mail_source_add(mail->mail,
	                       mail_file_is_mbox(path) ? MAIL_FORM_MBOX : MAIL_FORM_MESSAGE, path,
	                       err_r);
}

bool tune_mail_add(struct tune_mail *mail, struct str named_path, bool spam, struct error *err_r)
{
	ptrdiff_t equals = str_find_char(named_path, '='), slash = str_find_char(named_path, '/');
	bool named = equals > 0 && (slash < 0 || equals < slash);
	struct str path = named ? str_from_offset(named_path, (size_t)equals + 1) : named_path;
	struct str name = named ? str_prefix(named_path, (size_t)equals) : named_path;
	size_t before = tune_mail_count(mail);
	unsigned source = find_source(mail, name, spam);

	if (mail->sources.len > TUNE_SOURCES_MAX)
		return error_set(err_r, "there are more than %d sources", TUNE_SOURCES_MAX);
	if (!add_path(mail, arena_cstr(mail->arena, path), err_r))
		return false;
	if (tune_mail_count(mail) == before)
		return error_set(err_r, "%.*s: holds no messages", STR_FMT(path));
	mail->sources.items[source].messages += tune_mail_count(mail) - before;
	for (size_t i = before; i < tune_mail_count(mail); i++)
		vec_push(mail->arena, &mail->source_of, source);
	return true;
}

/* Shared by all threads; messages are handed out by mail_source_next(). */
struct scoring {
	struct tune_mail *mail;
	const struct policy *policy;
	struct map *numbers;  /* of rules: entries of `rules` by name */
	pthread_mutex_t lock; /* for the arena */
};

static void keep_row(struct scoring *scoring, size_t number, const struct hits *hits)
{
	struct tune_mail *mail = scoring->mail;
	struct tune_row *row = &mail->rows[number];
	uint16_t *rules;

	pthread_mutex_lock(&scoring->lock);
	rules = arena_alloc(mail->arena, (hits->len + 1) * sizeof(*rules));
	pthread_mutex_unlock(&scoring->lock);
	row->rules = rules;
	for (size_t i = 0; i < hits->len; i++) {
		const struct ruleset_score *score = map_get(scoring->numbers, hits->items[i].name);

		if (score == NULL || score->fixed)
			row->fixed += hits->items[i].score / 1000.0;
		else
			rules[row->count++] = (uint16_t)(score - mail->rules.items);
	}
}

static void score_message(struct scoring *scoring, struct arena *arena, size_t number,
                          struct str text)
{
	const struct settings *settings = &scoring->policy->settings;
	size_t max = (size_t)settings->max_message_size;
	struct envelope envelope = { .received_at = time(NULL) };
	struct assay_input input = {
		.raw = str_prefix(text, max),
		.envelope = &envelope,
		.deadline = deadline_in_ms(settings->scan_timeout),
		.truncated = text.len > max,
		.stored = true,
	};

	keep_row(scoring, number, assay_message(arena, scoring->policy, &input)->hits);
}

static void *work(void *context)
{
	struct scoring *scoring = context;
	struct mail_item item;

	while (mail_source_next(scoring->mail->mail, &item)) {
		struct arena *arena = arena_new();
		struct error err;
		struct str text;

		pthread_mutex_lock(&scoring->lock);
		scoring->mail->names[item.number] =
			arena_cstr(scoring->mail->arena, str_from(item.name));
		pthread_mutex_unlock(&scoring->lock);
		if (mail_item_read(arena, &item, &text, &err)) {
			score_message(scoring, arena, item.number, text);
		} else {
			pthread_mutex_lock(&scoring->lock);
			vec_push(scoring->mail->arena, &scoring->mail->unread,
			         arena_str(scoring->mail->arena, str_from(err.text)));
			pthread_mutex_unlock(&scoring->lock);
		}
		arena_free(arena);
	}
	return NULL;
}

void tune_mail_score(struct tune_mail *mail, const struct policy *policy, unsigned jobs)
{
	struct scoring scoring = { .mail = mail, .policy = policy };
	size_t count = tune_mail_count(mail);
	pthread_t threads[JOBS_MAX];
	unsigned started = 0;

	ruleset_list_scores(policy->ruleset, mail->arena, &mail->rules);
	scoring.numbers = map_new(mail->arena, MAP_EXACT);
	for (size_t i = 0; i < mail->rules.len; i++)
		map_set(scoring.numbers, mail->rules.items[i].name, &mail->rules.items[i]);
	mail->rows = arena_calloc(mail->arena, count + 1, sizeof(*mail->rows));
	mail->names = arena_calloc(mail->arena, count + 1, sizeof(*mail->names));
	for (size_t i = 0; i < count; i++) {
		unsigned source = mail->source_of.items[i];

		mail->rows[i].source = source;
		mail->rows[i].spam = mail->sources.items[source].spam;
	}
	pthread_mutex_init(&scoring.lock, NULL);
	while (started + 1 < jobs && started < JOBS_MAX &&
	       pthread_create(&threads[started], NULL, work, &scoring) == 0)
		started++;
	work(&scoring);
	for (unsigned i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	pthread_mutex_destroy(&scoring.lock);
}
