/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/dns_unbound.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unbound.h>

#include "facts/dns_answer.h"

/* What passes without fragments nearly everywhere. */
#define EDNS_BYTES 1232

bool dns_server_valid(struct str server, struct error *err_r)
{
	ptrdiff_t at = str_find_char(server, '@');
	struct str host = at < 0 ? server : str_prefix(server, (size_t)at);
	unsigned char address[16];
	uint64_t port = 53;
	char text[64] = "";

	if (host.len < sizeof(text))
		memcpy(text, host.data, host.len);
	if (inet_pton(AF_INET, text, address) != 1 && inet_pton(AF_INET6, text, address) != 1)
		return error_set(err_r,
		                 "\"%.*s\" is no DNS server; write an IP address, or "
		                 "ADDRESS@PORT",
		                 STR_FMT(server));
	if (at >= 0 &&
	    (!str_to_uint(str_from_offset(server, (size_t)at + 1), 65535, &port) || port == 0))
		return error_set(err_r, "\"%.*s\": the port must be a number from 1 to 65535",
		                 STR_FMT(server));
	return true;
}

bool dns_zone_valid(struct str zone, struct error *err_r)
{
	struct str rest = zone, name, server;
	size_t servers = 0;

	if (!str_next_word(&rest, &name) || !dns_name_valid(name))
		return error_set(
			err_r, "\"%.*s\" names no zone; write its name, then the server's address",
			STR_FMT(zone));
	for (; str_next_word(&rest, &server); servers++)
		if (!dns_server_valid(server, err_r))
			return false;
	return servers > 0 || error_set(err_r,
	                                "who is to be asked for %.*s? Write ADDRESS, or "
	                                "ADDRESS@PORT, after it",
	                                STR_FMT(name));
}

static bool set_option(struct ub_ctx *context, const char *name, const char *value,
                       struct error *err_r)
{
	int error = ub_ctx_set_option(context, name, value);

	return error == 0 ||
	       error_set(err_r, "libunbound refuses %s %s: %s", name, value, ub_strerror(error));
}

static bool set_options(struct ub_ctx *context, const struct dns_settings *settings,
                        struct error *err_r)
{
	static const char *const options[][2] = {
		/* A name server on this host is the usual one. */
		{ "do-not-query-localhost:", "no" },
		/* Private networks are the configured servers' business. */
		{ "unblock-lan-zones:", "yes" },
		{ "outgoing-num-tcp:", "64" },
		{ "num-queries-per-thread:", "8192" },
		{ "msg-cache-size:", "8m" },
		{ "rrset-cache-size:", "16m" },
		/* A server that was down is asked again after seconds, not a quarter of an hour. */
		{ "infra-host-ttl:", "10" },
		{ "infra-keep-probing:", "yes" },
		/* There is no trust anchor to validate with. */
		{ "module-config:", "iterator" },
	};
	struct rlimit files = { .rlim_cur = 1024 };
	char range[16], bytes[16];

	(void)getrlimit(RLIMIT_NOFILE, &files);
	/* One socket for each question on the wire; the others wait inside libunbound. */
	snprintf(range, sizeof(range), "%d",
	         files.rlim_cur > 8192 ? 4096 : (int)(files.rlim_cur / 4));
	snprintf(bytes, sizeof(bytes), "%u",
	         settings->edns_bytes > 0 ? settings->edns_bytes : EDNS_BYTES);
	if (!set_option(context, "outgoing-range:", range, err_r) ||
	    !set_option(context, "edns-buffer-size:", bytes, err_r) ||
	    !set_option(context, "use-caps-for-id:", settings->mixed_case ? "yes" : "no", err_r))
		return false;
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (!set_option(context, options[i][0], options[i][1], err_r))
			return false;
	return true;
}

static bool set_servers(struct ub_ctx *context, const struct str_list *servers, struct error *err_r)
{
	char text[64];
	int error;

	for (size_t i = 0; i < servers->len; i++) {
		if (!dns_server_valid(servers->items[i], err_r))
			return false;
		snprintf(text, sizeof(text), "%.*s", STR_FMT(servers->items[i]));
		error = ub_ctx_set_fwd(context, text);
		if (error != 0)
			return error_set(err_r, "DNS server %s: %s", text, ub_strerror(error));
	}
	if (servers->len > 0)
		return true;
	error = ub_ctx_resolvconf(context, NULL);
	/* As resolv.conf(5) says for a file that is not there. */
	if (error == UB_READFILE)
		error = ub_ctx_set_fwd(context, "127.0.0.1");
	return error == 0 || error_set(err_r,
	                               "/etc/resolv.conf: %s; name the servers with "
	                               "dns_server",
	                               ub_strerror(error));
}

/*
 * What libunbound would answer itself with "does not exist", although the servers may know better:
 * addresses for documentation and for carriers' own networks, and "test".
 */
static bool open_zones(struct ub_ctx *context, struct error *err_r)
{
	static const char *const zones[] = {
		"2.0.192.in-addr.arpa.",     "100.51.198.in-addr.arpa.", "113.0.203.in-addr.arpa.",
		"8.b.d.0.1.0.0.2.ip6.arpa.", "254.169.in-addr.arpa.",    "test.",
	};
	char zone[32];
	int error = 0;

	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]) && error == 0; i++)
		error = ub_ctx_zone_remove(context, zones[i]);
	for (int i = 64; i < 128 && error == 0; i++) {
		snprintf(zone, sizeof(zone), "%d.100.in-addr.arpa.", i);
		error = ub_ctx_zone_remove(context, zone);
	}
	return error == 0 || error_set(err_r, "can't start libunbound: %s", ub_strerror(error));
}

static bool set_zones(struct ub_ctx *context, const struct str_list *zones, struct error *err_r)
{
	char name[256], address[64];
	struct str rest, word;
	int error;

	for (size_t i = 0; i < zones->len; i++) {
		if (!dns_zone_valid(zones->items[i], err_r))
			return false;
		rest = zones->items[i];
		str_next_word(&rest, &word);
		snprintf(name, sizeof(name), "%.*s", STR_FMT(word));
		while (str_next_word(&rest, &word)) {
			snprintf(address, sizeof(address), "%.*s", STR_FMT(word));
			error = ub_ctx_set_stub(context, name, address, 0);
			if (error != 0)
				return error_set(err_r, "DNS server %s of %s: %s", address, name,
				                 ub_strerror(error));
		}
	}
	return true;
}

struct ub_ctx *dns_unbound_new(const struct dns_settings *settings, struct error *err_r)
{
	struct ub_ctx *context = ub_ctx_create();

	if (context == NULL) {
		error_set(err_r, "can't start libunbound: %s", strerror(errno));
		return NULL;
	}
	if (ub_ctx_async(context, 1) == 0 && set_options(context, settings, err_r) &&
	    set_servers(context, &settings->servers, err_r) &&
	    set_zones(context, &settings->zones, err_r) && open_zones(context, err_r))
		return context;
	ub_ctx_delete(context);
	return NULL;
}
