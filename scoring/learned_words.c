/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/learned_words.h"

#include <inttypes.h>

#include "base/shown.h"
#include "base/strbuf.h"

/* Bytes of what is quoted. */
#define QUOTED_MAX 60

/* In front of what is quoted. */
static const char *noun_of(enum feature_group group)
{
	static const char *const nouns[FEATURE_GROUPS] = {
		[FEATURES_SENDER] = "of the sender",
		[FEATURES_SUBJECT] = "in the subject",
		[FEATURES_HEADER] = "in the header",
		[FEATURES_WORDS] = "words such as",
		[FEATURES_PAIRS] = "phrases such as",
		[FEATURES_GRAMS] = "letters such as",
		[FEATURES_LINKS] = "links with",
		[FEATURES_SHAPE] = "of its form",
		[FEATURES_FILES] = "of attachments",
		[FEATURES_CHECKS] = "of checks",
		[FEATURES_RULES] = "of the rules",
		[FEATURES_HIDDEN] = "hidden words such as",
		[FEATURES_WHOLE] = "that it was learned:",
	};

	return nouns[group];
}

/* "Subject: cheap" is in the subject, whatever follows the colon. */
static struct str without_field(const struct learned_reason *reason)
{
	ptrdiff_t colon = str_find(reason->text, STR(": "));

	if (reason->group != FEATURES_SUBJECT || colon < 0)
		return reason->text;
	return str_from_offset(reason->text, (size_t)colon + 2);
}

static bool is_of(const struct learned_reason *reason, enum feature_group group, bool for_spam)
{
	return reason->group == group && (reason->share > 0) == for_spam;
}

static void add_group(struct strbuf *buf, const struct learned *learned, enum feature_group group,
                      bool for_spam)
{
	bool first = true;

	for (size_t i = 0; i < learned->reasons.len; i++) {
		const struct learned_reason *reason = &learned->reasons.items[i];
		struct str text;

		if (!is_of(reason, group, for_spam))
			continue;
		text = shown_text(buf->arena, str_prefix(without_field(reason), QUOTED_MAX));
		if (first && buf->len > 0)
			strbuf_add(buf, STR("; "));
		strbuf_printf(buf, "%s \"%.*s\"", first ? noun_of(group) : ",", STR_FMT(text));
		first = false;
	}
}

struct str learned_words(struct arena *arena, const struct learned *learned, bool for_spam)
{
	struct strbuf buf;

	strbuf_init(&buf, arena);
	for (size_t i = 0; i < learned->reasons.len; i++) {
		enum feature_group group = learned->reasons.items[i].group;
		bool done = (learned->reasons.items[i].share > 0) != for_spam;

		/* Where the first of its group stands. */
		for (size_t j = 0; j < i && !done; j++)
			done = is_of(&learned->reasons.items[j], group, for_spam);
		if (!done)
			add_group(&buf, learned, group, for_spam);
	}
	return strbuf_str(&buf);
}

void learned_sentences(struct arena *arena, const struct learned *learned,
                       struct str_list *sentences)
{
	const struct str reasons[] = { learned_words(arena, learned, true),
		                       learned_words(arena, learned, false) };

	if (learned->ham + learned->spam == 0)
		return;
	vec_push(arena, sentences,
	         arena_printf(arena,
	                      "By what was learned (%" PRIu64 " ham, %" PRIu64 " spam) it is spam "
	                      "with a probability of %.3f.",
	                      learned->ham, learned->spam, learned->probability));
	for (size_t i = 0; i < 2; i++)
		if (reasons[i].len > 0)
			vec_push(arena, sentences,
			         arena_printf(arena, "%s: %.*s", i == 0 ? "For spam" : "Against it",
			                      STR_FMT(reasons[i])));
}
