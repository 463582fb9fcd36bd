/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/doctor_reach.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define GROUPS_MAX 256

bool doctor_reacher_find(struct arena *arena, struct str name, struct doctor_reacher *who_r)
{
	const struct passwd *entry = getpwnam(arena_cstr(arena, name));

	if (entry == NULL)
		return false;
	*who_r = (struct doctor_reacher){ .name = name,
		                          .uid = entry->pw_uid,
		                          .group_count = GROUPS_MAX };
	who_r->groups = arena_calloc(arena, GROUPS_MAX, sizeof(gid_t));
	return getgrouplist(entry->pw_name, entry->pw_gid, who_r->groups, &who_r->group_count) >= 0;
}

static bool is_member(const struct doctor_reacher *who, gid_t group)
{
	for (int i = 0; i < who->group_count; i++) {
		if (who->groups[i] == group)
			return true;
	}
	return false;
}

/* `wanted`: the bits as for others. */
static bool is_allowed(const struct stat *st, const struct doctor_reacher *who, mode_t wanted)
{
	if (who->uid == 0)
		return true;
	if (st->st_uid == who->uid)
		return (st->st_mode >> 6 & wanted) == wanted;
	if (is_member(who, st->st_gid))
		return (st->st_mode >> 3 & wanted) == wanted;
	return (st->st_mode & wanted) == wanted;
}

static enum doctor_reach try_to_connect(struct str path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	enum doctor_reach reach = REACH_YES;
	int fd;

	if (path.len >= sizeof(address.sun_path))
		return REACH_UNKNOWN;
	memcpy(address.sun_path, path.data, path.len);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return REACH_UNKNOWN;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
		reach = errno == ECONNREFUSED ? REACH_DEAD
		        : errno == EAGAIN     ? REACH_YES
		                              : REACH_UNKNOWN;
	close(fd);
	return reach;
}

enum doctor_reach doctor_reach(struct arena *arena, struct str path,
                               const struct doctor_reacher *who, struct str *where_r)
{
	struct stat st = { 0 };

	for (size_t at = 1; at <= path.len; at++) {
		if (at < path.len && path.data[at] != '/')
			continue;
		*where_r = arena_str(arena, str_prefix(path, at));
		if (stat(where_r->data, &st) != 0)
			return errno == EACCES ? REACH_UNKNOWN : REACH_MISSING;
		if (at < path.len ? !is_allowed(&st, who, 1) : !is_allowed(&st, who, 2))
			return REACH_FORBIDDEN;
	}
	return S_ISSOCK(st.st_mode) ? try_to_connect(path) : REACH_MISSING;
}
