/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "setup/account.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"

bool account_find(struct arena *arena, struct str name, struct account *account_r,
                  struct error *err_r)
{
	const struct passwd *entry;

	*account_r = (struct account){ .name = name, .uid = geteuid(), .gid = getegid() };
	if (name.len == 0)
		return true;
	errno = 0;
	entry = getpwnam(arena_cstr(arena, name));
	if (entry == NULL)
		return error_set(err_r,
		                 "user %.*s: there is no such account%s%s; create it: adduser "
		                 "--system --group %.*s",
		                 STR_FMT(name), errno != 0 ? ": " : "",
		                 errno != 0 ? strerror(errno) : "", STR_FMT(name));
	account_r->change = geteuid() == 0 && entry->pw_uid != 0;
	account_r->beyond_us = geteuid() != 0 && geteuid() != entry->pw_uid;
	if (account_r->change) {
		account_r->uid = entry->pw_uid;
		account_r->gid = entry->pw_gid;
	}
	return true;
}

bool account_find_group(struct arena *arena, struct str name, gid_t *gid_r, struct error *err_r)
{
	const struct group *entry;

	*gid_r = (gid_t)-1;
	if (name.len == 0)
		return true;
	entry = getgrnam(arena_cstr(arena, name));
	if (entry == NULL)
		return error_set(err_r, "socket_group %.*s: there is no such group", STR_FMT(name));
	*gid_r = entry->gr_gid;
	return true;
}

bool account_become(const struct account *account, struct error *err_r)
{
	char name[256];

	if (account->name.len >= sizeof(name))
		return error_set(err_r, "user: the name is too long");
	memcpy(name, account->name.data, account->name.len);
	name[account->name.len] = '\0';
	if (initgroups(name, account->gid) != 0 || setgid(account->gid) != 0 ||
	    setuid(account->uid) != 0)
		return error_set(err_r, "can't become user %s: %s", name, strerror(errno));
	if (setuid(0) == 0)
		return error_set(err_r, "could become root again from user %s", name);
	return true;
}
