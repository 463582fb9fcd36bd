/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/adapted_watch.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/decimal.h"
#include "base/log.h"
#include "base/trouble.h"
#include "scoring/adapted_now.h"

static struct trouble trouble = {
	.name = "adapt",
	.over = "the file of assay health can be read again",
};

/* What the file was when it was read. */
struct version {
	bool on, there;
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec changed;
};

static struct version version_of(const char *path, bool on)
{
	struct version version;
	struct stat st;

	memset(&version, 0, sizeof(version));
	version.on = on;
	version.there = on && stat(path, &st) == 0;
	if (!version.there)
		return version;
	version.dev = st.st_dev;
	version.ino = st.st_ino;
	version.size = st.st_size;
	version.changed = st.st_mtim;
	return version;
}

static int32_t threshold_at(const struct settings *settings, struct str domain, unsigned steps)
{
	struct destination_settings destination = settings_for_destination(settings, domain);

	return adapted_threshold(destination.forward_discard_score, steps,
	                         settings->adapt_discard_floor);
}

static void log_step(const struct settings *settings, const struct adapted_destination *d,
                     unsigned before)
{
	char from[DECIMAL_TEXT_SIZE], to[DECIMAL_TEXT_SIZE];
	int32_t old = threshold_at(settings, d->domain, before);
	int32_t new = threshold_at(settings, d->domain, d->steps);

	if (old == new)
		return;
	log_info(NULL,
	         "destination %.*s: forwards are dropped from %s on instead of %s, for %" PRIu64
	         " of %" PRIu64 " were refused or put off as spam",
	         STR_FMT(d->domain), decimal_format_short(new, to), decimal_format_short(old, from),
	         d->then_disliked, d->then_forwards);
}

static void log_changes(struct arena *arena, const struct settings *settings,
                        const struct adapted *next, bool first)
{
	const struct adapted_destination *d;
	struct adapted before;

	adapted_now_get(arena, &before);
	vec_foreach (next, d)
		if (!first && d->steps != adapted_now_steps(d->domain))
			log_step(settings, d, adapted_now_steps(d->domain));
}

static void take(const struct settings *settings, const char *path, bool first)
{
	struct arena *arena = arena_new();
	struct adapted next = { 0 };
	struct error error;

	if (settings->adapt_discard && !adapted_read(arena, path, &next, &error)) {
		trouble_begin(&trouble, NULL,
		              "health_file %s: %s; the thresholds of before stay in force", path,
		              error.text);
	} else {
		trouble_end(&trouble);
		log_changes(arena, settings, &next, first);
		adapted_now_set(&next);
	}
	arena_free(arena);
}

void adapted_watch_tick(struct policy_slot *slot)
{
	static struct version known;
	static bool any;
	const struct policy *policy = policy_pin(slot);
	struct arena *arena = arena_new();
	const char *path = arena_cstr(arena, policy->settings.health_file);
	struct version now = version_of(path, policy->settings.adapt_discard);

	if (!any || memcmp(&now, &known, sizeof(now)) != 0)
		take(&policy->settings, path, !any);
	known = now;
	any = true;
	arena_free(arena);
	policy_unpin(slot, policy);
}
