/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/doctor_milters.h"

#include <string.h>

int64_t doctor_milters_time_ms(struct str text)
{
	static const struct {
		char unit;
		int64_t ms;
	} units[] = { { 's', 1000 },
		      { 'm', 60 * 1000 },
		      { 'h', 3600 * 1000 },
		      { 'd', 86400 * 1000 },
		      { 'w', 7 * INT64_C(86400) * 1000 } };
	int64_t factor = 1000;
	uint64_t value;

	text = str_trim(text);
	for (size_t i = 0; text.len > 1 && i < sizeof(units) / sizeof(units[0]); i++) {
		if (text.data[text.len - 1] != units[i].unit)
			continue;
		factor = units[i].ms;
		text.len--;
		break;
	}
	return str_to_uint(text, 1000000, &value) ? (int64_t)value * factor : -1;
}

static struct doctor_milter no_milter(void)
{
	return (struct doctor_milter){
		.connect_ms = -1, .command_ms = -1, .content_ms = -1, .send_ms = -1
	};
}

static bool is_separator(char c)
{
	return c == ',' || c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* A word, or what is between braces, which may have such in it. */
static bool next_item(struct str *rest, struct str *item_r)
{
	size_t at = 0, depth = 0;

	while (rest->len > 0 && is_separator(rest->data[0]))
		*rest = str_from_offset(*rest, 1);
	if (rest->len == 0)
		return false;
	for (; at < rest->len && (depth > 0 || !is_separator(rest->data[at])); at++) {
		if (rest->data[at] == '{')
			depth++;
		else if (rest->data[at] == '}' && depth > 0 && --depth == 0) {
			at++;
			break;
		}
	}
	*item_r = str_prefix(*rest, at);
	*rest = str_from_offset(*rest, at);
	return true;
}

static struct str without_braces(struct str item)
{
	if (item.len < 2 || item.data[0] != '{' || item.data[item.len - 1] != '}')
		return item;
	return str_trim((struct str){ item.data + 1, item.len - 2 });
}

static void set_postfix(struct doctor_milter *milter, struct str attribute)
{
	struct str value = without_braces(attribute), name;

	str_next_piece(&value, '=', &name);
	name = str_trim(name);
	value = str_trim(value);
	if (str_eq(name, STR("default_action")))
		milter->action = value;
	else if (str_eq(name, STR("protocol")))
		milter->protocol = value;
	else if (str_eq(name, STR("connect_timeout")))
		milter->connect_ms = doctor_milters_time_ms(value);
	else if (str_eq(name, STR("command_timeout")))
		milter->command_ms = doctor_milters_time_ms(value);
	else if (str_eq(name, STR("content_timeout")))
		milter->content_ms = doctor_milters_time_ms(value);
}

struct doctor_milters doctor_milters_postfix(struct arena *arena, struct str value)
{
	struct doctor_milters milters = { 0 };
	struct str item, attribute;

	while (next_item(&value, &item)) {
		struct doctor_milter milter = no_milter();
		struct str rest = without_braces(item);

		if (!next_item(&rest, &milter.address))
			continue;
		while (next_item(&rest, &attribute))
			set_postfix(&milter, attribute);
		vec_push(arena, &milters, milter);
	}
	return milters;
}

/* C:30s;S:30s;R:30s;E:5m */
static void set_times(struct doctor_milter *milter, struct str times)
{
	struct str piece, letter;

	while (str_next_piece(&times, ';', &piece)) {
		int64_t ms;

		str_next_piece(&piece, ':', &letter);
		letter = str_trim(letter);
		ms = doctor_milters_time_ms(piece);
		if (str_eq_ci(letter, STR("C")))
			milter->connect_ms = ms;
		else if (str_eq_ci(letter, STR("S")))
			milter->send_ms = ms;
		else if (str_eq_ci(letter, STR("R")))
			milter->command_ms = ms;
		else if (str_eq_ci(letter, STR("E")))
			milter->content_ms = ms;
	}
}

/* What the letters of F= mean, in Postfix's words. */
static struct str action_of(struct str flags)
{
	if (str_find_char(flags, 'R') >= 0)
		return STR("reject");
	if (str_find_char(flags, 'T') >= 0)
		return STR("tempfail");
	if (str_find_char(flags, '4') >= 0)
		return STR("shutdown");
	return STR("accept");
}

/* Xassay, S=local:/run/assay/assay.sock, F=T, T=C:30s;S:30s;R:30s;E:5m */
static struct doctor_milter read_x_line(struct str line)
{
	struct doctor_milter milter = no_milter();
	struct str piece, key;

	str_next_piece(&line, ',', &milter.name);
	milter.name = str_trim(milter.name);
	milter.action = STR("accept");
	while (str_next_piece(&line, ',', &piece)) {
		str_next_piece(&piece, '=', &key);
		key = str_trim(key);
		piece = str_trim(piece);
		if (str_eq_ci(key, STR("S")))
			milter.address = piece;
		else if (str_eq_ci(key, STR("F")))
			milter.action = action_of(piece);
		else if (str_eq_ci(key, STR("T")))
			set_times(&milter, piece);
	}
	return milter;
}

/* "O NAME=value"; the last one counts. */
static struct str option_of(struct str cf, struct str name)
{
	struct str value = STR(""), line, key;

	while (str_next_line(&cf, &line)) {
		if (!str_starts(line, STR("O ")) && !str_starts(line, STR("O\t")))
			continue;
		line = str_from_offset(line, 2);
		str_next_piece(&line, '=', &key);
		if (str_eq_ci(str_trim(key), name))
			value = str_trim(line);
	}
	return value;
}

struct doctor_milters doctor_milters_sendmail(struct arena *arena, struct str cf,
                                              struct doctor_milters *unused_r)
{
	struct str names = option_of(cf, STR("InputMailFilters")), line, name;
	struct doctor_milters known = { 0 }, used = { 0 };

	*unused_r = (struct doctor_milters){ 0 };
	while (str_next_line(&cf, &line)) {
		if (line.len > 1 && line.data[0] == 'X')
			vec_push(arena, &known, read_x_line(str_from_offset(line, 1)));
	}
	while (next_item(&names, &name)) {
		for (size_t i = 0; i < known.len; i++) {
			if (!str_eq_ci(known.items[i].name, name))
				continue;
			vec_push(arena, &used, known.items[i]);
			known.items[i].name = STR("");
		}
	}
	for (size_t i = 0; i < known.len; i++) {
		if (known.items[i].name.len > 0)
			vec_push(arena, unused_r, known.items[i]);
	}
	return used;
}
