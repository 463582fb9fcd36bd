/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/link_key.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/secret_file.h"

#define SECRET_MIN 16
#define SECRET_MAX 4096

/* What the file is used for besides has other keys. */
static const char purpose[] = "assay web links 1";

static bool derive(const char *path, const unsigned char *secret, ssize_t len,
                   struct link_key *key_r, struct error *err_r)
{
	unsigned size = 0;

	if (len < 0)
		return error_set(err_r, "%s: cannot be read: %s", path, strerror(errno));
	if (len < SECRET_MIN)
		return error_set(err_r,
		                 "%s: has %zd bytes, and a key at least %d; make another one with "
		                 "assay key new",
		                 path, len, SECRET_MIN);
	if (len > SECRET_MAX)
		return error_set(err_r, "%s: is larger than a key may be, %d bytes", path,
		                 SECRET_MAX);
	if (HMAC(EVP_sha256(), secret, (int)len, (const unsigned char *)purpose,
	         sizeof(purpose) - 1, key_r->bytes, &size) == NULL ||
	    size != sizeof(key_r->bytes))
		return error_set(err_r, "%s: the key can't be used: no HMAC-SHA256", path);
	return true;
}

bool link_key_read(const char *path, struct link_key *key_r, struct error *err_r)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	unsigned char secret[SECRET_MAX + 1];
	struct stat st;
	bool ok;

	if (fd < 0)
		return error_set(err_r, "%s: cannot be opened: %s; make one with assay key new",
		                 path, strerror(errno));
	if (fstat(fd, &st) != 0)
		ok = error_set(err_r, "%s: cannot be examined: %s", path, strerror(errno));
	else
		ok = secret_file_check(&st, path, err_r) &&
		     derive(path, secret, read(fd, secret, sizeof(secret)), key_r, err_r);
	OPENSSL_cleanse(secret, sizeof(secret));
	close(fd);
	return ok;
}
