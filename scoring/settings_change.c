/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/settings_change.h"

#include "forward/address.h"
#include "scoring/settings.h"

/* Where a change says that it comes from. */
#define TRIED "tried"

struct settings *settings_change_copy(struct arena *arena, const struct settings *settings)
{
	struct settings *copy = arena_new_object(arena, struct settings);
	const struct recipient_settings *recipient;
	const struct destination_settings *destination;

	*copy = *settings;
	copy->recipients.items = NULL;
	copy->recipients.len = copy->recipients.cap = 0;
	vec_foreach (&settings->recipients, recipient)
		vec_push(arena, &copy->recipients, *recipient);
	copy->destinations.items = NULL;
	copy->destinations.len = copy->destinations.cap = 0;
	vec_foreach (&settings->destinations, destination)
		vec_push(arena, &copy->destinations, *destination);
	return copy;
}

static bool is_in_domain(struct str address, struct str domain)
{
	ptrdiff_t at = str_rfind_char(address, '@');

	return at >= 0 && str_eq_ci(str_from_offset(address, (size_t)at + 1), domain);
}

static void change_recipient(struct settings *settings, struct arena *arena, struct str name,
                             int32_t score)
{
	struct recipient_settings own = settings_for_recipient(settings, name), *recipient;
	bool found = false;

	vec_foreach (&settings->recipients, recipient) {
		bool same = str_eq_ci(recipient->name, name);

		found = found || same;
		if (!same &&
		    (recipient->has_required_score || !is_in_domain(recipient->name, name)))
			continue;
		recipient->required_score = score;
		recipient->required_score_from = TRIED;
	}
	if (found)
		return;
	own.name = arena_str_lower(arena, name);
	own.required_score = score;
	own.required_score_from = TRIED;
	own.has_required_score = true;
	vec_push(arena, &settings->recipients, own);
}

void settings_change_required_score(struct settings *settings, struct arena *arena,
                                    struct str recipient, int32_t score)
{
	if (recipient.len > 0)
		change_recipient(settings, arena, recipient, score);
	else
		settings_set_required_score(settings, score, TRIED);
}

static void change_destination(struct settings *settings, struct arena *arena, struct str name,
                               int32_t score)
{
	struct str folded = address_fold_domain(arena, name);
	struct destination_settings own = settings_for_destination(settings, folded), *destination;

	own.name = folded;
	own.forward_discard_score = score;
	own.forward_discard_score_from = TRIED;
	own.has_forward_discard_score = true;
	vec_foreach (&settings->destinations, destination) {
		if (str_eq_ci(destination->name, folded)) {
			*destination = own;
			return;
		}
	}
	vec_push(arena, &settings->destinations, own);
}

void settings_change_discard_score(struct settings *settings, struct arena *arena,
                                   struct str destination, int32_t score)
{
	struct destination_settings *other;

	if (destination.len > 0) {
		change_destination(settings, arena, destination, score);
		return;
	}
	settings->forward_discard_score = score;
	settings->forward_discard_score_from = TRIED;
	vec_foreach (&settings->destinations, other) {
		if (other->has_forward_discard_score)
			continue;
		other->forward_discard_score = score;
		other->forward_discard_score_from = TRIED;
	}
}
