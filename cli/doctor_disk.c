/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is there room where the filter writes, and may it write there? */
#include "cli/doctor_disk.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/plural.h"
#include "store/lessons_place.h"

/* Below these, records can soon not be made durable: then forwarded spam passes. */
#define FAULT_BYTES   (UINT64_C(64) << 20)
#define WARNING_BYTES (UINT64_C(512) << 20)
#define WARNING_SHARE 20                  /* a twentieth of the whole … */
#define ENOUGH_BYTES  (UINT64_C(5) << 30) /* … unless it is that much */

static bool is_scarce(const struct doctor_disk_facts *facts)
{
	return facts->free < WARNING_BYTES ||
	       (facts->free < facts->total / WARNING_SHARE && facts->free < ENOUGH_BYTES);
}

bool doctor_disk_judge(struct doctor *doctor, const struct doctor_disk_facts *facts)
{
	struct str mend = arena_printf(doctor->arena, "df -h %s; make room there", facts->path);
	struct str free = doctor_size(doctor, (int64_t)facts->free);

	if (facts->read_only)
		doctor_tell(doctor, DOCTOR_FAULT,
		            arena_printf(doctor->arena,
		                         "mount -o remount,rw $(df --output=target %s "
		                         "| tail -1)",
		                         facts->path),
		            "%s (%s) is on a file system that can only be read", facts->path,
		            facts->key);
	else if (facts->free < FAULT_BYTES)
		doctor_tell(doctor, DOCTOR_FAULT, mend,
		            "%s (%s): %.*s are free; without room nothing is recorded, so nothing "
		            "is dropped",
		            facts->path, facts->key, STR_FMT(free));
	else if (facts->files > 0 && facts->free_files < facts->files / 100)
		doctor_tell(
			doctor, DOCTOR_WARNING,
			arena_printf(doctor->arena, "df -i %s; remove files there", facts->path),
			"%s (%s): there is room for %llu more %s only", facts->path, facts->key,
			(unsigned long long)facts->free_files,
			plural(facts->free_files, "file", "files"));
	else if (is_scarce(facts))
		doctor_tell(doctor, DOCTOR_WARNING, mend, "%s (%s): %.*s are free", facts->path,
		            facts->key, STR_FMT(free));
	else if (facts->wanted > 0 && facts->free < (uint64_t)facts->wanted)
		doctor_tell(doctor, DOCTOR_HINT,
		            STR("lower records_max_size in assay.conf, or make room"),
		            "%s (%s): %.*s are free, and records may yet take %.*s "
		            "(records_max_size)",
		            facts->path, facts->key, STR_FMT(free),
		            STR_FMT(doctor_size(doctor, facts->wanted)));
	else
		return false;
	return true;
}

/* The directory that is there of a path whose end may not be yet. */
static char *existing(struct doctor *doctor, struct str path)
{
	char *name = arena_cstr(doctor->arena, path);
	char *slash;

	while (access(name, F_OK) != 0 && (slash = strrchr(name, '/')) != NULL && slash != name)
		*slash = '\0';
	return name;
}

static void look_at(struct doctor *doctor, const char *key, struct str path, int64_t wanted,
                    bool written)
{
	struct doctor_disk_facts facts = { .path = existing(doctor, path),
		                           .key = key,
		                           .wanted = wanted };
	struct statvfs fs;

	if (path.len == 0 || path.data[0] != '/')
		return;
	if (statvfs(facts.path, &fs) != 0) {
		doctor_tell(doctor, DOCTOR_WARNING,
		            arena_printf(doctor->arena, "ls -ld %s", facts.path),
		            "%s (%s) can't be examined: %s", facts.path, key, strerror(errno));
		return;
	}
	facts.free = (uint64_t)fs.f_bavail * fs.f_frsize;
	facts.total = (uint64_t)fs.f_blocks * fs.f_frsize;
	facts.free_files = fs.f_favail;
	facts.files = fs.f_files;
	facts.read_only = (fs.f_flag & ST_RDONLY) != 0;
	if (!doctor_disk_judge(doctor, &facts) && written && access(facts.path, W_OK) != 0)
		doctor_tell(doctor, DOCTOR_WARNING,
		            arena_printf(doctor->arena, "install -d -o %.*s -g %.*s %.*s",
		                         STR_FMT(doctor_filter_user(doctor)),
		                         STR_FMT(doctor_filter_group(doctor)), STR_FMT(path)),
		            "%s (%s) can't be written by the filter: %s", facts.path, key,
		            strerror(errno));
}

static struct str directory_of(struct str file)
{
	ptrdiff_t slash = str_rfind_char(file, '/');

	return slash > 0 ? str_prefix(file, (size_t)slash) : STR("");
}

/* The directory of sqlite:PATH; of what is elsewhere, none. */
static struct str store_directory(struct doctor *doctor, struct str uri, int64_t *size_r)
{
	struct str path;
	struct stat st;

	*size_r = 0;
	if (!str_starts(uri, STR("sqlite:")))
		return STR("");
	path = str_from_offset(uri, strlen("sqlite:"));
	if (stat(arena_cstr(doctor->arena, path), &st) == 0)
		*size_r = st.st_size;
	return directory_of(path);
}

void doctor_disk(struct doctor *doctor)
{
	const struct settings *settings = &doctor->settings;
	struct account account;
	struct error error;
	/* As another user, nothing is known of what the filter may write. */
	bool is_filter = doctor_find_filter(doctor, &account, &error) && !account.beyond_us &&
	                 doctor_become_filter(doctor, &error);
	int64_t size;
	struct str store = store_directory(doctor, settings->store, &size);

	look_at(doctor, "store", store, settings->records_max_size - size, is_filter);
	look_at(doctor, "lessons",
	        store_directory(doctor, str_from(lessons_place(doctor->arena, settings)), &size), 0,
	        false);
	look_at(doctor, "cache_directory", settings->cache_directory, 0, is_filter);
	look_at(doctor, "lists_file", directory_of(settings->lists_file), 0, is_filter);
	look_at(doctor, "mistakes_directory", settings->mistakes_directory, 0, false);
	look_at(doctor, "rules_directory", settings->rules_directory, 0, false);
	if (doctor->findings.len == 0)
		doctor_tell(doctor, DOCTOR_FINE, STR(""), "there is room where the filter writes");
}
