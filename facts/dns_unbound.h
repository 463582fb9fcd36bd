/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A context of libunbound with our settings, for dns.c. */
#ifndef FACTS_DNS_UNBOUND_H
#define FACTS_DNS_UNBOUND_H

#include "facts/dns_settings.h"

struct ub_ctx;

/* NULL with *err_r where a server is not valid or a file can't be read; ub_ctx_delete() frees. */
struct ub_ctx *dns_unbound_new(const struct dns_settings *settings, struct error *err_r);

#endif
