/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/dns_rdata.h"

#define MALFORMED SIZE_MAX

size_t dns_rdata_name(struct dns_rdata rdata, char *out, size_t *len_r)
{
	size_t at = 0, len = 0;

	while (at < rdata.len && rdata.data[at] != 0) {
		size_t label = rdata.data[at++];

		if (label > DNS_LABEL_MAX || label > rdata.len - at)
			return 0;
		if (len > 0)
			out[len++] = '.';
		for (size_t i = 0; i < label; i++, at++) {
			if (rdata.data[at] == '.' || rdata.data[at] == '\0')
				return 0;
			out[len++] = char_lower((char)rdata.data[at]);
		}
		if (len > DNS_NAME_MAX)
			return 0;
	}
	*len_r = len;
	return at < rdata.len ? at + 1 : 0;
}

static struct dns_rdata after(struct dns_rdata rdata, size_t octets)
{
	/* Empty data may be no pointer. */
	return (struct dns_rdata){ octets > 0 ? rdata.data + octets : rdata.data,
		                   rdata.len - octets, rdata.type };
}

/* A string with the octet of its length. */
static size_t string_size(struct dns_rdata rdata)
{
	return rdata.len > 0 && rdata.data[0] < rdata.len ? rdata.data[0] + 1U : MALFORMED;
}

static size_t name_size(struct dns_rdata rdata)
{
	char name[DNS_NAME_MAX + DNS_LABEL_MAX + 2];
	size_t len, size = dns_rdata_name(rdata, name, &len);

	return size > 0 ? size : MALFORMED;
}

/* The octets of a field at the start of the data; see dns_type_layout(). */
static size_t field_size(char field, struct dns_rdata rdata)
{
	switch (field) {
	case '1':
	case '2':
	case '4':
		return (size_t)(field - '0') <= rdata.len ? (size_t)(field - '0') : MALFORMED;
	case 'n':
		return name_size(rdata);
	case 's':
	case 'S':
		return string_size(rdata);
	default:
		return rdata.len;
	}
}

bool dns_rdata_valid(enum dns_type type, struct dns_rdata rdata)
{
	const char *layout = dns_type_layout(type);

	if (layout == NULL)
		return true;
	while (*layout != '\0' && !(*layout == 'S' && rdata.len == 0)) {
		size_t size = field_size(*layout, rdata);

		if (size == MALFORMED)
			return false;
		rdata = after(rdata, size);
		layout += *layout != 'S';
	}
	return rdata.len == 0;
}

static void add_number(struct strbuf *out, struct dns_rdata rdata)
{
	uint32_t number = 0;

	for (size_t i = 0; i < rdata.len; i++)
		number = number << 8 | rdata.data[i];
	strbuf_printf(out, "%u", number);
}

static void add_name(struct strbuf *out, struct dns_rdata rdata)
{
	char name[DNS_NAME_MAX + DNS_LABEL_MAX + 2];
	size_t len = 0;

	dns_rdata_name(rdata, name, &len);
	strbuf_add(out, (struct str){ name, len });
	strbuf_add_char(out, '.');
}

/* In quotes only where it must be. */
static void add_text(struct strbuf *out, struct dns_rdata rdata)
{
	struct str text = { (const char *)rdata.data, rdata.len };
	bool quoted = text.len == 0;

	for (size_t i = 0; i < text.len; i++)
		quoted = quoted || str_find_char(STR(" (),;"), text.data[i]) >= 0;
	strbuf_add(out, quoted ? STR("\"") : STR(""));
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c < ' ' || c >= 0x7f || c == '"' || c == '\\')
			strbuf_printf(out, "\\%03u", c);
		else
			strbuf_add_char(out, (char)c);
	}
	strbuf_add(out, quoted ? STR("\"") : STR(""));
}

static void add_hexadecimal(struct strbuf *out, struct dns_rdata rdata)
{
	for (size_t i = 0; i < rdata.len; i++)
		strbuf_printf(out, "%02x", rdata.data[i]);
}

static void add_base64(struct strbuf *out, struct dns_rdata rdata)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t at = 0; at < rdata.len; at += 3) {
		size_t left = rdata.len - at;
		uint32_t bits = (uint32_t)rdata.data[at] << 16 |
		                (uint32_t)(left > 1 ? rdata.data[at + 1] : 0) << 8 |
		                (left > 2 ? rdata.data[at + 2] : 0);

		strbuf_add_char(out, digits[bits >> 18]);
		strbuf_add_char(out, digits[bits >> 12 & 63]);
		strbuf_add_char(out, left > 1 ? digits[bits >> 6 & 63] : '=');
		strbuf_add_char(out, left > 2 ? digits[bits & 63] : '=');
	}
}

static void add_field(struct strbuf *out, char field, struct dns_rdata rdata)
{
	switch (field) {
	case 'n':
		add_name(out, rdata);
		break;
	case 's':
	case 'S':
		add_text(out, after(rdata, 1));
		break;
	case 't':
		add_text(out, rdata);
		break;
	case 'x':
		add_hexadecimal(out, rdata);
		break;
	case 'b':
		add_base64(out, rdata);
		break;
	default:
		add_number(out, rdata);
	}
}

void dns_rdata_text(enum dns_type type, struct dns_rdata rdata, struct strbuf *out)
{
	const char *layout = dns_type_layout(type);

	if (layout == NULL) {
		strbuf_printf(out, "\\# %zu ", rdata.len);
		add_hexadecimal(out, rdata);
		return;
	}
	for (bool first = true; *layout != '\0' && !(*layout == 'S' && rdata.len == 0);
	     first = false) {
		size_t size = field_size(*layout, rdata);

		if (!first)
			strbuf_add_char(out, ' ');
		add_field(out, *layout, (struct dns_rdata){ rdata.data, size, rdata.type });
		rdata = after(rdata, size);
		layout += *layout != 'S';
	}
}
