/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/report.h"

#include "base/decimal.h"
#include "facts/auth_results.h"
#include "facts/spf_header.h"
#include "forward/address.h"
#include "forward/release_mark.h"
#include "forward/seal.h"
#include "message/header_write.h"
#include "scoring/details.h"
#include "scoring/forged.h"
#include "scoring/report_fields.h"
#include "scoring/subject_undo.h"

void report_add(struct arena *arena, struct report *report, enum header_edit_kind kind,
                struct str name, struct str value)
{
	struct header_edit edit = {
		.kind = kind, .name = name, .index = 1, .value = header_wrap(arena, name, value)
	};

	vec_push(arena, report, edit);
}

bool report_may_edit(struct str name)
{
	static const struct str names[] = {
		STR_INIT("Subject"),
		STR_INIT("From"),
		STR_INIT("To"),
		STR_INIT("Received-SPF"),
		STR_INIT("Authentication-Results"),
		STR_INIT(SEAL_HEADER_NAME),
		STR_INIT(RELEASE_MARK_NAME),
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_eq_ci(name, names[i]))
			return true;
	return str_starts_ci(name, STR("X-Spam-"));
}

/* From the last to the first, so that each deletion leaves the indexes of the others as they are.
 */
static void delete_forged(struct arena *arena, struct report *report,
                          const struct report_input *input)
{
	const struct raw_field_list *fields = input->fields;
	const unsigned *indexes = raw_header_indexes(arena, fields);

	for (size_t i = fields->len; i > 0; i--) {
		const struct raw_field *field = &fields->items[i - 1];
		struct header_edit edit = { .kind = HEADER_DELETE,
			                    .name = field->name,
			                    .index = indexes[i - 1],
			                    .value = STR("") };

		if (forged_field(arena, input, field))
			vec_push(arena, report, edit);
	}
}

/* RFC 8601 and RFC 7208 section 9.1: ours by the first word, and by receiver=. */
static void add_authentication(struct arena *arena, struct report *report,
                               const struct report_input *input)
{
	const struct facts *facts = input->facts;
	struct str_list lines = { 0 };

	if (report_writes_spf(input))
		report_add(arena, report, HEADER_INSERT, STR("Received-SPF"),
		           spf_received_value(arena, facts->spf, input->envelope->smtputf8));
	vec_push(arena, &lines, arena_printf(arena, "%.*s;", STR_FMT(report_authserv_id(input))));
	auth_results(arena, facts, input->envelope->smtputf8, &lines);
	if (lines.len == 1)
		return;
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

/* Do all who get this copy get it elsewhere, where signatures of the sender are looked at? */
static bool leaves_untagged(const struct report_input *input)
{
	const struct settings *settings = &input->policy->settings;
	const struct verdict *verdict = input->verdict;

	if (settings->forwarded_subject || (!input->hop && settings_has_hop(settings)))
		return false;
	for (size_t i = 0; i < verdict->recipient_count; i++) {
		enum recipient_class class = verdict->recipients[i].class;

		if (input->hop ? class == RECIPIENT_RELAYED : class != RECIPIENT_FORWARDED)
			return false;
	}
	return verdict->recipient_count > 0;
}

struct report *report_build(struct arena *arena, const struct report_input *input)
{
	struct report *report = arena_new_object(arena, struct report);

	delete_forged(arena, report, input);
	if (input->sealed) {
		if (leaves_untagged(input))
			subject_undo(arena, input->undo, input->fields, report);
		add_observed(arena, report, input);
		return report;
	}
	if (!leaves_untagged(input))
		report_rewrite_fields(arena, report, input);
	add_authentication(arena, report, input);
	add_observed(arena, report, input);
	report_add_spam_fields(arena, report, input);
	report_add(arena, report, HEADER_INSERT, STR(DETAILS_HEADER_NAME),
	           details_value(arena, input));
	return report;
}

/* Occurrence `index`, from 1, gets another value. */
static void change_value(struct str_list *values, unsigned index, struct str value)
{
	if (index >= 1 && index <= values->len)
		values->items[index - 1] = value;
}

void report_sealed_fields(struct arena *arena, const struct report *report,
                          const struct raw_field_list *fields, struct seal_fields *sealed_r)
{
	seal_fields_of(arena, fields, sealed_r);
	for (size_t i = 0; i < report->len; i++) {
		const struct header_edit *edit = &report->items[i];

		for (unsigned number = 0; number < SEAL_FIELD_COUNT; number++) {
			if (!str_eq_ci(edit->name, str_from(seal_field_name(number))))
				continue;
			if (edit->kind == HEADER_APPEND)
				vec_push(arena, &sealed_r->values[number], edit->value);
			else if (edit->kind == HEADER_CHANGE)
				change_value(&sealed_r->values[number], edit->index, edit->value);
		}
	}
}
