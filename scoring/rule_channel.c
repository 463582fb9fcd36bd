/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/rule_channel.h"

#include <unistd.h>

#define CHANNEL_MAX 200
#define VERSION_MAX 20

bool rule_channel_named(struct str rules, struct str *channel_r)
{
	const struct str prefix = STR("channel:");

	if (!str_starts(rules, prefix))
		return false;
	*channel_r = str_from_offset(rules, prefix.len);
	return true;
}

bool rule_channel_valid(struct str channel)
{
	char before = '.';

	if (channel.len > CHANNEL_MAX)
		return false;
	for (size_t i = 0; i < channel.len; i++) {
		char c = channel.data[i];

		if (!char_is_alnum(c) && c != '_' && (c != '-' || before == '.') &&
		    (c != '.' || before == '.'))
			return false;
		before = c;
	}
	return before != '.';
}

bool rule_channel_version_valid(struct str version)
{
	for (size_t i = 0; i < version.len; i++)
		if (!char_is_digit(version.data[i]))
			return false;
	return version.len > 0 && version.len <= VERSION_MAX;
}

struct str rule_channel_path(struct arena *arena, struct str directory, struct str channel,
                             struct str version)
{
	return arena_printf(arena, "%.*s/%.*s/%.*s", STR_FMT(directory), STR_FMT(channel),
	                    STR_FMT(version));
}

struct str rule_channel_version(struct arena *arena, struct str directory, struct str channel,
                                const char *link)
{
	char target[VERSION_MAX + 1];
	struct str version = STR("");
	ssize_t len = -1;

	if (rule_channel_valid(channel))
		len = readlink(rule_channel_path(arena, directory, channel, str_from(link)).data,
		               target, sizeof(target));
	if (len > 0)
		version = arena_str(arena, (struct str){ target, (size_t)len });
	return rule_channel_version_valid(version) ? version : STR("");
}
