/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/secret_file.h"

/* Of what a random generator makes, hardly ever is there less. */
#define SECRET_BYTES_MIN     12
#define SECRET_DIFFERENT_MIN 6

bool secret_file_check(const struct stat *st, const char *path, struct error *err_r)
{
	unsigned mode = (unsigned)st->st_mode & 07777;

	if (!S_ISREG(st->st_mode))
		return error_set(err_r, "%s: is not a regular file; name a file with the secret",
		                 path);
	if ((mode & 07) != 0)
		return error_set(err_r, "%s: everybody may use it (mode %04o); chmod o-rwx it",
		                 path, mode);
	if ((mode & 030) != 0)
		return error_set(err_r, "%s: its group may change it (mode %04o); chmod g-wx it",
		                 path, mode);
	if ((mode & 040) != 0 && (st->st_uid != 0 || st->st_gid == 0))
		return error_set(err_r,
		                 "%s: its group may read it (mode %04o); chmod 600 it, or give it "
		                 "to root and to the group of the filter's user",
		                 path, mode);
	return true;
}

bool secret_is_guessable(struct str secret)
{
	bool seen[256] = { false };
	unsigned different = 0;

	secret = str_trim(secret);
	for (size_t i = 0; i < secret.len; i++) {
		different += !seen[(unsigned char)secret.data[i]];
		seen[(unsigned char)secret.data[i]] = true;
	}
	return secret.len < SECRET_BYTES_MIN || different < SECRET_DIFFERENT_MIN;
}
