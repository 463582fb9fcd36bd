/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/report_fields.h"

#include "base/decimal.h"
#include "base/strbuf.h"
#include "message/header_write.h"
#include "scoring/explanation.h"
#include "scoring/tags.h"
#include "scoring/tags_report.h"
#include "scoring/virus_field.h"

/* A line of a field is begun anew after this many characters, at a comma or space. */
#define LINE_MAX_CHARS 70

static const char *const rewritten[SITE_REWRITE_COUNT] = {
	[SITE_REWRITE_SUBJECT] = "Subject",
	[SITE_REWRITE_FROM] = "From",
	[SITE_REWRITE_TO] = "To",
};

/* White space and characters that no field may hold as spaces, but for line ends. */
static struct str clean(struct arena *arena, struct str text, bool lines)
{
	char *out = arena_alloc(arena, text.len + 1);

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		out[i] = (c < ' ' || c == 0x7f) && !(lines && c == '\n') ? ' ' : text.data[i];
	}
	return str_trim((struct str){ out, text.len });
}

/* The text of a template that goes in front of a field: one line. */
static struct str expand_tag(struct arena *arena, const struct report_input *input, struct str text)
{
	return clean(arena, tags_expand(arena, input, text), false);
}

/* What was there before, under the name that SpamAssassin keeps it by. */
static void keep_previous(struct arena *arena, struct report *report, const char *name,
                          struct str value)
{
	report_add(arena, report, HEADER_APPEND, arena_printf(arena, "X-Spam-Prev-%s", name),
	           header_plain_line_ends(arena, str_trim(value)));
}

static bool has_tag(struct arena *arena, struct str name, struct str value, struct str tag)
{
	struct str text = header_unfold(arena, value);

	return str_starts(header_decode(arena, name, text), str_trim_right(tag));
}

/*
 * Puts `text` in front of each field of a name, as readers may show any of them; with `once`, not
 * where it is there already. Returns how many fields there are.
 */
static size_t put_in_front(struct arena *arena, struct report *report,
                           const struct report_input *input, enum site_rewrite which,
                           struct str text, bool once, bool keep)
{
	struct str name = str_from(rewritten[which]);
	unsigned count = 0;

	for (size_t i = 0; i < input->fields->len; i++) {
		const struct raw_field *field = &input->fields->items[i];
		struct header_edit edit = { .kind = HEADER_CHANGE, .name = field->name };
		struct str value = field->value.data != NULL ? field->value : STR("");

		if (!str_eq_ci(field->name, name))
			continue;
		edit.index = ++count;
		if (once && has_tag(arena, name, value, text))
			continue;
		edit.value =
			header_wrap(arena, name, header_put_in_front(arena, name, text, value));
		if (keep)
			keep_previous(arena, report, rewritten[which], value);
		vec_push(arena, report, edit);
	}
	return count;
}

static void tag_subject(struct arena *arena, struct report *report,
                        const struct report_input *input, struct str tag, bool keep)
{
	if (put_in_front(arena, report, input, SITE_REWRITE_SUBJECT, tag, true, keep) > 0)
		return;
	if (keep)
		keep_previous(arena, report, "Subject", STR("(nonexistent)"));
	report_add(arena, report, HEADER_APPEND, STR("Subject"),
	           header_encode_words(arena, str_trim_right(tag)));
}

/* The tag of spam, then what rules want there. */
static void rewrite_subject(struct arena *arena, struct report *report,
                            const struct report_input *input)
{
	const struct policy *policy = input->policy;
	const struct site_text *own = &policy->site->rewrite[SITE_REWRITE_SUBJECT];
	struct str tag = input->verdict->tag ? input->verdict->subject_tag : STR("");
	bool keep = tag.len > 0 && policy->subject_from_rules;
	struct str prefix = STR("");

	if (keep && str_eq(tag, policy->settings.subject_tag))
		tag = arena_printf(arena, "%.*s ",
		                   STR_FMT(expand_tag(arena, input, str_trim(tag))));
	if (policy->site->has_subject_prefixes && own->text.len > 0)
		prefix = expand_tag(arena, input, tags_subject_prefix(arena, input));
	if (prefix.len > 0)
		tag = arena_printf(arena, "%.*s%.*s ", STR_FMT(tag), STR_FMT(prefix));
	if (tag.len > 0)
		tag_subject(arena, report, input, tag, keep);
}

/* From and To get the tag as a comment. */
static void rewrite_address(struct arena *arena, struct report *report,
                            const struct report_input *input, enum site_rewrite which)
{
	struct str text = input->policy->site->rewrite[which].text;
	char *comment;

	if (!input->verdict->tag || text.len == 0)
		return;
	text = expand_tag(arena, input, text);
	text = arena_printf(arena, "(%.*s) ", STR_FMT(text));
	comment = arena_alloc(arena, text.len);
	for (size_t i = 0; i < text.len; i++) {
		bool inner = i > 0 && i + 2 < text.len;

		comment[i] = inner && text.data[i] == '(' ? '[' : text.data[i];
		if (inner && text.data[i] == ')')
			comment[i] = ']';
	}
	put_in_front(arena, report, input, which, (struct str){ comment, text.len }, false, true);
}

void report_rewrite_fields(struct arena *arena, struct report *report,
                           const struct report_input *input)
{
	rewrite_subject(arena, report, input);
	rewrite_address(arena, report, input, SITE_REWRITE_FROM);
	rewrite_address(arena, report, input, SITE_REWRITE_TO);
}

/* SpamAssassin's shape, which mail clients and Sieve scripts read. */
static struct str status_value(struct arena *arena, const struct report_input *input)
{
	char score[DECIMAL_TEXT_SIZE], required[DECIMAL_TEXT_SIZE];
	struct str_list lines = { 0 };
	struct str rest = input->rules, name;
	struct strbuf line;

	strbuf_init(&line, arena);
	strbuf_printf(&line, "%s, score=%s required=%s tests=", input->verdict->tag ? "Yes" : "No",
	              decimal_format_short(input->score, score),
	              decimal_format_short(input->verdict->required, required));
	if (input->rules.len == 0)
		strbuf_add(&line, STR("none"));
	while (input->rules.len > 0 && str_next_piece(&rest, ',', &name)) {
		if (line.len + name.len > 60) {
			vec_push(arena, &lines, strbuf_str(&line));
			strbuf_init(&line, arena);
		}
		strbuf_add(&line, name);
		if (rest.data != NULL)
			strbuf_add_char(&line, ',');
	}
	vec_push(arena, &lines, strbuf_str(&line));
	strbuf_init(&line, arena);
	strbuf_add(&line, STR("version=" ASSAY_VERSION));
	for (size_t i = 0; i < input->limits->len; i++) {
		strbuf_add(&line, i == 0 ? STR(" limits=") : STR(","));
		strbuf_add(&line, input->limits->items[i]);
	}
	vec_push(arena, &lines, strbuf_str(&line));
	return header_fold(arena, STR("X-Spam-Status"), &lines);
}

/* Lines of a field, each broken where it is long. */
static void add_lines(struct arena *arena, struct str_list *lines, struct str line)
{
	size_t start = 0, fits = 0;

	for (size_t i = 0; i < line.len; i++) {
		if (i - start >= LINE_MAX_CHARS && fits > start) {
			vec_push(arena, lines,
			         str_trim_right((struct str){ line.data + start, fits - start }));
			start = fits;
		}
		if (line.data[i] == ' ' || line.data[i] == ',')
			fits = i + 1;
	}
	line = str_trim(str_from_offset(line, start));
	if (line.len > 0)
		vec_push(arena, lines, line);
}

static struct str template_value(struct arena *arena, const struct report_input *input,
                                 struct str name, struct str text)
{
	struct str rest = clean(arena, tags_expand(arena, input, text), true), line;
	struct str_list lines = { 0 };

	while (str_next_line(&rest, &line))
		add_lines(arena, &lines, header_encode_words(arena, str_trim(line)));
	return lines.len > 0 ? header_fold(arena, name, &lines) : STR("");
}

/* The fields that there are without any rule file. */
static struct str own_value(struct arena *arena, const struct report_input *input, struct str name)
{
	char text[DECIMAL_TEXT_SIZE];

	if (str_eq(name, STR("Status")))
		return status_value(arena, input);
	if (str_eq(name, STR("Level")))
		return tags_stars(arena, input->score, '*');
	if (str_eq(name, STR("Flag")))
		return STR("YES");
	return arena_str(arena, str_from(decimal_format_short(input->score, text)));
}

#define REPORT_HEADER_NAME "X-Spam-Report"

static struct str report_value(struct arena *arena, const struct report_input *input)
{
	struct explanation explanation = explanation_of(arena, input->hits, input->facts);
	struct str_list lines = { 0 };

	explanation_lines(arena, &explanation, input->score, input->verdict->required, &lines);
	for (size_t i = 0; i < lines.len; i++)
		lines.items[i] = header_encode_words(arena, lines.items[i]);
	return header_fold(arena, STR(REPORT_HEADER_NAME), &lines);
}

/* A rule file's report, by our own. */
static bool is_replaced(const struct report_input *input, const struct site_field *field)
{
	return input->policy->settings.report_header && input->hits != NULL &&
	       str_eq_ci(field->name, STR("Report"));
}

void report_add_spam_fields(struct arena *arena, struct report *report,
                            const struct report_input *input)
{
	const struct site *site = input->policy->site;
	const struct site_field_list *fields =
		input->verdict->tag ? &site->spam_fields : &site->ham_fields;

	struct str virus = virus_field_value(arena, input);

	if (input->skipped != NULL)
		return;
	if (virus.len > 0)
		report_add(arena, report, HEADER_INSERT, STR(VIRUS_HEADER_NAME), virus);
	if (input->policy->settings.report_header && input->hits != NULL)
		report_add(arena, report, HEADER_INSERT, STR(REPORT_HEADER_NAME),
		           report_value(arena, input));
	/* Each insertion goes on top of those before it. */
	for (size_t i = fields->len; i > 0; i--) {
		const struct site_field *field = &fields->items[i - 1];
		struct str name = arena_printf(arena, "X-Spam-%.*s", STR_FMT(field->name));
		struct str value = is_replaced(input, field) ? STR("")
		                   : field->text.data == NULL
		                           ? own_value(arena, input, field->name)
		                           : template_value(arena, input, name, field->text);

		if (value.len > 0)
			report_add(arena, report, HEADER_INSERT, name, value);
	}
}
