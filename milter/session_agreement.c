/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/session_agreement.h"

#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>

#include "milter/bounce.h"
#include "milter/in_flight.h"
#include "milter/libmilter_io.h"
#include "milter/overload.h"

/* Where mail may have to be turned away soon, that is to be done before it has come. */
static bool may_turn_away(const struct service *service)
{
	int connection = libmilter_io_connection();
	const struct policy *policy;
	bool turns;

	if (connection < 0 || !in_flight_try_enter())
		return false;
	policy = policy_pin(service->slot);
	turns = overload_is_near(policy, connection);
	policy_unpin(service->slot, policy);
	in_flight_leave();
	return turns;
}

/* What was agreed before libmilter got the connection stays. libmilter offers more steps than the
 * MTA: it gives the answers itself that the MTA can't do without. */
struct negotiation session_agree(const struct service *service, unsigned long actions,
                                 unsigned long steps, struct negotiation_answers *answers_r)
{
	const struct negotiation *before = libmilter_io_agreed();
	struct negotiation offer = { SMFI_PROT_VERSION, (uint32_t)actions, (uint32_t)steps };

	if (before != NULL) {
		*answers_r = negotiation_answers(before);
		offer.actions = before->actions;
		return negotiation_agree(&offer, answers_r);
	}
	*answers_r = (struct negotiation_answers){
		.mail = may_turn_away(service),
		.rcpt = bounce_expected(service),
		.body = libmilter_io_command() != SMFIC_OPTNEG,
	};
	return negotiation_agree(&offer, answers_r);
}
