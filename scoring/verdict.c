/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/verdict.h"

/* The strictest view of all recipients: nobody sees a tag that his own threshold would not give. */
static void decide_tag(const struct verdict_input *input, struct verdict *verdict)
{
	const struct settings *settings = &input->policy->settings;
	const struct recipient_list *recipients = &input->envelope->recipients;
	bool wanted = !input->quiet;

	verdict->required = settings->required_score;
	verdict->subject_tag = settings->rewrite_subject ? settings->subject_tag : STR("");
	for (size_t i = 0; i < recipients->len; i++) {
		struct recipient_settings own =
			settings_for_recipient(settings, recipients->items[i].address);
		struct str tag = own.rewrite_subject ? own.subject_tag : STR("");

		wanted = wanted && own.enabled;
		if (i == 0 || own.required_score > verdict->required)
			verdict->required = own.required_score;
		if (i == 0)
			verdict->subject_tag = tag;
		else if (!str_eq(verdict->subject_tag, tag))
			verdict->subject_tag =
				settings->rewrite_subject ? settings->subject_tag : STR("");
	}
	verdict->over = input->score > verdict->required;
	verdict->tag = verdict->over && wanted;
}

static bool destination_drops(const struct verdict_input *input, struct str address,
                              int32_t *threshold_r)
{
	struct destination_settings destination =
		settings_for_destination(&input->policy->settings, address);

	*threshold_r = destination.forward_discard_score;
	return !destination.keep && input->score >= destination.forward_discard_score;
}

static bool list_has_address(const struct str_list *list, struct str address)
{
	for (size_t i = 0; i < list->len; i++) {
		if (str_eq_ci(list->items[i], address))
			return true;
	}
	return false;
}

/*
 * On the hop every recipient is an external destination, but not each is a forward: mail that was
 * addressed there from the start (sent by our users, or relayed for a customer) has the same
 * recipient at the front and in ORCPT.
 */
static void decide_on_hop(const struct verdict_input *input, const struct recipient *recipient,
                          struct recipient_verdict *result)
{
	const struct str_list *front = input->front_recipients;

	result->destination = recipient->address;
	result->class = RECIPIENT_FORWARDED;
	if (recipient->original.len > 0) {
		result->hosted = recipient->original;
		if (str_eq_ci(recipient->original, recipient->address))
			result->class = RECIPIENT_UNKNOWN;
	} else if (front != NULL && front->len == 1) {
		result->hosted = front->items[0];
	}
	if (front != NULL && list_has_address(front, recipient->address))
		result->class = RECIPIENT_UNKNOWN;
	if (forward_is_ours(input->policy->forward_maps, recipient->address))
		result->class = RECIPIENT_RELAYED;
	if (result->class == RECIPIENT_FORWARDED)
		result->drop = destination_drops(input, recipient->address, &result->threshold);
}

/*
 * At the front door the original recipient stands for all that it expands to, so it is dropped
 * only where all of that is external and every destination's policy says so.
 */
static void decide_at_front(struct arena *arena, const struct verdict_input *input,
                            const struct recipient *recipient, struct recipient_verdict *result,
                            struct str *hint)
{
	const struct expansion *expansion =
		forward_expand(arena, input->policy->forward_maps, recipient->address);
	size_t external = 0, dropped = 0;

	result->class = expansion->class;
	result->hosted = recipient->address;
	for (size_t i = 0; i < expansion->len; i++) {
		int32_t threshold;

		if (!expansion->items[i].external)
			continue;
		external++;
		if (!destination_drops(input, expansion->items[i].address, &threshold))
			continue;
		if (dropped++ == 0 || threshold > result->threshold) {
			result->destination = expansion->items[i].address;
			result->threshold = threshold;
		}
	}
	if (dropped == 0 || expansion->class < RECIPIENT_FORWARDED)
		return;
	result->drop = expansion->class == RECIPIENT_FORWARDED && dropped == external &&
	               !expansion->incomplete;
	if (!result->drop && hint->len == 0 && !input->policy->has_seal_key)
		*hint = arena_printf(arena,
		                     "<%.*s> is forwarded, but also has a mailbox or another "
		                     "destination; set up the forward hop to drop only the forward",
		                     STR_FMT(recipient->address));
}

static enum verdict_action action_of(const struct verdict *verdict)
{
	size_t dropped = 0;

	for (size_t i = 0; i < verdict->recipient_count; i++)
		dropped += verdict->recipients[i].drop;
	if (dropped > 0)
		return dropped == verdict->recipient_count ? VERDICT_DROP : VERDICT_PARTIAL;
	return verdict->tag ? VERDICT_TAG : VERDICT_PASS;
}

const struct verdict *verdict_decide(struct arena *arena, const struct verdict_input *input)
{
	const struct recipient_list *recipients = &input->envelope->recipients;
	struct verdict *verdict = arena_new_object(arena, struct verdict);

	decide_tag(input, verdict);
	verdict->recipient_count = recipients->len;
	verdict->recipients = arena_calloc(arena, recipients->len, sizeof(*verdict->recipients));
	for (size_t i = 0; i < recipients->len; i++) {
		struct recipient_verdict *result = &verdict->recipients[i];

		result->address = recipients->items[i].address;
		if (input->hop)
			decide_on_hop(input, &recipients->items[i], result);
		else
			decide_at_front(arena, input, &recipients->items[i], result,
			                &verdict->hint);
		result->drop = result->drop && input->droppable;
	}
	verdict->action = action_of(verdict);
	return verdict;
}
