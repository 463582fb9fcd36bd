/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between spf.c (the evaluator, libspf2) and spf_check.c (who waits for what). */
#ifndef FACTS_SPF_PRIVATE_H
#define FACTS_SPF_PRIVATE_H

#include <pthread.h>

#include "facts/spf_eval.h"

struct spf {
	struct dns *dns;
	int64_t timeout_ms;
	pthread_mutex_t lock;       /* for the list */
	struct spf_engine *engines; /* those that nobody uses */
};

/*
 * One pass. True with the outcome, in the pass's arena, where it is known; false where an answer
 * is missing (eval->pending).
 */
bool spf_run(struct spf *spf, struct spf_eval *eval, struct spf_outcome *outcome_r);

#endif
