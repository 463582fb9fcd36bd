/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "setup/account.h"

#define KEY_BYTES 32
#define KEY_TEXT  (4 * ((KEY_BYTES + 2) / 3))

bool key_file_group(struct arena *arena, const struct settings *settings, gid_t *gid_r,
                    struct error *err_r)
{
	struct account account;

	*gid_r = (gid_t)-1;
	if (settings->user.len > 0 && !account_find(arena, settings->user, &account, err_r))
		return false;
	/* Only root's files may be a group's to read. */
	if (geteuid() == 0 &&
	    (settings->user.len > 0 || account_find(arena, STR("assay"), &account, err_r)) &&
	    account.gid != 0)
		*gid_r = account.gid;
	return true;
}

static bool write_key(int fd, gid_t group, const char *text)
{
	bool shared = group != (gid_t)-1 && group != 0;

	if (shared && fchown(fd, (uid_t)-1, group) != 0)
		return false;
	return fchmod(fd, shared ? 0640 : 0600) == 0 &&
	       write(fd, text, KEY_TEXT + 1) == KEY_TEXT + 1 && fsync(fd) == 0;
}

bool key_file_make(const char *path, gid_t group, struct error *err_r)
{
	unsigned char key[KEY_BYTES];
	char text[KEY_TEXT + 2], temporary[4096];
	int fd;
	bool ok;

	if (RAND_bytes(key, sizeof(key)) != 1)
		return error_set(err_r, "%s: the system has no random bytes", path);
	EVP_EncodeBlock((unsigned char *)text, key, sizeof(key));
	text[KEY_TEXT] = '\n';
	snprintf(temporary, sizeof(temporary), "%s.%d.new", path, (int)getpid());
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return error_set(err_r, "%s: cannot be written: %s", temporary, strerror(errno));
	ok = write_key(fd, group, text);
	/* link(), unlike rename(), replaces nothing. */
	ok = close(fd) == 0 && ok && link(temporary, path) == 0;
	if (!ok)
		error_set(err_r, "%s: cannot be written: %s%s", path, strerror(errno),
		          errno == EEXIST ? "; a key in use is not replaced" : "");
	unlink(temporary);
	return ok;
}

struct str key_file_fingerprint(struct arena *arena, struct str key)
{
	static const char purpose[] = "assay: fingerprint of a key";
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (HMAC(EVP_sha256(), key.data, (int)key.len, (const unsigned char *)purpose,
	         sizeof(purpose), digest, &len) == NULL ||
	    len < 4)
		return STR("unknown");
	return arena_printf(arena, "%02x%02x%02x%02x", digest[0], digest[1], digest[2], digest[3]);
}
