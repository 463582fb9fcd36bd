/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/eval.h"
#include "rules/field.h"

/* "Re: Fwd: x" → "x". */
static struct str without_reply_prefixes(struct str subject)
{
	static const char *const prefixes[] = { "Re:",	"Fwd:", "Fw:", "Aw:", "Antwort:",
						"WG:", "SV:",  "VB:", "VS:", "VL:" };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		struct str prefix = str_from(prefixes[i]);

		if (str_starts_ci(subject, prefix)) {
			subject = str_trim_left(str_from_offset(subject, prefix.len));
			i = (size_t)-1;
		}
	}
	return subject;
}

/* Has an encoded word such a charset? */
static bool subject_charset_misleads(struct str raw)
{
	ptrdiff_t at;

	while ((at = str_find(raw, STR("=?"))) >= 0) {
		ptrdiff_t end;

		raw = str_from_offset(raw, (size_t)at + 2);
		end = str_find_char(raw, '?');
		if (end > 0 && eval_charset_looks_like_capitals(str_prefix(raw, (size_t)end)))
			return true;
	}
	return false;
}

static bool has_space(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (char_is_space(text.data[i]))
			return true;
	return false;
}

static double subject_is_all_caps(struct match *match, const struct str_list *args)
{
	struct str subject = str_trim(field_text(match, "Subject"));
	size_t letters = 0;

	(void)args;
	subject = without_reply_prefixes(subject);
	if (subject.len < 10 || !has_space(subject))
		return 0;
	for (size_t i = 0; i < subject.len; i++) {
		if (char_is_alpha(subject.data[i]) && char_lower(subject.data[i]) == subject.data[i])
			return 0;
		letters += char_is_alpha(subject.data[i]);
	}
	return letters > 0 && !subject_charset_misleads(field_text(match, "Subject:raw"));
}

const struct eval_function eval_header_functions[] = {
	{ "subject_is_all_caps", subject_is_all_caps, NULL, 0 },
	{ 0 },
};
