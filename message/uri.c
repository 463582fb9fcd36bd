/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/map.h"
#include "message/space.h"
#include "message/uri.h"
#include "message/uri_private.h"

/* More texts of links to one URI are not kept. */
#define MAX_ANCHOR_TEXTS 100
/* A list is full with this many bytes of variants. */
#define MAX_VARIANT_BYTES ((size_t)8 << 20)

static const char *const type_names[URI_TYPE_COUNT] = {
	"parsed", "unlinked", "schemeless", "a",     "area",   "base",       "bgsound",
	"body",   "embed",    "form",       "frame", "iframe", "img",        "link",
	"meta",   "script",   "table",      "td",    "tr",     "domainkeys",
};

const char *uri_type_name(enum uri_type type)
{
	for (size_t i = 0; i < URI_TYPE_COUNT; i++)
		if (type == 1u << i)
			return type_names[i];
	return "unknown";
}

static unsigned type_of_element(struct str element)
{
	for (size_t i = 3; i < URI_TYPE_COUNT; i++)
		if (str_eq(element, str_from(type_names[i])))
			return 1u << i;
	return 0;
}

/* Letters and ":/" in front of a host. */
static struct str drop_scheme(struct str uri)
{
	size_t i = 0;

	while (i < uri.len && char_is_alpha(uri.data[i]))
		i++;
	if (i == 0 || i == uri.len || uri.data[i] != ':')
		return uri;
	uri = str_from_offset(uri, i + 1);
	for (i = 0; i < 2 && uri.len > 0 && uri.data[0] == '/'; i++)
		uri = str_from_offset(uri, 1);
	return uri;
}

static struct str up_to(struct str s, const char *set)
{
	return str_prefix(s, uri_find_any(s, 0, set));
}

/* What is in the place of a host; empty if there is no such place. */
static struct str host_part(struct str uri)
{
	ptrdiff_t at;

	if (str_starts_ci(uri, STR("javascript:")) || str_starts_ci(uri, STR("cid:")) ||
	    str_starts_ci(uri, STR("file:")))
		return STR("");
	if (str_starts_ci(uri, STR("mailto:"))) {
		uri = up_to(str_from_offset(uri, 7), "?");
		at = str_find_char(uri, '@');
		if (at < 0 || at != str_rfind_char(uri, '@'))
			return STR("");
		return str_from_offset(uri, (size_t)at + 1);
	}
	uri = up_to(drop_scheme(uri), "/?#");
	at = str_rfind_char(uri, '@');
	uri = str_from_offset(uri, (size_t)(at + 1));
	at = str_rfind_char(uri, ':');
	for (size_t i = (size_t)(at + 1); at >= 0 && i < uri.len; i++)
		if (!char_is_digit(uri.data[i]))
			return uri;
	return at >= 0 ? str_prefix(uri, (size_t)at) : uri;
}

/* What is known of a host in lower case ASCII: an empty domain says that it can't exist. */
static struct str domain_of(struct arena *arena, const struct uri_domains *domains, struct str host)
{
	struct str domain;

	if (uri_is_ip_address(host))
		return host;
	if (!uri_is_host_name(host) || !uri_tld_in(domains, host))
		return STR("");
	domain = uri_domain_in(arena, domains, host);
	return domain.len > 0 ? domain : host;
}

/* The domain of a host, looked up once for each host where there is a cache. */
static struct str cached_domain_of(struct arena *arena, const struct uri_domains *domains,
                                   struct map *cache, struct str host)
{
	struct str *domain = cache != NULL ? map_get(cache, host) : NULL;

	if (domain != NULL)
		return *domain;
	domain = arena_new_object(arena, struct str);
	*domain = domain_of(arena, domains, host);
	if (cache != NULL)
		map_set(cache, host, domain);
	return *domain;
}

static bool find_host(struct arena *arena, const struct uri_domains *domains, struct map *cache,
                      struct str uri, struct uri_host *host_r)
{
	struct str host = host_part(uri);

	/* mail readers don't decode escapes there; the decoded variant is seen, too */
	if (host.len == 0 || uri_has_escape(host))
		return false;
	host_r->host = uri_host_to_ascii(arena, host);
	host_r->domain = cached_domain_of(arena, domains, cache, host_r->host);
	return host_r->domain.len > 0;
}

bool uri_host_in(struct arena *arena, const struct uri_domains *domains, struct str uri,
                 struct uri_host *host_r)
{
	return find_host(arena, domains, NULL, uri, host_r);
}

const struct uri_domains *uri_domains_of(const struct uri_list *uris)
{
	return uris->knowledge != NULL ? uris->knowledge->domains : NULL;
}

enum reading_version uri_reading_of(const struct uri_list *uris)
{
	return uris->knowledge != NULL ? uris->knowledge->reading : READING_4_0_1;
}

static void add_host(struct arena *arena, struct uri_host_list *hosts, struct uri_host host)
{
	const struct uri_host *old;

	vec_foreach (hosts, old)
		if (str_eq(old->host, host.host))
			return;
	vec_push(arena, hosts, host);
}

/* The scheme, host and domain of the last variant that has a host: later ones are repaired more. */
static void choose_canonical(struct uri *uri, struct str variant, const struct uri_host *host)
{
	size_t scheme = 0;

	while (scheme < variant.len && char_is_alpha(variant.data[scheme]))
		scheme++;
	uri->canonical = variant;
	uri->scheme = scheme < variant.len && variant.data[scheme] == ':'
	                      ? str_prefix(variant, scheme)
	                      : STR("");
	if (host != NULL) {
		uri->host = host->host;
		uri->domain = host->domain;
	}
}

/* The hosts of all variants, and what is canonical. */
static void add_hosts(struct arena *arena, struct uri *uri, const struct uri_domains *domains,
                      struct map *cache)
{
	const struct str *variant;
	struct uri_host host;

	uri->host = uri->domain = STR("");
	vec_foreach (&uri->variants, variant) {
		if (find_host(arena, domains, cache, *variant, &host)) {
			add_host(arena, &uri->hosts, host);
			/* a redirector's target has its own entry among the hosts */
			if (uri->hosts.len == 1 || str_eq(host.host, uri->host))
				choose_canonical(uri, *variant, &host);
		} else if (uri->hosts.len == 0) {
			choose_canonical(uri, *variant, NULL);
		}
	}
	uri->scheme = arena_str_lower(arena, uri->scheme);
}

static size_t count_bytes(const struct str_list *list)
{
	const struct str *item;
	size_t bytes = 0;

	vec_foreach (list, item)
		bytes += item->len;
	return bytes;
}

/* The entry of a URI that is in the list already. */
static struct uri *find_entry(struct arena *arena, struct uri_list *uris, struct str raw)
{
	const size_t *place;

	if (uris->index == NULL) {
		uris->index = map_new(arena, MAP_EXACT);
		uris->domains = map_new(arena, MAP_EXACT);
	}
	place = map_get(uris->index, raw);
	return place != NULL ? &uris->items[*place] : NULL;
}

static struct uri *add_entry(struct arena *arena, struct uri_list *uris, const struct uri *uri)
{
	size_t *place = arena_new_object(arena, size_t);

	*place = uris->len;
	map_set(uris->index, uri->raw, place);
	vec_push(arena, uris, *uri);
	return &uris->items[uris->len - 1];
}

struct uri *uri_list_add(struct arena *arena, struct uri_list *uris, struct str raw, size_t max,
                         bool needs_domain)
{
	struct uri uri = { .raw = raw }, *old = find_entry(arena, uris, raw);

	if (old != NULL)
		return old;
	if (uris->len >= max || uris->variant_bytes >= MAX_VARIANT_BYTES) {
		uris->is_full = true;
		return NULL;
	}
	uris->is_truncated |= uri_add_variants(arena, raw, uris->knowledge, &uri.variants);
	add_hosts(arena, &uri, uri_domains_of(uris), uris->domains);
	uris->variant_bytes += count_bytes(&uri.variants);
	if (needs_domain && uri.hosts.len == 0)
		return NULL;
	return add_entry(arena, uris, &uri);
}

/* Without outer white space, each run of it one space. */
static struct str collapse_space(struct arena *arena, struct str text)
{
	struct strbuf out;
	bool space = false;

	strbuf_init(&out, arena);
	for (size_t i = 0; i < text.len;) {
		size_t len = space_len(str_from_offset(text, i));

		if (len == 0) {
			if (space && out.len > 0)
				strbuf_add_char(&out, ' ');
			strbuf_add_char(&out, text.data[i++]);
		}
		space = len > 0;
		i += len;
	}
	return strbuf_str(&out);
}

static void add_anchor_text(struct arena *arena, struct uri *uri, struct str text)
{
	const struct str *old;

	if (uri->anchor_texts.len >= MAX_ANCHOR_TEXTS)
		return;
	vec_foreach (&uri->anchor_texts, old)
		if (str_eq(*old, text))
			return;
	vec_push(arena, &uri->anchor_texts, text);
}

static void add_link(struct arena *arena, const struct html_link *link, size_t max,
                     struct uri_list *uris)
{
	struct uri *uri;

	if (link->target.len > 0 && link->resolved.len > 0) {
		uri = uri_list_add(arena, uris, link->resolved, max, false);
		if (uri != NULL) {
			uri->types |= type_of_element(link->element);
			uri->sources |= URI_IN_LINK;
		}
	}
	/* the text belongs to the target as written, even if that is empty */
	if (!str_eq(link->element, STR("a")) ||
	    str_eq(link->attribute, STR("data-saferedirecturl")))
		return;
	uri = uri_list_add(arena, uris, link->target, max, false);
	if (uri == NULL)
		return;
	if (uri->types == 0)
		uri->types = URI_TYPE_PARSED;
	uri->sources |= URI_IN_LINK;
	add_anchor_text(arena, uri,
	                uri_reading_of(uris) == READING_4_0_1 ? link->text
	                                                      : collapse_space(arena, link->text));
}

void uri_add_links(struct arena *arena, const struct html_link_list *links, size_t max,
                   struct uri_list *uris)
{
	const struct html_link *link;

	vec_foreach (links, link)
		add_link(arena, link, max, uris);
}

/* The value of the first "d=" tag, without white space; empty where there is none. */
static struct str signing_domain(struct arena *arena, struct str field)
{
	struct strbuf domain;
	struct str tag, word;

	strbuf_init(&domain, arena);
	while (str_next_piece(&field, ';', &tag)) {
		tag = str_trim_left(tag);
		if (!str_starts(tag, STR("d")))
			continue;
		tag = str_trim_left(str_from_offset(tag, 1));
		if (!str_starts(tag, STR("=")))
			continue;
		tag = str_from_offset(tag, 1);
		while (str_next_word(&tag, &word))
			strbuf_add(&domain, word);
		break;
	}
	return strbuf_str(&domain);
}

void uri_add_signer(struct arena *arena, struct str field, size_t max, struct uri_list *uris)
{
	struct uri uri = { .types = URI_TYPE_DOMAINKEYS, .sources = URI_IN_HEADER };
	struct str domain = signing_domain(arena, field);
	struct uri_host host;

	uri.raw = uri_join(arena, STR("domainkeys:"), domain, STR(""));
	if (find_entry(arena, uris, uri.raw) != NULL ||
	    !find_host(arena, uri_domains_of(uris), uris->domains, domain, &host))
		return;
	if (uris->len >= max) {
		uris->is_full = true;
		return;
	}
	uri.canonical = uri.raw;
	uri.scheme = STR("domainkeys");
	uri.host = host.host;
	uri.domain = host.domain;
	add_host(arena, &uri.hosts, host);
	add_entry(arena, uris, &uri);
}

void uri_add(struct arena *arena, struct str written, struct uri_list *uris)
{
	struct uri *uri = uri_list_add(arena, uris, written, SIZE_MAX, false);

	if (uri != NULL) {
		uri->types |= URI_TYPE_PARSED;
		uri->sources |= URI_IN_TEXT;
	}
}

struct uri_list uri_list_copy(struct arena *arena, const struct uri_list *uris)
{
	struct uri_list copy = { .knowledge = uris->knowledge,
		                 .variant_bytes = uris->variant_bytes,
		                 .is_full = uris->is_full,
		                 .is_truncated = uris->is_truncated };
	const struct uri *uri;

	find_entry(arena, &copy, STR(""));
	vec_foreach (uris, uri)
		add_entry(arena, &copy, uri);
	return copy;
}
