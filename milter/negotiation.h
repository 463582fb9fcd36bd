/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is agreed with an MTA when it connects (SMFIC_OPTNEG): which actions the filter may ask for,
 * and which steps are left out or have no answer. Pure functions.
 */
#ifndef MILTER_NEGOTIATION_H
#define MILTER_NEGOTIATION_H

#include <stdbool.h>
#include <stdint.h>

/* Actions (SMFIF_*) and steps (SMFIP_*) of mfapi.h and mfdef.h: those that an MTA offers, or those
 * that were agreed. */
struct negotiation {
	uint32_t version, actions, steps;
};

/* Which steps get an answer, though the MTA can do without. */
struct negotiation_answers {
	bool mail, rcpt, body;
};

/* All that is ever asked for, with SRS. */
uint32_t negotiation_actions(bool srs);

/* What is agreed: of what is offered, what is wanted. */
struct negotiation negotiation_agree(const struct negotiation *offer,
                                     const struct negotiation_answers *answers);

/* What was agreed to get an answer, or gets one since the MTA offers nothing else. */
struct negotiation_answers negotiation_answers(const struct negotiation *agreed);

#endif
