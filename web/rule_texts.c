/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/rule_texts.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/memory.h"
#include "scoring/rule_paths.h"

struct rule_texts {
	const struct settings *settings;
	pthread_rwlock_t lock;
	struct ruleset *ruleset;
	struct arena *arena; /* of its paths */
	bool loaded;
	uint64_t stamp;
};

struct rule_texts *rule_texts_new(const struct settings *settings)
{
	struct rule_texts *texts = memory_calloc(1, sizeof(*texts));

	texts->settings = settings;
	pthread_rwlock_init(&texts->lock, NULL);
	return texts;
}

static void drop(struct ruleset *ruleset, struct arena *arena)
{
	if (ruleset != NULL)
		ruleset_free(ruleset);
	arena_free(arena);
}

void rule_texts_free(struct rule_texts *texts)
{
	if (texts == NULL)
		return;
	drop(texts->ruleset, texts->arena);
	pthread_rwlock_destroy(&texts->lock);
	free(texts);
}

/* Mistakes in rules are for the filter to tell of. */
static struct ruleset *load(struct arena *arena, const struct settings *settings,
                            const struct str_list *paths)
{
	struct ruleset_options options = { .paths = *paths,
		                           .network_tests = settings->network_tests,
		                           .scanners = 1,
		                           .cache_directory = settings->cache_directory,
		                           .cached_only = true };
	struct problems problems;

	problems_init(&problems, arena);
	return ruleset_load(&options, &problems);
}

void rule_texts_refresh(struct rule_texts *texts)
{
	struct arena *arena = arena_new(), *old_arena;
	struct str_list paths = rule_paths(arena, texts->settings);
	uint64_t stamp = rule_paths_stamp(&paths);
	struct ruleset *ruleset, *old;

	if (texts->loaded && stamp == texts->stamp) {
		arena_free(arena);
		return;
	}
	ruleset = load(arena, texts->settings, &paths);
	pthread_rwlock_wrlock(&texts->lock);
	old = texts->ruleset;
	old_arena = texts->arena;
	/* Rules that can't be read leave those that were. */
	if (ruleset != NULL || old == NULL) {
		texts->ruleset = ruleset;
		texts->arena = arena;
	} else {
		old = NULL;
		old_arena = arena;
	}
	texts->loaded = true;
	texts->stamp = stamp;
	pthread_rwlock_unlock(&texts->lock);
	drop(old, old_arena);
	memory_trim();
}

const struct ruleset *rule_texts_borrow(struct rule_texts *texts)
{
	pthread_rwlock_rdlock(&texts->lock);
	return texts->ruleset;
}

void rule_texts_give_back(struct rule_texts *texts)
{
	pthread_rwlock_unlock(&texts->lock);
}
