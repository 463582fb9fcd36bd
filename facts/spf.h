/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the domains in an SMTP session say of its client: SPF (RFC 7208), for the identities MAIL
 * FROM and HELO. A check is started when the sender is known, goes on without a thread of its own
 * while the DNS is asked, and is awaited later; it ends by its own deadline whatever happens. Any
 * thread may call. DNS trouble is no error but a result. At the end the resolver is freed first,
 * which ends the questions of abandoned checks; then struct spf.
 */
#ifndef FACTS_SPF_H
#define FACTS_SPF_H

#include "facts/dns.h"
#include "facts/spf_result.h"

struct spf_input {
	struct str client_ip;
	struct str helo;
	struct str sender;   /* MAIL FROM without angle brackets; empty for <> */
	struct str receiver; /* our own host name, for %{r} and the headers */
};

struct spf;
struct spf_check;

#define SPF_DEFAULT_TIMEOUT_MS 20000

/* `timeout_ms` for one check; 0: SPF_DEFAULT_TIMEOUT_MS. */
struct spf *spf_new(struct dns *dns, int64_t timeout_ms);
/* NULL is allowed. */
void spf_free(struct spf *spf);

/* Starts; never blocks, and copies the input. NULL where client_ip is no address. */
struct spf_check *spf_check_start(struct spf *spf, const struct spf_input *input);
/*
 * The result, copied to the arena; waits for it, at most until `deadline` or the check's own. What
 * was not ready by then is temperror, with timed_out. Ends the use of `check`.
 */
const struct spf_result *spf_check_await(struct arena *arena, struct spf_check *check,
                                         struct deadline deadline);
/* True once spf_check_await() would not wait. Never blocks. */
bool spf_check_done(struct spf_check *check);
/* Ends the use of `check` without a result. Never blocks; NULL is allowed. */
void spf_check_abandon(struct spf_check *check);

#endif
