/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Can strangers reach what only the MTA, Prometheus or the web server should? */
#include <sys/socket.h>

#include "base/socket_address.h"
#include "cli/doctor_check.h"
#include "facts/ip_address.h"

/* Any address of this host, or one that the whole world knows. What names mean, nobody is asked. */
static bool is_open(const struct socket_address *address)
{
	struct ip_address ip;

	return address->family != AF_UNIX && ip_parse(str_from(address->host), &ip) &&
	       !ip_is_private(&ip);
}

static void look_at(struct doctor *doctor, const char *key, struct str text, const char *who)
{
	struct socket_address address;
	struct error error;

	if (text.len == 0 || str_eq(text, STR("none")) ||
	    !socket_address_parse(doctor->arena, key, text, &address, &error) || !is_open(&address))
		return;
	doctor_tell(doctor, DOCTOR_HINT,
	            arena_printf(doctor->arena,
	                         "in assay.conf: %s inet:127.0.0.1:%s; systemctl restart assayd; "
	                         "or see that the firewall lets nobody else there",
	                         key, address.port),
	            "%s %.*s: the whole network can reach it, and whoever does %s", key,
	            STR_FMT(text), who);
}

void doctor_open(struct doctor *doctor)
{
	const struct settings *settings = &doctor->settings;
	const struct str *listen;

	vec_foreach (&settings->listen, listen)
		look_at(doctor, "listen", *listen, "is believed to be the mail server");
	look_at(doctor, "metrics", settings->metrics,
	        "sees how much mail there is, and what of it");
	look_at(doctor, "srs_socketmap", settings->srs_socketmap,
	        "has addresses signed as it likes");
	look_at(doctor, "web", settings->web, "is believed to be the web server in front");
	if (doctor->findings.len == 0)
		doctor_tell(doctor, DOCTOR_FINE, STR(""),
		            "the filter's sockets are out of strangers' reach");
}
