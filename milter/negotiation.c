/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/negotiation.h"

#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>

#define STEPS_WANTED                                                                               \
	(SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL | SMFIP_NR_RCPT | SMFIP_NR_HDR |            \
	 SMFIP_NR_BODY | SMFIP_NODATA | SMFIP_NOEOH | SMFIP_NOUNKNOWN | SMFIP_RCPT_REJ |           \
	 SMFIP_HDR_LEADSPC)
#define ACTIONS_WANTED (SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_DELRCPT)
/* With SRS, RCPT needs an answer as well. */
#define ACTIONS_SRS (SMFIF_CHGFROM | SMFIF_ADDRCPT)

uint32_t negotiation_actions(bool srs)
{
	return (uint32_t)(ACTIONS_WANTED | (srs ? ACTIONS_SRS : 0));
}

struct negotiation negotiation_agree(const struct negotiation *offer,
                                     const struct negotiation_answers *answers)
{
	unsigned long wanted = STEPS_WANTED;

	wanted &= ~(answers->mail ? (unsigned long)SMFIP_NR_MAIL : 0);
	wanted &= ~(answers->rcpt ? (unsigned long)SMFIP_NR_RCPT : 0);
	wanted &= ~(answers->body ? (unsigned long)SMFIP_NR_BODY : 0);
	return (struct negotiation){
		.version = offer->version < SMFI_PROT_VERSION ? offer->version : SMFI_PROT_VERSION,
		.actions = offer->actions & negotiation_actions(answers->rcpt),
		.steps = offer->steps & (uint32_t)wanted,
	};
}

struct negotiation_answers negotiation_answers(const struct negotiation *agreed)
{
	return (struct negotiation_answers){
		.mail = (agreed->steps & SMFIP_NR_MAIL) == 0,
		.rcpt = (agreed->steps & SMFIP_NR_RCPT) == 0,
		.body = (agreed->steps & SMFIP_NR_BODY) == 0,
	};
}
