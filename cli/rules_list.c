/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `assay rules list`: the versions that there are, and what is the matter with each. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "base/shown.h"
#include "cli/json_text.h"
#include "cli/rules.h"

static const char *state_of(const struct rule_sets *sets, struct str version)
{
	if (str_eq(version, rule_sets_current(sets)))
		return "active";
	if (rule_sets_refusal(sets, version).len > 0)
		return "refused";
	if (str_eq(version, rule_sets_previous(sets)))
		return "previous";
	return "staged";
}

static void print_version(const struct rule_sets *sets, struct str version)
{
	struct str refusal = rule_sets_refusal(sets, version);
	bool pinned = str_eq(version, rule_sets_pinned(sets));

	printf("%.*s/%.*s  %s%s%s%.*s\n", STR_FMT(sets->channel), STR_FMT(version),
	       state_of(sets, version), pinned ? ", pinned" : "", refusal.len > 0 ? ": " : "",
	       STR_FMT(shown_text(sets->arena, refusal)));
}

static json_t *version_object(const struct rule_sets *sets, struct str version)
{
	json_t *object = json_object();

	json_text_set(sets->arena, object, "channel", sets->channel);
	json_text_set(sets->arena, object, "version", version);
	json_object_set_new(object, "state", json_string(state_of(sets, version)));
	json_object_set_new(object, "pinned",
	                    json_boolean(str_eq(version, rule_sets_pinned(sets))));
	json_text_set(sets->arena, object, "refused", rule_sets_refusal(sets, version));
	json_text_set(sets->arena, object, "path", rule_sets_path(sets, version));
	return object;
}

static void print_json(struct arena *arena, json_t *versions)
{
	json_t *object = json_object();
	struct str json;
	char *text;

	json_object_set_new(object, "versions", versions);
	text = json_dumps(object, JSON_INDENT(2));
	json = shown_json(arena, str_from(text));
	printf("%.*s\n", STR_FMT(json));
	free(text);
	json_decref(object);
}

int rules_list(const struct rules_options *options)
{
	struct str_list channels =
		rule_sets_channels(options->arena, options->settings.rules_directory);
	json_t *all = json_array();
	const struct str *channel, *version;

	vec_foreach (&channels, channel) {
		struct rule_sets sets = rules_sets(options, *channel);
		struct str_list versions = rule_sets_versions(&sets);

		vec_foreach (&versions, version) {
			if (options->json)
				json_array_append_new(all, version_object(&sets, *version));
			else
				print_version(&sets, *version);
		}
	}
	if (options->json)
		print_json(options->arena, all);
	else if (json_array_size(all) == 0 && channels.len == 0)
		printf("nothing is kept in %.*s\n", STR_FMT(options->settings.rules_directory));
	if (!options->json)
		json_decref(all);
	return EX_OK;
}
