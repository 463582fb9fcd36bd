/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/doctor_public.h"

#include "facts/ip_address.h"
#include "facts/networks.h"

/* As their operators publish them. */
static const struct {
	const char *network;
	const char *owner;
} resolvers[] = {
	{ "8.8.8.8", "Google" },
	{ "8.8.4.4", "Google" },
	{ "2001:4860:4860::/48", "Google" },
	{ "1.1.1.0/24", "Cloudflare" },
	{ "1.0.0.0/24", "Cloudflare" },
	{ "2606:4700:4700::/48", "Cloudflare" },
	{ "9.9.9.0/24", "Quad9" },
	{ "149.112.112.0/24", "Quad9" },
	{ "2620:fe::/48", "Quad9" },
	{ "208.67.220.0/24", "OpenDNS" },
	{ "208.67.222.0/24", "OpenDNS" },
	{ "2620:119:35::/48", "OpenDNS" },
	{ "2620:119:53::/48", "OpenDNS" },
	{ "4.2.2.0/29", "Level 3" },
	{ "64.6.64.6", "Vercara" },
	{ "64.6.65.6", "Vercara" },
	{ "156.154.70.0/24", "Vercara" },
	{ "156.154.71.0/24", "Vercara" },
	{ "2620:74:1b::/48", "Vercara" },
	{ "2620:74:1c::/48", "Vercara" },
	{ "185.228.168.0/24", "CleanBrowsing" },
	{ "185.228.169.0/24", "CleanBrowsing" },
	{ "94.140.14.0/24", "AdGuard" },
	{ "94.140.15.0/24", "AdGuard" },
	{ "2a10:50c0::/32", "AdGuard" },
	{ "84.200.69.80", "DNS.WATCH" },
	{ "84.200.70.40", "DNS.WATCH" },
	{ "77.88.8.0/24", "Yandex" },
	{ "223.5.5.5", "AliDNS" },
	{ "223.6.6.6", "AliDNS" },
	{ "2400:3200::1", "AliDNS" },
	{ "2400:3200:baba::1", "AliDNS" },
	{ "119.29.29.29", "DNSPod" },
	{ "114.114.114.114", "114DNS" },
	{ "114.114.115.115", "114DNS" },
	{ "76.76.2.0/24", "Control D" },
	{ "76.76.10.0/24", "Control D" },
	{ "74.82.42.42", "Hurricane Electric" },
	{ "2001:470:20::2", "Hurricane Electric" },
	{ "8.26.56.26", "Comodo" },
	{ "8.20.247.20", "Comodo" },
	{ "193.110.81.0", "DNS0.EU" },
	{ "185.253.5.0", "DNS0.EU" },
	{ "86.54.11.0/24", "DNS4EU" },
	{ "194.242.2.0/24", "Mullvad" },
	{ "45.90.28.0/24", "NextDNS" },
	{ "45.90.30.0/24", "NextDNS" },
};

const char *doctor_public_resolver(struct str address)
{
	struct arena *arena = arena_new();
	ptrdiff_t at = str_find_char(address, '@');
	struct str host = at >= 0 ? str_prefix(address, (size_t)at) : address;
	const char *owner = NULL;

	for (size_t i = 0; i < sizeof(resolvers) / sizeof(resolvers[0]) && owner == NULL; i++) {
		struct network_list network = { 0 };
		struct error error;

		if (networks_parse(arena, str_from(resolvers[i].network), &network, &error) &&
		    networks_match_text(&network, host))
			owner = resolvers[i].owner;
	}
	arena_free(arena);
	return owner;
}
