/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writing HTML. What comes from mail or from a browser goes through html_text() or
 * html_link_value(), so that nothing in it can be markup, and nothing of it is invisible. In the
 * buffer's arena.
 */
#ifndef WEB_HTML_H
#define WEB_HTML_H

#include "base/strbuf.h"
#include "web/words.h"

/* Markup of ours, as it is. */
void html_raw(struct strbuf *buf, const char *markup);
/* Text, between tags or within an attribute's double quotes. */
void html_text(struct strbuf *buf, struct str text);
void html_cstr(struct strbuf *buf, const char *text);
/* A word of the table. */
void html_word(struct strbuf *buf, enum word word);
void html_number(struct strbuf *buf, int64_t number);
/* "1 message", "3 messages": the number and the word that fits it. */
void html_count(struct strbuf *buf, int64_t count, enum word one, enum word many);
/* Thousandths, with all the decimals that they have, or with one. */
void html_decimal(struct strbuf *buf, int32_t thousandths);
void html_decimal_short(struct strbuf *buf, int32_t thousandths);
/* A point in time, microseconds since 1970; a script shows it in the reader's zone. */
void html_time(struct strbuf *buf, int64_t time_us);
/* Part of an address: percent-encoded. */
void html_link_value(struct strbuf *buf, struct str value);

#endif
