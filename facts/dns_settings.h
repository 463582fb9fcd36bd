/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whom the resolver asks, and how long. Plain values. */
#ifndef FACTS_DNS_SETTINGS_H
#define FACTS_DNS_SETTINGS_H

#include "base/error.h"
#include "base/vec.h"

struct dns_settings {
	struct str_list servers; /* "192.0.2.1", "2001:db8::1@5353"; none: those of resolv.conf */
	/* "NAME SERVER", with one server or more: who is asked for what is within NAME instead */
	struct str_list zones;
	bool mixed_case;     /* names are asked for in random case (dns0x20) */
	unsigned edns_bytes; /* the size of answers over UDP; 0: 1232; up to 512: without EDNS */
	int64_t timeout_ms;  /* for one question; 0: DNS_DEFAULT_TIMEOUT_MS */
	size_t cache_bytes;  /* 0: DNS_DEFAULT_CACHE_BYTES */
};

#define DNS_DEFAULT_TIMEOUT_MS  5000
#define DNS_DEFAULT_CACHE_BYTES (16 * 1024 * 1024)

/* True for ADDR or ADDR@PORT with a numeric address; else says what is wrong. */
bool dns_server_valid(struct str server, struct error *err_r);
/* The same of a zone and its servers. */
bool dns_zone_valid(struct str zone, struct error *err_r);

#endif
