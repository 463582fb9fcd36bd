/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A record that was read, as text again: the same terms in lower case and shortest spelling. */
#ifndef TESTS_UNIT_SPF_RECORD_TEXT_H
#define TESTS_UNIT_SPF_RECORD_TEXT_H

#include <arpa/inet.h>

#include "base/strbuf.h"
#include "facts/spf_record.h"

static inline void print_term(struct strbuf *out, const struct spf_term *term)
{
	static const struct str names[] = {
		[SPF_MECHANISM_ALL] = STR_INIT("all"),
		[SPF_MECHANISM_INCLUDE] = STR_INIT("include"),
		[SPF_MECHANISM_A] = STR_INIT("a"),
		[SPF_MECHANISM_MX] = STR_INIT("mx"),
		[SPF_MECHANISM_PTR] = STR_INIT("ptr"),
		[SPF_MECHANISM_IP4] = STR_INIT("ip4"),
		[SPF_MECHANISM_IP6] = STR_INIT("ip6"),
		[SPF_MECHANISM_EXISTS] = STR_INIT("exists"),
	};
	char address[INET6_ADDRSTRLEN] = "";

	strbuf_add_char(out, ' ');
	if (term->qualifier != '+')
		strbuf_add_char(out, term->qualifier);
	strbuf_add(out, names[term->mechanism]);
	if (term->mechanism == SPF_MECHANISM_IP4 || term->mechanism == SPF_MECHANISM_IP6) {
		inet_ntop(term->mechanism == SPF_MECHANISM_IP6 ? AF_INET6 : AF_INET, term->address,
		          address, sizeof(address));
		strbuf_printf(out, ":%s", address);
	} else if (term->domain.len > 0) {
		strbuf_add_char(out, ':');
		strbuf_add(out, term->domain);
	}
	if (term->prefix4 != 32)
		strbuf_printf(out, "/%u", term->prefix4);
	if (term->prefix6 != 128)
		strbuf_printf(out, term->mechanism == SPF_MECHANISM_IP6 ? "/%u" : "//%u",
		              term->prefix6);
}

static inline struct str spf_record_text(struct arena *arena, const struct spf_record *record)
{
	struct strbuf out;

	strbuf_init(&out, arena);
	strbuf_add(&out, STR("v=spf1"));
	for (size_t i = 0; i < record->len; i++)
		print_term(&out, &record->items[i]);
	if (record->has_redirect) {
		strbuf_add(&out, STR(" redirect="));
		strbuf_add(&out, record->redirect);
	}
	if (record->has_exp) {
		strbuf_add(&out, STR(" exp="));
		strbuf_add(&out, record->exp);
	}
	return strbuf_str(&out);
}

#endif
