/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/dns_servers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "facts/dns_answer.h"

#define RESOLV_CONF  "/etc/resolv.conf"
#define DEFAULT_PORT 53
/* As many as resolv.conf(5) takes. */
#define RESOLV_CONF_SERVERS 3

/* Addresses with a zone ("fe80::1%eth0") are in resolv.conf only. */
static bool parse_address(struct str host, unsigned port, bool with_zone, struct dns_server *server)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		                  .ai_socktype = SOCK_DGRAM };
	struct addrinfo *found;
	unsigned char octets[16];
	char text[80], service[8];

	if (host.len == 0 || host.len >= sizeof(text))
		return false;
	memcpy(text, host.data, host.len);
	text[host.len] = '\0';
	/* getaddrinfo() also takes "127.1". */
	if (inet_pton(AF_INET, text, octets) != 1 && inet_pton(AF_INET6, text, octets) != 1 &&
	    !(with_zone && str_find_char(host, '%') >= 0))
		return false;
	snprintf(service, sizeof(service), "%u", port);
	if (getaddrinfo(text, service, &hints, &found) != 0)
		return false;
	*server = (struct dns_server){ .address_len = found->ai_addrlen };
	memcpy(&server->address, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	return true;
}

static bool parse_server(struct str text, struct dns_server *server, struct error *err_r)
{
	ptrdiff_t at = str_find_char(text, '@');
	struct str host = at < 0 ? text : str_prefix(text, (size_t)at);
	uint64_t port = DEFAULT_PORT;

	if (!parse_address(host, DEFAULT_PORT, false, server))
		return error_set(err_r,
		                 "\"%.*s\" is no DNS server; write an IP address, or "
		                 "ADDRESS@PORT",
		                 STR_FMT(text));
	if (at >= 0 &&
	    (!str_to_uint(str_from_offset(text, (size_t)at + 1), 65535, &port) || port == 0))
		return error_set(err_r, "\"%.*s\": the port must be a number from 1 to 65535",
		                 STR_FMT(text));
	return parse_address(host, (unsigned)port, false, server);
}

bool dns_server_valid(struct str server, struct error *err_r)
{
	struct dns_server parsed;

	return parse_server(server, &parsed, err_r);
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

struct server_list {
	vec_members(struct dns_server);
};

static void add_resolv_conf_line(struct arena *arena, struct str line, struct server_list *list)
{
	struct dns_server server;
	struct str word;

	if (!str_next_word(&line, &word) || !str_eq(word, STR("nameserver")) ||
	    !str_next_word(&line, &word) || list->len >= RESOLV_CONF_SERVERS)
		return;
	if (parse_address(word, DEFAULT_PORT, true, &server))
		vec_push(arena, list, server);
}

/* Where it isn't there, or names none: the server on this host, as resolv.conf(5) says. */
static bool read_resolv_conf(struct arena *arena, struct server_list *list, struct error *err_r)
{
	FILE *file = fopen(RESOLV_CONF, "re");
	struct dns_server server;
	char line[1024];
	bool failed;

	if (file == NULL && errno != ENOENT)
		return error_set(err_r, RESOLV_CONF ": %s; name the servers with dns_server",
		                 strerror(errno));
	if (file != NULL) {
		while (fgets(line, sizeof(line), file) != NULL)
			add_resolv_conf_line(arena, str_from(line), list);
		failed = ferror(file) != 0;
		fclose(file);
		if (failed)
			return error_set(err_r, RESOLV_CONF
			                 ": can't be read; name the servers with dns_server");
	}
	if (list->len == 0 && parse_address(STR("127.0.0.1"), DEFAULT_PORT, false, &server))
		vec_push(arena, list, server);
	return true;
}

static bool read_usual(struct arena *arena, const struct str_list *servers,
                       struct server_list *list, struct error *err_r)
{
	if (servers->len == 0)
		return read_resolv_conf(arena, list, err_r);
	for (size_t i = 0; i < servers->len; i++)
		if (!parse_server(servers->items[i], vec_add(arena, list), err_r))
			return false;
	return true;
}

static struct dns_route *route_of_zone(struct dns_servers *servers, struct str zone)
{
	for (size_t i = 1; i < servers->count; i++)
		if (str_eq(servers->routes[i].zone, zone))
			return &servers->routes[i];
	return NULL;
}

/* A zone may have several lines. */
static bool add_zone(struct arena *arena, struct dns_servers *servers, struct str text,
                     struct error *err_r)
{
	struct server_list list = { 0 };
	struct dns_route *route;
	struct str word, name;

	if (!dns_zone_valid(text, err_r))
		return false;
	str_next_word(&text, &word);
	name = dns_name_canonical(arena, word);
	route = route_of_zone(servers, name);
	for (size_t i = 0; route != NULL && i < route->count; i++)
		vec_push(arena, &list, route->servers[i]);
	while (str_next_word(&text, &word))
		if (!parse_server(word, vec_add(arena, &list), err_r))
			return false;
	if (route == NULL)
		route = &servers->routes[servers->count++];
	*route = (struct dns_route){ name, list.len, list.items };
	return true;
}

struct dns_servers *dns_servers_new(struct arena *arena, const struct dns_settings *settings,
                                    struct error *err_r)
{
	struct dns_servers *servers = arena_new_object(arena, struct dns_servers);
	struct server_list list = { 0 };

	servers->routes = arena_calloc(arena, settings->zones.len + 1, sizeof(*servers->routes));
	if (!read_usual(arena, &settings->servers, &list, err_r))
		return NULL;
	servers->routes[servers->count++] = (struct dns_route){ STR(""), list.len, list.items };
	for (size_t i = 0; i < settings->zones.len; i++)
		if (!add_zone(arena, servers, settings->zones.items[i], err_r))
			return NULL;
	return servers;
}

struct dns_route *dns_servers_of(const struct dns_servers *servers, struct str name)
{
	struct dns_route *best = &servers->routes[0];

	for (size_t i = 1; i < servers->count; i++)
		if (servers->routes[i].zone.len > best->zone.len &&
		    dns_name_is_within(name, servers->routes[i].zone))
			best = &servers->routes[i];
	return best;
}

static struct str address_text(struct arena *arena, const struct dns_server *server)
{
	char host[NI_MAXHOST], port[NI_MAXSERV];

	if (getnameinfo((const struct sockaddr *)&server->address, server->address_len, host,
	                sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return STR("?");
	if (atoi(port) == DEFAULT_PORT)
		return arena_printf(arena, "%s", host);
	return arena_printf(arena, "%s@%s", host, port);
}

void dns_servers_report(struct dns_servers *servers, struct arena *arena,
                        struct dns_server_reports *reports_r)
{
	*reports_r = (struct dns_server_reports){ 0 };
	for (size_t r = 0; r < servers->count; r++) {
		struct dns_route *route = &servers->routes[r];

		for (size_t i = 0; i < route->count; i++) {
			struct dns_server *server = &route->servers[i];
			struct dns_server_report report = {
				.address = address_text(arena, server),
				.zone = arena_str(arena, route->zone),
				.asked = atomic_load_explicit(&server->asked, memory_order_relaxed),
				.answered = atomic_load_explicit(&server->answered,
				                                 memory_order_relaxed),
			};

			vec_push(arena, reports_r, report);
		}
	}
}
