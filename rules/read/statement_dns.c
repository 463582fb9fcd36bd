/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statements about how the DNS is asked, and how long it is waited for. */
#include "base/map.h"
#include "facts/dns_answer.h"
#include "facts/dns_questions.h"
#include "facts/dns_settings.h"
#include "rules/ask/ask_allowed.h"
#include "rules/read/statement.h"

/* Seconds of a wait that anybody can mean. */
#define WAIT_MAX 3600
/* Of the answers over UDP that a server may be told to send. */
#define EDNS_MIN     512
#define EDNS_MAX     65535
#define EDNS_BY_SIZE 4096

/* yes, no, or test; a resolver is taken to be there. */
void statement_dns_available(struct statement *statement)
{
	statement->set->site.dns.off = str_starts_ci(statement->value, STR("no"));
}

/* "192.0.2.1", "192.0.2.1:53", "[2001:db8::1]:53" as ADDRESS@PORT. */
static struct str with_port(struct arena *arena, struct str server)
{
	ptrdiff_t close = str_find_char(server, ']'), colon = str_rfind_char(server, ':');
	struct str address = server, port = STR("");

	if (str_starts(server, STR("[")) && close > 0) {
		address = (struct str){ server.data + 1, (size_t)close - 1 };
		port = str_from_offset(server, (size_t)close + 1);
		if (port.len > 0 && port.data[0] != ':')
			return server;
	} else if (colon >= 0 && str_find_char(server, ':') == colon) {
		address = str_prefix(server, (size_t)colon);
		port = str_from_offset(server, (size_t)colon);
	}
	if (port.len == 0)
		return address;
	return arena_printf(arena, "%.*s@%.*s", STR_FMT(address),
	                    STR_FMT(str_from_offset(port, 1)));
}

void statement_dns_server(struct statement *statement)
{
	struct arena *arena = statement->set->arena;
	struct error error;
	struct str word;

	if (!statement_word(statement, "the server's address", &word))
		return;
	word = with_port(arena, word);
	if (!dns_server_valid(word, &error))
		statement_warn(statement, statement->line->text.data, "%s", error.text);
	else
		vec_push(arena, &statement->set->site.dns.servers, word);
}

void statement_clear_dns_servers(struct statement *statement)
{
	statement->set->site.dns.servers.len = 0;
}

static void take_option(struct statement *statement, struct str option)
{
	struct site_dns *dns = &statement->set->site.dns;
	uint64_t bytes;

	if (str_eq_ci(option, STR("dns0x20")) || str_eq_ci(option, STR("nodns0x20")))
		dns->mixed_case = option.data[0] == 'd' || option.data[0] == 'D';
	else if (str_eq_ci(option, STR("noedns")))
		dns->edns_bytes = EDNS_MIN;
	else if (str_eq_ci(option, STR("edns")))
		dns->edns_bytes = EDNS_BY_SIZE;
	else if (str_starts_ci(option, STR("edns=")) &&
	         str_to_uint(str_from_offset(option, 5), EDNS_MAX, &bytes) && bytes >= EDNS_MIN)
		dns->edns_bytes = (unsigned)bytes;
	else if (!str_eq_ci(option, STR("rotate")) && !str_eq_ci(option, STR("norotate")))
		statement_warn(statement, option.data,
		               "'%.*s' is no option here; there are rotate, dns0x20, edns=BYTES "
		               "(from %d) and each with no in front",
		               STR_FMT(option), EDNS_MIN);
}

/* The resolver asks the fastest server: rotate has no effect. */
void statement_dns_options(struct statement *statement)
{
	struct str piece, word;

	while (str_next_piece(&statement->value, ',', &piece))
		while (str_next_word(&piece, &word))
			take_option(statement, word);
}

void statement_dns_restriction(struct statement *statement)
{
	struct site_dns *dns = &statement->set->site.dns;
	struct arena *arena = statement->set->arena;
	struct str word, domain;
	bool allow;

	if (!statement_word(statement, "allow or deny", &word))
		return;
	allow = str_eq_ci(word, STR("allow"));
	if (!allow && !str_eq_ci(word, STR("deny"))) {
		statement_warn(statement, word.data, "write allow or deny in front of the domains");
		return;
	}
	if (dns->allowed == NULL)
		dns->allowed = map_new(arena, MAP_IGNORE_CASE);
	while (str_next_word(&statement->value, &domain)) {
		if (dns_name_valid(domain))
			map_set(dns->allowed, dns_name_canonical(arena, domain),
			        ask_allowed_mark(allow));
		else
			statement_warn(statement, domain.data, "'%.*s' is no domain",
			               STR_FMT(domain));
	}
}

void statement_clear_dns_restriction(struct statement *statement)
{
	statement->set->site.dns.allowed = NULL;
}

/* "15", "3.5", "10s", "1m"; seconds without a unit. False where it is no time. */
static bool take_time(struct str *rest, int64_t *ms_r)
{
	struct str after = *rest, word;
	int64_t unit = 1000, ms = 0, scale = 0;

	if (!str_next_word(&after, &word) || !char_is_digit(word.data[0]))
		return false;
	switch (char_lower(word.data[word.len - 1])) {
	case 'm':
		unit = 60 * 1000;
		__attribute__((fallthrough));
	case 's':
		word.len--;
		break;
	default:
		break;
	}
	for (size_t i = 0; i < word.len; i++) {
		if (word.data[i] == '.' && scale == 0) {
			scale = unit;
			continue;
		}
		if (!char_is_digit(word.data[i]) || ms > WAIT_MAX * 1000)
			return false;
		if (scale > 0) {
			scale /= 10;
			ms += (word.data[i] - '0') * scale;
			scale = scale > 0 ? scale : 1;
		} else {
			ms = ms * 10 + (word.data[i] - '0') * unit;
		}
	}
	if (ms > WAIT_MAX * 1000)
		return false;
	*rest = after;
	*ms_r = ms;
	return true;
}

/* "rbl_timeout MOST [LEAST] [ZONE]", for all zones or one; a later one takes the place. */
void statement_rbl_timeout(struct statement *statement)
{
	struct site_dns *dns = &statement->set->site.dns;
	struct site_wait wait, *old;
	struct str zone;

	if (!take_time(&statement->value, &wait.most_ms)) {
		statement_warn(statement, statement->value.data,
		               "write a time in seconds, up to %d, then what it may shrink to, "
		               "then maybe a zone",
		               WAIT_MAX);
		return;
	}
	if (!take_time(&statement->value, &wait.least_ms))
		wait.least_ms = wait.most_ms / DNS_LEAST_OF_MOST;
	if (!str_next_word(&statement->value, &zone))
		zone = STR("");
	if (zone.len > 0 && !dns_name_valid(zone)) {
		statement_warn(statement, zone.data, "'%.*s' is no zone", STR_FMT(zone));
		return;
	}
	wait.zone = dns_name_canonical(statement->set->arena, zone);
	vec_foreach (&dns->waits, old) {
		if (str_eq(old->zone, wait.zone)) {
			*old = wait;
			return;
		}
	}
	vec_push(statement->set->arena, &dns->waits, wait);
}
