/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forward/domains.h"

#include "forward/address.h"
#include "forward/lines.h"

/* A list of domains that is being read. */
struct domain_list {
	const struct map_load *load;
	const char *setting;
	struct map *domains;
};

void domains_add(struct arena *arena, struct map *domains, struct str domain, const char *setting,
                 const struct source_position *at)
{
	struct domain_reason *reason = arena_new_object(arena, struct domain_reason);

	if (map_get(domains, domain) != NULL)
		return;
	reason->setting = setting;
	if (at != NULL)
		reason->at = *at;
	map_set(domains, domain, reason);
}

static void add_domain(const struct domain_list *list, struct str name,
                       const struct source_position *at)
{
	struct str domain = name;

	if (str_starts(domain, STR("*.")))
		domain = str_from_offset(domain, 1);
	if (!address_domain_valid(str_from_offset(domain, str_starts(domain, STR("."))))) {
		problems_add(list->load->problems, PROBLEM_ERROR, at,
		             "%s: \"%.*s\" is not a domain; write one like example.com",
		             list->setting, STR_FMT(name));
		return;
	}
	domains_add(list->load->arena, list->domains,
	            address_fold_domain(list->load->arena, domain), list->setting, at);
}

static void read_domain_file(const struct domain_list *list, struct str name)
{
	const struct map_load *load = list->load;
	const char *path = arena_cstr(load->arena, name);
	struct line_reader reader;
	struct logical_line line;
	struct error err;
	struct str text;

	if (!files_read(load->files, load->arena, path, &text, &err)) {
		problems_add(load->problems, PROBLEM_ERROR, NULL, "%s: %s", list->setting,
		             err.text);
		return;
	}
	lines_init(&reader, load->arena, path, text);
	while (lines_next(&reader, &line)) {
		struct str rest = line.text, word;

		/* One per line; the rest of the line (a table's value) is ignored. */
		if (str_next_word(&rest, &word))
			add_domain(list, word, &line.at);
	}
}

struct map *domains_read(const struct map_load *load, const struct str_list *names,
                         const char *setting)
{
	struct domain_list list = { load, setting, map_new(load->arena, MAP_EXACT) };

	for (size_t i = 0; i < names->len; i++) {
		if (str_starts(names->items[i], STR("/")))
			read_domain_file(&list, names->items[i]);
		else
			add_domain(&list, names->items[i], NULL);
	}
	return list.domains;
}

const struct domain_reason *domains_find(const struct map *domains, struct str domain)
{
	const struct domain_reason *reason = map_get(domains, domain);

	for (ptrdiff_t dot = str_find_char(domain, '.'); reason == NULL && dot >= 0;
	     dot = str_find_char(domain, '.')) {
		struct str parent = str_from_offset(domain, (size_t)dot);

		reason = map_get(domains, parent);
		domain = str_from_offset(parent, 1);
	}
	return reason;
}
