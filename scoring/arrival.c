/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/arrival.h"

#include "base/strbuf.h"
#include "message/header.h"
#include "scoring/forged.h"

/* So many bytes stand for _NAME_ in a tag that rule files give. */
#define WILD_MAX 64

/* Where mail clients and servers keep their own notes. */
static const struct str mailbox_names[] = {
	STR_INIT("Status"),         STR_INIT("X-Status"),         STR_INIT("X-UID"),
	STR_INIT("X-UIDL"),         STR_INIT("X-Keywords"),       STR_INIT("X-IMAP"),
	STR_INIT("X-IMAPbase"),     STR_INIT("X-Mozilla-Status"), STR_INIT("X-Mozilla-Status2"),
	STR_INIT("X-Mozilla-Keys"), STR_INIT("X-Evolution"),      STR_INIT("X-Evolution-Source"),
	STR_INIT("X-Sieve"),
};

static bool is_mailbox_field(struct str name)
{
	for (size_t i = 0; i < sizeof(mailbox_names) / sizeof(mailbox_names[0]); i++)
		if (str_eq_ci(name, mailbox_names[i]))
			return true;
	return false;
}

/* The length of a tag "_NAME_" or "_NAME(…)_" of a template, at its start; or 0. */
static size_t template_tag(struct str tag)
{
	size_t len = 1;

	if (tag.len < 3 || tag.data[0] != '_')
		return 0;
	while (len < tag.len &&
	       ((tag.data[len] >= 'A' && tag.data[len] <= 'Z') || char_is_digit(tag.data[len])))
		len++;
	if (len > 1 && len < tag.len && tag.data[len] == '(') {
		while (len < tag.len && tag.data[len] != ')')
			len++;
		len++;
	}
	return len > 1 && len < tag.len && tag.data[len] == '_' ? len + 1 : 0;
}

/* Up to the next of its tags. */
static struct str literal(struct str tag)
{
	size_t len = 0;

	while (len < tag.len && template_tag(str_from_offset(tag, len)) == 0)
		len++;
	return str_prefix(tag, len);
}

/* How much of a text is what a tag may have become; 0: it doesn't begin with it. */
static size_t match_tag(struct str tag, struct str text)
{
	struct str text_left = text;
	bool wild = false;

	while (tag.len > 0) {
		struct str piece = literal(tag);
		ptrdiff_t at = str_find(str_prefix(text_left, WILD_MAX + piece.len), piece);

		if (at < 0 || (at > 0 && !wild))
			return 0;
		text_left = str_from_offset(text_left, (size_t)at + piece.len);
		tag = str_from_offset(tag, piece.len);
		wild = tag.len > 0;
		tag = str_from_offset(tag, template_tag(tag));
	}
	return text.len - text_left.len;
}

static bool strip_tag(struct str tag, struct str *subject)
{
	size_t used;

	tag = str_trim(tag);
	used = tag.len > 0 ? match_tag(tag, *subject) : 0;
	*subject = str_trim_left(str_from_offset(*subject, used));
	return used > 0;
}

static bool strip_any_tag(const struct policy *policy, struct str *subject)
{
	const struct recipient_settings *recipient;

	if (strip_tag(policy->settings.subject_tag, subject))
		return true;
	vec_foreach (&policy->settings.recipients, recipient)
		if (strip_tag(recipient->subject_tag, subject))
			return true;
	return false;
}

struct str arrival_subject(const struct policy *policy, struct str subject)
{
	subject = str_trim(subject);
	while (strip_any_tag(policy, &subject))
		continue;
	return subject;
}

/* The Subject's lines without its tag. Where SpamAssassin's field has what was there before, that
 * is it. */
static struct str plain_subject(struct arena *arena, const struct policy *policy,
                                const struct raw_field *field)
{
	struct str value = str_trim_left(field->value);
	struct str rest = arrival_subject(policy, value);

	if (rest.len == str_trim(value).len)
		return field->text;
	return arena_printf(arena, "%.*s: %.*s%s", STR_FMT(field->name), STR_FMT(rest),
	                    str_ends_ci(field->text, STR("\r\n")) ? "\r\n" : "\n");
}

struct str arrival_text(struct arena *arena, const struct policy *policy, struct str raw)
{
	static const struct facts no_facts;
	static const struct envelope no_envelope;
	const struct report_input input = { .policy = policy,
		                            .envelope = &no_envelope,
		                            .facts = &no_facts };
	struct str text = str_from_offset(raw, raw_header_mbox_line(raw)), body;
	const struct raw_field *field;
	struct raw_field_list fields;
	struct strbuf header;
	bool changed = false;

	body = raw_header_split(arena, text, &fields);
	strbuf_init(&header, arena);
	vec_foreach (&fields, field) {
		struct str kept = field->text;

		if (is_mailbox_field(field->name) || forged_field(arena, &input, field))
			kept = STR("");
		else if (str_eq_ci(field->name, STR("Subject")))
			kept = plain_subject(arena, policy, field);
		changed = changed || !str_eq(kept, field->text);
		strbuf_add(&header, kept);
	}
	if (!changed)
		return text;
	strbuf_add(&header, body);
	return strbuf_str(&header);
}
