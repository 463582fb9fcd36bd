/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What libunbound found out, as an answer of ours. For facts/dns.c only. */
#ifndef FACTS_DNS_RESULT_H
#define FACTS_DNS_RESULT_H

#include <unbound.h>

#include "facts/dns_answer.h"

/* `error` is libunbound's, 0 for none; the result may be NULL, and stays the caller's. */
struct dns_answer *dns_result_answer(enum dns_type type, int error, const struct ub_result *result);

#endif
