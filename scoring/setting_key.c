/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/setting_key.h"

#include <string.h>

#include "base/decimal.h"
#include "base/suggest.h"
#include "facts/dns.h"
#include "facts/networks.h"

/* The letters after % that templates may use. */
static const char escapes[] = "nhsruiq%";

/* Of SETTING_KEEP. */
#define KEEP_BYTES_MIN (INT64_C(1024) * 1024)

struct unit {
	const char *name;
	int64_t factor;
};

static const struct unit size_units[] = {
	{ "", 1 }, { "K", 1024 }, { "M", 1024 * 1024 }, { "G", 1024 * 1024 * 1024 }, { NULL, 0 },
};
static const struct unit time_units[] = {
	{ "ms", 1 },      { "s", 1000 },     { "m", 60 * 1000 },
	{ "h", 3600000 }, { "d", 86400000 }, { NULL, 0 },
};

static bool wrong_value(const struct setting_key *key, const struct conf_line *line,
                        struct problems *problems)
{
	return problems_add(problems, PROBLEM_ERROR, &line->value_at,
	                    "\"%.*s\" is no value for %s; write %.*s", STR_FMT(line->value),
	                    key->name, STR_FMT(setting_key_range(problems->arena, key)));
}

static bool read_number(struct str value, const struct unit *units, int64_t *number_r)
{
	size_t digits = 0;
	uint64_t number;
	struct str unit;

	while (digits < value.len && char_is_digit(value.data[digits]))
		digits++;
	unit = str_trim(str_from_offset(value, digits));
	if (!str_to_uint(str_prefix(value, digits), INT32_MAX * (uint64_t)1024, &number))
		return false;
	*number_r = 0;
	if (number == 0 && unit.len == 0)
		return true;
	for (; units->name != NULL; units++) {
		if (str_eq_ci(unit, str_from(units->name))) {
			*number_r = (int64_t)number * units->factor;
			return true;
		}
	}
	return false;
}

/* "2^18", or the same as a number. */
static bool read_power(struct str value, int64_t *number_r)
{
	uint64_t number, exponent;

	if (str_starts(value, STR("2^"))) {
		if (!str_to_uint(str_from_offset(value, 2), 62, &exponent))
			return false;
		*number_r = INT64_C(1) << exponent;
		return true;
	}
	if (!str_to_uint(value, INT64_MAX, &number) || number == 0 || (number & (number - 1)) != 0)
		return false;
	*number_r = (int64_t)number;
	return true;
}

static bool read_octal(struct str value, int64_t *number_r)
{
	int64_t number = 0;

	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] < '0' || value.data[i] > '7' || i > 4)
			return false;
		number = number * 8 + (value.data[i] - '0');
	}
	*number_r = number;
	return value.len > 0;
}

static bool read_integer(const struct setting_key *key, struct str value, int64_t *number_r)
{
	static const struct unit no_units[] = { { "", 1 }, { NULL, 0 } };
	bool ok;

	switch (key->type) {
	case SETTING_SIZE:
		ok = read_number(value, size_units, number_r);
		break;
	case SETTING_TIME:
		ok = read_number(value, time_units, number_r);
		break;
	case SETTING_POWER:
		ok = read_power(value, number_r);
		break;
	case SETTING_MODE:
		ok = read_octal(value, number_r);
		break;
	default:
		ok = read_number(value, no_units, number_r);
		break;
	}
	return ok && *number_r >= key->min && *number_r <= key->max;
}

/* "7d 1G"; the bounds of the key are the time's. */
static bool read_keep(const struct setting_key *key, struct str value, struct setting_keep *keep_r)
{
	struct str age, bytes, rest = value;

	*keep_r = (struct setting_keep){ 0 };
	if (!str_next_word(&rest, &age))
		return false;
	if (!str_next_word(&rest, &bytes))
		return str_eq(age, STR("0"));
	return str_trim(rest).len == 0 && read_number(age, time_units, &keep_r->age_ms) &&
	       keep_r->age_ms >= key->min && keep_r->age_ms <= key->max &&
	       read_number(bytes, size_units, &keep_r->bytes) && keep_r->bytes >= KEEP_BYTES_MIN;
}

static bool read_percent(const struct setting_key *key, struct str value, int32_t *percent_r)
{
	if (value.len > 0 && value.data[value.len - 1] == '%')
		value = str_trim(str_prefix(value, value.len - 1));
	return decimal_parse(value, percent_r) && *percent_r >= key->min && *percent_r <= key->max;
}

static bool read_flag(struct str value, bool *flag_r)
{
	*flag_r = str_eq_ci(value, STR("yes")) || str_eq_ci(value, STR("on")) ||
	          str_eq_ci(value, STR("true"));
	return *flag_r || str_eq_ci(value, STR("no")) || str_eq_ci(value, STR("off")) ||
	       str_eq_ci(value, STR("false"));
}

static bool read_choice(const struct setting_key *key, const struct conf_line *line, int *choice_r,
                        struct problems *problems)
{
	struct suggestion near = { 0 };

	for (int i = 0; key->choices[i] != NULL; i++) {
		if (str_eq_ci(line->value, str_from(key->choices[i]))) {
			*choice_r = i;
			return true;
		}
		suggest_consider(&near, line->value, key->choices[i]);
	}
	if (near.word == NULL)
		return wrong_value(key, line, problems);
	return problems_add(problems, PROBLEM_ERROR, &line->value_at,
	                    "\"%.*s\" is no value for %s; did you mean \"%s\"?",
	                    STR_FMT(line->value), key->name, near.word);
}

static void read_list(const struct setting_key *key, struct arena *arena, struct str value,
                      struct str_list *list)
{
	struct str piece, word;

	if (key->repeatable && str_find_char(value, '/') >= 0) {
		vec_push(arena, list, value);
		return;
	}
	while (str_next_piece(&value, ',', &piece)) {
		while (str_next_word(&piece, &word))
			vec_push(arena, list, word);
	}
}

static bool read_servers(const struct setting_key *key, struct arena *arena,
                         const struct conf_line *line, struct str_list *list,
                         struct problems *problems)
{
	size_t first = list->len;
	struct error err;

	read_list(key, arena, line->value, list);
	for (size_t i = first; i < list->len; i++)
		if (!dns_server_valid(list->items[i], &err))
			return problems_add(problems, PROBLEM_ERROR, &line->value_at, "%s",
			                    err.text);
	return true;
}

static bool read_zone(struct arena *arena, const struct conf_line *line, struct str_list *list,
                      struct problems *problems)
{
	struct error err;

	if (line->value.len == 0)
		return true;
	if (!dns_zone_valid(line->value, &err))
		return problems_add(problems, PROBLEM_ERROR, &line->value_at, "%s", err.text);
	vec_push(arena, list, line->value);
	return true;
}

static bool read_template(const struct setting_key *key, const struct conf_line *line,
                          struct str *text_r, struct problems *problems)
{
	struct str value = line->value;

	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] != '%')
			continue;
		if (i + 1 == value.len || strchr(escapes, value.data[i + 1]) == NULL)
			return problems_add(
				problems, PROBLEM_ERROR, &line->value_at,
				"%s: \"%.*s\" means nothing here; use %%n (service), "
				"%%h (host), %%s (score), %%r (threshold), %%u (support "
				"URL), %%i (scan id), %%q (queue id) or %%%%",
				key->name, STR_FMT(str_prefix(str_from_offset(value, i), 2)));
		i++;
	}
	*text_r = value;
	return true;
}

static bool read_networks(const struct setting_key *key, struct arena *arena,
                          const struct conf_line *line, struct network_list **networks_r,
                          struct problems *problems)
{
	struct error err;

	*networks_r = arena_new_object(arena, struct network_list);
	if (networks_parse(arena, line->value, *networks_r, &err))
		return true;
	return problems_add(problems, PROBLEM_ERROR, &line->value_at, "%s: %s", key->name,
	                    err.text);
}

bool setting_key_read(const struct setting_key *key, struct arena *arena,
                      const struct conf_line *line, void *target, struct problems *problems)
{
	void *member = (char *)target + key->offset;

	switch (key->type) {
	case SETTING_TEXT:
		*(struct str *)member = line->value;
		return true;
	case SETTING_TAG:
		*(struct str *)member =
			line->quoted || line->value.len == 0
				? line->value
				: arena_printf(arena, "%.*s ", STR_FMT(line->value));
		return true;
	case SETTING_TEMPLATE:
		return read_template(key, line, member, problems);
	case SETTING_LIST:
		read_list(key, arena, line->value, member);
		return true;
	case SETTING_SERVERS:
		return read_servers(key, arena, line, member, problems);
	case SETTING_ZONES:
		return read_zone(arena, line, member, problems);
	case SETTING_FLAG:
		return read_flag(line->value, member) || wrong_value(key, line, problems);
	case SETTING_SCORE:
		return (decimal_parse(line->value, member) && *(int32_t *)member >= key->min &&
		        *(int32_t *)member <= key->max) ||
		       wrong_value(key, line, problems);
	case SETTING_PERCENT:
		return read_percent(key, line->value, member) || wrong_value(key, line, problems);
	case SETTING_KEEP:
		return read_keep(key, line->value, member) || wrong_value(key, line, problems);
	case SETTING_CHOICE:
		return read_choice(key, line, member, problems);
	case SETTING_NETWORKS:
		return read_networks(key, arena, line, member, problems);
	default:
		return read_integer(key, line->value, member) || wrong_value(key, line, problems);
	}
}

static struct str choices_text(struct arena *arena, const struct setting_key *key)
{
	struct str text = str_from(key->choices[0]);

	for (int i = 1; key->choices[i] != NULL; i++)
		text = arena_printf(arena, "%.*s%s%s", STR_FMT(text),
		                    key->choices[i + 1] == NULL ? " or " : ", ", key->choices[i]);
	return text;
}

/* With the largest unit that divides the number. */
static struct str with_unit(struct arena *arena, int64_t number, const struct unit *units)
{
	const struct unit *best = units;

	for (; units->name != NULL; units++)
		if (number != 0 && number % units->factor == 0)
			best = units;
	return arena_printf(arena, "%lld%s", (long long)(number / best->factor),
	                    number != 0 ? best->name : "");
}

struct str setting_key_range(struct arena *arena, const struct setting_key *key)
{
	char min[DECIMAL_TEXT_SIZE], max[DECIMAL_TEXT_SIZE];

	switch (key->type) {
	case SETTING_FLAG:
		return STR("yes or no");
	case SETTING_SCORE:
		return arena_printf(arena, "a number from %s to %s",
		                    decimal_format((int32_t)key->min, min),
		                    decimal_format((int32_t)key->max, max));
	case SETTING_PERCENT:
		return arena_printf(arena, "a percentage from %s%% to %s%%",
		                    decimal_format((int32_t)key->min, min),
		                    decimal_format((int32_t)key->max, max));
	case SETTING_SIZE:
		return arena_printf(arena,
		                    "a number of bytes, or with K, M or G after it, from %.*s "
		                    "to %.*s",
		                    STR_FMT(with_unit(arena, key->min, size_units)),
		                    STR_FMT(with_unit(arena, key->max, size_units)));
	case SETTING_TIME:
		return arena_printf(arena,
		                    "a time with its unit (ms, s, m, h or d) from %.*s to %.*s",
		                    STR_FMT(with_unit(arena, key->min, time_units)),
		                    STR_FMT(with_unit(arena, key->max, time_units)));
	case SETTING_KEEP:
		return arena_printf(
			arena,
			"0, or a time from %.*s to %.*s and a size from %.*s on, such as "
			"7d 1G",
			STR_FMT(with_unit(arena, key->min, time_units)),
			STR_FMT(with_unit(arena, key->max, time_units)),
			STR_FMT(with_unit(arena, KEEP_BYTES_MIN, size_units)));
	case SETTING_COUNT:
		return arena_printf(arena, "a whole number from %lld to %lld", (long long)key->min,
		                    (long long)key->max);
	case SETTING_POWER:
		return arena_printf(
			arena, "a power of 2, such as 2^18 or 262144, from 2^%d to 2^%d",
			__builtin_ctzll((uint64_t)key->min), __builtin_ctzll((uint64_t)key->max));
	case SETTING_MODE:
		return STR("octal permissions such as 0660");
	case SETTING_CHOICE:
		return choices_text(arena, key);
	case SETTING_NETWORKS:
		return STR("IP addresses and networks such as 192.0.2.0/24");
	case SETTING_ZONES:
		return STR("NAME and one ADDRESS or ADDRESS@PORT or more; the line may be "
		           "repeated");
	case SETTING_SERVERS:
		return STR("ADDRESS or ADDRESS@PORT; the line may be repeated");
	case SETTING_LIST:
		return key->repeatable ? STR("one value a line; the line may be repeated")
		                       : STR("words separated by spaces or commas");
	case SETTING_TAG:
		return STR("text; in quotes where no blank shall follow it");
	case SETTING_TEMPLATE:
	case SETTING_TEXT:
		break;
	}
	return STR("text");
}
