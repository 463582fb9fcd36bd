/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/model/brand.h"

/* Shorter names are words or abbreviations once other letters may stand in them. */
#define DISGUISED_MIN    5
#define NAME_MAX_LETTERS 64

void brand_table_init(struct arena *arena, struct brand_table *table)
{
	table->by_name = map_new(arena, MAP_EXACT);
	table->words = map_new(arena, MAP_EXACT);
	table->domains = map_new(arena, MAP_EXACT);
	table->countries = map_new(arena, MAP_EXACT);
}

static size_t bucket_of(uint32_t code)
{
	return code % 64;
}

/* "Bank_of_America" as it is read. */
static struct str name_of(struct arena *arena, struct str word)
{
	struct str lower = arena_str_lower(arena, word);
	char *name = arena_alloc(arena, lower.len);

	for (size_t i = 0; i < lower.len; i++)
		name[i] = lower.data[i] == '_' ? ' ' : lower.data[i];
	return (struct str){ name, lower.len };
}

struct brand *brand_named(struct arena *arena, struct brand_table *table, struct str name)
{
	struct str key = name_of(arena, name);
	struct brand *brand = map_get(table->by_name, key);

	if (brand != NULL)
		return brand;
	brand = arena_new_object(arena, struct brand);
	brand->name = key;
	skeleton_make(arena, key, NAME_MAX_LETTERS, &brand->letters);
	map_set(table->by_name, key, brand);
	if (brand->letters.len > 0)
		vec_push(arena, &table->by_letter[bucket_of(brand->letters.items[0].code)], brand);
	vec_push(arena, &table->brands, brand);
	return brand;
}

void brand_add_domain(struct arena *arena, struct brand_table *table, struct brand *brand,
                      struct str domain)
{
	vec_push(arena, &brand->domains, domain);
	if (str_ends_ci(domain, STR(".*")))
		map_set(table->countries, str_prefix(domain, domain.len - 2), brand);
	else
		map_set(table->domains, domain, brand);
}

void brand_forget(struct brand_table *table, struct str name)
{
	struct brand *brand;
	struct arena *arena = arena_new();

	brand = map_get(table->by_name, name_of(arena, name));
	arena_free(arena);
	if (brand != NULL) {
		brand->letters.len = 0;
		brand->domains.len = 0;
	}
}

/* Finding. */

static bool ends_word(const struct skeleton *text, size_t end)
{
	return end == text->len || text->items[end].begins_word;
}

/* Words stand apart only where the name has a gap, too. */
static bool has_gap(const struct brand *brand, const struct skeleton *text, size_t first)
{
	for (size_t i = 1; i < brand->letters.len; i++)
		if (text->items[first + i].begins_run && !brand->letters.items[i].begins_run)
			return true;
	return false;
}

static bool stands_at(const struct brand *brand, const struct skeleton *text, size_t first)
{
	const struct skeleton *letters = &brand->letters;

	if (letters->len == 0 || letters->len > text->len - first)
		return false;
	for (size_t i = 0; i < letters->len; i++)
		if (letters->items[i].code != text->items[first + i].code)
			return false;
	return ends_word(text, first + letters->len) && !has_gap(brand, text, first);
}

/* Letters and digits, in lower case. */
static size_t next_sign(struct str text, size_t i)
{
	while (i < text.len && (unsigned char)text.data[i] < 0x80 && !char_is_alnum(text.data[i]))
		i++;
	return i;
}

/* Is it written with the same letters, apart from case and signs between them? */
static bool same_letters(struct str a, struct str b)
{
	size_t i = next_sign(a, 0), k = next_sign(b, 0);

	while (i < a.len && k < b.len && char_lower(a.data[i]) == char_lower(b.data[k])) {
		i = next_sign(a, i + 1);
		k = next_sign(b, k + 1);
	}
	return i == a.len && k == b.len;
}

/* An accent more or less is no disguise: only ASCII that stands for other ASCII, and other scripts.
 */
static bool is_disguised(const struct brand *brand, struct str written)
{
	if (same_letters(brand->name, written))
		return false;
	for (size_t i = 0; i < brand->name.len; i++)
		if ((unsigned char)brand->name.data[i] >= 0x80)
			return false;
	return true;
}

static bool try_brand(const struct brand *brand, struct str text, const struct skeleton *skeleton,
                      size_t first, struct brand_found *found_r)
{
	size_t end = first + brand->letters.len;
	struct str written;

	if (!stands_at(brand, skeleton, first))
		return false;
	written = str_from_offset(text, skeleton->items[first].at);
	written = str_prefix(written, skeleton->items[end - 1].end - skeleton->items[first].at);
	*found_r = (struct brand_found){ brand, first, end, is_disguised(brand, written) };
	return !found_r->disguised || brand->letters.len >= DISGUISED_MIN;
}

/* The longest brand at this letter. */
static bool find_at(const struct brand_table *table, struct str text,
                    const struct skeleton *skeleton, size_t first, struct brand_found *found_r)
{
	size_t bucket = bucket_of(skeleton->items[first].code);
	struct brand_found found;
	bool any = false;

	for (size_t i = 0; i < table->by_letter[bucket].len; i++) {
		const struct brand *brand = table->by_letter[bucket].items[i];

		if (try_brand(brand, text, skeleton, first, &found) &&
		    (!any || found.end > found_r->end)) {
			*found_r = found;
			any = true;
		}
	}
	return any;
}

/* Words beside the name. */

/* The end of the word that begins at this letter. */
static size_t word_end(const struct skeleton *text, size_t first)
{
	size_t end = first + 1;

	while (end < text->len && !text->items[end].begins_word)
		end++;
	return end;
}

static struct str word_text(struct str text, const struct skeleton *skeleton, size_t first,
                            size_t end)
{
	struct str word = str_from_offset(text, skeleton->items[first].at);

	return str_prefix(word, skeleton->items[end - 1].end - skeleton->items[first].at);
}

static bool is_word_of(const struct map *words, struct str word)
{
	char lower[32];

	if (word.len > sizeof(lower))
		return false;
	for (size_t i = 0; i < word.len; i++)
		lower[i] = char_lower(word.data[i]);
	return map_get(words, (struct str){ lower, word.len }) != NULL;
}

static bool is_number_or_unspaced(struct str word, uint32_t code)
{
	bool digits = true;

	for (size_t i = 0; i < word.len; i++)
		digits = digits && char_is_digit(word.data[i]);
	return digits || (code >= 0x3040 && code < 0xd7b0);
}

/* Nothing but words of service, numbers and text in scripts without spaces beside the name? */
static bool is_alone(const struct brand_table *table, struct str text,
                     const struct skeleton *skeleton, const struct brand_found *found)
{
	size_t i = 0;

	while (i < skeleton->len) {
		size_t end = word_end(skeleton, i);
		struct str word = word_text(text, skeleton, i, end);

		if (i >= found->first && i < found->end)
			end = found->end;
		else if (!is_word_of(table->words, word) &&
		         !is_number_or_unspaced(word, skeleton->items[i].code))
			return false;
		i = end;
	}
	return true;
}

/* "Jane (Example)", "Jane via Example", "Jane @ Example": somebody's employer, or a service that
 * carries others' mail. */
static bool is_employer(struct str text, const struct skeleton *skeleton,
                        const struct brand_found *found)
{
	static const struct str before = STR_INIT(
		"via at on for from of chez bei auf @ pour para per by and und et y with mit avec with vs");
	size_t at = skeleton->items[found->first].at, start = found->first;
	struct str front = str_trim_right(str_prefix(text, at)), word;
	size_t len;

	if (start == 0)
		return false;
	if (str_ends_ci(front, STR("(")) || str_ends_ci(front, STR("[")) ||
	    str_ends_ci(front, STR("@")))
		return true;
	len = front.len;
	while (len > 0 && char_is_alpha(front.data[len - 1]))
		len--;
	word = str_from_offset(front, len);
	if (word.len == 0 || word.len > 8)
		return false;
	for (struct str rest = before, one; str_next_word(&rest, &one);)
		if (str_eq_ci(one, word))
			return true;
	return false;
}

bool brand_find_in_name(const struct brand_table *table, struct str text,
                        const struct skeleton *skeleton, size_t from, struct brand_found *found_r)
{
	for (size_t i = from; i < skeleton->len; i++) {
		if (!skeleton->items[i].begins_word || !find_at(table, text, skeleton, i, found_r))
			continue;
		if (!is_employer(text, skeleton, found_r) &&
		    (!found_r->brand->alone || is_alone(table, text, skeleton, found_r)))
			return true;
	}
	return false;
}

bool brand_find(const struct brand_table *table, struct str text, const struct skeleton *skeleton,
                size_t from, struct brand_found *found_r)
{
	for (size_t i = from; i < skeleton->len; i++)
		if (skeleton->items[i].begins_word && find_at(table, text, skeleton, i, found_r) &&
		    !found_r->brand->alone)
			return true;
	return false;
}

/* Domains. */

bool brand_is_in_domain(struct arena *arena, const struct brand *brand, struct str domain)
{
	const struct skeleton *letters = &brand->letters;
	struct skeleton skeleton = { 0 };
	size_t i, k;

	skeleton_make(arena, domain, NAME_MAX_LETTERS, &skeleton);
	for (i = 0; i + letters->len <= skeleton.len; i++) {
		for (k = 0; k < letters->len; k++)
			if (skeleton.items[i + k].code != letters->items[k].code)
				break;
		if (k == letters->len)
			return letters->len > 0;
	}
	return false;
}

/* "com", "de", "co.uk", "com.br"; not "xyz" nor "sa.com", which anybody can have. */
static bool is_country_suffix(struct str suffix)
{
	ptrdiff_t dot = str_rfind_char(suffix, '.');

	if (dot < 0)
		return suffix.len == 2 || str_eq(suffix, STR("com")) ||
		       str_eq(suffix, STR("net")) || str_eq(suffix, STR("org"));
	return suffix.len - (size_t)dot - 1 == 2 && dot <= 3;
}

static bool is_within(struct str host, struct str domain)
{
	return str_ends_ci(host, domain) &&
	       (host.len == domain.len || host.data[host.len - domain.len - 1] == '.');
}

/* A top level domain of its own, such as "apple": nobody else gets one of that name. */
static bool is_own_tld(const struct brand *brand, struct str host)
{
	ptrdiff_t dot = str_rfind_char(host, '.');

	return dot >= 0 && same_letters(brand->name, str_from_offset(host, (size_t)dot + 1));
}

bool brand_owns(const struct brand *brand, struct str host, struct str domain)
{
	if (is_own_tld(brand, host))
		return true;
	for (size_t i = 0; i < brand->domains.len; i++) {
		struct str owned = brand->domains.items[i];

		if (!str_ends_ci(owned, STR(".*"))) {
			if (is_within(host, owned))
				return true;
			continue;
		}
		owned = str_prefix(owned, owned.len - 1);
		if (str_starts(domain, owned) &&
		    is_country_suffix(str_from_offset(domain, owned.len)))
			return true;
	}
	return false;
}

bool brand_owns_any(const struct brand_table *table, struct str host, struct str domain)
{
	ptrdiff_t dot = str_find_char(domain, '.');

	if (dot > 0 && map_get(table->countries, str_prefix(domain, (size_t)dot)) != NULL &&
	    is_country_suffix(str_from_offset(domain, (size_t)dot + 1)))
		return true;
	for (;;) {
		if (map_get(table->domains, host) != NULL)
			return true;
		dot = str_find_char(host, '.');
		if (dot < 0)
			return false;
		host = str_from_offset(host, (size_t)dot + 1);
	}
}
