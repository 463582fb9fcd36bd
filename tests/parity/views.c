/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What rules see of messages: views RULES REQUESTS < files, one per line. REQUESTS is a file of
 * fields as header rules name them. One JSON object per line on stdout, bytes as Latin-1; see
 * views.py.
 */
#include <stdio.h>

#include "base/strbuf.h"
#include "rules/match/field.h"
#include "rules/ruleset.h"
#include "rules/uri_rules.h"

static struct str read_all(struct arena *arena, const char *path)
{
	FILE *file = fopen(path, "rb");
	struct strbuf out;
	char block[65536];
	size_t n;

	strbuf_init(&out, arena);
	while (file != NULL && (n = fread(block, 1, sizeof(block), file)) > 0)
		strbuf_add(&out, (struct str){ block, n });
	if (file != NULL)
		fclose(file);
	return strbuf_str(&out);
}

static void put_text(struct str text)
{
	putchar('"');
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void put_list(const char *name, const struct str_list *texts)
{
	printf(", ");
	put_text(str_from(name));
	printf(": [");
	for (size_t i = 0; i < texts->len; i++) {
		if (i > 0)
			printf(", ");
		put_text(texts->items[i]);
	}
	printf("]");
}

static void put_uris(struct arena *arena, const struct message *message)
{
	struct str_list texts = { 0 };

	for (size_t i = 0; i < message->uris.len; i++)
		for (size_t k = 0; k < message->uris.items[i].variants.len; k++)
			vec_push(arena, &texts, message->uris.items[i].variants.items[k]);
	put_list("uri", &texts);
}

static void put_fields(struct arena *arena, const struct message *message, struct str requests)
{
	struct relay_settings settings = { 0 };
	struct envelope *envelope = arena_new_object(arena, struct envelope);
	struct facts facts = { .message = message, .envelope = envelope };
	struct str name;

	facts.relays = relays_parse(arena, &message->headers, envelope, &settings);
	relays_recover_envelope(arena, &message->headers, facts.relays, &settings, envelope);
	while (str_next_line(&requests, &name)) {
		struct str_list values = { 0 };
		struct error error;
		const struct field_request *request = field_request_parse(arena, name, &error);

		if (request != NULL)
			field_values(&facts, arena, request, &values);
		put_list(arena_cstr(arena, name), &values);
	}
}

static void put_views(const struct ruleset *set, struct str path, struct str requests)
{
	struct arena *arena = arena_new();
	struct message_limits limits = message_default_limits();
	struct uri_rules uri_rules;
	const struct message *message;

	uri_rules_init(&uri_rules, set, deadline_never());
	message = message_parse_for(arena, read_all(arena, arena_cstr(arena, path)), &limits,
	                            &ruleset_site(set)->reading, &uri_rules.knowledge);
	uri_rules_deinit(&uri_rules);
	printf("{\"file\": ");
	put_text(path);
	put_list("body", &message->body);
	put_list("rawbody", &message->rawbody);
	put_uris(arena, message);
	put_fields(arena, message, requests);
	printf("}\n");
	arena_free(arena);
}

int main(int argc, char **argv)
{
	struct arena *arena = arena_new();
	struct ruleset_options options = { .scanners = 1 };
	struct problems problems;
	struct ruleset *set;
	struct str requests, files, path;

	if (argc != 3) {
		fputs("usage: views RULES REQUESTS < files, one per line\n", stderr);
		return 64;
	}
	problems_init(&problems, arena);
	vec_push(arena, &options.paths, str_from(argv[1]));
	set = ruleset_load(&options, &problems);
	if (set == NULL) {
		fputs("the rules can't be loaded\n", stderr);
		return 1;
	}
	requests = read_all(arena, argv[2]);
	files = read_all(arena, "/dev/stdin");
	while (str_next_line(&files, &path))
		put_views(set, path, requests);
	ruleset_free(set);
	arena_free(arena);
	return 0;
}
