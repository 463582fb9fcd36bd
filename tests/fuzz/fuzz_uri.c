/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as text with URIs in it, and as one URI. */
#include <assert.h>

#include "message/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_uri(const struct uri *uri)
{
	const struct uri_host *host;
	const struct str *variant;

	assert(uri->variants.len >= 1);
	vec_foreach (&uri->variants, variant)
		assert(variant->len <= HTML_MAX_URI);
	vec_foreach (&uri->hosts, host) {
		assert(host->host.len > 0 && host->domain.len > 0);
		assert(str_ends_ci(host->host, host->domain) || uri_is_ip_address(host->host) ||
		       host->host.data[host->host.len - 1] == '.');
	}
	assert((uri->host.len > 0) == (uri->hosts.len > 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct str text = { (const char *)data, size };
	struct uri_list uris = { 0 };
	struct uri_list one = { 0 };
	const struct uri *found;

	uri_find_in_text(arena, text, 100, &uris);
	assert(uris.len <= 100);
	vec_foreach (&uris, found) {
		assert(found->hosts.len > 0);
		check_uri(found);
	}
	uri_add(arena, text, &one);
	check_uri(&one.items[0]);
	arena_free(arena);
	return 0;
}
