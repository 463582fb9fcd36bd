/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "setup/secrets.h"

#include <sys/stat.h>

#include "base/secret_file.h"

/* Whether there is a word of the form scheme://user:password@host; the user may be empty. */
static bool holds_password(struct str text)
{
	struct str word;

	while (str_next_word(&text, &word)) {
		ptrdiff_t scheme = str_find(word, STR("://")), at, colon;

		if (scheme < 0)
			continue;
		word = str_from_offset(word, (size_t)scheme + 3);
		at = str_rfind_char(word, '@');
		colon = str_find_char(word, ':');
		if (at > 0 && colon >= 0 && colon + 1 < at)
			return true;
	}
	return false;
}

void secrets_check(const struct settings *settings, const char *path, struct problems *problems)
{
	const struct setting_place *place;
	struct error error;
	struct stat st;

	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || secret_file_check(&st, path, &error))
		return;
	vec_foreach (&settings->places, place) {
		if (holds_password(place->value))
			problems_add(problems, PROBLEM_ERROR, &place->at,
			             "there is a password in %s", error.text);
	}
}
