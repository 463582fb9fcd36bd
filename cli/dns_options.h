/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The options of commands that ask the DNS by themselves. Each returns EX_OK, or EX_USAGE with the
 * mistake printed.
 */
#ifndef CLI_DNS_OPTIONS_H
#define CLI_DNS_OPTIONS_H

#include "facts/dns.h"

/* --dns-server ADDR[@PORT] */
int dns_options_server(struct arena *arena, const char *command, const char *text,
                       struct dns_settings *settings);
/* A number of seconds, with a fraction, as --dns-timeout and --timeout have. */
int dns_options_seconds(const char *command, const char *text, int64_t *ms_r);

#endif
