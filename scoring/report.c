/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/report.h"

#include "base/decimal.h"
#include "base/map.h"
#include "facts/spf_header.h"
#include "forward/seal.h"
#include "message/header_write.h"
#include "scoring/details.h"
#include "scoring/report_fields.h"

/* On what was forwarded although it would have been dropped: `observe`. */
#define OBSERVED_HEADER_NAME "X-Spam-Would-Discard"

void report_add(struct arena *arena, struct report *report, enum header_edit_kind kind,
                struct str name, struct str value)
{
	struct header_edit edit = { kind, name, 1, value };

	vec_push(arena, report, edit);
}

/* RFC 8601 section 2.2: white space and comments, then the authserv-id. */
static struct str authserv_id_of(struct str value)
{
	size_t len = 0;
	int depth = 0;

	for (value = str_trim_left(value); value.len > 0; value = str_from_offset(value, 1)) {
		char c = value.data[0];

		depth += c == '(';
		if (depth == 0 && !char_is_space(c))
			break;
		depth -= c == ')';
	}
	if (value.len > 0 && value.data[0] == '"') {
		struct str inside = str_from_offset(value, 1);
		ptrdiff_t end = str_find_char(inside, '"');

		return end < 0 ? inside : str_prefix(inside, (size_t)end);
	}
	while (len < value.len && !char_is_space(value.data[len]) && value.data[len] != ';' &&
	       value.data[len] != '(')
		len++;
	return str_prefix(value, len);
}

/* True for fields that only we may write. */
static bool is_forged(struct arena *arena, const struct report_input *input,
                      const struct header *header)
{
	struct str host = input->policy->hostname;

	if (str_eq_ci(header->name, STR(SEAL_HEADER_NAME)) ||
	    str_eq_ci(header->name, STR(OBSERVED_HEADER_NAME)))
		return true;
	if (input->sealed)
		return false;
	/* It would be believed when the stored message is scored again. */
	if (str_eq_ci(header->name, STR("Received-SPF")))
		return !input->hop && spf_received_read(arena, header->unfolded, host) != NULL;
	if (str_starts_ci(header->name, STR("X-Spam-")))
		return true;
	return !input->hop && str_eq_ci(header->name, STR("Authentication-Results")) &&
	       str_eq_ci(authserv_id_of(header->unfolded), input->policy->authserv_id);
}

/* From the last to the first, so that each deletion leaves the indexes of the others as they are.
 */
static void delete_forged(struct arena *arena, struct report *report,
                          const struct report_input *input)
{
	struct map *counts = map_new(arena, MAP_IGNORE_CASE);
	const struct header_list *headers = input->headers;
	struct report forged = { 0 };

	for (size_t i = 0; i < headers->len; i++) {
		const struct header *header = &headers->items[i];
		struct header_edit edit = { HEADER_DELETE, header->name, 0, STR("") };
		unsigned *count;

		if (!str_starts_ci(header->name, STR("X-")) &&
		    !str_starts_ci(header->name, STR("Auth")) &&
		    !str_eq_ci(header->name, STR("Received-SPF")))
			continue;
		count = map_get(counts, header->name);
		if (count == NULL) {
			count = arena_new_object(arena, unsigned);
			map_set(counts, header->name, count);
		}
		edit.index = ++*count;
		if (is_forged(arena, input, header))
			vec_push(arena, &forged, edit);
	}
	for (size_t i = forged.len; i > 0; i--)
		vec_push(arena, report, forged.items[i - 1]);
}

/* RFC 8601 and RFC 7208 section 9.1: ours by the first word, and by receiver=. */
static void add_spf_fields(struct arena *arena, struct report *report,
                           const struct report_input *input)
{
	struct str_list lines = { 0 };

	if (input->spf == NULL)
		return;
	report_add(arena, report, HEADER_INSERT, STR("Received-SPF"),
	           spf_received_value(arena, input->spf));
	vec_push(arena, &lines, arena_printf(arena, "%.*s;", STR_FMT(input->policy->authserv_id)));
	vec_push(arena, &lines, spf_auth_clause(arena, input->spf));
	report_add(arena, report, HEADER_INSERT, STR("Authentication-Results"),
	           header_fold(arena, STR("Authentication-Results"), &lines));
}

/*
 * The dry run's mark, where it is true of all who get this copy, and with a threshold that is. It
 * names the destination only where nobody else gets the copy: a recipient is not to learn who the
 * others are.
 */
static void add_observed(struct arena *arena, struct report *report,
                         const struct report_input *input)
{
	const struct verdict *verdict = input->verdict;
	const struct recipient_verdict *highest = NULL;
	char score[DECIMAL_TEXT_SIZE], threshold[DECIMAL_TEXT_SIZE];
	struct str domain;

	for (size_t i = 0; i < verdict->recipient_count; i++) {
		const struct recipient_verdict *recipient = &verdict->recipients[i];

		if (recipient->drop)
			continue;
		if (!recipient->observe)
			return;
		if (highest == NULL || recipient->threshold > highest->threshold)
			highest = recipient;
	}
	if (highest == NULL)
		return;
	domain = verdict->recipient_count == 1 ? address_domain(arena, highest->destination)
	                                       : STR("");
	report_add(arena, report, HEADER_INSERT, STR(OBSERVED_HEADER_NAME),
	           arena_printf(arena, "Yes, score=%s threshold=%s%s%.*s",
	                        decimal_format_short(input->score, score),
	                        decimal_format_short(highest->threshold, threshold),
	                        domain.len > 0 ? " destination=" : "", STR_FMT(domain)));
}

const struct report *report_build(struct arena *arena, const struct report_input *input)
{
	struct report *report = arena_new_object(arena, struct report);

	delete_forged(arena, report, input);
	if (input->sealed) {
		add_observed(arena, report, input);
		return report;
	}
	rewrite_fields(arena, report, input);
	add_spf_fields(arena, report, input);
	add_observed(arena, report, input);
	add_spam_fields(arena, report, input);
	report_add(arena, report, HEADER_INSERT, STR(DETAILS_HEADER_NAME),
	           details_value(arena, input));
	if (input->write_seal)
		report_add(arena, report, HEADER_INSERT, STR(SEAL_HEADER_NAME), input->seal);
	return report;
}
