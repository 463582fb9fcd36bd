/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Can records be written, are they sound, and how old is the newest? */
#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/doctor_check.h"
#include "store/store.h"

/* Of the check's own limit. */
#define SOUND_MS 20000
/* Where mail comes, and is scanned, but nothing was committed for so long. */
#define QUIET_S (2 * 86400)
/* What waits for a server that is away. */
#define BACKLOG_HINT  (INT64_C(1) << 20)
#define BACKLOG_FAULT (INT64_C(512) << 20)

static bool note_time(const struct record *record, int64_t id, void *context)
{
	int64_t *newest_us = context;

	(void)id;
	if (record->time_us > *newest_us)
		*newest_us = record->time_us;
	return true;
}

/* Of the last records. */
static int64_t newest_us(struct store *store, struct error *error)
{
	struct store_query query = { .limit = 1 };
	int64_t id, newest = 0;

	if (!store_newest_id(store, &id, error) || id <= 0)
		return 0;
	query.after_id = id - 1;
	return store_read(store, &query, note_time, &newest, error) ? newest : 0;
}

static void tell_age(struct doctor *doctor, struct store *store)
{
	struct error error;
	int64_t newest = newest_us(store, &error);
	int64_t age_s = time(NULL) - newest / 1000000;
	const json_t *scans = json_object_get(doctor->status, "scans");
	bool mail_comes =
		json_integer_value(json_object_get(scans, "count")) > 0 &&
		json_number_value(json_object_get(doctor->status, "uptime_seconds")) > QUIET_S;

	if (newest == 0)
		doctor_tell(doctor, DOCTOR_FINE, STR(""), "%.*s opens, and has no record yet",
		            STR_FMT(doctor->settings.store));
	else if (age_s > QUIET_S && mail_comes)
		doctor_tell(doctor, DOCTOR_WARNING, STR("assay status; journalctl -u assayd"),
		            "mail is scanned, but the newest record is %.*s old",
		            STR_FMT(doctor_time(doctor, age_s)));
	else
		doctor_tell(doctor, DOCTOR_FINE, STR(""),
		            "it opens, and its newest record is %.*s old",
		            STR_FMT(doctor_time(doctor, age_s > 0 ? age_s : 0)));
}

static void tell_damage(struct doctor *doctor, struct store *store)
{
	struct error error;
	bool whole;

	if (!store_look_for_damage(store, deadline_in_ms(SOUND_MS), &whole, &error))
		doctor_tell(
			doctor, DOCTOR_FAULT,
			STR("look at the disk: dmesg, smartctl -a; then systemctl restart assayd, "
		            "which moves a damaged file away, and assay store recover that file"),
			"%s", error.text);
	else if (!whole)
		doctor_tell(doctor, DOCTOR_FINE, STR(""),
		            "the file is too large to be read through in %d s; so far no damage",
		            SOUND_MS / 1000);
}

static bool is_file(const struct doctor *doctor)
{
	return str_starts(doctor->settings.store, STR("sqlite:"));
}

/* Files that the filter has moved away, and whose records nobody may have brought back. */
static void tell_set_aside(struct doctor *doctor)
{
	struct str path = str_from_offset(doctor->settings.store, strlen("sqlite:"));
	struct str pattern = arena_printf(doctor->arena, "%.*s.damaged-*", STR_FMT(path));
	glob_t found;

	if (!is_file(doctor) || glob(pattern.data, GLOB_NOSORT, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct str name = str_from(found.gl_pathv[i]);

		if (str_ends_ci(name, STR("-wal")) || str_ends_ci(name, STR("-shm")))
			continue;
		doctor_tell(doctor, DOCTOR_HINT,
		            arena_printf(doctor->arena,
		                         "assay store recover%.*s %.*s; then remove it",
		                         STR_FMT(doctor_conf_option(doctor)), STR_FMT(name)),
		            "a damaged file of records was moved away, to %.*s", STR_FMT(name));
	}
	globfree(&found);
}

static void tell_backlog(struct doctor *doctor)
{
	const json_t *store = json_object_get(doctor->status, "store");
	int64_t bytes = json_integer_value(json_object_get(store, "journal_bytes"));
	int64_t lost = json_integer_value(json_object_get(store, "lost"));

	if (bytes > BACKLOG_HINT)
		doctor_tell(doctor, bytes > BACKLOG_FAULT ? DOCTOR_FAULT : DOCTOR_WARNING,
		            STR("look at the Redis server: redis-cli ping, redis-cli info memory"),
		            "%.*s of records wait on this host for the server",
		            STR_FMT(doctor_size(doctor, bytes)));
	if (lost > 0)
		doctor_tell(doctor, DOCTOR_WARNING, STR("journalctl -u assayd | grep store"),
		            "%" PRId64 " records were lost since the filter started", lost);
}

/* What a reader can't tell: whether it is there at all. */
static bool is_missing(struct doctor *doctor)
{
	struct str path = str_from_offset(doctor->settings.store, strlen("sqlite:"));

	return is_file(doctor) && access(arena_cstr(doctor->arena, path), F_OK) != 0 &&
	       errno == ENOENT;
}

static void tell_absence(struct doctor *doctor, const char *why)
{
	bool forbidden = geteuid() != 0 && is_file(doctor) && errno == EACCES;

	if (is_missing(doctor))
		doctor_tell(doctor, doctor->status != NULL ? DOCTOR_WARNING : DOCTOR_HINT,
		            STR("systemctl restart assayd"),
		            "there is no %.*s yet; the filter makes it when it starts",
		            STR_FMT(str_from_offset(doctor->settings.store, strlen("sqlite:"))));
	else if (forbidden)
		doctor_tell(doctor, DOCTOR_UNKNOWN, STR("sudo assay doctor"), "%s", why);
	else
		doctor_tell(doctor, DOCTOR_FAULT,
		            is_file(doctor)
		                    ? STR("ls -l the file and its directory: they belong to the "
		                          "filter's account; then systemctl restart assayd")
		                    : STR("look at the server: redis-cli ping; then assay "
		                          "check-config"),
		            "nothing can be recorded, so no forward is dropped: %s", why);
}

static void look(struct doctor *doctor, const char *uri)
{
	struct error error;
	struct store *store;
	struct str path = str_from_offset(doctor->settings.store, strlen("sqlite:"));

	if (!is_file(doctor) && !store_inspect(uri, &error)) {
		tell_absence(doctor, error.text);
		return;
	}
	if (is_file(doctor) && access(arena_cstr(doctor->arena, path), R_OK) != 0) {
		error_set(&error, "%.*s: %s", STR_FMT(path), strerror(errno));
		tell_absence(doctor, error.text);
		return;
	}
	errno = 0;
	store = store_open_reader(uri, &error);
	if (store == NULL) {
		tell_absence(doctor, error.text);
		return;
	}
	tell_damage(doctor, store);
	tell_age(doctor, store);
	store_close(store);
}

void doctor_store(struct doctor *doctor)
{
	struct error error;

	if (!doctor_become_filter(doctor, &error))
		doctor_tell(doctor, DOCTOR_UNKNOWN, STR(""), "%s", error.text);
	look(doctor, arena_cstr(doctor->arena, doctor->settings.store));
	tell_set_aside(doctor);
	tell_backlog(doctor);
}
