/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statements about what is written into messages, and when they are spam. */
#include <limits.h>

#include "base/decimal.h"
#include "rules/model/plugin.h"
#include "rules/read/statement.h"

/* Fields of ours that clear_headers leaves, as SpamAssassin leaves its own. */
static bool stays(const struct site_field *field)
{
	return str_eq_ci(field->name, STR("Checker-Version")) ||
	       (field->text.data == NULL && str_eq(field->name, STR("Score")));
}

void statement_required_score(struct statement *statement)
{
	struct site *site = &statement->set->site;

	if (decimal_parse(statement->value, &site->required_score)) {
		site->has_required_score = true;
		site->required_score_at =
			source_line_position(statement->line, statement->value.data);
		return;
	}
	statement_warn(statement, statement->value.data,
	               "'%.*s' is no score; write one such as 5 or 5.5", STR_FMT(statement->value));
}

void statement_rewrite_header(struct statement *statement)
{
	static const char *const names[SITE_REWRITE_COUNT] = {
		[SITE_REWRITE_SUBJECT] = "Subject",
		[SITE_REWRITE_FROM] = "From",
		[SITE_REWRITE_TO] = "To",
	};
	struct site *site = &statement->set->site;
	struct str name;

	if (!statement_word(statement, "Subject, From or To", &name))
		return;
	for (size_t i = 0; i < SITE_REWRITE_COUNT; i++) {
		if (!str_eq_ci(name, str_from(names[i])))
			continue;
		site->rewrite[i] = (struct site_text){
			.given = true,
			.text = str_trim_left(statement->value),
			.at = source_line_position(statement->line, name.data),
		};
		return;
	}
	statement_warn(statement, name.data, "'%.*s' is not rewritten; Subject, From or To are",
	               STR_FMT(name));
}

/* "\\n" is a line end, "\\t" a tabulator, "\\\\" a backslash; other escapes go. */
static struct str unescape(struct arena *arena, struct str text)
{
	char *out = arena_alloc(arena, text.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] != '\\') {
			out[len++] = text.data[i];
			continue;
		}
		if (++i == text.len)
			break;
		if (text.data[i] == 'n' || text.data[i] == 't')
			out[len++] = text.data[i] == 'n' ? '\n' : '\t';
		else if (text.data[i] == '\\')
			out[len++] = '\\';
	}
	return (struct str){ out, len };
}

static bool is_field_name(struct str name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!char_is_alnum(name.data[i]) && name.data[i] != '-' && name.data[i] != '_')
			return false;
	return name.len > 0;
}

static void remove_field(struct site_field_list *fields, struct str name)
{
	size_t kept = 0;

	for (size_t i = 0; i < fields->len; i++) {
		if (!str_eq_ci(fields->items[i].name, name))
			fields->items[kept++] = fields->items[i];
	}
	fields->len = kept;
}

struct field_target {
	bool ham;
	bool spam;
	struct str name;
};

/* "all NAME", "ham NAME" or "spam NAME". */
static bool take_target(struct statement *statement, struct field_target *target_r)
{
	struct str type;

	if (!statement_word(statement, "spam, ham or all", &type))
		return false;
	target_r->ham = str_eq(type, STR("ham")) || str_eq(type, STR("all"));
	target_r->spam = str_eq(type, STR("spam")) || str_eq(type, STR("all"));
	if (!target_r->ham && !target_r->spam) {
		statement_warn(statement, type.data, "spam, ham or all belongs here, not '%.*s'",
		               STR_FMT(type));
		return false;
	}
	if (!statement_word(statement, "the field's name", &target_r->name))
		return false;
	if (is_field_name(target_r->name))
		return true;
	statement_warn(statement, target_r->name.data,
	               "'%.*s' is no name for a field: letters, digits, - and _",
	               STR_FMT(target_r->name));
	return false;
}

static void put_field(struct arena *arena, struct site_field_list *fields,
                      const struct site_field *field)
{
	remove_field(fields, field->name);
	vec_push(arena, fields, *field);
}

void statement_add_header(struct statement *statement)
{
	struct ruleset *set = statement->set;
	struct field_target target;
	struct site_field field;
	struct str text;

	if (!take_target(statement, &target))
		return;
	text = str_trim(statement->value);
	if (text.len == 0) {
		statement_warn(statement, target.name.data + target.name.len,
		               "the field's text is missing");
		return;
	}
	if (text.len >= 2 && text.data[0] == '"' && text.data[text.len - 1] == '"')
		text = (struct str){ text.data + 1, text.len - 2 };
	field = (struct site_field){ target.name, unescape(set->arena, text) };
	if (target.ham)
		put_field(set->arena, &set->site.ham_fields, &field);
	if (target.spam)
		put_field(set->arena, &set->site.spam_fields, &field);
}

void statement_remove_header(struct statement *statement)
{
	struct site *site = &statement->set->site;
	struct field_target target;

	if (!take_target(statement, &target) || str_eq_ci(target.name, STR("Checker-Version")))
		return;
	if (target.ham)
		remove_field(&site->ham_fields, target.name);
	if (target.spam)
		remove_field(&site->spam_fields, target.name);
}

static void clear_fields(struct site_field_list *fields)
{
	size_t kept = 0;

	for (size_t i = 0; i < fields->len; i++) {
		if (stays(&fields->items[i]))
			fields->items[kept++] = fields->items[i];
	}
	fields->len = kept;
}

void statement_clear_headers(struct statement *statement)
{
	clear_fields(&statement->set->site.ham_fields);
	clear_fields(&statement->set->site.spam_fields);
}

/* 0 is what we do; spam then gets a field with the report, unless that is removed again. */
void statement_report_safe(struct statement *statement)
{
	struct ruleset *set = statement->set;
	struct site_field report = { STR("Report"), STR("_REPORT_") };
	const struct site_field *field;

	if (!str_eq(statement->value, STR("0"))) {
		statement_ignore(statement);
		return;
	}
	vec_foreach (&set->site.spam_fields, field) {
		if (str_eq_ci(field->name, report.name))
			return;
	}
	vec_push(set->arena, &set->site.spam_fields, report);
}

/* "0" is no limit. */
void statement_scan_size(struct statement *statement)
{
	struct site *site = &statement->set->site;
	const struct {
		const char *name;
		size_t *place;
	} sizes[] = {
		{ "body_part_scan_size", &site->body_part_chars },
		{ "body_total_scan_size", &site->body_total_chars },
		{ "rawbody_part_scan_size", &site->rawbody_part_bytes },
		{ "rawbody_total_scan_size", &site->rawbody_total_bytes },
	};
	uint64_t size;

	if (!str_to_uint(statement->value, SIZE_MAX, &size)) {
		statement_warn(statement, statement->value.data, "write a number of bytes, or 0");
		return;
	}
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		if (str_eq(statement->keyword, str_from(sizes[i].name)))
			*sizes[i].place = size == 0 ? SIZE_MAX : (size_t)size;
}

void statement_preferred_part(struct statement *statement)
{
	struct str type = statement->value;

	if (str_eq(type, STR("text/html")) || str_eq(type, STR("text/plain")))
		statement->set->site.reading.preferred_type = type;
	else
		statement_warn(statement, type.data, "write text/html or text/plain");
}

static void read_switch(struct statement *statement, bool *place)
{
	uint64_t value;

	if (str_to_uint(statement->value, 1, &value))
		*place = value == 1;
	else
		statement_warn(statement, statement->value.data, "write 0 or 1");
}

void statement_attached_text(struct statement *statement)
{
	read_switch(statement, &statement->set->site.reading.attached_text);
}

void statement_calendars(struct statement *statement)
{
	read_switch(statement, &statement->set->site.reading.calendars);
}

void statement_returned_messages(struct statement *statement)
{
	struct message_reading *reading = &statement->set->site.reading;
	bool returned = !reading->no_returned;

	read_switch(statement, &returned);
	reading->no_returned = !returned;
}

/* A set for SpamAssassin 4.0.3 loads a handler for HTML, which 4.0.1 hasn't. */
void statement_finish_reading(struct ruleset *set)
{
	struct site *site = &set->site;

	if (!plugin_is_loaded(set, STR("Mail::SpamAssassin::Handler::HTML")))
		return;
	site->reading.version = READING_4_0_3;
	if (site->body_total_chars == 0)
		site->body_total_chars = 100000;
	if (site->rawbody_total_bytes == 0)
		site->rawbody_total_bytes = 1000000;
}

void statement_report_contact(struct statement *statement)
{
	statement->set->site.report_contact = statement->value;
}

void statement_report_hostname(struct statement *statement)
{
	statement->set->site.report_hostname = statement->value;
}

void statement_report_width(struct statement *statement)
{
	uint64_t width;

	if (str_to_uint(statement->value, 900, &width))
		statement->set->site.report_width = (unsigned)width;
	else
		statement_warn(statement, statement->value.data,
		               "write a number of characters, up to 900");
}
