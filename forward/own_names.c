/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forward/own_names.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/map.h"
#include "forward/address.h"

struct own_names {
	struct map *names;     /* the host's, folded */
	struct map *parents;   /* the domains that they are in */
	struct map *addresses; /* of interfaces, as inet_ntop() writes them */
};

static char present[] = "";

/* A host's name, and the domain that it is in. */
static void add_name(struct arena *arena, struct own_names *own, struct str name)
{
	struct str folded = address_fold_domain(arena, str_trim(name));
	ptrdiff_t dot = str_find_char(folded, '.');

	if (folded.len == 0)
		return;
	map_set(own->names, folded, present);
	if (dot > 0)
		map_set(own->parents, str_from_offset(folded, (size_t)dot + 1), present);
}

/* Addresses. */

/* "127.0.0.1" or "::1" as inet_ntop() writes it, IPv4 also where it is mapped; false for what is
 * no address. */
static bool read_address(struct str text, char out[INET6_ADDRSTRLEN], bool *loopback_r)
{
	char copy[INET6_ADDRSTRLEN];
	struct in6_addr v6;
	struct in_addr v4;

	if (str_starts_ci(text, STR("ipv6:")))
		text = str_from_offset(text, 5);
	if (text.len == 0 || text.len >= sizeof(copy))
		return false;
	memcpy(copy, text.data, text.len);
	copy[text.len] = '\0';
	if (inet_pton(AF_INET6, copy, &v6) == 1) {
		*loopback_r = IN6_IS_ADDR_LOOPBACK(&v6) || IN6_IS_ADDR_UNSPECIFIED(&v6);
		if (!IN6_IS_ADDR_V4MAPPED(&v6))
			return inet_ntop(AF_INET6, &v6, out, INET6_ADDRSTRLEN) != NULL;
		memcpy(&v4, v6.s6_addr + 12, sizeof(v4));
	} else if (inet_pton(AF_INET, copy, &v4) != 1) {
		return false;
	}
	*loopback_r = ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET || v4.s_addr == INADDR_ANY;
	return inet_ntop(AF_INET, &v4, out, INET6_ADDRSTRLEN) != NULL;
}

static void find_addresses(struct arena *arena, struct own_names *own)
{
	struct ifaddrs *list;
	char text[INET6_ADDRSTRLEN];

	if (getifaddrs(&list) != 0)
		return;
	for (const struct ifaddrs *i = list; i != NULL; i = i->ifa_next) {
		const void *address = NULL;

		if (i->ifa_addr != NULL && i->ifa_addr->sa_family == AF_INET)
			address =
				&((const struct sockaddr_in *)(const void *)i->ifa_addr)->sin_addr;
		else if (i->ifa_addr != NULL && i->ifa_addr->sa_family == AF_INET6)
			address = &((const struct sockaddr_in6 *)(const void *)i->ifa_addr)
			                   ->sin6_addr;
		if (address != NULL &&
		    inet_ntop(i->ifa_addr->sa_family, address, text, sizeof(text)) != NULL)
			map_set(own->addresses, arena_str(arena, str_from(text)), present);
	}
	freeifaddrs(list);
}

/* OWN_PERHAPS for other addresses: one of a router in front may lead back here. */
static enum own_answer address_answer(const struct own_names *own, struct str text)
{
	char address[INET6_ADDRSTRLEN];
	bool loopback;

	if (read_address(text, address, &loopback) &&
	    (loopback || map_get(own->addresses, str_from(address)) != NULL))
		return OWN_YES;
	return OWN_PERHAPS;
}

/* Names. */

static struct str system_name(struct arena *arena)
{
	char name[256] = "";

	if (gethostname(name, sizeof(name) - 1) != 0)
		return STR("");
	return address_fold_domain(arena, arena_str(arena, str_from(name)));
}

/* A line of hosts(5), "address name alias…": where it is about this host, all are its names. The
 * loopback address has all sorts of names, so there one of them must be known already. */
static void read_hosts_line(struct arena *arena, struct own_names *own, struct str line)
{
	ptrdiff_t comment = str_find_char(line, '#');
	char text[INET6_ADDRSTRLEN];
	struct str address, rest, word;
	bool loopback, ours;

	if (comment >= 0)
		line = str_prefix(line, (size_t)comment);
	if (!str_next_word(&line, &address) || !read_address(address, text, &loopback))
		return;
	ours = !loopback && map_get(own->addresses, str_from(text)) != NULL;
	for (rest = line; !ours && str_next_word(&rest, &word);)
		ours = map_get(own->names, address_fold_domain(arena, word)) != NULL;
	while (ours && str_next_word(&line, &word))
		add_name(arena, own, arena_str(arena, word));
}

/* "search a.example b.example": the host's short name may be completed with each. */
static void read_resolv_line(struct arena *arena, struct own_names *own, struct str line,
                             struct str host)
{
	struct str word;

	if (!str_next_word(&line, &word) ||
	    (!str_eq(word, STR("search")) && !str_eq(word, STR("domain"))))
		return;
	while (str_next_word(&line, &word))
		add_name(arena, own,
		         arena_printf(arena, "%.*s.%.*s", STR_FMT(host), STR_FMT(word)));
}

static void read_hosts(struct arena *arena, struct own_names *own, const char *path)
{
	FILE *file = fopen(path, "re");
	char line[2048];

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		read_hosts_line(arena, own, str_from(line));
	if (file != NULL)
		fclose(file);
}

static void read_resolv(struct arena *arena, struct own_names *own, const char *path,
                        struct str host)
{
	FILE *file = fopen(path, "re");
	char line[2048];

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		read_resolv_line(arena, own, str_from(line), host);
	if (file != NULL)
		fclose(file);
}

const struct own_names *own_names_find_in(struct arena *arena, const struct str_list *names,
                                          struct str host, const char *hosts_file,
                                          const char *resolv_file)
{
	struct own_names *own = arena_new_object(arena, struct own_names);

	own->names = map_new(arena, MAP_EXACT);
	own->parents = map_new(arena, MAP_EXACT);
	own->addresses = map_new(arena, MAP_EXACT);
	for (size_t i = 0; i < names->len; i++)
		add_name(arena, own, names->items[i]);
	add_name(arena, own, host);
	find_addresses(arena, own);
	read_hosts(arena, own, hosts_file);
	if (host.len > 0 && str_find_char(host, '.') < 0)
		read_resolv(arena, own, resolv_file, host);
	return own;
}

const struct own_names *own_names_find(struct arena *arena, const struct str_list *names)
{
	return own_names_find_in(arena, names, system_name(arena), "/etc/hosts",
	                         "/etc/resolv.conf");
}

static bool is_named(struct str name, struct str domain)
{
	while (name.len > 0 && name.data[name.len - 1] == '.')
		name.len--;
	return name.len > 0 && str_eq_ci(name, domain);
}

static bool is_parent_of(struct str domain, struct str name)
{
	ptrdiff_t dot = str_find_char(name, '.');

	return dot > 0 && is_named(str_from_offset(name, (size_t)dot + 1), domain);
}

static bool is_numeric(struct str label)
{
	for (size_t i = 0; i < label.len; i++)
		if (!char_is_digit(label.data[i]))
			return false;
	return true;
}

enum own_answer own_names_answer(const struct own_names *own, struct str domain,
                                 struct str mta_name)
{
	ptrdiff_t dot = str_rfind_char(domain, '.');

	if (domain.len > 1 && domain.data[0] == '[' && domain.data[domain.len - 1] == ']')
		return address_answer(own, (struct str){ domain.data + 1, domain.len - 2 });
	if (str_eq(domain, STR("localhost")) || str_starts(domain, STR("localhost.")) ||
	    is_named(mta_name, domain) || map_get(own->names, domain) != NULL)
		return OWN_YES;
	if (dot < 0 || !address_domain_valid(domain) || str_ends_ci(domain, STR(".localhost")) ||
	    str_ends_ci(domain, STR(".localdomain")) || is_parent_of(domain, mta_name) ||
	    map_get(own->parents, domain) != NULL)
		return OWN_PERHAPS;
	/* An address without its brackets, whole or not. */
	if (is_numeric(str_from_offset(domain, (size_t)dot + 1)))
		return address_answer(own, domain);
	return OWN_NO;
}
