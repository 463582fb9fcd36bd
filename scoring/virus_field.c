/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/virus_field.h"

static const struct antivirus_result *result_of(const struct report_input *input)
{
	return input->facts != NULL ? input->facts->antivirus : NULL;
}

struct str virus_field_value(struct arena *arena, const struct report_input *input)
{
	const struct antivirus_result *result = result_of(input);

	if (result == NULL)
		return STR("");
	if (result->state == ANTIVIRUS_INFECTED)
		return arena_printf(arena, "Yes, %.*s", STR_FMT(result->signature));
	if (result->state != ANTIVIRUS_CLEAN)
		return arena_printf(arena, "Unknown, the virus scanner %.*s", STR_FMT(result->why));
	if (input->scanned_bytes > 0)
		return arena_printf(arena, "No, in the first %zu bytes", input->scanned_bytes);
	return STR("No");
}

struct str virus_sentence(struct arena *arena, const struct antivirus_result *result,
                          struct infection infection)
{
	if (infection.signature.len > 0)
		return arena_printf(arena, "It is infected with malware: %.*s.",
		                    STR_FMT(infection.signature));
	if (result == NULL || antivirus_is_known(result))
		return STR("");
	return arena_printf(arena, "It was not checked for malware: the virus scanner %.*s.",
	                    STR_FMT(result->why));
}
