/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forward/seal_key.h"

#include <openssl/crypto.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret_file.h"

#define KEY_MIN 16

static bool check_key_file(int fd, const char *path, struct error *err_r)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return error_set(err_r, "%s: cannot be examined: %s", path, strerror(errno));
	return secret_file_check(&st, path, err_r);
}

static bool read_key(int fd, const char *path, struct seal_key *key_r, struct error *err_r)
{
	ssize_t len = read(fd, key_r->bytes, sizeof(key_r->bytes));

	if (len < 0)
		return error_set(err_r, "%s: cannot be read: %s", path, strerror(errno));
	if (len < KEY_MIN)
		return error_set(err_r,
		                 "%s: has %zd bytes, and a key at least %d; make another one with "
		                 "assay key new",
		                 path, len, KEY_MIN);
	key_r->len = (size_t)len;
	return true;
}

bool seal_key_read(const char *path, struct seal_key *key_r, struct error *err_r)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool ok;

	memset(key_r, 0, sizeof(*key_r));
	if (fd < 0)
		return error_set(err_r, "%s: cannot be opened: %s; check seal_key_file", path,
		                 strerror(errno));
	ok = check_key_file(fd, path, err_r) && read_key(fd, path, key_r, err_r);
	close(fd);
	return ok;
}
