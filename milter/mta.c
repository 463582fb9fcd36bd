/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "milter/mta.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#include "base/strbuf.h"

const char *mta_client_ip(const struct sockaddr *address, char text[MTA_CLIENT_IP_SIZE])
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)address;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;
	const char *found = NULL;

	if (address == NULL)
		return strcpy(text, "");
	if (address->sa_family == AF_INET)
		found = inet_ntop(AF_INET, &in->sin_addr, text, MTA_CLIENT_IP_SIZE);
	else if (address->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		found = inet_ntop(AF_INET, &in6->sin6_addr.s6_addr[12], text, MTA_CLIENT_IP_SIZE);
	else if (address->sa_family == AF_INET6)
		found = inet_ntop(AF_INET6, &in6->sin6_addr, text, MTA_CLIENT_IP_SIZE);
	return found != NULL ? found : strcpy(text, "");
}

const char *mta_client_name(const char *name, const char *macro_)
{
	if (name == NULL || name[0] == '[' || strcasecmp(name, "unknown") == 0)
		return "";
	if (macro_ != NULL && strstr(macro_, "(may be forged)") != NULL)
		return "";
	return name;
}

struct str mta_address(struct arena *arena, const char *argument)
{
	struct str address = str_trim(str_from(argument));
	ptrdiff_t colon;

	if (address.len > 0 && address.data[0] == '<')
		address = str_from_offset(address, 1);
	if (address.len > 0 && address.data[address.len - 1] == '>')
		address.len--;
	colon = str_find_char(address, ':');
	if (address.len > 0 && address.data[0] == '@' && colon > 0)
		address = str_from_offset(address, (size_t)colon + 1);
	return arena_str(arena, address);
}

/* "+2B" → "+"; what is no valid code stays as it is. */
static struct str decode_xtext(struct arena *arena, struct str coded)
{
	struct strbuf text;

	strbuf_init(&text, arena);
	for (size_t i = 0; i < coded.len; i++) {
		int high = -1, low = -1;

		if (coded.data[i] == '+' && i + 2 < coded.len) {
			high = char_hex_value(coded.data[i + 1]);
			low = char_hex_value(coded.data[i + 2]);
		}
		if (high < 0 || low < 0 || (high == 0 && low == 0)) {
			strbuf_add_char(&text, coded.data[i]);
			continue;
		}
		strbuf_add_char(&text, (char)(high * 16 + low));
		i += 2;
	}
	return strbuf_str(&text);
}

static struct str original_address(struct arena *arena, struct str value)
{
	ptrdiff_t semicolon = str_find_char(value, ';');
	struct str type, address;

	if (semicolon < 0)
		return STR("");
	type = str_prefix(value, (size_t)semicolon);
	if (!str_eq_ci(type, STR("rfc822")) && !str_eq_ci(type, STR("utf-8")))
		return STR("");
	address = decode_xtext(arena, str_from_offset(value, (size_t)semicolon + 1));
	return mta_address(arena, arena_cstr(arena, address));
}

struct str mta_original_recipient(struct arena *arena, char *const *arguments)
{
	for (; *arguments != NULL; arguments++) {
		struct str argument = str_from(*arguments);

		if (str_starts_ci(argument, STR("ORCPT=")))
			return original_address(arena, str_from_offset(argument, 6));
	}
	return STR("");
}

struct str mta_resolved_recipient(struct arena *arena, const char *macro_)
{
	struct str address = str_from(macro_);

	/* A mailbox here is a bare name. */
	return str_find_char(address, '@') > 0 ? arena_str(arena, address) : STR("");
}

bool mta_rejects_recipient(const char *mailer, const char *host)
{
	if (mailer == NULL || strcmp(mailer, "error") != 0)
		return false;
	/* A refusal has a bare status, "5.1.1"; an alias domain a status and a text. */
	return host == NULL || strchr(host, ' ') == NULL;
}

bool mta_smtputf8(char *const *arguments)
{
	for (; *arguments != NULL; arguments++)
		if (strcasecmp(*arguments, "SMTPUTF8") == 0)
			return true;
	return false;
}

struct str mta_protocol(bool smtputf8, bool tls, bool authenticated)
{
	static const char *const names[] = {
		"ESMTP",    "ESMTPA",    "ESMTPS",    "ESMTPSA",
		"UTF8SMTP", "UTF8SMTPA", "UTF8SMTPS", "UTF8SMTPSA",
	};

	return str_from(names[(smtputf8 ? 4 : 0) + (tls ? 2 : 0) + (authenticated ? 1 : 0)]);
}

/* Only characters that can't end the field or the comment that they stand in. */
static void add_safe(struct strbuf *field, struct str text)
{
	for (size_t i = 0; i < text.len && i < 500; i++) {
		unsigned char c = (unsigned char)text.data[i];

		strbuf_add_char(field, c < ' ' || c == 0x7f ? '?' : (char)c);
	}
}

static void add_client(struct strbuf *field, const struct envelope *envelope)
{
	struct str name = envelope->client_name.len > 0 ? envelope->client_name : STR("unknown");
	struct str ip = envelope->client_ip;

	strbuf_add(field, STR("Received: from "));
	add_safe(field, envelope->helo.len > 0 ? envelope->helo : name);
	strbuf_add(field, STR(" ("));
	add_safe(field, name);
	if (ip.len > 0)
		strbuf_printf(field, " [%s%.*s]", str_find_char(ip, ':') >= 0 ? "IPv6:" : "",
		              STR_FMT(ip));
	strbuf_add_char(field, ')');
}

static void add_host(struct strbuf *field, const struct envelope *envelope, struct str version)
{
	strbuf_add(field, STR("\n\tby "));
	add_safe(field, envelope->host.len > 0 ? envelope->host : STR("localhost"));
	if (str_starts_ci(version, STR("Postfix"))) {
		strbuf_add(field, STR(" (Postfix)"));
	} else if (version.len > 0) {
		strbuf_add(field, STR(" ("));
		add_safe(field, version);
		strbuf_add_char(field, ')');
	}
	strbuf_add(field, STR(" with "));
	add_safe(field, envelope->protocol.len > 0 ? envelope->protocol : STR("ESMTP"));
	if (envelope->queue_id.len > 0) {
		strbuf_add(field, STR(" id "));
		add_safe(field, envelope->queue_id);
	}
}

struct str mta_received(struct arena *arena, const struct envelope *envelope, const char *version,
                        size_t max)
{
	struct strbuf field;
	struct tm tm;
	char date[64];

	strbuf_init(&field, arena);
	add_client(&field, envelope);
	add_host(&field, envelope, str_from(version));
	/* MTAs name the recipient only where there is one. */
	if (envelope->recipients.len == 1) {
		strbuf_add(&field, STR("\n\tfor <"));
		add_safe(&field, envelope->recipients.items[0].address);
		strbuf_add_char(&field, '>');
	}
	localtime_r(&envelope->received_at, &tm);
	if (strftime(date, sizeof(date), "; %a, %d %b %Y %H:%M:%S %z (%Z)", &tm) > 0)
		strbuf_add(&field, str_from(date));
	if (field.len >= max)
		field.len = max - 1;
	strbuf_add_char(&field, '\n');
	return strbuf_str(&field);
}
