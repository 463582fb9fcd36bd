/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "learn/features_private.h"

#define LINKS_MAX 200
/* Words of a URI's path and query. */
#define PATH_WORDS_MAX 12

static struct str path_of(struct str uri)
{
	ptrdiff_t slashes = str_find(uri, STR("://"));
	struct str rest = str_from_offset(uri, slashes < 0 ? 0 : (size_t)slashes + 3);
	ptrdiff_t path = str_find_char(rest, '/');

	return path < 0 ? STR("") : str_from_offset(rest, (size_t)path);
}

static void add_host(struct feature_builder *builder, const struct uri_host *host)
{
	feature_builder_add_text(builder, FEATURES_LINKS, "", host->host);
	if (!str_eq(host->host, host->domain))
		feature_builder_add_text(builder, FEATURES_LINKS, "", host->domain);
	/* the endings: ".com", ".co.uk" */
	for (struct str rest = host->domain; rest.len > 0;) {
		ptrdiff_t dot = str_find_char(rest, '.');

		if (dot < 0)
			break;
		rest = str_from_offset(rest, (size_t)dot + 1);
		feature_builder_add_text(builder, FEATURES_LINKS, ".", rest);
	}
}

static void add_link(struct feature_builder *builder, const struct uri *uri)
{
	struct word_list words = { 0 };
	const struct uri_host *host;

	vec_foreach (&uri->hosts, host)
		add_host(builder, host);
	feature_builder_add_text(builder, FEATURES_LINKS, "scheme ", uri->scheme);
	words_split(builder->arena, builder->key, path_of(uri->canonical), PATH_WORDS_MAX, &words);
	features_add_words(builder, FEATURES_LINKS, "/", &words);
}

void features_add_links(struct feature_builder *builder, const struct message *message)
{
	size_t count = 0;
	const struct uri *uri;

	vec_foreach (&message->uris, uri)
		if (uri->types != URI_TYPE_DOMAINKEYS && count++ < LINKS_MAX)
			add_link(builder, uri);
}
