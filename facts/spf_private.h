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

enum spf_progress {
	SPF_PROGRESS_NONE,   /* an answer is missing */
	SPF_PROGRESS_RESULT, /* only the explanation is missing */
	SPF_PROGRESS_DONE,
};

/* One pass. The outcome is in the pass's arena, where it is known. */
enum spf_progress spf_run(struct spf *spf, struct spf_eval *eval, struct spf_outcome *outcome_r);

#endif
