/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/link_lesson.h"

#include "base/log.h"
#include "milter/lesson_act.h"
#include "rules/model/site.h"
#include "scoring/arrival.h"

static bool teaches(const struct link_lesson *lesson)
{
	return lesson->purpose == LINK_DELIVER || lesson->purpose == LINK_SPAM ||
	       (lesson->purpose == LINK_RIGHT && lesson->judged_spam);
}

static bool learn(struct arena *arena, const struct policy *policy, struct lessons_cache *cache,
                  const struct link_lesson *lesson, const struct lesson_said *said,
                  struct error *err_r)
{
	struct str text;

	if (policy->site->learned.off)
		return error_set(err_r, "the rule files say that nothing is (use_bayes 0)");
	return lesson_act_copy(arena, policy, lesson->scan_id, &text, err_r) &&
	       (text.len > 0 || error_set(err_r, "there is no copy of it")) &&
	       lesson_act(arena, policy, cache, said, arrival_text(arena, policy, text), err_r);
}

struct str link_lesson(struct arena *arena, const struct policy *policy,
                       struct lessons_cache *cache, const struct link_lesson *lesson)
{
	const struct lesson_said said = {
		.account = lesson->account,
		.label = lesson->purpose == LINK_DELIVER ? LEARN_HAM : LEARN_SPAM,
		.source = lesson->purpose == LINK_RIGHT ? LESSON_BY_HAND : LESSON_CORRECTION,
	};
	const char *label = lesson_label_name(said.label);
	struct error error;

	if (!teaches(lesson))
		return STR("");
	if (learn(arena, policy, cache, lesson, &said, &error))
		return arena_printf(arena, "; it is learned as %s%s%.*s", label,
		                    said.account.len > 0 ? " for " : "", STR_FMT(said.account));
	log_info(NULL, "link: id=%.*s is not learned as %s: %s", STR_FMT(lesson->scan_id), label,
	         error.text);
	return STR("");
}
