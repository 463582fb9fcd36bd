/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/lesson_act.h"

#include <errno.h>
#include <math.h>
#include <unistd.h>

#include "base/clock.h"
#include "release/copies.h"
#include "store/lesson_message.h"
#include "store/lesson_score.h"
#include "store/lessons.h"
#include "store/lessons_place.h"
#include "store/lessons_scope.h"

/* Surer than any model is. */
#define LOG_ODDS_MAX 1e6

bool lesson_act_copy(struct arena *arena, const struct policy *policy, struct str scan_id,
                     struct str *text_r, struct error *err_r)
{
	const char *folder = arena_cstr(arena, policy->settings.discarded_copies_directory);
	struct copies_list copies = { 0 };

	*text_r = STR("");
	if ((access(folder, F_OK) == 0 || errno != ENOENT) &&
	    !copies_find(arena, folder, scan_id, &copies, err_r))
		return false;
	/* One message, however many of its recipients it was dropped for. */
	if (copies.len > 0)
		*text_r = copies.items[0].raw;
	return true;
}

/* What the scope's own model says, of which only the site's is here. */
static int32_t log_odds(const struct learned_models *models, const char *scope,
                        const struct assay *assay)
{
	if (models->site == NULL || strcmp(scope, LESSONS_SITE) != 0)
		return LESSON_UNPREDICTED;
	return (int32_t)(fmin(fmax(assay->learned->log_odds, -LOG_ODDS_MAX), LOG_ODDS_MAX) * 1000);
}

static bool learn_by(struct arena *arena, const struct policy *policy,
                     const struct learned_models *models, struct lessons *lessons,
                     const char *scope, const struct lesson_said *said, struct str text,
                     struct error *err_r)
{
	const struct assay *assay = lesson_score(arena, policy, models, text);
	enum lesson_outcome outcome;
	struct lesson_row row;

	if (!lesson_message_row(arena, policy, assay, &row))
		return error_set(err_r, "it could not be scanned");
	row.label = said->label;
	row.source = said->source;
	row.time_us = clock_wall_us();
	row.log_odds = log_odds(models, scope, assay);
	return lessons_add(lessons, scope, &row, 1, &outcome, err_r);
}

/* NULL with the reason. */
static const char *name_scope(struct arena *arena, const struct settings *settings,
                              struct str account, struct error *err_r)
{
	struct str name;

	if (account.len == 0)
		return LESSONS_SITE;
	if (lessons_scope_name(arena, account, settings->recipient_delimiter, &name))
		return arena_cstr(arena, name);
	error_set(err_r, "'%.*s' is neither a domain nor an address", STR_FMT(account));
	return NULL;
}

/* By a connection of its own, so that it is durable when it is answered. */
bool lesson_act(struct arena *arena, const struct policy *policy, struct lessons_cache *cache,
                const struct lesson_said *said, struct str text, struct error *err_r)
{
	const char *scope = name_scope(arena, &policy->settings, said->account, err_r);
	const struct envelope_recipients nobody = { 0 };
	unsigned char bytes[LEARN_KEY_BYTES];
	struct learned_models models;
	struct lessons_pin pin;
	struct lessons *lessons;
	struct learn_key key;
	bool exists, ok;

	if (scope == NULL)
		return false;
	lessons = lessons_open(lessons_place(arena, &policy->settings), err_r);
	if (lessons == NULL)
		return false;
	ok = lessons_key(lessons, bytes, &exists, err_r);
	if (ok) {
		key = learn_key_read(bytes);
		models = lessons_cache_pin(cache, &nobody, &pin) ? pin.models
		                                                 : (struct learned_models){ 0 };
		models.key = &key;
		ok = learn_by(arena, policy, &models, lessons, scope, said, text, err_r);
		lessons_cache_unpin(cache, &pin);
	}
	lessons_close(lessons);
	return ok;
}
