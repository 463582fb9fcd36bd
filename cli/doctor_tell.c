/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What checks of `assay doctor` say, and who they are. */
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/doctor_check.h"

#define TEXT_SIZE 1024

void doctor_tell(struct doctor *doctor, enum doctor_level level, struct str mend,
                 const char *format, ...)
{
	char text[TEXT_SIZE];
	struct doctor_finding finding = { .level = level, .check = str_from(doctor->check) };
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	finding.text = arena_str(doctor->arena, str_from(text));
	finding.mend = arena_str(doctor->arena, mend);
	vec_push(doctor->arena, &doctor->findings, finding);
}

struct str doctor_time(struct doctor *doctor, int64_t seconds)
{
	if (seconds < 120)
		return arena_printf(doctor->arena, "%" PRId64 " s", seconds);
	if (seconds < 7200)
		return arena_printf(doctor->arena, "%" PRId64 " min", seconds / 60);
	if (seconds < 2 * 86400)
		return arena_printf(doctor->arena, "%" PRId64 " h", seconds / 3600);
	return arena_printf(doctor->arena, "%" PRId64 " d", seconds / 86400);
}

struct str doctor_size(struct doctor *doctor, int64_t bytes)
{
	static const char *const units[] = { "kB", "MB", "GB", "TB" };
	double size = (double)bytes / 1024;
	size_t i = 0;

	for (; size >= 1024 && i + 1 < sizeof(units) / sizeof(units[0]); i++)
		size /= 1024;
	return arena_printf(doctor->arena, size < 10 ? "%.1f %s" : "%.0f %s", size, units[i]);
}

struct str doctor_conf_option(const struct doctor *doctor)
{
	if (doctor->path == NULL || strcmp(doctor->path, CLI_DEFAULT_CONF) == 0)
		return STR("");
	return arena_printf(doctor->arena, " -c %s", doctor->path);
}

/* Of the process that runs; empty where there is none. */
static struct str running_account(struct doctor *doctor)
{
	int64_t pid = json_integer_value(json_object_get(doctor->status, "pid"));
	struct str path = arena_printf(doctor->arena, "/proc/%" PRId64, pid);
	const struct passwd *entry;
	struct stat st;

	if (pid <= 0 || stat(path.data, &st) != 0 || (entry = getpwuid(st.st_uid)) == NULL)
		return STR("");
	return arena_str(doctor->arena, str_from(entry->pw_name));
}

bool doctor_find_running(struct doctor *doctor, struct account *account_r, struct error *err_r)
{
	struct str name = running_account(doctor);

	return name.len > 0 && account_find(doctor->arena, name, account_r, err_r);
}

bool doctor_find_filter(struct doctor *doctor, struct account *account_r, struct error *err_r)
{
	struct str name = running_account(doctor);

	if (name.len == 0)
		name = doctor->settings.user;
	if (name.len > 0)
		return account_find(doctor->arena, name, account_r, err_r);
	return account_find(doctor->arena, STR("assay"), account_r, err_r) ||
	       account_find(doctor->arena, STR(""), account_r, err_r);
}

bool doctor_become_filter(struct doctor *doctor, struct error *err_r)
{
	struct account account;

	return geteuid() != 0 || (doctor_find_filter(doctor, &account, err_r) &&
	                          (!account.change || account_become(&account, err_r)));
}

struct str doctor_filter_user(struct doctor *doctor)
{
	struct account account;
	struct error error;

	return doctor_find_filter(doctor, &account, &error) && account.name.len > 0 ? account.name
	                                                                            : STR("assay");
}

struct str doctor_filter_group(struct doctor *doctor)
{
	const struct group *group = NULL;
	struct account account;
	struct error error;

	if (doctor_find_filter(doctor, &account, &error) && account.name.len > 0)
		group = getgrgid(account.gid);
	return group != NULL ? arena_str(doctor->arena, str_from(group->gr_name)) : STR("assay");
}
