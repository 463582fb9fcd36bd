/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/status_json.h"

#include "control/json_line.h"
#include "control/reload_json.h"

static void set_seconds(json_t *object, const char *key, int64_t us)
{
	json_object_set_new(object, key, json_real((double)us / 1e6));
}

static void set_flag(json_t *object, const char *key, bool value)
{
	json_object_set_new(object, key, json_boolean(value));
}

static json_t *policy_json(struct arena *arena, const struct status_policy *policy)
{
	json_t *object = json_object();

	json_line_set(arena, object, "id", policy->id);
	set_seconds(object, "age_seconds", policy->age_us);
	set_seconds(object, "newest_file", policy->newest_us);
	json_line_set_number(object, "rules", (int64_t)policy->rules);
	json_line_set_number(object, "files", (int64_t)policy->files);
	set_flag(object, "provisional", policy->provisional);
	json_object_set_new(object, "reload",
	                    policy->has_reload ? reload_json(arena, &policy->reload) : json_null());
	return object;
}

static json_t *troubles_json(struct arena *arena, const struct status *status)
{
	json_t *array = json_array();
	const struct status_trouble *trouble;

	vec_foreach (&status->troubles, trouble) {
		json_t *object = json_object();

		json_line_set(arena, object, "name", trouble->name);
		json_line_set(arena, object, "text", trouble->text);
		set_seconds(object, "age_seconds", trouble->age_us);
		json_line_set_number(object, "count", (int64_t)trouble->count);
		json_array_append_new(array, object);
	}
	return array;
}

/* {"front": {"pass": 12, …}, "forward": …} */
static json_t *actions_json(const struct status *status)
{
	json_t *object = json_object();
	const struct status_messages *messages;

	vec_foreach (&status->messages, messages) {
		json_t *listener =
			json_object_getn(object, messages->listener.data, messages->listener.len);

		if (listener == NULL) {
			listener = json_object();
			json_object_setn_new(object, messages->listener.data,
			                     messages->listener.len, listener);
		}
		json_object_setn_new(listener, messages->action.data, messages->action.len,
		                     json_integer((json_int_t)messages->count));
	}
	return object;
}

static json_t *scans_json(const struct status *status)
{
	json_t *object = json_object(), *within = json_array();

	json_line_set_number(object, "count", (int64_t)status->scans);
	set_seconds(object, "sum_seconds", status->scan_us);
	for (size_t i = 0; i < STATUS_SCAN_BUCKETS; i++) {
		json_t *bucket = json_object();

		set_seconds(bucket, "seconds", status_scan_bounds_us[i]);
		json_line_set_number(bucket, "count", (int64_t)status->scans_within[i]);
		json_array_append_new(within, bucket);
	}
	json_object_set_new(object, "within", within);
	return object;
}

static json_t *overloads_json(const struct status *status)
{
	json_t *object = json_object();
	const struct status_count *limit;

	vec_foreach (&status->overloads, limit)
		json_object_setn_new(object, limit->name.data, limit->name.len,
		                     json_integer((json_int_t)limit->count));
	return object;
}

static json_t *limits_json(const struct status *status)
{
	json_t *object = json_object();
	const struct status_count *limit;

	vec_foreach (&status->limits, limit)
		json_object_setn_new(object, limit->name.data, limit->name.len,
		                     json_integer((json_int_t)limit->count));
	return object;
}

static json_t *now_json(const struct status *status)
{
	json_t *object = json_object();

	json_line_set_number(object, "connections", (int64_t)status->connections);
	json_line_set_number(object, "connections_limit", (int64_t)status->connections_limit);
	json_line_set_number(object, "messages", (int64_t)status->messages_in_flight);
	json_line_set_number(object, "bytes", (int64_t)status->bytes_in_flight);
	json_line_set_number(object, "bytes_limit", (int64_t)status->bytes_limit);
	json_line_set_number(object, "scanners", (int64_t)status->scanners);
	json_line_set_number(object, "scanners_busy", (int64_t)status->scanners_busy);
	json_line_set_number(object, "waiting_for_scanner", (int64_t)status->waiting);
	json_line_set_number(object, "waiting_limit", (int64_t)status->waiting_limit);
	return object;
}

static json_t *dns_json(struct arena *arena, const struct status_dns *dns)
{
	json_t *object = json_object(), *servers = json_array();
	const struct status_dns_server *server;

	json_line_set_number(object, "asked", (int64_t)dns->asked);
	json_line_set_number(object, "cached", (int64_t)dns->cached);
	json_line_set_number(object, "joined", (int64_t)dns->joined);
	json_line_set_number(object, "timeouts", (int64_t)dns->timeouts);
	json_line_set_number(object, "failures", (int64_t)dns->failures);
	json_line_set_number(object, "in_flight", (int64_t)dns->in_flight);
	set_flag(object, "dead", dns->dead);
	vec_foreach (&dns->servers, server) {
		json_t *item = json_object();

		json_line_set(arena, item, "address", server->address);
		json_line_set(arena, item, "zone", server->zone);
		json_line_set_number(item, "asked", (int64_t)server->asked);
		json_line_set_number(item, "answered", (int64_t)server->answered);
		json_array_append_new(servers, item);
	}
	json_object_set_new(object, "servers", servers);
	return object;
}

static json_t *lists_json(struct arena *arena, const struct status *status)
{
	json_t *array = json_array();
	const struct status_list *list;

	vec_foreach (&status->lists, list) {
		json_t *object = json_object();

		json_line_set(arena, object, "list", list->zone);
		json_line_set(arena, object, "state", list->state);
		json_line_set(arena, object, "reason", list->reason);
		json_line_set(arena, object, "advice", list->advice);
		set_seconds(object, "state_seconds", list->age_us);
		json_line_set_number(object, "asked", (int64_t)list->asked);
		json_line_set_number(object, "listed", (int64_t)list->listed);
		json_line_set_number(object, "timeouts", (int64_t)list->timeouts);
		json_line_set_number(object, "failures", (int64_t)list->failures);
		json_line_set_number(object, "not_asked", (int64_t)list->refused);
		set_seconds(object, "mean_seconds", list->mean_us);
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *store_json(struct arena *arena, const struct status_store *store)
{
	json_t *object = json_object();

	json_line_set(arena, object, "where", store->where);
	set_flag(object, "works", store->works);
	json_line_set(arena, object, "state", store->state);
	json_line_set_number(object, "written", (int64_t)store->written);
	json_line_set_number(object, "lost", (int64_t)store->lost);
	json_line_set_number(object, "commits", (int64_t)store->commits);
	json_line_set_number(object, "queued", (int64_t)store->queued);
	json_line_set_number(object, "drops_waiting", (int64_t)store->waiting);
	if (store->commit_age_us >= 0)
		set_seconds(object, "last_commit_seconds", store->commit_age_us);
	else
		json_object_set_new(object, "last_commit_seconds", json_null());
	json_line_set_number(object, "journal_bytes", store->journal_bytes);
	return object;
}

static json_t *learning_json(struct arena *arena, const struct status_learning *learning)
{
	json_t *object = json_object();

	set_flag(object, "works", learning->works);
	json_line_set(arena, object, "trouble", learning->trouble);
	json_line_set_number(object, "ham", (int64_t)learning->ham);
	json_line_set_number(object, "spam", (int64_t)learning->spam);
	json_line_set_number(object, "models", (int64_t)learning->models);
	json_line_set_number(object, "waiting", (int64_t)learning->waiting);
	return object;
}

static json_t *antivirus_json(struct arena *arena, const struct status_antivirus *antivirus)
{
	json_t *object = json_object(), *scans = json_object();
	const struct status_count *count;

	json_line_set(arena, object, "where", antivirus->where);
	set_flag(object, "works", antivirus->works);
	vec_foreach (&antivirus->scans, count)
		json_object_setn_new(scans, count->name.data, count->name.len,
		                     json_integer((json_int_t)count->count));
	json_object_set_new(object, "scans", scans);
	set_seconds(object, "waited_seconds", antivirus->waited_us);
	return object;
}

static json_t *adapted_json(struct arena *arena, const struct status *status)
{
	json_t *array = json_array();
	const struct status_adapted *entry;

	vec_foreach (&status->adapted, entry) {
		json_t *object = json_object();

		json_line_set(arena, object, "destination", entry->destination);
		json_object_set_new(object, "threshold", json_real(entry->threshold / 1000.0));
		json_object_set_new(object, "configured", json_real(entry->configured / 1000.0));
		set_seconds(object, "age_seconds", entry->age_us);
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *memory_json(const struct status *status)
{
	json_t *object = json_object();

	json_line_set_number(object, "resident_bytes", (int64_t)status->memory_bytes);
	set_flag(object, "short", status->memory_short);
	return object;
}

struct str status_json_text(struct arena *arena, const struct status *status)
{
	json_t *object = json_object(), *messages = json_object();

	json_line_set(arena, object, "version", status->version);
	json_line_set_number(object, "pid", status->pid);
	json_line_set(arena, object, "configuration", status->configuration);
	set_seconds(object, "time", status->time_us);
	set_seconds(object, "uptime_seconds", status->uptime_us);
	json_object_set_new(object, "state",
	                    json_string(status->troubles.len > 0 ? "degraded" : "ok"));
	json_object_set_new(object, "troubles", troubles_json(arena, status));
	json_object_set_new(object, "policy", policy_json(arena, &status->policy));
	json_object_set_new(messages, "by_listener", actions_json(status));
	json_line_set_number(messages, "bytes", (int64_t)status->bytes);
	json_object_set_new(messages, "limits", limits_json(status));
	json_object_set_new(messages, "overload", overloads_json(status));
	json_object_set_new(object, "messages", messages);
	json_object_set_new(object, "scans", scans_json(status));
	json_object_set_new(object, "now", now_json(status));
	json_object_set_new(object, "dns", dns_json(arena, &status->dns));
	json_object_set_new(object, "lists", lists_json(arena, status));
	json_object_set_new(object, "store", store_json(arena, &status->store));
	json_object_set_new(object, "learning", learning_json(arena, &status->learning));
	if (status->antivirus.where.len > 0)
		json_object_set_new(object, "antivirus", antivirus_json(arena, &status->antivirus));
	json_object_set_new(object, "adapted", adapted_json(arena, status));
	json_object_set_new(object, "memory", memory_json(status));
	return json_line_take(arena, object);
}
