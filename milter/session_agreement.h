/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a session with libmilter negotiates; by the thread that works on it. */
#ifndef MILTER_SESSION_AGREEMENT_H
#define MILTER_SESSION_AGREEMENT_H

#include "milter/negotiation.h"
#include "milter/service.h"

/* The actions and steps that libmilter offers: what is agreed, and which steps are answered. */
struct negotiation session_agree(const struct service *service, unsigned long actions,
                                 unsigned long steps, struct negotiation_answers *answers_r);

#endif
