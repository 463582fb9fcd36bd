/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/verdict.h"

#include "base/decimal.h"
#include "forward/address.h"
#include "scoring/adapted_now.h"

/* For one recipient: his score is what he and his domain know of the sender, too. */
static int32_t change_of(const struct verdict_input *input, size_t recipient)
{
	return input->changes != NULL ? input->changes[recipient].score : 0;
}

static struct verdict_input input_for(const struct verdict_input *input, size_t recipient)
{
	struct verdict_input own = *input;

	own.score = decimal_add(input->score, change_of(input, recipient));
	own.floor = decimal_add(input->floor, change_of(input, recipient));
	return own;
}

/*
 * What the score of the message, which is stated for all, may be until this recipient's own is
 * greater than his threshold.
 */
static int32_t required_by(const struct verdict_input *input, size_t recipient)
{
	struct str address = input->envelope->recipients.items[recipient].address;

	return decimal_add(settings_for_recipient(&input->policy->settings, address).required_score,
	                   -change_of(input, recipient));
}

/* The strictest view of all recipients: nobody sees a tag that his own threshold would not give. */
static void decide_tag(const struct verdict_input *input, struct verdict *verdict)
{
	const struct settings *settings = &input->policy->settings;
	const struct envelope_recipients *recipients = &input->envelope->recipients;
	bool wanted = !input->quiet, rewritten = true;

	verdict->required = settings->required_score;
	verdict->subject_tag = settings->rewrite_subject ? settings->subject_tag : STR("");
	for (size_t i = 0; i < recipients->len; i++) {
		struct recipient_settings own =
			settings_for_recipient(settings, recipients->items[i].address);
		struct str tag = own.rewrite_subject ? own.subject_tag : STR("");

		wanted = wanted && own.enabled;
		rewritten = rewritten && tag.len > 0;
		if (i == 0 || required_by(input, i) > verdict->required)
			verdict->required = required_by(input, i);
		if (i == 0)
			verdict->subject_tag = tag;
		else if (!str_eq(verdict->subject_tag, tag))
			verdict->subject_tag = settings->subject_tag;
	}
	/* There is one Subject for all of them. */
	if (!rewritten)
		verdict->subject_tag = STR("");
	verdict->over = input->score > verdict->required;
	verdict->tag = (verdict->over || input->infection.signature.len > 0) && wanted;
	verdict->quiet = !wanted;
}

/* What a destination's policy says of this score. */
enum fate {
	FATE_KEEP,
	FATE_UNPROVEN, /* kept, as all that speaks against the mail is of one kind */
	FATE_OBSERVE,
	FATE_DROP,
};

static bool is_proven(const struct verdict_input *input,
                      const struct destination_settings *destination)
{
	return destination->discard_needs == DISCARD_NEEDS_ANY ||
	       (destination->forward_discard_score > 0 &&
	        (int64_t)input->score >= 2 * (int64_t)destination->forward_discard_score) ||
	       (input->kinds != NULL && evidence_kind_count(input->kinds) >= 2);
}

/* Why it is kept: which kind it is. */
static struct str unproven(struct arena *arena, const struct verdict_input *input)
{
	const char *only = NULL;

	for (enum evidence_kind kind = 0; input->kinds != NULL && kind < EVIDENCE_KIND_COUNT;
	     kind++)
		if (input->kinds->points[kind] >= EVIDENCE_KIND_MIN)
			only = evidence_kind_name(kind);
	return only == NULL
	               ? STR("what speaks against it is of no known kind, and discard_needs is "
	                     "two-kinds")
	               : arena_printf(arena,
	                              "all that speaks against it is of one kind, %s, and "
	                              "discard_needs is two-kinds",
	                              only);
}

/* A score that somebody set, and where. */
struct threshold {
	int32_t score;
	const char *from;
};

static const char *threshold_from(const char *from)
{
	return from != NULL ? from : "default";
}

/* Is forwarded mail with such malware dropped, whatever its score? */
static bool drops_infected(const struct verdict_input *input)
{
	return input->infection.signature.len > 0 && input->infection.certain &&
	       input->policy->settings.antivirus_action != ANTIVIRUS_TAG;
}

/* What its receiver thinks of forwards may have lowered it. */
static void adapt(const struct verdict_input *input, struct str domain,
                  struct destination_settings *destination)
{
	const struct settings *settings = &input->policy->settings;
	int32_t threshold = destination->forward_discard_score;

	if (settings->adapt_discard)
		threshold = adapted_threshold(threshold, adapted_now_steps(domain),
		                              settings->adapt_discard_floor);
	if (threshold == destination->forward_discard_score)
		return;
	destination->forward_discard_score = threshold;
	destination->forward_discard_score_from = "adapt_discard";
}

static enum fate fate_at(struct arena *arena, const struct verdict_input *input, struct str address,
                         struct threshold *threshold_r)
{
	struct str domain = address_domain(arena, address);
	struct destination_settings destination =
		settings_for_destination(&input->policy->settings, domain);

	adapt(input, domain, &destination);
	*threshold_r = (struct threshold){ destination.forward_discard_score,
		                           destination.forward_discard_score_from };
	if (destination.keep)
		return FATE_KEEP;
	if (drops_infected(input))
		return destination.observe ? FATE_OBSERVE : FATE_DROP;
	if (input->score < destination.forward_discard_score)
		return FATE_KEEP;
	if (!is_proven(input, &destination))
		return FATE_UNPROVEN;
	return destination.observe ? FATE_OBSERVE : FATE_DROP;
}

/* Whose drop it would be; of mail that goes on, only what needs no asking. */
static void find_accounts(struct arena *arena, const struct verdict_input *input,
                          const struct envelope_recipient *recipient,
                          struct recipient_verdict *result)
{
	bool matters = result->drop || result->observe;
	struct str_list accounts =
		origin_accounts(arena, input->policy, input->front, recipient, matters);

	if (accounts.len == 0 || (accounts.len > 1 && !matters))
		return;
	result->hosted = accounts.items[0];
	result->others = (struct str_list){ accounts.items + 1, accounts.len - 1, 0 };
}

static void take_threshold(struct recipient_verdict *result, struct threshold threshold)
{
	result->threshold = threshold.score;
	result->threshold_from = threshold_from(threshold.from);
}

/*
 * On the hop every recipient is an external destination, but not each is a forward: mail that was
 * addressed there from the start (sent by our users, or relayed for a customer) has the same
 * recipient at the front.
 */
static void decide_on_hop(struct arena *arena, const struct verdict_input *input,
                          const struct envelope_recipient *recipient,
                          struct recipient_verdict *result)
{
	const char *why = NULL;
	enum origin origin = origin_of(arena, input->front, recipient, &why);
	struct threshold threshold;
	enum fate fate;

	result->destination = recipient->address;
	result->class = origin == ORIGIN_FORWARD ? RECIPIENT_FORWARDED : RECIPIENT_UNKNOWN;
	if (forward_is_ours(input->policy->forward_maps, recipient->address))
		result->class = RECIPIENT_RELAYED;
	if (result->class == RECIPIENT_RELAYED || origin == ORIGIN_DIRECT)
		return;
	fate = fate_at(arena, input, recipient->address, &threshold);
	take_threshold(result, threshold);
	if (origin == ORIGIN_UNKNOWN) {
		if (fate != FATE_KEEP)
			result->kept = str_from(why);
		return;
	}
	if (fate == FATE_UNPROVEN)
		result->kept = unproven(arena, input);
	result->drop = fate == FATE_DROP;
	result->observe = fate == FATE_OBSERVE;
	find_accounts(arena, input, recipient, result);
}

/* How many external destinations have which fate; the destination that stands for all of them. */
static void count_fates(struct arena *arena, const struct verdict_input *input,
                        const struct expansion *expansion, struct recipient_verdict *result,
                        size_t counts[FATE_DROP + 1])
{
	enum fate deciding = FATE_KEEP;
	int32_t highest = INT32_MIN;

	for (size_t i = 0; i < expansion->len; i++) {
		struct threshold threshold;
		enum fate fate;

		if (!expansion->items[i].external)
			continue;
		fate = fate_at(arena, input, expansion->items[i].address, &threshold);
		counts[fate]++;
		/* Of mail that goes on, the one that would be the last to have it dropped. */
		if (fate <= FATE_UNPROVEN && deciding == FATE_KEEP && threshold.score > highest &&
		    expansion->class == RECIPIENT_FORWARDED &&
		    !settings_has_hop(&input->policy->settings)) {
			highest = threshold.score;
			result->destination = expansion->items[i].address;
		}
		/* Where any is only observed, none is dropped, so that one decides. */
		if (fate <= FATE_UNPROVEN || (deciding == FATE_OBSERVE && fate == FATE_DROP) ||
		    (deciding == fate && threshold.score <= result->threshold))
			continue;
		deciding = fate;
		result->destination = expansion->items[i].address;
		take_threshold(result, threshold);
	}
}

/* A rewritten sender that somebody writes to is a way out like any forward. */
static const struct expansion *expand_at_front(struct arena *arena,
                                               const struct verdict_input *input,
                                               const struct envelope_recipient *recipient)
{
	const struct forward_maps *maps = input->policy->forward_maps;

	if (recipient->reversed.len > 0 && input->envelope->sender.len > 0)
		return forward_expand_reversed(arena, maps, recipient->reversed,
		                               input->envelope->host);
	return forward_expand_for(arena, maps, recipient->address, input->envelope->host);
}

/*
 * At the front door the original recipient stands for all that it expands to, so it is dropped
 * only where all of that is external and every destination's policy says so; where some say
 * `observe` and the others would drop, it is observed.
 */
static void decide_at_front(struct arena *arena, const struct verdict_input *input,
                            const struct envelope_recipient *recipient,
                            struct recipient_verdict *result, struct str *hint)
{
	const struct expansion *expansion = expand_at_front(arena, input, recipient);
	size_t counts[FATE_DROP + 1] = { 0 };
	const char *doubt = NULL;
	bool all;

	result->class = expansion->class;
	result->hosted = recipient->address;
	count_fates(arena, input, expansion, result, counts);
	if (expansion->incomplete && hint->len == 0 &&
	    (input->score >= input->policy->settings.forward_discard_score ||
	     drops_infected(input)))
		*hint = arena_printf(arena, "nothing for <%.*s> is dropped: %.*s",
		                     STR_FMT(recipient->address), STR_FMT(expansion->trouble));
	if (counts[FATE_DROP] + counts[FATE_OBSERVE] + counts[FATE_UNPROVEN] == 0 ||
	    expansion->class < RECIPIENT_FORWARDED)
		return;
	all = expansion->class == RECIPIENT_FORWARDED && counts[FATE_KEEP] == 0 &&
	      !expansion->incomplete;
	if (all && counts[FATE_UNPROVEN] > 0) {
		if (!settings_has_hop(&input->policy->settings))
			result->kept = unproven(arena, input);
		return;
	}
	if (all)
		doubt = forward_maps_doubt(input->policy->forward_maps, arena);
	if (doubt != NULL) {
		*hint = arena_printf(arena, "nothing for <%.*s> is dropped: %s",
		                     STR_FMT(recipient->address), doubt);
		all = false;
	}
	result->drop = all && counts[FATE_OBSERVE] == 0;
	/* The hop sees it as well, and more exactly. */
	result->observe =
		all && counts[FATE_OBSERVE] > 0 && !settings_has_hop(&input->policy->settings);
	if (!all && !settings_has_hop(&input->policy->settings))
		result->kept = expansion->incomplete
		                       ? expansion->trouble
		                       : STR("it has a mailbox or another destination, "
		                             "too");
	if (!all && hint->len == 0 && !input->policy->has_seal_key)
		*hint = arena_printf(arena,
		                     "<%.*s> is forwarded, but also has a mailbox or another "
		                     "destination; set up the forward hop to drop only the forward",
		                     STR_FMT(recipient->address));
}

/* What the rest of the message says against a drop. */
static void reconsider(const struct verdict_input *input, struct recipient_verdict *result)
{
	bool matters = result->drop || result->observe;

	if (matters && input->forbidden.len > 0)
		result->kept = input->forbidden;
	else if (matters && !drops_infected(input) && input->floor < result->threshold)
		result->kept = input->doubt;
	if (!input->droppable)
		result->kept = STR("");
	if (!input->droppable || result->kept.len > 0) {
		result->drop = false;
		result->observe = false;
	}
	result->infected = (result->drop || result->observe) && drops_infected(input);
}

/* Of a recipient who gets the message: what it takes for him to be told that it is spam. */
static void take_tag_threshold(const struct verdict_input *input, struct recipient_verdict *result)
{
	struct str address = result->hosted.len > 0 ? result->hosted : result->address;
	struct recipient_settings own = settings_for_recipient(&input->policy->settings, address);

	result->threshold = own.required_score;
	result->threshold_from = threshold_from(own.required_score_from);
}

/* Nothing is lost: whoever sends it is told. */
static bool is_refused(const struct verdict_input *input)
{
	return drops_infected(input) && input->refusable && input->forbidden.len == 0 &&
	       input->policy->settings.antivirus_action == ANTIVIRUS_REJECT;
}

/* None is dropped of a message that is refused. */
static void refuse(struct verdict *verdict)
{
	verdict->action = VERDICT_REJECT;
	for (size_t i = 0; i < verdict->recipient_count; i++) {
		struct recipient_verdict *recipient = &verdict->recipients[i];

		recipient->drop = recipient->observe = recipient->infected = false;
		recipient->kept = STR("");
	}
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
	const struct envelope_recipients *recipients = &input->envelope->recipients;
	struct verdict *verdict = arena_new_object(arena, struct verdict);

	decide_tag(input, verdict);
	verdict->droppable = input->droppable;
	verdict->recipient_count = recipients->len;
	verdict->recipients = arena_calloc(arena, recipients->len, sizeof(*verdict->recipients));
	for (size_t i = 0; i < recipients->len; i++) {
		struct recipient_verdict *result = &verdict->recipients[i];
		const struct verdict_input own = input_for(input, i);

		result->address = recipients->items[i].address;
		if (input->changes != NULL)
			result->change = input->changes[i];
		if (input->front != NULL)
			decide_on_hop(arena, &own, &recipients->items[i], result);
		else
			decide_at_front(arena, &own, &recipients->items[i], result, &verdict->hint);
		reconsider(&own, result);
		if (!result->drop && !result->observe)
			take_tag_threshold(&own, result);
	}
	verdict->action = action_of(verdict);
	if (is_refused(input))
		refuse(verdict);
	return verdict;
}

int32_t verdict_lowest_change(const struct verdict *verdict)
{
	int32_t lowest = 0;

	for (size_t i = 0; i < verdict->recipient_count; i++)
		if (verdict->recipients[i].change.score < lowest)
			lowest = verdict->recipients[i].change.score;
	return lowest;
}
