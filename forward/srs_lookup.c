/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forward/srs_lookup.h"

static struct str not_found(struct arena *arena, const char *why)
{
	return arena_printf(arena, "NOTFOUND %s", why);
}

static struct str result(struct arena *arena, enum srs_result result, struct str address)
{
	if (result != SRS_REWRITTEN)
		return not_found(arena, srs_result_text(result));
	return arena_printf(arena, "OK %.*s", STR_FMT(address));
}

/* What can't be judged now comes again; forwarded mail then goes on as it is. */
static struct str take_back(struct arena *arena, const struct srs_settings *settings,
                            struct str address, int64_t now)
{
	struct str original;
	enum srs_result answer = srs_reverse(arena, settings, address, now, &original);

	if (answer == SRS_FAILED)
		return arena_printf(arena, "TEMP %s", srs_result_text(answer));
	return result(arena, answer, original);
}

struct str srs_lookup(struct arena *arena, const struct srs_settings *settings,
                      const struct forward_maps *maps, struct str request, int64_t now)
{
	ptrdiff_t space = str_find_char(request, ' ');
	struct str name = str_prefix(request, space < 0 ? request.len : (size_t)space);
	struct str address = str_from_offset(request, name.len + 1), other;
	bool forward = str_eq(name, STR("forward"));

	if (request.len > SRS_LOOKUP_MAX)
		return STR("PERM request is too long");
	if (!forward && !str_eq(name, STR("reverse")))
		return STR("PERM there is no such table; ask for forward or reverse");
	/* Postfix also asks for parts of an address, "user" and "@domain": they are never found. */
	if (!forward)
		return take_back(arena, settings, address, now);
	if (forward_keeps_sender(maps, address))
		return not_found(arena, "its domain is not rewritten");
	return result(arena, srs_forward(arena, settings, address, now, &other), other);
}
